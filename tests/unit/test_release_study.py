"""The Time Release Study of an event log, worked out by hand for the small real log, and its interval by theory."""

from datetime import datetime, timedelta
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError
from sim.study.logs.reading import read_event_log
from sim.study.logs.release_study import ALL, PARTS, RESAMPLES, Question, ReleaseStudy, study_releases
from tests.unit.real_log import ROWS, write_log

HEAD = "case,activity,arrive,start,complete\n"
TIMES = [25 / 6, 1.0, 3.0]
"""Hours from arrival to release of A, B and D."""


@pytest.fixture
def study(tmp_path):
    """Return the study of a log, with its question in words."""

    def of(text: str = ROWS, **asked) -> ReleaseStudy:
        return study_releases(read_event_log(write_log(tmp_path, text)).visits, Question(**asked))

    return of


def group(found: ReleaseStudy, name: str = ALL) -> dict:
    (row,) = found.groups.filter(group=name).iter_rows(named=True)
    return row


def steps(found: ReleaseStudy, *columns: str, name: str = ALL) -> dict[str, list[float]]:
    """Return columns of the steps of a group, by step."""
    return {step: list(row) for step, *row in found.steps.filter(group=name).select("step", *columns).iter_rows()}


def test_release_time_runs_from_the_first_event_to_the_last(study):
    found = group(study())
    assert found["cases"] == 3
    assert found["mean_h"] == pytest.approx(sum(TIMES) / 3)
    assert found["median_h"] == 3.0
    assert [found[key] for key in ("p80_h", "p90_h", "p95_h")] == pytest.approx(np.quantile(TIMES, [0.8, 0.9, 0.95]))


def test_hours_are_divided_into_waiting_and_processing_and_add_up(study):
    found = group(study())
    assert found["waiting_h"] == pytest.approx((1 + 1 / 2 + 1 / 2 + 1) / 3)
    assert found["processing_h"] == pytest.approx((1 / 2 + 2 + 1 / 6 + 1 / 4 + 1 / 4 + 2) / 3)
    assert found["waiting_h"] + found["processing_h"] == pytest.approx(found["mean_h"])


def test_steps_have_their_hours_per_case_and_their_share(study):
    found = steps(study(), "visits", "waiting_h", "processing_h", "share")
    assert list(found) == ["declaration", "inspection", "release", "arrival"]
    assert found["declaration"] == pytest.approx([1, 2.5 / 3, 1.75 / 3, 4.25 / sum(TIMES)])
    assert found["inspection"] == pytest.approx([1 / 3, 0.5 / 3, 2 / 3, 2.5 / sum(TIMES)])
    assert found["arrival"] == [1, 0, 0, 0]
    assert sum(share for *_, share in found.values()) == pytest.approx(1)


def test_cases_without_an_end_are_counted_apart(study):
    assert study().incomplete == 1


def test_cases_are_grouped_by_their_attributes_and_hours_by_a_column(study):
    found = study(by="kind", split="resource")
    assert (group(found, "truck")["cases"], group(found, "car")["cases"]) == (2, 1)
    assert group(found, "car")["mean_h"] == 1.0
    assert group(found)["cases"] == 3
    assert steps(found, "hours", name="car") == {"desk 2": [0.75], "gate": [0.25]}


def test_attribute_that_changes_within_a_case_and_unknown_ones_are_refused(study):
    with pytest.raises(ScenarioError, match="by=resource: 3 cases have several values of it, such as case 'A'"):
        study(ROWS.replace("C,declaration,desk 1", "C,declaration,gate"), by="resource")
    with pytest.raises(ScenarioError, match="the log has no column 'kinds'; did you mean 'kind'"):
        study(by="kinds")


def test_time_may_run_between_two_activities(study):
    """From the declaration of A at 09:00, of B at 10:30; D has no inspection, nor has B."""
    found = study(first="declaration", last="inspection")
    assert (group(found)["cases"], group(found)["mean_h"], found.incomplete) == (1, 3.0, 3)
    assert list(steps(found)) == ["inspection", "declaration"]
    assert group(study(last="declaration"))["mean_h"] == pytest.approx((1.5 + 0.75 + 2) / 3)
    with pytest.raises(ScenarioError, match="no activity 'declare'; did you mean 'declaration'"):
        study(first="declare")


