"""Statistics of random return series, by onetape and by three libraries, side by side.

What the libraries are known to do otherwise, and how it is met here:

- all annualise with 252 unless told 365; ffn's calc_stats cannot be told, its single functions can.
- quantstats takes a series without losses whose largest value is above 1 for prices: only fractions are drawn. Its rate
  is that of a year and compounds, as ours; empyrical's is that of a day. Its value at risk is that of a normal
  distribution, ours and empyrical's of history. Its win rate leaves out days of nothing. It counts days in a drawdown.
- empyrical's and quantstats's growth counts days; ffn's counts seconds of years of 365.25 days from the first price.
- ffn has no first peak unless the first price is given, so it is.
- a series of equal returns has no ratios: the libraries say NaN, infinity or nothing, we say that there is none.
"""

import argparse
import json
import math
import subprocess
import sys
import warnings
from pathlib import Path

import empyrical
import ffn.core
import numpy as np
import pandas as pd
import quantstats as qs
from scipy import stats as scipy_stats

SERIES = 200
YEAR = 365
# Relative, and absolute below one: both sides sum in different orders.
TOLERANCE = 1e-9
warnings.simplefilter("ignore")


def golden():
    """The series of the golden table; its first day returned nothing."""
    drawn = np.random.default_rng(42).normal(0.0008, 0.004, 400)
    drawn[0] = 0.0
    return drawn


def draw(rng, at):
    """One random series: of several lengths, sizes, tails, quiet days and memories."""
    days = int(rng.integers(30, 900))
    size = 10.0 ** rng.uniform(-4, -1.7)
    drift = rng.normal(0, 0.15) * size
    kind = at % 5
    if kind == 0:
        values = rng.normal(drift, size, days)
    elif kind == 1:
        values = drift + size * rng.standard_t(3, days)
    elif kind == 2:
        values = rng.normal(drift, size, days) * (rng.random(days) < 0.3)
    elif kind == 3:
        noise = rng.normal(0, size, days)
        values = np.empty(days)
        memory = rng.uniform(-0.5, 0.5)
        values[0] = drift + noise[0]
        for day in range(1, days):
            values[day] = drift + memory * (values[day - 1] - drift) + noise[day]
    else:
        values = np.where(rng.random(days) < 0.95, size / 20, -size) + rng.normal(0, size / 50, days)
    return np.clip(values, -0.5, 0.5)


