"""Reading any event log: columns are recognised, transitions paired, and rows that cannot be believed are refused."""

import gzip
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError
from sim.study.logs.reading import Reading, read_event_log
from tests.unit.real_log import ROWS, write_log

PLAIN = "case,activity,start,complete\n"
EVENTS = "case:concept:name,concept:name,lifecycle:transition,time:timestamp\n"


def read(folder, text, name="log.csv", **how):
    return read_event_log(write_log(folder, text, name), Reading(**how))


def refusal(folder, text, name="log.csv", **how) -> str:
    with pytest.raises(ScenarioError) as error:
        read(folder, text, name, **how)
    return str(error.value)


def clock(log, *columns) -> list[tuple]:
    """Return times as hours and minutes of the day, in UTC."""
    times = [pl.col(name).dt.strftime("%H:%M") for name in columns]
    return log.visits.select("case", *times).rows()


def test_real_log_is_read_whatever_its_columns_are_called(tmp_path):
    log = read(tmp_path, ROWS)
    assert (len(log.visits), log.duplicates, log.skipped, log.no_offset) == (12, 1, 0, False)
    assert clock(log, "start", "complete")[0] == ("A", "02:00", "04:00")
    assert log.visits["kind"].to_list()[:3] == ["truck", "truck", "car"]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_and_a_byte_order_mark_are_understood(tmp_path, separator):
    assert read(tmp_path, "\ufeff" + ROWS.replace(",", separator)).visits.equals(read(tmp_path, ROWS).visits)


def test_columns_with_names_of_their_own_are_named_in_words(tmp_path):
    text = "车次,环节,开始,结束\n1,报关,2025-09-01 08:00,2025-09-01 09:00\n"
    columns = {"case": "车次", "activity": "环节", "start": "开始", "complete": "结束"}
    log = read(tmp_path, text, columns=columns, zone="Asia/Shanghai")
    assert clock(log, "start", "complete") == [("1", "00:00", "01:00")]
    assert not log.no_offset
    assert "has no column for the case" in refusal(tmp_path, text)
    assert "车次, 环节, 开始, 结束" in refusal(tmp_path, text)
    assert "case=车号: " in refusal(tmp_path, text, columns=columns | {"case": "车号"})


def test_column_that_only_looks_like_a_known_one_can_be_left_out(tmp_path):
    text = "case,activity,start,complete,released\n1,a,2025-09-01 08:00Z,2025-09-01 09:00Z,yes\n"
    assert "released is 'yes', cannot be read as a time" in refusal(tmp_path, text)
    assert "released" not in read(tmp_path, text, columns={"released": ""}).visits.columns
    swapped = read(tmp_path, text, columns={"released": "", "complete": "start", "start": ""})
    assert clock(swapped, "complete") == [("1", "08:00")]


def test_times_without_an_offset_are_read_on_one_clock_and_that_is_said(tmp_path):
    assert read(tmp_path, PLAIN + "1,a,2025-09-01 08:00,2025-09-01 09:00\n").no_offset


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("1,a,03/04/2025 08:00,", "row 3, start is '03/04/2025 08:00', may be read with the day or the month first"),
        ("1,a,2025-09-01,", "row 3, start is '2025-09-01', has no time of day"),
        ("1,a,soon,2025-09-01 09:00Z", "row 3, start is 'soon', cannot be read as a time"),
        ("1,a,2025-09-01 10:00Z,2025-09-01 09:00Z", "row 3, complete: is before start"),
        ("1,a,2025-09-01 08:00,2025-09-01 09:00Z", "row 3, start is '2025-09-01 08:00', has no offset from UTC"),
        ("1,a,,", "row 3: has no time: start, complete are empty"),
        (",a,2025-09-01 08:00Z,", "row 3, case: is empty"),
        ("1,,2025-09-01 08:00Z,", "row 3, activity: is empty"),
    ],
)
def test_bad_row_is_refused_by_number_or_left_out_with_its_case(tmp_path, row, expected):
    good = "2,a,2025-09-01 08:00Z,2025-09-01 09:00Z\n"
    text = f"{PLAIN}{good}{row}\n1,b,2025-09-01 11:00Z,2025-09-01 12:00Z\n"
    said = refusal(tmp_path, text)
    assert expected in said
    assert "skip_bad=true" in said
    log = read(tmp_path, text, skip_bad=True)
    has_case = not row.startswith(",")
    assert (log.skipped, log.lost_cases) == (1, int(has_case))
    assert log.visits["case"].to_list() == (["2"] if has_case else ["2", "1"])


def test_first_bad_rows_are_named_and_the_others_counted(tmp_path):
    said = refusal(tmp_path, PLAIN + "1,a,soon,\n" * 8)
    assert said.count("'soon'") == 5
    assert "3 more like these" in said
    assert "no case without a bad row" in refusal(tmp_path, PLAIN + "1,a,soon,\n", skip_bad=True)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("log.xlsx", "", "must end in .csv, .parquet, .xes, .xes.gz"),
        ("log.csv", PLAIN, "has no events"),
        ("log.csv", PLAIN + "1,a,b\n2,customs, post,x,y,z\n", "row 3 has 6 cells, the first row names 4 columns"),
        ("log.csv", "case,activity\n1,a\n", "has no column of times"),
        ("log.parquet", "PAR1", "is no Parquet table"),
        ("log.xes", "<log><trace>", "is no XES file"),
        ("log.xes", "<log/>", "has no events"),
        ("log.xes.gz", "<log/>", "is no XES file"),
    ],
)
def test_file_that_is_no_log_is_refused_with_what_to_do(tmp_path, name, text, expected):
    said = refusal(tmp_path, text, name)
    assert expected in said
    assert name in said


