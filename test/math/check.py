"""Checks the models of lifetime value against mpmath; run by test/math/check.

Arguments: quick (some of the cases, in less than a minute; all of them take
more than ten), -v (where the largest errors were), names of checks or models.

Each check prints how many cases it tried and the largest relative error, and
fails above its limit. The references are the models' definitions, integrated
or summed with 17 to 60 digits: no formula is shared with the C code except
where said. Cases are random (fixed seed) and hard ones chosen by hand: x in the
thousands, t_x = T, T = 0, horizons of decades, parameters from 1e-4 to 1e7.

Found when this was written: log-likelihoods 1e-13, gradients 1e-13, Hessians
and score products 6e-13, p_alive 2e-13 (down to 1e-280), p_none 4e-14,
purchase_probabilities 8e-14 (MBG/CNBD-k NN) and their sums and means 7e-14, expected and
discounted purchases 8e-14 (BG/NBD discounted 7e-12), all of BG/BB 9e-13;
MBG/CNBD-k against purchase times integrated over lambda 1e-9, and with k = 1
against MBG/NBD 7e-10 (of p_alive_ahead near 1e-10, good to 1e-16 absolutely).
"""
import ctypes
import sys

import mpmath as mp

from support import *

QUICK = "quick" in sys.argv

# Checks.


def derivatives(model, p, h):
    """Value, gradient and Hessian by ln p: central differences at 60 digits."""
    free = 4
    with mp.workdps(60):
        step = mp.mpf(10) ** -12
        p = [mp.mpf(v) for v in p]

        def f(*moves):
            q = list(p)
            for i, by in moves:
                q[i] *= mp.exp(by * step)
            return log_likelihood(model, q, h)

        value = f()
        plus, minus = [f((i, 1)) for i in range(free)], [f((i, -1)) for i in range(free)]
        gradient = [(a - b) / (2 * step) for a, b in zip(plus, minus)]
        hessian = [[(f((i, 1), (j, 1)) - f((i, 1), (j, -1)) - f((i, -1), (j, 1)) + f((i, -1), (j, -1))) / (4 * step ** 2)
                    for j in range(free)] for i in range(free)]
    return value, gradient, hessian


def check_likelihood(model, n):
    """By group and by history; a gradient or Hessian relative to its largest element or 1."""
    value, gradient, hessian = (Worst("%s %s" % (NAMES[model], w), l) for w, l in
                                (("log-likelihood", 1e-11), ("gradient", 1e-9), ("Hessian", 1e-8)))
    for p, h in cases(model, n):
        v, g, H = derivatives(model, p, h)
        size, Size = max(1, max(map(abs, g))), max(1, max(abs(e) for row in H for e in row))
        for by_group in (True, False):
            got_g, got_h, products = numbers([0.0] * 4), numbers([0.0] * 16), numbers([0.0] * 16)
            if by_group:
                group = Group(History(*h), 3)
                got = lib.likelihood(model, numbers(p), ctypes.byref(group), ctypes.c_int64(1), ctypes.c_double(0.0), got_g, got_h, products) / 3
                if model == CNBD:
                    got += h[0] * float(mp.loggamma(p[4]))
            else:
                got = lib.history(model, numbers(p), ctypes.byref(History(*h)), got_g, got_h)
            many = 3 if by_group else 1
            value.add(got, v, (p, h), max(1, abs(v)))
            for i in range(4):
                gradient.add(got_g[i] / many, g[i], (p, h, i), size)
                for j in range(4):
                    hessian.add(got_h[i * 4 + j] / many, H[i][j], (p, h, i, j), Size)
                    if by_group:
                        hessian.add(products[i * 4 + j] / many, g[i] * g[j], (p, h, i, j), max(1, size ** 2))
    for w in (value, gradient, hessian):
        w.done()


def check_alive(model, n):
    worst = Worst("%s p_alive" % NAMES[model], 1e-10)
    for p, h in cases(model, n):
        with mp.workdps(60):
            want = alive(model, p, h)
        got = call("p_alive", model, p, h)
        worst.add(got, want, (p, h), max(want, mp.mpf(10) ** -280))
    worst.done()