def test_window_is_read_on_the_clock_of_the_log(study):
    """A is released at 12:10 +08:00, B at 11:00 +08:00 and D, whose clock shows UTC, at 18:00."""
    noon = datetime(2025, 9, 1, 12)
    assert group(study(since=noon))["cases"] == 2
    found = study(since=noon, until=noon + timedelta(hours=6))
    assert (group(found)["cases"], found.outside) == (1, 2)
    assert group(study(since=datetime.fromisoformat("2025-09-01T12:00+00:00")))["cases"] == 1
    with pytest.raises(ScenarioError, match="none of 4 cases was released"):
        study(until=datetime(2025, 1, 1))


def test_log_of_completions_alone_cannot_tell_waiting_from_processing(study):
    """Then A begins when it has arrived, and its declaration takes an hour and a half until done."""
    text = "\n".join(
        ",".join(row.split(",")[i] for i in (0, 1, 4)) for row in ROWS.splitlines() if not row.startswith("C,")
    )
    found = study(text)
    assert found.without_start == found.visits == 10
    assert group(found)["undivided_h"] == pytest.approx(group(found)["mean_h"]) == pytest.approx(sum(TIMES) / 3)
    assert group(found)["waiting_h"] == group(found)["processing_h"] == 0
    assert steps(found, "undivided_h")["declaration"] == pytest.approx([4.25 / 3])


def test_time_on_the_way_is_told_where_arrivals_are(study):
    """Done at 08:10, at the next from 08:30, served from 09:00 to 10:00."""
    text = f"{HEAD}1,a,2025-09-01 08:00Z,2025-09-01 08:00Z,2025-09-01 08:10Z\n"
    text += "1,b,2025-09-01 08:30Z,2025-09-01 09:00Z,2025-09-01 10:00Z\n"
    found = steps(study(text), "on_the_way_h", "waiting_h", "processing_h")
    assert found["b"] == pytest.approx([20 / 60, 30 / 60, 1])
    assert found["a"] == pytest.approx([0, 0, 10 / 60])


def test_visits_at_the_same_time_wait_each_for_itself_and_are_counted(study):
    """Two from 08:00, one served until 09:00, the other from 08:30 to 09:30: 2.5 hours in a case of 1.5."""
    text = f"{HEAD}1,a,2025-09-01 08:00Z,2025-09-01 08:00Z,2025-09-01 09:00Z\n"
    text += "1,b,2025-09-01 08:00Z,2025-09-01 08:30Z,2025-09-01 09:30Z\n"
    found = study(text)
    assert (found.overlapping, group(found)["mean_h"]) == (1, 1.5)
    assert steps(found, "waiting_h", "processing_h", "share") == {"a": [0, 1, 1 / 1.5], "b": [0.5, 1, 1.5 / 1.5]}


def test_what_comes_after_release_is_not_counted(study):
    """An audit after the release, and a step that is cut by it."""
    text = "case,activity,start,complete,released\n"
    text += "1,a,2025-09-01 08:00Z,2025-09-01 10:00Z,2025-09-01 09:00Z\n"
    text += "1,audit,2025-09-01 11:00Z,2025-09-01 12:00Z,2025-09-01 09:00Z\n"
    found = study(text)
    assert group(found)["mean_h"] == group(found)["processing_h"] == 1.0
    assert list(steps(found)) == ["a"]
    assert group(study(text, last="audit"))["mean_h"] == 4.0
    assert steps(study(text, first="audit", last="audit"), "hours") == {"audit": [1.0]}


def test_time_between_two_activities_leaves_out_the_way_to_the_first_and_what_follows_the_last(study):
    """On the way from 08:10, there from 08:30, served from 09:00 to 10:00, held up until 10:20."""
    text = "case,activity,enter,arrive,start,complete,leave\n"
    text += ",".join(["1", "b", *(f"2025-09-01 {at}Z" for at in ("08:10", "08:30", "09:00", "10:00", "10:20"))]) + "\n"
    assert steps(study(text), "on_the_way_h", "waiting_h", "processing_h", "blocked_h") == {
        "b": pytest.approx([20 / 60, 30 / 60, 1, 20 / 60])
    }
    assert steps(study(text, first="b", last="b"), "on_the_way_h", "waiting_h", "processing_h", "blocked_h") == {
        "b": [0, 0.5, 1, 0]
    }


