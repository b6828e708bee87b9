"""Natural experiments: a lever that was switched somewhere, what was reported of it, and what the model says."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isnan, nan
from pathlib import Path
from typing import Literal

import polars as pl

from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.study.checks import GROWTH
from sim.study.comparison import KEY, compare_scenarios, summarise

Words = tuple[str, ...]
"""Words of the command line, such as `port.facilities.scanner_export.servers=2`."""
Known = Mapping[str, float]
"""The outcomes of one run, by `scope/name/measure`."""

INPUT = "it is an input"
COLUMNS = {"before": "baseline", "after": "other", "difference": "difference", "change": "difference"}


@dataclass(frozen=True)
class Measure:
    """What a planner would call it, its unit, and how it is read from the outcomes of a run.

    `vehicles`: whose mean it is, as `class/export_truck`. If their number grows through the run, no mean exists.
    """

    label: str
    unit: str
    read: Callable[[Known], float]
    vehicles: str = ""


@dataclass(frozen=True)
class Case:
    """One lever, switched: the words before and after, and what is read.

    `ends`: for each end of the range of an assumed input the words that set it, before and after alike. Those that
    begin with `policy.` are left out before, where that policy is not chosen.
    """

    before: Words
    after: Words
    measures: tuple[str, ...]
    port: str
    ends: Mapping[str, Words] = field(default_factory=dict)

    def at(self, end: str) -> "Case":
        """Return the case at one end of one range, without further ends."""
        words = self.ends[end]
        before = tuple(word for word in words if not word.startswith("policy."))
        return replace(self, before=(*self.before, *before), after=(*self.after, *words), ends={})


@dataclass(frozen=True)
class Report:
    """What was reported of a measure, as a range; single numbers as they were rounded.

    `of`: whether it is the level before or after, their difference, or their difference in percent of before.
    `text`: what was reported, with its row in the facts table. `why_not`: what makes it no test of the model.
    """

    case: str
    measure: str
    of: Literal["before", "after", "difference", "change"]
    low: float
    high: float
    text: str
    why_not: str = ""


@dataclass(frozen=True)
class NaturalExperiment:
    """Levers that were switched, by name, and what was reported of them; ports of its own lie in its folder."""

    folder: Path
    cases: Mapping[str, Case]
    measures: Mapping[str, Measure]
    reports: tuple[Report, ...]
    horizon: str = "month"
    replications: int = 20

    def every_case(self) -> dict[str, Case]:
        """Return each case, and after it the same at each end of its ranges, named `case; end`."""
        return {label: each for name, case in self.cases.items() for label, each in ((name, case), *_vary(name, case))}

    def every_report(self) -> list[Report]:
        """Return each report, and after it the same for each end of its case's ranges; inputs do not move with them."""
        return [
            replace(report, case=label) for report in self.reports for label in (report.case, *self._ends_of(report))
        ]

    def _ends_of(self, report: Report) -> list[str]:
        return [] if report.why_not == INPUT else [label for label, _ in _vary(report.case, self.cases[report.case])]


def _vary(name: str, case: Case) -> Iterator[tuple[str, Case]]:
    for end in case.ends:
        yield f"{name}; {end}", case.at(end)


def add(*names: str) -> Callable[[Known], float]:
    """Return what reads the sum of some outcomes, each named `scope/name/measure`."""
    return lambda known: sum(known[name] for name in names)


def truck_crossings(what: str = "trucks") -> Measure:
    """Return crossings a day of a road port, both ways; who enters empty and leaves loaded crosses twice (N106)."""
    ways = ("export_truck", "import_truck", "enter_empty_and_load", "enter_empty_and_load")
    released = (f"class/{name}/released_per_day" for name in ways)
    return Measure(f"{what} across the border, both ways", f"{what}/day", add(*released))


def mean_hours(label: str, vehicles: str, measure: str = "release_mean") -> Measure:
    """Return a mean over vehicles, as `class/export_truck`, in hours: by default of their release time."""
    return Measure(label, "h", add(f"{vehicles}/{measure}"), vehicles)


def load_cases(experiment: NaturalExperiment, horizon: str) -> dict[str, Scenario]:
    """Return the scenarios before and after of every case, each once, by their words.

    Raises
    ------
    ScenarioError
        If the words of a case do not fit its port.
    """
    return {
        _label(case, words): load_scenario(
            f"port={case.port}", f"horizon={horizon}", *words, config_dir=experiment.folder
        )
        for case in experiment.every_case().values()
        for words in (case.before, case.after)
    }


