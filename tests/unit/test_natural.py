"""Natural experiments: verdicts by hand, cases at the ends of ranges, and what is read of a study."""

from dataclasses import replace
from math import inf, nan
from pathlib import Path

import polars as pl
import pytest
from scipy import stats

from sim.study.natural import INPUT, Case, Measure, NaturalExperiment, Report, add, compare_cases, judge, load_cases
from sim.study.natural import predict as read_prediction
from sim.views.verdicts import format_tables, plot_verdicts

LONGER = Case(("port.x=1",), ("port.x=2",), ("hours",), "some_port", {"few lanes": ("port.lanes=1",)})
HOURS = Measure("release time", "h", add("class/truck/waiting", "class/truck/processing"))
REPORT = Report("longer hours", "hours", "difference", -2.5, -1.5, "−2 h")
STUDY = NaturalExperiment(Path(), {"longer hours": LONGER}, {"hours": HOURS}, (REPORT,))
BEFORE, AFTER = (6.0, 8.0, 10.0), (4.0, 7.0, 7.0)


def outcomes_of_study() -> pl.DataFrame:
    """Return outcomes of three replications before and after, with and without the end: an hour of each is work."""
    rows = [
        (f"some_port port.x={x}{end}", replication, "class", "truck", measure, "h", value)
        for x, hours in ((1, BEFORE), (2, AFTER))
        for end in ("", " port.lanes=1")
        for replication, each in enumerate(hours)
        for measure, value in (("waiting", each - 1.0), ("processing", 1.0))
    ]
    columns = ["scenario", "replication", "scope", "name", "measure", "unit", "value"]
    return pl.DataFrame(rows, schema=columns, orient="row")


@pytest.mark.parametrize(
    ("value", "half_width", "verdict"),
    [
        (-2.0, 0.5, "inside"),  # touches both ends
        (-2.0, 0.6, "undecided"),  # wider than the report
        (-1.5, 0.1, "undecided"),  # straddles one end
        (-1.0, 0.5, "undecided"),  # touches from outside
        (-1.0, 0.4, "outside"),
        (-3.0, 0.4, "outside"),
        (-2.0, nan, "undecided"),  # one replication has no interval
        (nan, nan, "not identifiable: the model has no value"),
    ],
)
def test_verdict_is_where_the_interval_lies(value, half_width, verdict):
    assert judge(REPORT, value, half_width) == verdict


def test_report_without_an_upper_end_holds_all_above():
    at_least = replace(REPORT, low=20.0, high=inf)
    assert [judge(at_least, value, 1.0) for value in (25.0, 20.5, 18.0)] == ["inside", "undecided", "outside"]


def test_what_is_put_in_is_no_test_wherever_the_interval_lies():
    assert judge(replace(REPORT, why_not=INPUT), -2.0, 0.1) == "not identifiable: it is an input"


def test_every_case_and_report_comes_again_at_each_end_of_a_range():
    cases = STUDY.every_case()
    assert list(cases) == ["longer hours", "longer hours; few lanes"]
    assert cases["longer hours; few lanes"].after == ("port.x=2", "port.lanes=1")
    assert [report.case for report in STUDY.every_report()] == list(cases)


def test_words_for_a_policy_are_left_out_where_it_is_not_chosen():
    strong = replace(LONGER, ends={"strong": ("policy.lever.set.port.x=3",)}).at("strong")
    assert strong.before == LONGER.before
    assert strong.after == (*LONGER.after, "policy.lever.set.port.x=3")


def test_cases_are_loaded_once_each_by_their_words():
    case = Case((), ("policy=[hours_24x7]",), (), "horgos_road", {"2 scanners": ()})
    assert list(load_cases(replace(STUDY, cases={"24 h": case}), "smoke")) == [
        "horgos_road",
        "horgos_road policy=[hours_24x7]",
    ]


@pytest.mark.parametrize(
    ("of", "values"),
    [
        ("before", BEFORE),
        ("after", AFTER),
        ("difference", (-2.0, -1.0, -3.0)),
        ("change", (-100.0 / 3.0, -12.5, -30.0)),
    ],
)
def test_prediction_is_the_mean_and_t_interval_of_levels_and_of_pairs(of, values):
    table = compare_cases(STUDY, outcomes_of_study())
    value, half_width = read_prediction(table, replace(REPORT, of=of))
    interval = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert (value - half_width, value + half_width) == pytest.approx((interval.low, interval.high))


def test_table_has_a_row_for_each_case_with_its_verdict():
    text = format_tables(STUDY, compare_cases(STUDY, outcomes_of_study()))
    assert "| longer hours | release time | −2 h | −2.00 ± 2.48 h | undecided |" in text
    assert "| longer hours; few lanes | release time | h | 8.00 | 6.00 | −2.00 ± 2.48 |" in text


def test_figure_is_drawn_with_open_ranges_and_without_a_value(tmp_path):
    reports = tuple(
        replace(REPORT, low=low, high=high, of=of)
        for low, high, of in ((-inf, 3.0, "change"), (1.0, inf, "before"), (nan, nan, "after"))
    )
    study = replace(STUDY, reports=reports)
    plot_verdicts(study, compare_cases(study, outcomes_of_study()), tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