HORIZONS = (1 / 7, 39.0, 52.0, 1560.0)


def check_none(model, n):
    """P(no purchase in (T, T+t]) = L(x, t_x, T+t) / L(x, t_x, T), in every model."""
    worst = Worst("%s p_none" % NAMES[model], 1e-10)
    for p, h in cases(model, n):
        for t in HORIZONS:
            if model == BGBB:
                t = round(t)
            with mp.workdps(60):
                want = sum(parts(model, p, (h[0], h[1], mp.mpf(h[2]) + t))) / sum(parts(model, p, h))
            worst.add(call("p_none", model, p, h, t), want, (p, h, t))
        if model == PARETO:
            with mp.workdps(60):
                q = [mp.mpf(v) for v in p]
                r, alpha, s, beta = q
                common = mp.rf(r, h[0]) * mp.power(alpha, r) * mp.power(beta, s)
                want = pareto_tail(q, h[0], mp.mpf(h[1])) * common / sum(parts(model, p, h))
            worst.add(call("p_none", model, p, h, mp.inf), want, (p, h, "forever"))
        elif model != BGBB:
            with mp.workdps(60):
                want = 1 - alive(model, p, h)
            worst.add(call("p_none", model, p, h, mp.inf), want, (p, h, "forever"), max(want, mp.mpf(10) ** -10))
    worst.done()


def quad_log(f, at):
    """int_0^at f, in ln: for integrands of any scale."""
    at = mp.mpf(at)
    points = [mp.log(at) - k for k in (60, 30, 18, 12, 9, 7, 5, 4, 3, 2, 1, 0)]
    return mp.quad(lambda y: mp.exp(y) * f(mp.exp(y)), points)


def bg_counts(model, p, h, t, n):
    """N negative binomial, dropout after each purchase: the sums written out."""
    r, alpha, a, b = [mp.mpf(v) for v in p]
    s, A, bb = r + h[0], alpha + mp.mpf(h[2]), b + h[0] + (model == MBG)
    z = t / (A + t)
    nb = [mp.rf(s, j) / mp.factorial(j) * (1 - z) ** s * z ** j for j in range(n)]
    below, out = mp.mpf(0), []
    pa = alive(model, p, h)
    for j in range(n):
        stay = beta_ratio(a, bb, 0, j) * nb[j]
        last = beta_ratio(a, bb, 1, j - 1) * (1 - below) if j > 0 else 0
        out.append(pa * (stay + last) + ((1 - pa) if j == 0 else 0))
        below += nb[j]
    return out


def pareto_counts(p, h, t, n, which):
    r, alpha, s, beta = [mp.mpf(v) for v in p]
    q, A, B = r + h[0], alpha + mp.mpf(h[2]), beta + mp.mpf(h[2])
    pa = alive(PARETO, p, h)
    out = {}
    for j in which:
        ways = mp.rf(q, j) / mp.factorial(j)
        nb = lambda u: ways * mp.power(A / (A + u), q) * mp.power(u / (A + u), j)
        dead = quad_log(lambda u: s / (B + u) * mp.power(B / (B + u), s) * nb(u), t)
        out[j] = pa * (nb(mp.mpf(t)) * mp.power(B / (B + t), s) + dead) + ((1 - pa) if j == 0 else 0)
    return out


def cnbd_stages(p, h):
    """Of those alive: shape and rate of lambda, and for each number of stages gone since t_x its probability."""
    r, alpha, a, b, k = [mp.mpf(v) for v in p]
    m, A, y = r + k * h[0], alpha + mp.mpf(h[2]), (mp.mpf(h[2]) - mp.mpf(h[1])) / (alpha + mp.mpf(h[2]))
    weights = [mp.rf(m, j) / mp.factorial(j) * y ** j for j in range(int(k))]
    return m, A, [w / sum(weights) for w in weights]