@settings(max_examples=40)
@given(
    st.lists(st.lists(st.tuples(*[st.integers(0, 90)] * 3), min_size=1, max_size=5), min_size=1, max_size=4),
    st.randoms(),
)
def test_parts_of_visits_one_after_another_add_up_to_the_time_of_their_case_in_any_order(cases, luck):
    """Each visit comes some minutes after the one before, waits and is served; rows are shuffled."""
    rows, total = [], 0
    for number, visits in enumerate(cases):
        now = datetime(2025, 9, 1)
        total += sum(map(sum, visits)) - visits[0][0]  # a case begins when it arrives
        for pause, wait, service in visits:
            arrive = now + timedelta(minutes=pause)
            start = arrive + timedelta(minutes=wait)
            now = start + timedelta(minutes=service)
            rows.append((str(number), "a", arrive, start, now, timedelta()))
    luck.shuffle(rows)
    visits = pl.DataFrame(rows, ["case", "activity", "arrive", "start", "complete", "ahead"], orient="row")
    found = study_releases(visits)
    whole = group(found)
    assert whole["mean_h"] * 60 * len(cases) == pytest.approx(total)
    assert sum(whole[f"{part}_h"] for part in PARTS) == pytest.approx(whole["mean_h"])
    assert found.steps["hours"].sum() == pytest.approx(whole["mean_h"])
    assert found.overlapping == 0


def days_log(hours: np.ndarray, copies: int = 1) -> pl.DataFrame:
    """Return visits of so many cases for each day, all of the day's hours."""
    count = len(hours)
    start = pl.datetime_range(datetime(2025, 1, 1), datetime(2025, 1, 1) + timedelta(days=count - 1), "1d", eager=True)
    visits = pl.DataFrame({"start": start, "hours": hours}).with_columns(
        complete=pl.col("start") + pl.duration(microseconds=(pl.col("hours") * 3.6e9).cast(pl.Int64), time_unit="us"),
        activity=pl.lit("a"),
        ahead=pl.duration(hours=0, time_unit="us"),
    )
    many = pl.concat([visits] * copies)
    return many.with_columns(case=pl.int_range(len(many)).cast(pl.String))


def test_interval_comes_from_the_differences_between_days_by_theory():
    """The mean of m days drawn again is nearly normal, with variance σ²/m; so is the width of the interval.

    An end is the k-th of RESAMPLES draws: its standard error is √(p (1 − p) / RESAMPLES) / density (Serfling 1980,
    "Approximation Theorems of Mathematical Statistics", section 2.3.3); the width errs by at most twice 3.3 of them.
    """
    normal = NormalDist()
    hours = 5.0 + np.array([normal.inv_cdf((i + 0.5) / 400) for i in range(400)])
    found = group(study_releases(days_log(hours)))
    spread = hours.std() / np.sqrt(400)
    error = np.sqrt(0.025 * 0.975 / RESAMPLES) / normal.pdf(1.96)
    assert found["high_h"] - found["low_h"] == pytest.approx(2 * 1.96 * spread, abs=2 * 3.3 * error * spread)
    assert found["low_h"] < hours.mean() < found["high_h"]


def test_more_cases_of_the_same_days_make_the_interval_no_narrower():
    hours = np.array([1.0, 2.0, 4.0, 3.0, 7.0, 2.5])
    one, ten = (group(study_releases(days_log(hours, copies))) for copies in (1, 10))
    assert (one["low_h"], one["high_h"]) == pytest.approx((ten["low_h"], ten["high_h"]))
    assert one["low_h"] < one["mean_h"] < one["high_h"]


def test_few_days_give_no_interval(study):
    assert group(study())["low_h"] is None
    assert group(study_releases(days_log(np.arange(1.0, 5.0))))["high_h"] is None
    assert group(study_releases(days_log(np.arange(1.0, 6.0))))["high_h"] is not None
