"""The verbs `events` and `release-times` as a planner types them, in this process."""

import re
import shlex
import sys
from pathlib import Path

import polars as pl
import pytest

from sim.app import main
from sim.scenario.settings import Experiment, Settings
from sim.study.checks import check_study
from sim.study.replication import replicate_scenarios
from sim.views.log_phrases import LOG_PHRASES
from sim.views.run_folder import final_name, new_run_folder, write_study
from tests.end_to_end.test_readme import ROOT, blocks, commands
from tests.unit.real_log import ROWS, write_log
from tests.unit.tiny import tiny_scenario


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """The folder of a small study of two scenarios, the second with a strength in its name."""
    baseline, more = tiny_scenario(), tiny_scenario(**{"port.facilities.scanner.servers": 2})
    scenarios = {"baseline": baseline, "more(lanes=2)": more}
    study = replicate_scenarios(scenarios, 2)
    settings = Settings(replications=2, seed=1, engine="compiled", out="results")
    experiment = Experiment(baseline=baseline, alternative=more, settings=settings)
    with new_run_folder(tmp_path_factory.mktemp("results"), "tiny_more-lanes=2") as folder:
        write_study(folder, study, experiment, check_study(study))
    return final_name(folder)


@pytest.fixture
def kouan(tmp_path, monkeypatch, capsys):
    """Return what kouan prints when these words are typed in an empty folder, and how it ends."""

    def typed(*words: str | Path) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["kouan", *map(str, words)])
        try:
            main()
        except SystemExit as end:
            printed = capsys.readouterr()
            assert printed.out == ""
            return int(end.code or 0), printed.err
        return 0, capsys.readouterr().out

    return typed


def test_log_is_written_and_its_release_times_are_read_as_it_says(kouan, run, tmp_path):
    code, said = kouan("events", run)
    assert code == 0
    assert "scenario baseline, run 1 of 2; for the other: scenario=more(lanes=2)" in said
    command = next(line for line in said.splitlines() if "kouan release-times" in line).partition("kouan ")[2]
    assert command == "release-times events_baseline.csv by=class from=2025-09-02 to=2025-09-04"
    code, said = kouan(*command.split(), "table=release.csv")
    assert (code, "truck" in said, "scanner" in said) == (0, True, True)
    table = pl.read_csv(tmp_path / "release.csv")
    outcomes = pl.read_parquet(run / "outcomes.parquet").filter(scenario="baseline", replication=0, scope="class")
    (expected,) = outcomes.filter(measure="release_mean")["value"]
    (mean,) = table.filter(pl.col("group") == "truck", pl.col("step").is_null())["mean_h"]
    assert mean == pytest.approx(expected, rel=0, abs=1 / 3_600_000)


def test_another_scenario_goes_to_another_file_with_activities_in_chinese(kouan, run, tmp_path):
    code, said = kouan("events", run, "scenario=more(lanes=2)", "lang=zh")
    assert (code, "日志" in said) == (0, True)
    assert set(pl.read_csv(tmp_path / "events_more-lanes=2.csv")["activity"]) == {"卡口", "机检", "场地"}
    code, said = kouan("release-times", "events_more-lanes=2.csv", "lang=zh")
    assert (code, "的放行时间" in said) == (0, True)


def test_file_is_replaced_only_if_it_is_named(kouan, run, tmp_path):
    (tmp_path / "events_baseline.csv").write_text("mine")
    code, said = kouan("events", run)
    assert (code, "is there already" in said) == (2, True)
    assert (tmp_path / "events_baseline.csv").read_text() == "mine"
    assert kouan("events", run, "events_baseline.csv")[0] == 0
    assert (tmp_path / "events_baseline.csv").read_text() != "mine"


def test_real_log_is_studied(kouan, tmp_path):
    code, said = kouan("release-times", write_log(tmp_path, ROWS), "by=kind")
    assert code == 0
    for words in ("truck", "car", "declaration", "by the end of the log: 1.", "the same as others: 1.", "it takes 5"):
        assert words in said


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["events"], "takes a run folder and a file"),
        (["events", "nowhere"], "no run folder"),
        (["events", "RUN", "log.xlsx"], "end it in .csv, .parquet, .xes, .xes.gz"),
        (["events", "RUN", "no/log.csv"], "there is no folder 'no'"),
        (["events", "RUN", "scenario=less"], "the run has no 'less'"),
        (["release-times"], "takes one event log"),
        (["release-times", "log.csv", "bye=kind"], "knows no 'bye'; did you mean 'by'"),
        (["release-times", "log.csv", "by=kinds"], "did you mean 'kind'"),
        (["release-times", "log.csv", "zone=Asia/Horgos"], "is no time zone"),
        (["release-times", "log.csv", "dates=last"], "known are: year-first, day-first, month-first"),
        (["release-times", "log.csv", "from=monday"], "write from=2025-09-01"),
        (["release-times", "log.csv", "skip_bad=yes"], "must be true or false"),
        (["release-times", "log.csv", "table=out.xlsx"], "must be a .csv"),
        (["release-times", "log.csv", "lang=fr"], "must be en or zh"),
        (["release-times", "none.csv"], "there is no such file"),
    ],
)
def test_words_that_cannot_be_followed_are_refused_with_a_remedy(kouan, run, tmp_path, words, expected):
    write_log(tmp_path, ROWS)
    code, said = kouan(*(run if word == "RUN" else word for word in words))
    assert code == 2
    assert expected in said
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


def test_page_about_event_logs_can_be_typed_from_top_to_bottom(kouan, run, tmp_path):
    page = ROOT / "docs" / "event_logs.md"
    (log,) = blocks(page, "csv")
    write_log(tmp_path, log, "port.csv")
    typed = [shlex.split(command)[1:] for command in commands(page)]
    verbs = [words for words in typed if words[0] in ("events", "release-times")]
    assert len(verbs) > 5
    for words in verbs:
        code, said = kouan(*(run if word.startswith("$(") else word for word in words))
        assert (code, bool(said)) == (0, True), words


def test_both_languages_say_the_same_with_the_same_numbers():
    english, chinese = LOG_PHRASES["en"], LOG_PHRASES["zh"]
    assert english.keys() == chinese.keys()
    for name, phrase in english.items():
        assert set(re.findall(r"{\w+}", phrase)) == set(re.findall(r"{\w+}", chinese[name]))
