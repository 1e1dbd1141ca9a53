"""For check.py: calls of the C code, the models by definition, and the cases to try."""
import ctypes
import random
import sys

import mpmath as mp

mp.mp.dps = 30
lib = ctypes.CDLL(sys.argv[1])
BG, MBG, PARETO, CNBD, BGBB = range(5)
NAMES = ["bg/nbd", "mbg/nbd", "pareto/nbd", "mbg/cnbd-k", "bg/bb"]


class History(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int32), ("t_x", ctypes.c_double), ("T", ctypes.c_double)]


class Group(ctypes.Structure):
    _fields_ = [("history", History), ("customers", ctypes.c_int64)]


def numbers(values):
    return (ctypes.c_double * len(values))(*values)


for name in ("p_alive", "p_alive_ahead", "p_none", "expected", "discounted", "likelihood", "history", "timing", "at_least"):
    getattr(lib, name).restype = ctypes.c_double


def call(name, model, p, h, *rest):
    return getattr(lib, name)(model, numbers(p), ctypes.byref(History(*h)), *[ctypes.c_double(v) for v in rest])


def pmf(model, p, h, horizon, n):
    out = numbers([0.0] * n)
    lib.probabilities(model, numbers(p), ctypes.byref(History(*h)), ctypes.c_double(horizon), n, out)
    return list(out)


class Worst:
    """The largest error of a check, and where it was."""

    failed = False

    def __init__(self, what, limit):
        self.what, self.limit, self.error, self.where, self.n = what, limit, 0.0, None, 0

    def add(self, got, want, where, scale=None):
        self.n += 1
        scale = abs(want) if scale is None else scale
        error = float(abs(mp.mpf(got) - want) / scale) if scale else float(abs(got))
        if not error <= self.error:
            self.error, self.where = error, (where, got, mp.nstr(want, 17))

    def done(self):
        bad = not self.error <= self.limit or self.n == 0
        Worst.failed |= bad
        print("%-46s %5d cases  max error %.1e%s" % (self.what, self.n, self.error, "  TOO LARGE" if bad else ""))
        if bad or "-v" in sys.argv:
            print("    ", self.where)


# The models by definition: a history's likelihood, and that of one who is alive at T.


def beta_ratio(a, b, da, db):
    return mp.beta(a + da, b + db) / mp.beta(a, b)


def bg_parts(p, h, first):
    r, alpha, a, b = p
    x, t_x, T = h
    n = x + first
    alive = beta_ratio(a, b, 0, n) * mp.power(alpha + T, -(r + x))
    dead = beta_ratio(a, b, 1, n - 1) * mp.power(alpha + t_x, -(r + x)) if n > 0 else mp.mpf(0)
    common = mp.rf(r, x) * mp.power(alpha, r)
    return alive * common, dead * common


def pareto_tail(p, x, t):
    """s int_t^oo (alpha+y)^-(r+x) (beta+y)^-(s+1) dy; Euler's integral for 2F1."""
    r, alpha, s, beta = p
    q = r + x
    if alpha >= beta:
        f = mp.hyp2f1(q, 1, s + q + 1, (alpha - beta) / (alpha + t))
        return s / (s + q) * mp.power(alpha + t, -q) * mp.power(beta + t, -s) * f
    f = mp.hyp2f1(s + 1, 1, s + q + 1, (beta - alpha) / (beta + t))
    return s / (s + q) * mp.power(alpha + t, 1 - q) * mp.power(beta + t, -s - 1) * f


def pareto_parts(p, h):
    r, alpha, s, beta = p
    x, t_x, T = h
    alive = mp.power(alpha + T, -(r + x)) * mp.power(beta + T, -s)
    dead = pareto_tail(p, x, t_x) - pareto_tail(p, x, T)
    common = mp.rf(r, x) * mp.power(alpha, r) * mp.power(beta, s)
    return alive * common, dead * common


def cnbd_parts(p, h):
    r, alpha, a, b, k = p
    x, t_x, T = h
    k = int(k)
    m = r + k * x
    stages = sum(mp.rf(m, j) / mp.factorial(j) * ((T - t_x) / (alpha + T)) ** j for j in range(k))
    common = mp.rf(r, k * x) * mp.power(alpha, r)
    alive = beta_ratio(a, b, 0, x + 1) * mp.power(alpha + T, -m) * stages
    dead = beta_ratio(a, b, 1, x) * mp.power(alpha + t_x, -m)
    return alive * common, dead * common


def bgbb_parts(p, h):
    al, be, ga, de = p
    x, t_x, n = h[0], int(h[1]), int(h[2])
    alive = beta_ratio(al, be, x, t_x - x) * beta_ratio(ga, de, 0, t_x)
    dead = mp.mpf(0)
    for i in range(t_x, n):
        dead += alive * ga / (ga + de + i)
        alive *= (be + i - x) / (al + be + i) * (de + i) / (ga + de + i)
    return alive, dead


