"""Arrivals against their law: Poisson within the hour, negative binomial over the day, night and day as published.

Lewis and Shedler 1979, "Simulation of nonhomogeneous Poisson processes by thinning": counts in disjoint
    intervals are independent and Poisson with mean = the integral of the rate.
Fisher 1950, "The significance of deviations from expectation in a Poisson series": the index of dispersion
    sum (n - mean)^2 / mean of k Poisson counts is chi-square with k - 1 degrees of freedom.
Greenwood and Yule 1920, "An inquiry into the nature of frequency distributions": Poisson counts whose mean
    m carries a gamma factor with mean 1 are negative binomial; with cv c their variance is m + (c m)^2.
Facts N106 (163,000 freight vehicles in 212 days) and N148 (night share of a day) of the facts table.

All intervals are 99.9 % over the whole family of values that a test looks at (Bonferroni).
"""

from functools import cache

import numpy as np
import pytest
from scipy import stats

from sim.demand import sample_movements
from sim.demand.rates import mean_rate
from sim.luck import Luck
from sim.scenario.load import load_scenario
from tests.theory.queueing import assert_mean_is, interval_999
from tests.unit.tiny import ALL_DAY, tiny_scenario

PEAKED = [3, 2, 2, 2, 3, 5, 8, 12, 16, 18, 19, 20, 20, 19, 18, 17, 15, 12, 9, 7, 6, 5, 4, 3]
WEEKDAYS = [1.2, 1.1, 1.0, 1.0, 1.1, 0.8, 0.8]
PER_DAY = 1200.0
CV = 0.4
REPLICATIONS, WEEKS = 8, 52
SAMPLES = REPLICATIONS * WEEKS
HOURS, DAYS = 168, 7
FLAT = {"demand.profiles.flat.by_hour": ALL_DAY, "demand.classes.truck.by_weekday": ALL_DAY[:7]}
NIGHT = [*range(20, 24), *range(8)]


def make_demand(**changes):
    """Return a year of trucks that arrive by the neighbour's clock, three hours behind the port's."""
    plain = {
        "demand.profiles.flat": {"timezone": "Asia/Almaty", "by_hour": PEAKED},
        "demand.classes.truck.per_day": PER_DAY,
        "demand.classes.truck.by_weekday": WEEKDAYS,
        "horizon.start": "2025-09-01",
        "horizon.warmup_days": 0,
        "horizon.days": WEEKS * DAYS,
    }
    return tiny_scenario(**(plain | changes))


@cache
def count_by_hour(day_cv=0.0, flat=False):
    """Return counts of trucks, shape (weeks, hours of the week), all replications one below the other."""
    scenario = make_demand(**(FLAT if flat else {}), **{"demand.classes.truck.day_cv": day_cv})
    edges = np.arange(WEEKS * HOURS + 1) * 60.0
    runs = [sample_movements(scenario, Luck(1, replication)).arrival_min for replication in range(REPLICATIONS)]
    return np.concatenate([np.histogram(times, edges)[0].reshape(WEEKS, HOURS) for times in runs])


def expected_by_hour():
    """Return the mean of every hour of the week from Monday 00:00 at the port, which is Sunday 21:00 in Almaty."""
    hour_there = np.arange(HOURS) - 3
    weekday, hour = hour_there // 24 % DAYS, hour_there % 24
    return PER_DAY * np.array(WEEKDAYS)[weekday] / np.mean(WEEKDAYS) * np.array(PEAKED)[hour] / sum(PEAKED)


def count_by_day(day_cv):
    """Return counts by local day of the neighbour, shape (days,), and the mean of each; cut days are left out."""
    whole = slice(3, 3 - 24)
    runs = count_by_hour(day_cv).reshape(REPLICATIONS, WEEKS * HOURS)[:, whole]
    mean = np.tile(expected_by_hour(), WEEKS)[whole].reshape(-1, 24).sum(axis=1)
    return runs.reshape(REPLICATIONS, -1, 24).sum(axis=2).ravel(), np.tile(mean, REPLICATIONS)