def cnbd_from_reached(p, h, reached):
    """The PMF from reached[n] = P(time is left for n purchases or more, all survived): who drops out after the n-th stays there."""
    a, b = mp.mpf(p[2]), mp.mpf(p[3]) + h[0] + 1
    pa = alive(CNBD, p, h)
    out = []
    for n in range(len(reached) - 1):
        last = beta_ratio(a, b, 1, n - 1) if n > 0 else 0
        out.append(pa * (beta_ratio(a, b, 0, n) * (reached[n] - reached[n + 1]) + last * reached[n]) + ((1 - pa) if n == 0 else 0))
    return out


def cnbd_counts(p, h, t, n):
    """Platzer & Reutterer 2016: a purchase is every k-th event of a Poisson process, whose counts are negative binomial."""
    m, A, stages = cnbd_stages(p, h)
    k, z = int(p[4]), mp.mpf(t) / (A + t)
    reached = [mp.mpf(1)] + [mp.mpf(0)] * n
    for j, weight in enumerate(stages):
        term, below, count = (1 - z) ** (m + j), mp.mpf(0), 0
        for purchases in range(1, n + 1):
            while count < purchases * k - j:
                below += term
                term *= (m + j + count) / (count + 1) * z
                count += 1
            reached[purchases] += weight * (1 - below)
    return cnbd_from_reached(p, h, reached)


def cnbd_counts_by_lambda(p, h, t, n):
    """The same from the waiting time of the n-th purchase, Erlang given lambda, by quadrature over lambda."""
    m, A, stages = cnbd_stages(p, h)
    k = int(p[4])
    middle, width = mp.log(m / A), 1 / mp.sqrt(m)
    points = [middle + i * width for i in (-14, -7, -4, -2, 0, 2, 4, 7)]
    reached = [mp.mpf(1)]
    for purchases in range(1, n + 1):
        reached.append(sum(weight * mp.quad(lambda u: mp.gammainc(purchases * k - j, 0, mp.exp(u) * t, regularized=True) *
                                            mp.exp((m + j) * (u + mp.log(A)) - A * mp.exp(u)) / mp.gamma(m + j), points)
                           for j, weight in enumerate(stages)))
    return cnbd_from_reached(p, h, reached)


def check_counts(model, n):
    """The PMF, and for long ones that it adds up: to one, and its mean to expected_purchases."""
    worst = Worst("%s purchase_probabilities" % NAMES[model], 1e-9)
    total, mean = Worst("%s sum of probabilities" % NAMES[model], 1e-9), Worst("%s their mean" % NAMES[model], 1e-7)
    for p, h in cases(model, n):
        for t in (39.0, 520.0) if model != BGBB else (10, 60):
            if model != BGBB:
                with mp.workdps(25 if model == PARETO else 50):
                    if model == PARETO:
                        want = pareto_counts(p, h, t, 31, (0, 1, 2, 7, 30))
                    elif model == CNBD:
                        want = dict(enumerate(cnbd_counts(p, h, t, 31)))
                    else:
                        want = dict(enumerate(bg_counts(model, p, h, t, 31)))
                got = pmf(model, p, h, t, 31)
                for j, w in want.items():
                    worst.add(got[j], w, (p, h, t, j), max(w, mp.mpf(10) ** -12))
            shape = p[4] if model == CNBD else 1
            likely = (p[0] / shape + h[0]) * t / (p[1] + h[2]) if model != BGBB else t
            if likely < 200 and (p[0] + h[0]) > .2 or model == BGBB:
                many = pmf(model, p, h, t, 20000 if model != BGBB else t + 1)
                total.add(sum(many), mp.mpf(1), (p, h, t))
                want = call("expected", model, p, h, t)
                mean.add(sum(j * v for j, v in enumerate(many)), mp.mpf(want), (p, h, t))
    if worst.n:
        worst.done()
    total.done()
    mean.done()


def alive_later(model, p, h):
    """tau -> P(alive at T+tau | alive at T), and the rate of purchases of those alive at T."""
    q = [mp.mpf(v) for v in p]
    T = mp.mpf(h[2])
    if model == PARETO:
        r, alpha, s, beta = q
        return (lambda t: mp.power((beta + T) / (beta + T + t), s),
                lambda t: (r + h[0]) / (alpha + T) * mp.power((beta + T) / (beta + T + t), s))
    r, alpha, a, b = q
    m, A, bb = r + h[0], alpha + T, b + h[0] + (model == MBG)
    return (lambda t: mp.re(mp.hyp2f1(m, a, a + bb, -t / A)),
            lambda t: m / A * mp.re(mp.hyp2f1(m + 1, a, a + bb, -t / A)))