def parts(model, p, h):
    p = [mp.mpf(v) for v in p]
    h = (h[0], mp.mpf(h[1]), mp.mpf(h[2]))
    if model in (BG, MBG):
        return bg_parts(p, h, model)
    return {PARETO: pareto_parts, CNBD: cnbd_parts, BGBB: bgbb_parts}[model](p, h)


def log_likelihood(model, p, h):
    return mp.log(sum(parts(model, p, h)))


def alive(model, p, h):
    a, d = parts(model, p, h)
    return a / (a + d)


# Cases.

random.seed(5)
HARD = {
    BG: [((.2425945224, 4.413602019, .7929220173, 2.425906777), (2, 213 / 7, 272 / 7)),
         ((.24, 4.4, 1.0, 2.4), (0, 0, 38)), ((.24, 4.4, .3, .7), (0, 0, 38)), ((.24, 4.4, 1e-4, 1e-3), (3, 2, 5)),
         ((50, 900, 1e6, 5e6), (7, 20, 39)), ((1e5, 2e6, .7, 2), (7, 20, 39)), ((.5, 6, .9, 2), (3000, 39, 39)),
         ((.5, 6, .9, 2), (3000, 10, 39)), ((.24, 4.4, .79, 2.4), (0, 0, 0)), ((.24, 4.4, .79, 2.4), (1, .1, .2)),
         ((5.0, 1e-3, .5, .5), (4, 3, 900)), ((.01, .05, .02, 30), (1, 1, 30)),
         ((.003, 1e-6, .8, 2.4), (0, 0, 0))],
    PARETO: [((.5532770469, 10.57768346, .6062399891, 11.66873529), (2, 213 / 7, 272 / 7)),
             ((.55, 10.5, .61, 11.7), (0, 0, 39)), ((.55, 10.5, .61, 11.7), (0, 0, 0)), ((.05, .1, .05, 1000), (0, 0, 39)),
             ((.05, 1000, .05, .1), (0, 0, 39)), ((.55, 10.5, 1e6, 2e7), (2, 20, 39)), ((1e5, 2e6, .61, 11.7), (2, 20, 39)),
             ((.55, 10.5, .61, 11.7), (3000, 39, 39)), ((.55, 10.5, .61, 11.7), (3000, 30, 39)), ((.55, 10.5, .61, 11.7), (300, 5, 39)),
             ((2, 3, 1e-4, 1e-3), (1, 1, 100)), ((.01, 1e-3, 5, 1e4), (0, 0, 500)), ((3, 5, 200, 1), (4, 1, 50)),
             ((.55, 10.5, 1.0, 11.7), (2, 20, 39)), ((.3, 1e-3, 4, 3e3), (12, 1, 50)), ((1, 1e-4, 1e3, 1e4), (0, 0, 1e3))],
    CNBD: [], BGBB: [],
}
HARD[MBG] = HARD[BG]
for k in (1, 2, 3, 12):
    HARD[CNBD] += [((.52, 2.1, .89, 1.6, k), h) for h in ((2, 213 / 7, 272 / 7), (0, 0, 38), (0, 0, 0), (40, 30, 39), (1000, 39, 39))]
HARD[BGBB] += [((1.2, .75, .66, 2.78), h) for h in ((0, 0, 6), (6, 6, 6), (3, 5, 6), (1, 1, 6), (0, 0, 0), (100, 300, 500))]
HARD[BGBB] += [((1e5, 2e5, .66, 2.78), (3, 5, 20)), ((1.2, .75, 1e6, 2e6), (3, 5, 20)), ((.01, .02, .03, .04), (3, 5, 20))]


def log_uniform(lo, hi):
    return 10 ** random.uniform(lo, hi)


def random_case(model):
    x = random.choice([0, 0, 1, 2, 5, 20, 100])
    if model == BGBB:
        n = random.choice([1, 6, 30, 200])
        t = random.randint(0, n)
        x = min(x, t)
        return tuple(log_uniform(-1, 1.5) for _ in range(4)), (x, t if x else 0, n)
    T = log_uniform(-1, 3)
    t = T if random.random() < .1 else T * random.random()
    p = [log_uniform(-1.5, 1), log_uniform(-1, 2), log_uniform(-1.5, 1), log_uniform(-.5, 2)]
    if model == CNBD:
        p.append(random.choice([1, 2, 3, 6]))
    return tuple(p), (x, t if x else 0.0, T)


def cases(model, n):
    return HARD[model] + [random_case(model) for _ in range(n)]