def test_mean_of_every_hour_of_the_week_is_the_integral_of_the_rate():
    totals, expected = count_by_hour().sum(axis=0), SAMPLES * expected_by_hour()
    tail = 0.001 / HOURS / 2
    assert (stats.poisson.ppf(tail, expected) <= totals).all()
    assert (totals <= stats.poisson.isf(tail, expected)).all()


def test_number_of_all_arrivals_is_the_integral_of_the_rate_to_two_per_mille():
    total, expected = count_by_hour().sum(), SAMPLES * expected_by_hour().sum()
    low, high = stats.poisson.ppf([0.0005, 0.9995], expected)
    assert low <= total <= high
    assert high - low < 2 * 0.002 * expected


def test_variance_of_every_hour_of_the_week_is_its_mean():
    counts, tail = count_by_hour(), 0.001 / HOURS / 2
    assert expected_by_hour().min() > 5, "the chi-square law of the index needs counts that are not small"
    index = SAMPLES * counts.var(axis=0) / counts.mean(axis=0)
    assert (stats.chi2.ppf(tail, SAMPLES - 1) < index).all()
    assert (index < stats.chi2.isf(tail, SAMPLES - 1)).all()


def locate(law, counts):
    """Return where counts lie within their law, in [0, 1): uniform if they follow it, jumps spread by luck."""
    between = Luck(2, 0).uniforms("between", counts.size).reshape(counts.shape)
    return law.cdf(counts - 1) + between * law.pmf(counts)


def test_counts_of_an_hour_follow_poissons_law():
    cells, _ = np.histogram(locate(stats.poisson(expected_by_hour()), count_by_hour()), 20, (0.0, 1.0))
    assert stats.chisquare(cells).pvalue > 0.001


def correlate_hours(counts):
    """Return the correlation of each pair of hours of a day over all days, upper triangle."""
    return np.corrcoef(counts.reshape(-1, 24).T)[np.triu_indices(24, 1)]


def test_hours_of_a_day_are_independent_when_days_are_alike():
    """Fisher's z of each of 276 correlations is normal with variance 1 / (days - 3)."""
    z = np.arctanh(correlate_hours(count_by_hour(flat=True))) * np.sqrt(SAMPLES * DAYS - 3)
    assert np.abs(z).max() < stats.norm.isf(0.001 / len(z) / 2)


def test_hours_of_a_day_share_its_luck_when_days_differ():
    """Counts with mean m and a common factor of cv c have covariance (c m)^2."""
    per_hour, flat = PER_DAY / 24.0, {"demand.profiles.flat.timezone": "Asia/Shanghai", "horizon.days": 100}
    scenario = make_demand(**FLAT, **flat, **{"demand.classes.truck.day_cv": CV})
    edges = 60.0 * np.arange(100 * 24 + 1)
    runs = [sample_movements(scenario, Luck(1, replication)).arrival_min for replication in range(60)]
    assert_mean_is(
        [measure_covariance(np.histogram(run, edges)[0] - per_hour) for run in runs], (CV * per_hour) ** 2, 0.1
    )


def measure_covariance(deviations):
    """Return the mean product of the deviations of two different hours of one day."""
    by_day = deviations.reshape(-1, 24)
    return ((by_day.sum(axis=1) ** 2 - (by_day**2).sum(axis=1)) / (24 * 23)).mean()


def test_day_totals_are_poisson_when_days_are_alike():
    totals, mean = count_by_day(0.0)
    index = ((totals - mean) ** 2 / mean).sum()
    assert stats.chi2.ppf(0.0005, len(totals)) < index < stats.chi2.isf(0.0005, len(totals))


def test_day_totals_have_the_variance_of_the_negative_binomial():
    """Mean of ((n - m) / sd)^2 is 1; its standard error follows from the law's own kurtosis."""
    totals, mean = count_by_day(CV)
    variance = mean + (CV * mean) ** 2
    law = stats.nbinom(CV**-2, 1.0 / (1.0 + CV**2 * mean))
    kurtosis = law.stats("k") + 3.0
    error = np.sqrt((kurtosis - 1.0).sum()) / len(totals)
    assert abs(((totals - mean) ** 2 / variance).mean() - 1.0) <= stats.norm.isf(0.0005) * error
    assert stats.norm.isf(0.0005) * error < 1.0 - (mean / variance).mean(), (
        "must tell the negative binomial from Poisson"
    )


