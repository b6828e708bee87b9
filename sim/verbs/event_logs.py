"""Verbs about event logs: write that of a finished run, and make a Time Release Study of any."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import get_args
from zoneinfo import available_timezones

from rich.console import Console

from sim.outcomes.event_log import make_event_log
from sim.scenario import ScenarioError
from sim.scenario.problems import Problem, suggest
from sim.scenario.settings import Experiment
from sim.study.logs.reading import NAMES, Reading, read_event_log
from sim.study.logs.release_study import Question, study_releases
from sim.study.logs.times import Order
from sim.verbs.words import take_language
from sim.views.event_log import FORMATS, find_format, write_event_log
from sim.views.log_phrases import LOG_PHRASES
from sim.views.release_table import print_releases, write_releases
from sim.views.run_folder import name_file, read_experiment_of, read_table

QUESTIONS = ("by", "split", "first", "last", "from", "to", "zone", "dates", "skip_bad", "table")
errors = Console(stderr=True)


def write_events(console: Console, words: list[str]) -> None:
    """Write the visits of a finished run, of its first replication, as an event log."""
    language, rest = take_language("events", words)
    said, files = _sort("events", rest, ("scenario",))
    files.sort(key=lambda word: not Path(word).is_dir())  # words with an = come last, and a folder's name may have one
    if not 1 <= len(files) <= 2:
        raise _refuse("events", "takes a run folder and a file", "kouan events results/<folder> events.xes.gz")
    folder = Path(files[0])
    experiment, visits = read_experiment_of(folder), read_table(folder, "visits")
    labels = visits["scenario"].unique(maintain_order=True).to_list()
    label = said.get("scenario", labels[0])
    if label not in labels:
        raise ScenarioError([Problem("events: scenario", f"the run has no '{label}'", None, suggest(label, labels))])
    path = _choose_file(files[1:], f"events_{name_file(label)}.csv")
    scenario = experiment.baseline if label == labels[0] else experiment.alternative or experiment.baseline
    say = LOG_PHRASES[language]
    with errors.status(say["writing"].format(path=path)):
        log = make_event_log(visits.filter(scenario=label), scenario, chinese=language == "zh")
        write_event_log(log, path, f"{folder.resolve().name} {label}")
    others = "".join(say["others"].format(others=other) for other in labels if other != label)
    about = {"visits": f"{len(log):,}", "cases": f"{log['case_id'].n_unique():,}", "scenario": label}
    written = say["written"].format(path=path, runs=experiment.settings.replications, **about)
    console.print(f"{written}{others}", markup=False, highlight=False, soft_wrap=True)
    command = f"kouan release-times {path} {_measured_days(experiment)}"
    console.print(say["read_on"].format(command=command), markup=False, highlight=False, soft_wrap=True)


def show_release_times(console: Console, words: list[str]) -> None:
    """Print how long the cases of an event log took from arrival to release, and where the hours went."""
    language, rest = take_language("release-times", words)
    said, files = _sort("release-times", rest, (*NAMES, *QUESTIONS))
    if len(files) != 1:
        raise _refuse("release-times", "takes one event log", "kouan release-times events.csv by=class")
    path = Path(files[0])
    table = Path(said["table"]) if "table" in said else None
    if table is not None and (table.suffix != ".csv" or not table.parent.is_dir()):
        raise _refuse(f"release-times: table={table}", "must be a .csv in a folder that is there", "table=release.csv")
    reading, question = _read_reading(said), _read_question(said)
    say = LOG_PHRASES[language]
    with errors.status(say["reading"].format(path=path)):
        log = read_event_log(path, reading)
        study = study_releases(log.visits, question)
    print_releases(console, study, log, path.name, language)
    if table is not None:
        write_releases(study, table)
        console.print(say["table"].format(path=table), markup=False, highlight=False, soft_wrap=True)


def _refuse(what: str, rule: str, remedy: str) -> ScenarioError:
    return ScenarioError([Problem(what, rule, None, remedy)])


def _sort(verb: str, words: list[str], known: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Return what key=value words say, and the files; a name of a file may have an = itself."""
    said: dict[str, str] = {}
    files: list[str] = []
    for word in words:
        key, is_said, value = word.partition("=")
        if is_said and key in known:
            said[key] = value
        elif word.startswith("-") or (is_said and not Path(word).exists() and "/" not in key and "." not in key):
            raise ScenarioError([Problem(verb, f"knows no '{key}'", None, suggest(key, known))])
        else:
            files.append(word)
    return said, files


def _choose_file(named: list[str], otherwise: str) -> Path:
    """Return the file to write, which is replaced only if it is named."""
    path = Path(named[0] if named else otherwise)
    if not find_format(path):
        raise _refuse("events", f"cannot write '{path}'", f"end it in {', '.join(FORMATS)}")
    if not named and path.exists():
        raise _refuse("events", f"'{path}' is there already", "name a file, the same to replace it, after the folder")
    if not path.parent.is_dir():
        raise _refuse("events", f"there is no folder '{path.parent}'", "make it first")
    return path


def _measured_days(experiment: Experiment) -> str:
    """Return the words that choose cases released while outcomes are measured."""
    horizon = experiment.baseline.horizon
    begins = horizon.start.toordinal() + horizon.warmup_days
    ends = begins + horizon.days
    return f"by=class from={datetime.fromordinal(begins):%Y-%m-%d} to={datetime.fromordinal(ends):%Y-%m-%d}"


def _read_reading(said: dict[str, str]) -> Reading:
    orders: dict[str, Order] = {each: each for each in get_args(Order)}
    order = said.get("dates", "year-first")
    if order not in orders:
        raise _refuse(f"release-times: dates={order}", "is no order of dates", f"known are: {', '.join(orders)}")
    zone = said.get("zone")
    if zone is not None and zone not in available_timezones():
        raise _refuse(f"release-times: zone={zone}", "is no time zone", suggest(zone, available_timezones()))
    skip = said.get("skip_bad", "false")
    if skip not in ("true", "false"):
        raise _refuse(f"release-times: skip_bad={skip}", "must be true or false", "skip_bad=true")
    return Reading({what: said[what] for what in NAMES if what in said}, orders[order], zone, skip == "true")


def _read_question(said: dict[str, str]) -> Question:
    since, until = (_read_limit(said, key) for key in ("from", "to"))
    return Question(said.get("by"), said.get("split", "activity"), said.get("first"), said.get("last"), since, until)


def _read_limit(said: dict[str, str], key: str) -> datetime | None:
    """Return the date or time that a word says, without an offset if it has none."""
    if key not in said:
        return None
    try:
        return datetime.fromisoformat(said[key])
    except ValueError:
        rule = f"{key}={said[key]}"
        raise _refuse(f"release-times: {rule}", "is no date or time", f"write {key}=2025-09-01") from None