def check_future(model, n):
    """Survival, expected and discounted purchases: the rates integrated."""
    ahead, plain, disc = (Worst("%s %s" % (NAMES[model], w), 1e-9) for w in
                          ("p_alive_ahead", "expected_purchases", "discounted_purchases"))
    for p, h in cases(model, n):
        if model != PARETO and max(p[0] + h[0], p[2]) > 1000:
            continue  # mpmath's 2F1 does not get there
        with mp.workdps(30 if model == PARETO else 15):
            later, rate = alive_later(model, p, h)
            pa = alive(model, p, h)
            if pa < 1e-250:
                continue
            for t in HORIZONS:
                want = pa * later(t)
                ahead.add(call("p_alive_ahead", model, p, h, t), want, (p, h, t), max(want, mp.mpf(10) ** -6 * pa))
            for t, d in ((39.0, 0.0), (52.1786, .00183), (1560.0, .00183)):
                want = pa * quad_log(lambda u: mp.exp(-d * u) * rate(u), t)
                worst = disc if d else plain
                worst.add(call("discounted", model, p, h, t, d) if d else call("expected", model, p, h, t), want, (p, h, t))
            want = pa * quad_log(lambda u: mp.exp(-.00183 * u) * rate(u), 40 / mp.mpf(.00183))
            disc.add(call("discounted", model, p, h, mp.inf, .00183), want, (p, h, "forever"))
    for w in (ahead, plain, disc):
        w.done()


def cnbd_discounted(p, h, t, d):
    """Given lambda, the n-th purchase comes after nk - j stages: Gamma times."""
    r, alpha, a, b, k = [mp.mpf(v) for v in p]
    k, (x, t_x, T) = int(k), h
    m, A, bb, y = r + k * x, alpha + mp.mpf(T), b + x + 1, (mp.mpf(T) - t_x) / (alpha + T)
    weights = [mp.rf(m, j) / mp.factorial(j) * y ** j for j in range(k)]
    stay = [mp.mpf(1)]
    while len(stay) < 3000:
        stay.append(stay[-1] * (bb + len(stay) - 1) / (a + bb + len(stay) - 1))

    def given(u):
        lam = mp.exp(u)
        phi, reach = lam / (lam + d), (lam + d) * t
        total, cache = mp.mpf(0), {}
        for j in range(k):
            part = mp.mpf(0)
            for n in range(1, 3000):
                stages = n * k - j
                if stages not in cache:
                    cache[stages] = phi ** stages * (mp.gammainc(stages, 0, reach, regularized=True) if t < mp.inf else 1)
                part += stay[n - 1] * cache[stages]
                if cache[stages] < mp.mpf(10) ** -22:
                    break
            total += weights[j] * part * mp.exp((m + j) * (u + mp.log(A)) - A * lam) / mp.gamma(m + j)
        return total

    middle, width = mp.log(m / A), 1 / mp.sqrt(m)
    return alive(CNBD, p, h) * mp.quad(given, [middle + i * width for i in (-12, -5, -2, 0, 2, 5)]) / sum(weights)