def test_file_in_another_encoding_or_not_there_is_refused(tmp_path):
    (tmp_path / "log.csv").write_bytes(PLAIN.encode() + "1,报关,,\n".encode("gb18030"))
    with pytest.raises(ScenarioError, match="row 2 is not UTF-8 text; save the table as 'CSV UTF-8'"):
        read_event_log(tmp_path / "log.csv")
    with pytest.raises(ScenarioError, match="there is no such file"):
        read_event_log(tmp_path / "other.csv")


def test_packed_file_that_was_cut_off_is_refused(tmp_path):
    packed = gzip.compress(b"<log><trace><event/></trace></log>" * 100)
    (tmp_path / "log.xes.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(ScenarioError, match="is no XES file"):
        read_event_log(tmp_path / "log.xes.gz")


def test_entities_of_a_file_do_not_name_other_files(tmp_path):
    (tmp_path / "secret").write_text("secret")
    text = (
        f'<!DOCTYPE log [<!ENTITY own SYSTEM "file://{tmp_path}/secret">]><log><trace>'
        '<string key="concept:name" value="1"/><event><string key="concept:name" value="a"/>'
        '<string key="note">&own;</string><date key="time:timestamp" value="2025-09-01T08:00:00Z"/>'
        "</event></trace></log>"
    )
    log = read(tmp_path, text, "log.xes")
    assert "secret" not in str(log.visits.rows())


def test_events_without_a_lifecycle_are_completions(tmp_path):
    text = "case:concept:name,concept:name,time:timestamp\n1,a,2025-09-01 08:00Z\n1,b,2025-09-01 09:00Z\n"
    assert clock(read(tmp_path, text), "complete") == [("1", "08:00"), ("1", "09:00")]


def test_starts_and_completions_are_paired_first_come_first_completed(tmp_path):
    """One is being served twice at once; the completion at 07:00 has no start; the last start no completion."""
    text = EVENTS + "".join(
        f"1,a,{step},2025-09-01 {at}Z\n"
        for step, at in [
            ("complete", "07:00"),
            ("start", "08:00"),
            ("start", "08:10"),
            ("suspend", "08:20"),
            ("COMPLETE", "08:30"),
            ("complete", "09:00"),
            ("schedule", "09:10"),
            ("start", "09:20"),
        ]
    )
    log = read(tmp_path, text)
    assert clock(log, "arrive", "start", "complete") == [
        ("1", None, None, "07:00"),
        ("1", None, "08:00", "08:30"),
        ("1", None, "08:10", "09:00"),
        ("1", "09:10", "09:20", None),
    ]
    assert log.ignored == {"suspend": 1}


def test_instances_pair_what_times_alone_would_not(tmp_path):
    text = EVENTS.replace("\n", ",concept:instance\n") + "".join(
        f"1,a,{step},2025-09-01 {at}Z,{visit}\n"
        for step, at, visit in [
            ("start", "08:00", "x"),
            ("start", "08:10", "y"),
            ("complete", "08:30", "y"),
            ("complete", "09:00", "x"),
        ]
    )
    assert clock(read(tmp_path, text), "start", "complete") == [("1", "08:00", "09:00"), ("1", "08:10", "08:30")]


def test_rows_that_are_intervals_already_are_not_paired(tmp_path):
    text = "case,activity,lifecycle,start,complete\n1,a,complete,2025-09-01 08:00Z,2025-09-01 09:00Z\n"
    assert clock(read(tmp_path, text), "start", "complete") == [("1", "08:00", "09:00")]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=12))
def test_visits_one_after_another_are_paired_as_they_were(tmp_path_factory, visits):
    """Also where some last no time, or follow each other without a gap."""
    now, rows, expected = datetime(2025, 9, 1), [], []
    for activity, pause, minutes in visits:
        start = now + timedelta(minutes=pause)
        now = start + timedelta(minutes=minutes)
        rows += [f"1,{activity},{step},{at.isoformat()}Z" for step, at in (("start", start), ("complete", now))]
        expected.append((str(activity), start, now))
    log = read(tmp_path_factory.mktemp("logs"), EVENTS + "\n".join(rows) + "\n")
    assert sorted(log.visits.select("activity", "start", "complete").rows()) == sorted(set(expected))


def test_what_is_known_of_one_transition_is_known_of_the_visit(tmp_path):
    """PM4Py writes nan and NaT where an event says nothing; half of the hour was no work."""
    text = EVENTS.replace("\n", ",processing_min,leave\n")
    text += "1,a,start,2025-09-01 08:00Z,nan,NaT\n1,a,complete,2025-09-01 09:00Z,30.0,2025-09-01 09:10Z\n"
    log = read(tmp_path, text)
    assert clock(log, "start", "complete", "leave") == [("1", "08:00", "09:00", "09:10")]
    assert log.visits["processing_min"].to_list() == [30.0]


def test_transitions_that_are_not_read_are_no_visits(tmp_path):
    text = EVENTS + "1,a,suspend,2025-09-01 08:00Z\n1,a,complete,2025-09-01 09:00Z\n"
    log = read(tmp_path, text)
    assert clock(log, "complete") == [("1", "09:00")]
    assert log.ignored == {"suspend": 1}
