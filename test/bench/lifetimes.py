"""Times the Python package lifetimes, beside which run puts ours: python3 lifetimes.py NUMBERS.csv TASK OURS

NUMBERS.csv has x, t_x, age (both in days) and m of each customer. TASK is "fit MODEL", "predict MODEL" or "ltv MODEL", and OURS what
we found, json from tables/ltv_models.sql. Prints "Time: ... ms", the CPU time of the fit or the predictions alone, and what came out.
A fit fails if lifetimes computes another log-likelihood of our parameters than we, or has found better ones. Predictions are by our
parameters. LIFETIMES is the path of the package and what it needs (colons between), if they are not installed. Exits with 3 if there is none.
A fit that takes more than LIMIT seconds (120) is stopped, and its time is that: of a million customers Pareto/NBD takes many minutes.
"""
import json
import os
import signal
import sys
import time
import warnings

# This file has the package's name.
sys.path[0:1] = [path for path in os.environ.get('LIFETIMES', '').split(':') if path]
warnings.simplefilter('ignore')
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
try:
    import numpy as np
    import pandas as pd
    from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

FITTERS = {'mbg/nbd': ModifiedBetaGeoFitter, 'bg/nbd': BetaGeoFitter, 'pareto/nbd': ParetoNBDFitter, 'gamma-gamma': GammaGammaFitter}
WEEKS_OF_A_YEAR = 365.25 / 7
LIMIT = int(os.environ.get('LIMIT', 120))


def log_likelihood(model, parameters, data):
    """The sum over customers, by lifetimes: it gives the negative mean, of a function of the logs except for Pareto/NBD."""
    parameters = np.array(list(parameters), float)
    if model == 'pareto/nbd':
        return float(np.sum(ParetoNBDFitter._conditional_log_likelihood(parameters, *data)))
    count = len(data[0])
    return float(-FITTERS[model]._negative_log_likelihood(np.log(parameters), *data, np.ones(count), 0) * count)


def stop(*_):
    raise TimeoutError(f'stopped after {LIMIT} s')


def fitter(model, parameters):
    fitted = FITTERS[model]()
    fitted.params_ = pd.Series(parameters)
    if model != 'gamma-gamma':
        # A fit would set it.
        fitted.predict = fitted.conditional_expected_number_of_purchases_up_to_time
    return fitted


if len(sys.argv) == 1:
    sys.exit(0)
path, task, ours = sys.argv[1:]
kind, model = task.split()
ours = json.loads(ours)
numbers = pd.read_csv(path, names=['x', 't_x', 'age', 'm'], float_precision='round_trip')
x, t_x, age, m = (numbers[name].to_numpy() for name in numbers)
t_x, age = t_x / 7, age / 7

if kind == 'fit':
    part = 'spend' if model == 'gamma-gamma' else 'purchase'
    at, level = ours[part], ours[part + '_log_likelihood']
    data = (x[x > 0], m[x > 0]) if part == 'spend' else (x, t_x, age)
    fitted = FITTERS[model]()
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    start = time.process_time()
    try:
        fitted.fit(*data)
        theirs = {name: float(value) for name, value in fitted.params_.items()}
    except Exception as error:
        theirs = None
        print('  it failed: ' + ' '.join(str(error).split()))
    seconds = time.process_time() - start
    signal.setitimer(signal.ITIMER_PROF, 0)
    by_them = log_likelihood(model, at.values(), data)
    print(f'  ours:      {level:.6f} (by lifetimes {by_them:.6f}) at {json.dumps(at)}')
    if not abs(by_them / level - 1) < 1e-9:
        sys.exit('our log-likelihood is not what lifetimes says')
    if theirs:
        found = log_likelihood(model, theirs.values(), data)
        farthest = max(abs(theirs[name] / at[name] - 1) for name in at)
        print(f'  lifetimes: {found:.6f} at {json.dumps(theirs)}')
        print(f'  {"it diverged" if not found > level - 1 else "it agrees"}, parameters within {farthest:.1e}')
        if found > level + 1e-9 * abs(level):
            sys.exit('lifetimes found a better fit than we')
else:
    fitted, spend = fitter(model, ours['purchase']), fitter('gamma-gamma', ours['spend'])
    start = time.process_time()
    if kind == 'predict':
        alive = fitted.conditional_probability_alive(x, t_x, age)
        values = [alive, fitted.conditional_expected_number_of_purchases_up_to_time(WEEKS_OF_A_YEAR, x, t_x, age)]
    else:
        values = [spend.customer_lifetime_value(fitted, x, t_x, age, m, time=12, discount_rate=1.1 ** (1 / 12) - 1, freq='W')]
    seconds = time.process_time() - start
    theirs = [float(np.sum(np.asarray(value))) for value in values]
    print(f'  sums: {theirs}, ours {ours[kind]}')
    # Their value of a year is discounted at the ends of twelve months.
    if not np.allclose(theirs, ours[kind], rtol=1e-6 if kind == 'predict' else 0.01, atol=0):
        print('  they differ')
print(f'Time: {seconds * 1000:.1f} ms')