def check_cnbd():
    """Against the times of purchases given lambda, and k = 1 against MBG/NBD."""
    by_lambda = Worst("mbg/cnbd-k purchase_probabilities, by lambda", 1e-9)
    for p, h, t in (((2.5, 6.0, .9, 1.6, 3), (2, 20, 39), 52), ((4.0, 6.0, .3, 2.6, 2), (6, 37, 39), 26))[:1 if QUICK else 2]:
        with mp.workdps(20):
            want = cnbd_counts_by_lambda(p, h, t, 3 if QUICK else 6)
        for got, w in zip(pmf(CNBD, p, h, t, len(want)), want):
            by_lambda.add(got, w, (p, h, t))
    by_lambda.done()
    by_times = Worst("mbg/cnbd-k expected and discounted, by times", 1e-8)
    same = Worst("mbg/cnbd-k, k = 1: as mbg/nbd", 1e-9)
    for p, h in (((2.5, 6.0, .9, 1.6, 3), (2, 20, 39)), ((4.0, 6.0, .3, 2.6, 2), (6, 37, 39)))[:0 if QUICK else 2]:
        with mp.workdps(18):
            for t, d in ((10.0, 0.0), (52.0, .01)):
                got = call("discounted", CNBD, p, h, t, d) if d else call("expected", CNBD, p, h, t)
                by_times.add(got, cnbd_discounted(p, h, t, d), (p, h, t, d))
            by_times.add(call("discounted", CNBD, p, h, mp.inf, .05), cnbd_discounted(p, h, mp.inf, .05), (p, h, "forever"))
    for p, h in cases(MBG, 60)[::6 if QUICK else 1]:
        q = tuple(p) + (1.0,)
        if call("p_alive", MBG, p, h) < 1e-250 or h[0] > 2000 or p[0] > 1e4:
            continue
        if (p[0] + h[0] + 40) / (p[1] + h[2]) * 520 > 2e5:
            continue  # longer sums than are computed: an error
        for t in (1 / 7, 39.0, 520.0):
            for name in ("p_alive_ahead", "expected"):
                want = mp.mpf(call(name, MBG, p, h, t))
                same.add(call(name, CNBD, q, h, t), want, (name, p, h, t), max(want, mp.mpf(10) ** -6))
            same.add(call("discounted", CNBD, q, h, t, .00183), mp.mpf(call("discounted", MBG, p, h, t, .00183)), (p, h, t, .00183))
        for d in (.00183, 1e-6, 2e-11):
            same.add(call("discounted", CNBD, q, h, mp.inf, d), mp.mpf(call("discounted", MBG, p, h, mp.inf, d)), (p, h, d, "forever"))
    if not QUICK:
        by_times.done()
    same.done()


def check_forever():
    """Small discounts without end: over lambda of phi^k 2F1(1, b; a+b; phi^k), and for a > 1 near the sum without a discount."""
    worst, limit = Worst("mbg/cnbd-k and bg/nbd forever, small discounts", 1e-9), Worst("the same beside no discount", 1e-6)
    for p, h in (((.5248, 6.18, .89, 1.6), (2, 30.4, 38.8)), ((.3, 3, 1.0, 1.6), (0, 0, 30)), ((.3, 3, 2.0, 1.6), (5, 20, 30)),
                 ((.5, 6, .8, 2.0), (300, 290, 310)), ((2, 3, .05, 5.6), (50, 20, 30)), ((.3, 3, 2.5, 3e3), (5, 20, 30)))[::3 if QUICK else 1]:
        for k, model in ((1, BG), (1, MBG), (1, CNBD), (2, CNBD), (3, CNBD)):
            q = [mp.mpf(v) for v in p]
            m, A, a, b, y = q[0] + k * h[0], q[1] + h[2], q[2], q[3] + h[0] + (model != BG), mp.mpf(h[2] - h[1]) / (q[1] + h[2])
            y = y if model == CNBD else mp.mpf(0)
            total = sum(mp.rf(m, j) / mp.factorial(j) * y ** j for j in range(k))

            def given(u, d):
                lam = m / A * mp.exp(u)
                phi = mp.exp(-k * mp.log1p(d / lam))
                stages = sum((y * A * (lam + d)) ** j / mp.factorial(j) for j in range(k))
                return stages * phi * mp.re(mp.hyp2f1(1, b, a + b, phi)) * mp.exp(m * (mp.log(m) + u - mp.exp(u)) - mp.loggamma(m))

            width = 1 / mp.sqrt(m)
            ends = [-80, -40, -20, -10, -5, -2, -1, 0, 1, 2, 3, 4, 5, 6] if m < 9 else [i * width for i in (-12, -8, -5, -3, -1, 0, 1, 3, 5, 8, 12)]
            for d in (1e-5, 2e-11)[:1 if QUICK else 2]:
                with mp.workdps(25):
                    want = alive(model, p + (k,) if model == CNBD else p, h) * mp.quad(lambda u: given(u, d), ends) / total
                args = (model, p + (float(k),) if model == CNBD else p, h, mp.inf)
                got = call("discounted", *args, d)
                worst.add(got, want, (model, k, p, h, d))
                if p[2] >= 2 and d < 1e-10:
                    limit.add(got, mp.mpf(call("discounted", *args, 0.0)), (model, k, p, h, d))
    worst.done()
    if not QUICK:
        limit.done()