def test_day_totals_follow_the_negative_binomial_law():
    totals, mean = count_by_day(CV)
    law = stats.nbinom(CV**-2, 1.0 / (1.0 + CV**2 * mean))
    cells, _ = np.histogram(locate(law, totals), 20, (0.0, 1.0))
    assert stats.chisquare(cells).pvalue > 0.001


def test_days_are_independent_of_each_other():
    totals, mean = count_by_day(CV)
    score = ((totals - mean) / np.sqrt(mean + (CV * mean) ** 2)).reshape(REPLICATIONS, -1)
    pairs = np.corrcoef(score[:, 1:].ravel(), score[:, :-1].ravel())[0, 1]
    assert abs(np.arctanh(pairs)) * np.sqrt(score[:, 1:].size - 3) < stats.norm.isf(0.0005)


def test_mean_of_a_day_does_not_depend_on_how_much_days_differ():
    totals, mean = count_by_day(CV)
    error = np.sqrt((mean + (CV * mean) ** 2).sum())
    assert abs(totals.sum() - mean.sum()) <= stats.norm.isf(0.0005) * error


def test_hours_of_a_day_on_which_clocks_change_follow_the_local_clock():
    """25 October 2025 in Berlin: the peak at 08:00 is 33 hours after midnight of the day before, not 32."""
    peak = [0] * 8 + [1] + [0] * 15
    for zone, begins in (("Asia/Shanghai", [840, 2340]), ("Europe/Berlin", [480, 1980])):
        scenario = make_demand(
            **{
                "port.timezone": zone,
                "demand.profiles.flat": {"timezone": "Europe/Berlin", "by_hour": peak},
                "horizon.start": "2025-10-25",
                "horizon.days": 2,
            }
        )
        rate = mean_rate(scenario, "truck")
        assert rate.from_min[rate.per_min > 0].tolist() == begins


def test_clock_with_a_half_hour_is_followed_to_the_minute():
    """Hours of Afghanistan, at UTC+4:30, begin 30 minutes after those of the port at UTC+8."""
    scenario = make_demand(
        **{
            "demand.profiles.flat": {"timezone": "Asia/Kabul", "by_hour": [0] * 8 + [1] + [0] * 15},
            "horizon.days": 1,
        }
    )
    rate = mean_rate(scenario, "truck")
    assert rate.expected(11.5 * 60, 12.5 * 60) == pytest.approx(rate.expected(0, 1440))


@cache
def count_horgos():
    """Return arrivals of 13 weeks by class and hour of the day in Kazakhstan, shape (replications, classes, 24)."""
    days = ("horizon.start=2025-09-01", "horizon.warmup_days=0", f"horizon.days={13 * DAYS}")
    scenario = load_scenario("port=horgos_road", *days)
    runs = [sample_movements(scenario, Luck(1, replication)) for replication in range(20)]
    cells = [run.vehicle * 24 + (run.arrival_min // 60.0 - 3.0).astype(int) % 24 for run in runs]
    counts = np.array([np.bincount(cell, minlength=24 * len(runs[0].classes)) for cell in cells])
    return runs[0].classes, counts.reshape(20, -1, 24)


def test_crossings_of_horgos_are_the_published_ones():
    """Who enters empty, loads and leaves crosses twice."""
    classes, counts = count_horgos()
    crossings = {"export_truck": 1, "enter_empty_and_load": 2, "import_truck": 1, "export_car": 0}
    weights = np.array([crossings[name] for name in classes])
    assert_mean_is(counts.sum(axis=2) @ weights / (13 * DAYS), 163_000 / 212)


@pytest.mark.parametrize(
    ("names", "published"),
    [(("export_truck", "export_car"), 116 / 318), (("enter_empty_and_load", "import_truck"), 131 / 300)],
)
def test_night_share_of_horgos_is_the_published_one(names, published):
    """The facts give whole percents, so half of one is added to the interval."""
    classes, counts = count_horgos()
    by_hour = counts[:, [classes.index(name) for name in names]].sum(axis=1)
    mean, half = interval_999(by_hour[:, NIGHT].sum(axis=1) / by_hour.sum(axis=1))
    assert half < 0.005
    assert abs(mean - published) <= half + 0.005