def _label(case: Case, words: Words) -> str:
    return " ".join((case.port, *(word for word in words if word != "policy=[]")))


def compare_cases(experiment: NaturalExperiment, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each case and measure of it, from the outcomes of a study of `load_cases`.

    Columns: policy (the case), name (of the measure), measure, unit, baseline, other, difference, half_width,
    replications, baseline_half_width, other_half_width. Each measure has a second row, `<measure>_index`, with what
    was before as 100; one with `vehicles` has a third, `<measure>_growth`. What has no value is NaN.
    """
    known = _read_outcomes(outcomes)
    return pl.concat(_compare(experiment, known, name, case) for name, case in experiment.every_case().items())


def _read_outcomes(outcomes: pl.DataFrame) -> dict[str, list[Known]]:
    """Return by scenario and replication every outcome by `scope/name/measure`."""
    rows = outcomes.select("scenario", "replication", "value", key=KEY)
    known: dict[str, list[Known]] = {}
    for (label, _), found in rows.group_by("scenario", "replication", maintain_order=True):
        known.setdefault(str(label), []).append(dict(found.select("key", "value").iter_rows()))
    return known


def _compare(experiment: NaturalExperiment, known: Mapping[str, list[Known]], name: str, case: Case) -> pl.DataFrame:
    rows = []
    for side, words in (("before", case.before), ("after", case.after)):
        runs = zip(known[_label(case, words)], known[_label(case, case.before)], strict=True)
        for replication, (run, before) in enumerate(runs):
            for key in case.measures:
                measure = experiment.measures[key]
                value, share = measure.read(run), 100.0 * measure.read(run) / (measure.read(before) or nan)
                rows.append((side, replication, "case", measure.label, key, measure.unit, value))
                rows.append((side, replication, "case", measure.label, f"{key}_index", "before = 100", share))
                if measure.vehicles:
                    growth = run[f"{measure.vehicles}/growth"]
                    rows.append(
                        (side, replication, "case", measure.label, f"{key}_growth", "share of arrivals", growth)
                    )
    columns = ["scenario", "replication", "scope", "name", "measure", "unit", "value"]
    return _pair(pl.DataFrame(rows, schema=columns, orient="row"), name)


def _pair(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return levels, differences and the half-width of each for one case."""
    levels = summarise(frame).select("scenario", "measure", "half_width")
    pair = compare_scenarios(frame, "before", "after").select(pl.lit(name).alias("policy"), pl.exclude("scope"))
    for side, column in (("before", "baseline"), ("after", "other")):
        own = levels.filter(scenario=side).select("measure", pl.col("half_width").alias(f"{column}_half_width"))
        pair = pair.join(own, on="measure", how="left", maintain_order="left")
    return pair.with_columns(pl.col(pl.Float64).fill_null(nan))


def predict(table: pl.DataFrame, report: Report) -> tuple[float, float]:
    """Return what the model says about a report, and the half-width of its interval."""
    row = _find(table, report.case, f"{report.measure}_index" if report.of == "change" else report.measure)[0]
    column = COLUMNS[report.of]
    return float(row[column]), float(row["half_width" if column == "difference" else f"{column}_half_width"])


def grows(table: pl.DataFrame, report: Report) -> bool:
    """Return whether the vehicles pile up beyond luck where a report's mean is taken: before, after or both."""
    sides = [COLUMNS[report.of]] if report.of in ("before", "after") else ["baseline", "other"]
    return any(
        row[side] - row[f"{side}_half_width"] > GROWTH
        for row in _find(table, report.case, f"{report.measure}_growth")
        for side in sides
    )


def _find(table: pl.DataFrame, case: str, measure: str) -> list[dict[str, float]]:
    return table.filter((pl.col("policy") == case) & (pl.col("measure") == measure)).to_dicts()


def give_verdict(table: pl.DataFrame, report: Report) -> str:
    """Return what a table of cases says about a report: see `judge`."""
    if not report.why_not and grows(table, report):
        return "not identifiable: the queue grows"
    return judge(report, *predict(table, report))


def judge(report: Report, value: float, half_width: float) -> str:
    """Return whether a predicted interval lies inside or outside of what was reported, or neither: undecided."""
    if report.why_not:
        return f"not identifiable: {report.why_not}"
    if isnan(value):
        return "not identifiable: the model has no value"
    low, high = value - half_width, value + half_width
    if report.low <= low and high <= report.high:
        return "inside"
    return "outside" if high < report.low or report.high < low else "undecided"