def check_at_least():
    """The probabilities from n on, added up; no fewer purchases in more time."""
    worst = Worst("p_at_least: sum of the probabilities above", 1e-9)
    for model in (PARETO, BGBB):
        for p, h in cases(model, 20)[::4 if QUICK else 1]:
            for t in (12.0, 400.0):
                q = pmf(model, p, h, t, 3000)
                if abs(1 - sum(q)) > 1e-12:
                    continue  # some are beyond
                for n in (1, 5, 70, 300):
                    got = lib.at_least(model, numbers(p), ctypes.byref(History(*h)), ctypes.c_double(t), n)
                    worst.add(got, mp.fsum(q[n:]), (model, p, h, t, n), 1)
    worst.done()
    later = Worst("bg/bb p_none: in more time no more", 1e-15)
    for p, h in cases(BGBB, 300)[::4 if QUICK else 1] + [((10.0 ** i, 10.0 ** j, 10.0 ** k, 1e8), h) for i in (0, 6) for j in (0, 8) for k in (-3, 2, 8) for h in ((0, 0, 300), (40, 50, 300))]:
        none = [call("p_none", BGBB, p, h, t) for t in (256.0, 257.0, 1e4, 1e9, mp.inf)]
        for more, less in zip(none, none[1:]):
            later.add(max(less - more, 0.0), 0, (p, h, none))
    later.done()


def bgbb_counts(p, h, m, n):
    """Dropout after i more opportunities, k purchases in i: by definition."""
    al, be, ga, de = [mp.mpf(v) for v in p]
    a, b, D = al + h[0], be + h[2] - h[0], de + h[2]
    pa = alive(BGBB, p, h)
    drop = [beta_ratio(ga, D, 1, i) for i in range(m)] + [beta_ratio(ga, D, 0, m)]
    out = [pa * sum(drop[i] * mp.binomial(i, k) * beta_ratio(a, b, k, i - k) for i in range(k, m + 1)) for k in range(n)]
    out[0] += 1 - pa
    return out, pa * beta_ratio(a, b, 1, 0), [beta_ratio(ga, D, 0, j) for j in range(m + 1)]


def check_bgbb():
    worst = Worst("bg/bb counts, expected, discounted, ahead, forever", 1e-9)
    for p, h in cases(BGBB, 15)[::6 if QUICK else 1]:
        for m in (1, 12):
            want, rate, later = bgbb_counts(p, h, m, 6)
            got = pmf(BGBB, p, h, float(m), 6)
            for k in range(min(6, m + 1)):
                worst.add(got[k], want[k], (p, h, m, k))
            worst.add(call("expected", BGBB, p, h, m), rate * sum(later[1:]), (p, h, m))
            worst.add(call("discounted", BGBB, p, h, m, .01), rate * sum(v * mp.exp(-.01 * j) for j, v in enumerate(later) if j), (p, h, m, .01))
            worst.add(call("p_alive_ahead", BGBB, p, h, m), alive(BGBB, p, h) * later[m], (p, h, m, "ahead"))
        ga, D = mp.mpf(p[2]), mp.mpf(p[3]) + h[2]
        want = rate * mp.fsum(D * v * mp.exp(-mp.mpf(.01) * (j + 1)) for j, v in enumerate(long_stay(ga, D, 4500)))
        worst.add(call("discounted", BGBB, p, h, mp.inf, .01), want, (p, h, "forever"))
        worst.add(call("expected", BGBB, p, h, 3000), rate * mp.fsum(D * v for v in long_stay(ga, D, 3000)), (p, h, 3000))
    worst.done()