def ours(onetape, path, rate, trials):
    command = [onetape, "report", "--returns", path, "--compounding", "--json", "--risk-free", repr(rate)]
    done = subprocess.run([*command, "--trials", str(trials)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def theirs(series, rate, trials):
    """Every figure by name: what each library says of it."""
    daily = (1.0 + rate) ** (1.0 / YEAR) - 1.0
    first = series.index[0] - pd.Timedelta(days=1)
    prices = pd.concat([pd.Series([1.0], index=[first]), (1.0 + series).cumprod()])
    own = {"prepare_returns": False}
    # As many trials with the deviation that a ratio of nothing has.
    spread = np.linspace(-1.0, 1.0, trials)
    spread *= 1.0 / math.sqrt(len(series) - 1) / spread.std(ddof=1)
    calendar = ffn.core.calc_cagr(prices)
    years = (prices.index[-1] - prices.index[0]).total_seconds() / 31_557_600
    excess = series - daily
    return {
        "sharpe": {
            "quantstats": qs.stats.sharpe(series, rf=rate, periods=YEAR),
            "empyrical": empyrical.sharpe_ratio(series, risk_free=daily, annualization=YEAR),
            "ffn": ffn.core.calc_sharpe(series, rf=rate, nperiods=YEAR),
        },
        "sortino": {
            "quantstats": qs.stats.sortino(series, rf=rate, periods=YEAR),
            "empyrical": empyrical.sortino_ratio(series, required_return=daily, annualization=YEAR),
            "ffn": ffn.core.calc_sortino_ratio(series, rf=rate, nperiods=YEAR),
        },
        "cagr": {
            "quantstats": qs.stats.cagr(series, periods=YEAR),
            "empyrical": empyrical.annual_return(series, annualization=YEAR),
            "ffn, of years of 365 days": (1.0 + calendar) ** (years * YEAR / len(series)) - 1.0,
        },
        "period_return": {
            "quantstats": qs.stats.comp(series),
            "empyrical": empyrical.cum_returns_final(series),
            "ffn": ffn.core.calc_total_return(prices),
        },
        "volatility": {
            "quantstats": qs.stats.volatility(series, periods=YEAR, prepare_returns=False),
            "empyrical": empyrical.annual_volatility(series, annualization=YEAR),
        },
        "depth": {
            "quantstats": qs.stats.max_drawdown(series),
            "empyrical": empyrical.max_drawdown(series),
            "ffn": ffn.core.calc_max_drawdown(prices),
        },
        "calmar": {
            "quantstats": qs.stats.calmar(series, periods=YEAR),
            "empyrical": empyrical.calmar_ratio(series, annualization=YEAR),
        },
        "skew": {"quantstats": qs.stats.skew(series, **own), "scipy": scipy_stats.skew(series, bias=False)},
        "excess_kurtosis": {
            "quantstats": qs.stats.kurtosis(series, **own),
            "scipy": scipy_stats.kurtosis(series, bias=False),
        },
        "value_at_risk_95": {"empyrical": empyrical.value_at_risk(series)},
        "conditional_value_at_risk_95": {"empyrical": empyrical.conditional_value_at_risk(series)},
        "probabilistic_sharpe": {"quantstats": qs.stats.probabilistic_sharpe_ratio(excess, rf=0.0, periods=YEAR)},
        "deflated_sharpe": {
            "ffn": ffn.core.calc_deflated_sharpe_ratio(
                series, spread, rf=rate, nperiods=YEAR, annualized_trials=False
            )
        },
        "winning_days": {"numpy": float((series > 0).mean())},
        "best_day": {"quantstats": qs.stats.best(series, **own), "numpy": series.max()},
        "worst_day": {"quantstats": qs.stats.worst(series, **own), "numpy": series.min()},
        "sharpe_newey_west": {"numpy": newey_west(excess.to_numpy())},
        "sharpe_lo": {"numpy": lo(excess.to_numpy())},
    }


def covariances(values, lags):
    off = values - values.mean()
    return [float(off[lag:] @ off[: len(off) - lag]) / len(off) for lag in range(lags + 1)]


def newey_west(values):
    lags = int(4 * (len(values) / 100) ** (2 / 9))
    own, *later = covariances(values, lags)
    long_run = own + 2 * sum((1 - lag / (lags + 1)) * part for lag, part in enumerate(later, 1))
    return values.mean() / math.sqrt(long_run * len(values) / (len(values) - 1)) * math.sqrt(YEAR)


def lo(values):
    lags = int(4 * (len(values) / 100) ** (2 / 9))
    own, *later = covariances(values, lags)
    year = YEAR + 2 * sum((YEAR - lag) * part / own for lag, part in enumerate(later, 1))
    return values.mean() / values.std(ddof=1) * YEAR / math.sqrt(year)


def figure(said, name):
    if name == "depth":
        return 0.0 if said["drawdown"] is None else said["drawdown"]["depth"]
    if name.endswith("_day"):
        return said[name]["value"]
    return said[name]["value"]


def differ(one, other):
    """False where a library has no number and we have none."""
    if one is None:
        return math.isfinite(other)
    return not abs(one - other) <= TOLERANCE * max(1.0, abs(other))


def check(onetape, folder, name, values, rate, trials):
    days = pd.date_range("2023-01-01", periods=len(values), freq="D")
    series = pd.Series(values, index=days)
    path = folder / f"{name}.csv"
    lines = [f"{day:%Y-%m-%d},{value!r}" for day, value in zip(days, map(float, values))]
    path.write_text("\n".join(["day,return", *lines, ""]))
    said = ours(onetape, path, rate, trials)
    wrong, compared = [], 0
    for what, libraries in theirs(series, rate, trials).items():
        for library, value in libraries.items():
            compared += 1
            if differ(figure(said, what), float(value)):
                wrong.append(f"{path}: {what} is {figure(said, what)}, {library} says {value}")
    return wrong, compared


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--onetape", required=True)
    options.add_argument("--dir", required=True, type=Path)
    given = options.parse_args()
    folder = given.dir / "series"
    folder.mkdir(parents=True, exist_ok=True)
    kept = pd.read_csv(Path(__file__).with_name("golden.csv"), float_precision="round_trip")["return"].to_numpy()
    wrong = [] if np.array_equal(kept, golden()) else ["tests/statistics/golden.csv is not the golden series"]
    rng = np.random.default_rng(20240808)
    compared = 0
    for at in range(SERIES + 1):
        values = golden() if at == 0 else draw(rng, at)
        rate = 0.0 if at % 2 == 0 else round(float(rng.uniform(0.0, 0.08)), 4)
        trials = int(rng.integers(2, 500))
        found, count = check(given.onetape, folder, f"{at:03}", values, rate, trials)
        wrong += found
        compared += count
    for line in wrong[:20]:
        print(line, file=sys.stderr)
    if wrong:
        sys.exit(f"{len(wrong)} of {compared} figures differ")
    print(f"{compared} figures of {SERIES} random series and the golden one are equal to nine digits")


if __name__ == "__main__":
    main()