def long_stay(ga, D, m):
    """B(ga, D+j)/B(ga, D) / D for j = 1 .. m."""
    out, v = [], 1 / (ga + D)
    for j in range(1, m + 1):
        out.append(v)
        v *= (D + j) / (ga + D + j)
    return out


def check_blocks():
    """Many groups at once give the sum of their histories."""
    worst = Worst("all models: blocks against histories", 1e-11)
    for model in range(5):
        p = (.55, 3.0, .7, 9.0) + ((3.0,) if model == CNBD else ())
        histories = sorted({(x, float(t) if x else 0.0, float(T)) for x in (0, 1, 4) for t in range(x, 30, 5) for T in (t, 30, 33, 40)})
        groups = (Group * len(histories))(*[Group(History(*h), 1 + i % 11) for i, h in enumerate(histories)])
        g, H, _ = numbers([0.0] * 4), numbers([0.0] * 16), numbers([0.0] * 16)
        got = [lib.likelihood(model, numbers(p), groups, ctypes.c_int64(len(histories)), ctypes.c_double(0.0), g, H, _), *g, *H]
        want = [-float(mp.loggamma(p[4])) * sum(h[0] * (1 + i % 11) for i, h in enumerate(histories)) if model == CNBD else 0.0] + [0.0] * 20
        for i, h in enumerate(histories):
            value = lib.history(model, numbers(p), ctypes.byref(History(*h)), g, H)
            want = [w + (1 + i % 11) * v for w, v in zip(want, [value, *g, *H])]
        for one, other in zip(got, want):
            worst.add(one, mp.mpf(other), (NAMES[model], one, other), max(map(abs, want[1:])))
    worst.done()


def check_speed():
    """CDNOW customers 0 to 5 purchases; a figure to read, not a test."""
    P = [(.2425945224, 4.413602019, .7929220173, 2.425906777), (.5248431591, 6.18308528, .8913593907, 1.61400224),
         (.5532770469, 10.57768346, .6062399891, 11.66873529), (.5248, 3.0, .89, 1.6, 2.0), (1.2, .75, .66, 2.78)]
    for model in range(5):
        h = (History * 12)(*[History(x, min(x * 4.0, 30.0), 30.0 + i) for i in range(2) for x in range(6)])
        us = [1e6 * lib.timing(model, numbers(P[model]), h, 12, ctypes.c_double(t), ctypes.c_double(d), 20000 if model != CNBD else 2000)
              for t, d in ((39.0, 0.0), (52.0, .00183), (mp.inf, .00183))]
        print("%-12s us a row: p_alive + expected %.3f, discounted 1 year %.3f, forever %.3f" % (NAMES[model], *us))


def some(check, n, every):
    """A check of a model: of all cases, or in the quick run of one in `every`."""
    def run(model):
        global cases
        all_cases = cases
        cases = lambda m, k: all_cases(m, k)[::every if QUICK else 1]
        try:
            check(model, n(model) if callable(n) else n)
        finally:
            cases = all_cases
    return run


CHECKS = {
    "likelihood": some(check_likelihood, 30, 6),
    "alive": some(check_alive, 150, 5),
    "none": some(check_none, 40, 6),
    "counts": some(check_counts, lambda m: 6 if m == PARETO else 15, 6),
    "future": some(check_future, lambda m: 12 if m == PARETO else 3, 9),
}
OTHERS = {"cnbd": check_cnbd, "forever": check_forever, "bgbb": check_bgbb, "at_least": check_at_least, "blocks": check_blocks, "speed": check_speed}
wanted = [w for w in sys.argv[2:] if w not in ("-v", "quick")]
for name, check in CHECKS.items():
    for model in range(5):
        if wanted and name not in wanted and set(wanted) - set(NAMES):
            continue
        if set(wanted) & set(NAMES) and NAMES[model] not in wanted:
            continue
        if name != "future" or model in (BG, MBG, PARETO):
            check(model)
for name, check in OTHERS.items():
    if name in wanted or not wanted and not (QUICK and name == "speed"):
        check()
sys.exit(Worst.failed)
