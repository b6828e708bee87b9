"""Prints what a search found: the verified front, what is best in each objective, and how far to believe it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from rich.box import SIMPLE
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from sim.scenario.schema import Scenario
from sim.scenario.settings import Settings
from sim.scenario.study_file import Bounds, StudyFile
from sim.study.points import CHOICE
from sim.study.search import Effort
from sim.study.verification import BASELINE, Verified
from sim.views.cells import format_number, format_signed
from sim.views.outcome_names import name_outcome
from sim.views.phrases import Language
from sim.views.search_words import SEARCH_WORDS

FOUND_NEARLY_ALL = 0.98
"""Part of the final hypervolume by three quarters of the trials from which a search is called converged."""


@dataclass(frozen=True)
class Found:
    """A search and what came of it.

    `trials`: a row for each point that was tried; `table`: see `tabulate_verified`; `progress`: see `trace_progress`.
    """

    study: StudyFile
    baseline: Scenario
    trials: pl.DataFrame
    table: pl.DataFrame
    verified: Verified
    progress: Sequence[float]
    effort: Effort
    language: Language

    @property
    def say(self) -> Mapping[str, str]:
        """The words of its language."""
        return SEARCH_WORDS[self.language]

    @property
    def cells(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Rows of the verified table, by scenario and outcome."""
        return {(row["scenario"], row["outcome"]): row for row in self.table.iter_rows(named=True)}

    @property
    def outcomes(self) -> list[str]:
        """Objectives, and outcomes that are bounded."""
        return list(dict.fromkeys((*self.study.objectives, *self.study.constraints)))

    @property
    def shown(self) -> list[str]:
        """Objectives, and what is bounded if it differs along the front."""
        cells, front = self.cells, self.verified.front
        differs = [each for each in self.outcomes if len({cells[label, each]["mean"] for label in front}) > 1]
        return [each for each in self.outcomes if each in differs or each in self.study.objectives]

    def name(self, outcome: str) -> str:
        """Return what a planner calls an outcome."""
        return name_outcome(outcome, self.baseline, self.language)

    def find_unit(self, outcome: str) -> str:
        """Return the unit of an outcome."""
        return str(self.table.filter(outcome=outcome)["unit"][0])


def print_search(console: Console, found: Found, settings: Settings) -> None:
    """Print the question, how the search went, the front with intervals, and sentences to say aloud."""
    _print(console, found.study.ask(found.language), "bold")
    _print(console, _describe_search(found, settings))
    _print(console, _describe_progress(found))
    if not found.verified.front:
        _print(console, found.say["none_verified"], "bold red")
        return
    console.print(_tabulate_front(found))
    _, same = split_factors(found)
    _print(console, found.say["same"].format(levels=describe_levels(found, same)) if same else "")
    _print(console, found.say["caption"].format(verify=found.effort.verify, confidence=settings.confidence))
    for line in tell(found):
        _print(console, line)


def tell(found: Found) -> list[str]:
    """Return the best of the front in sentences, and how far to believe them; nothing if nothing was verified."""
    return [*_describe_bests(found), *_describe_doubts(found)] if found.verified.front else []


def _print(console: Console, line: str, style: str = "") -> None:
    if line:
        console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def _describe_search(found: Found, settings: Settings) -> str:
    states = found.trials["state"].to_list()[1:]  # the first is the baseline
    bounds = [describe_bounds(found, outcome, each) for outcome, each in found.study.constraints.items()]
    words = {
        "trials": found.effort.trials,
        "points": len(states),
        "kept": states.count("kept"),
        "bounds": found.say["and"].join(bounds) or found.say["steady"],
        "unstable": states.count("unstable"),
        "not_run": sum(states.count(each) for each in ("failed", "does not fit", "no value")),
        "replications": settings.replications,
        "batch": found.effort.batch,
    }
    return found.say["searched"].format(**words)


def describe_bounds(found: Found, outcome: str, bounds: Bounds) -> str:
    """Return a bound in words, such as `staff-hours a day at most 1,500`."""
    sides = [("least", bounds.least), ("most", bounds.most)]
    said = [found.say[f"at_{side}"].format(bound=format_number(value)) for side, value in sides if value is not None]
    return found.say["bounded"].format(outcome=found.name(outcome), bounds=found.say["and"].join(said))


def _describe_progress(found: Found) -> str:
    if not found.progress:
        return ""
    quarter, half, most = found.progress
    told = "converged" if most >= FOUND_NEARLY_ALL else "not_converged"
    return found.say[told].format(quarter=quarter, half=half, most=most)


def _tabulate_front(found: Found) -> Table:
    levels, _ = split_factors(found)
    columns = [Column("")] + [Column(escape(name_factor(found, name)), overflow="fold") for name in levels]
    columns += [
        Column(escape(head_outcome(found, each)), justify="right", overflow="fold", min_width=8) for each in found.shown
    ]
    table = Table(*columns, box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    has_now = (BASELINE, found.outcomes[0]) in found.cells
    if has_now and BASELINE not in found.verified.front:
        table.add_row(found.say["now"], *[""] * len(levels), *_fill(found, BASELINE), end_section=True)
    for place, label in enumerate(found.verified.front):
        row = read_levels(found, label)
        mark = found.say["now"] if label == BASELINE else str(place + 1)
        table.add_row(mark, *(escape(_spell(found, row.get(name))) for name in levels), *_fill(found, label))
    return table


def head_outcome(found: Found, outcome: str) -> str:
    """Return what heads a column or names an axis: an outcome and its unit."""
    return f"{found.name(outcome)} ({found.find_unit(outcome)})"


def _fill(found: Found, label: str) -> list[str]:
    return [_format(found.cells[label, outcome], outcome in found.study.objectives) for outcome in found.shown]


def _format(row: Mapping[str, Any], is_objective: bool) -> str:
    """Return a mean, of objectives with the interval of the difference to the baseline; of itself if there is none."""
    spread = row["half_width"] if row["difference"] is None else row["difference_half_width"]
    if not is_objective or row["scenario"] == BASELINE or spread is None:
        return format_number(row["mean"])
    return f"{format_number(row['mean'])} ± {format_number(spread)}"


def split_factors(found: Found) -> tuple[list[str], dict[str, Any]]:
    """Return the factors that differ along the front, and the levels of those that do not."""
    rows = [read_levels(found, label) for label in found.verified.front if label != BASELINE]
    names = list(dict.fromkeys(name for row in rows for name in row))
    differing = [name for name in names if len({row.get(name) for row in rows}) > 1]
    return differing, {name: rows[0].get(name) for name in names if name not in differing}


def read_levels(found: Found, label: str) -> dict[str, Any]:
    """Return the levels of a point that apply to it; its policies only if there is a choice of them."""
    names = [*([CHOICE] if len(found.study.choices) > 1 else []), *found.study.vary]
    row = found.trials.row(by_predicate=pl.col("scenario") == label, named=True)
    return {name: row[name] for name in names if row.get(name) is not None}


def describe_levels(found: Found, levels: Mapping[str, Any]) -> str:
    """Return levels in words, such as `machine-check lanes 3, hours 07:00-21:00`; the baseline's are its own."""
    said = [f"{name_factor(found, name)} {_spell(found, level)}" for name, level in levels.items() if level is not None]
    return found.say["comma"].join(said) or found.say["now"]


def name_factor(found: Found, name: str) -> str:
    """Return what a planner calls a factor, with its unit."""
    factor = found.study.vary.get(name)
    if factor is None:
        return found.say["policies"]
    label = (factor.label_zh if found.language == "zh" else "") or factor.label or name.replace("_", " ")
    return f"{label} ({factor.unit})" if factor.unit else label


def _spell(found: Found, level: Any) -> str:
    if level is None:
        return "-"
    if level == BASELINE:
        return found.say["no_policy"]
    return f"{level:g}" if isinstance(level, float) else str(level)


def name_bests(found: Found) -> dict[str, str]:
    """Return the points of the front to speak of: the best in each objective and the knee, by what they are."""
    front, objectives = found.verified.front, found.study.objectives
    judgements = found.verified.judgements
    bests = {
        found.say["least"].format(outcome=found.name(outcome)): min(
            front, key=lambda label: judgements[label].objectives[place]
        )
        for place, outcome in enumerate(objectives)
    }
    return bests | ({found.say["knee"]: found.verified.knee} if len(front) > len(objectives) else {})


def _describe_bests(found: Found) -> list[str]:
    return [_describe_point(found, what, label) for what, label in name_bests(found).items()]


def _describe_point(found: Found, what: str, label: str) -> str:
    """Return what a point comes to and takes; factors that are the same all along the front are told elsewhere."""
    levels, _ = split_factors(found)
    row = read_levels(found, label)
    own = {name: row[name] for name in levels if name in row} if label != BASELINE else {}
    values = [
        f"{format_number(found.cells[label, outcome]['mean'])} {found.find_unit(outcome)}" for outcome in found.shown
    ]
    said = describe_levels(found, own if own or label == BASELINE else row)
    return found.say["point"].format(what=what, levels=said, values=found.say["comma"].join(values))


def _describe_doubts(found: Found) -> list[str]:
    """Return what else there is to know: points that are as good, and how far the search deceived itself."""
    verified, say = found.verified, found.say
    lines = [say["equals"].format(count=len(verified.equals))] if verified.equals else []
    lines.append(say["fallen"].format(claimed=len(verified.claimed), fallen=len(verified.fallen)))
    missing = sum(label not in verified.judgements for label in verified.claimed)
    if missing:
        lines.append(say["unverified"].format(count=missing, more=found.effort.candidates + missing))
    return lines + (_describe_shifts(found) if verified.shifts else [])


def _describe_shifts(found: Found) -> list[str]:
    """Return by how much fresh runs moved what the search saw, and the baseline beside it."""
    shifts, luck = found.verified.shifts or (), found.verified.luck
    lines = []
    for place, (outcome, shift) in enumerate(zip(found.study.objectives, shifts, strict=True)):
        unit = found.find_unit(outcome)
        beside = found.say["luck"].format(luck=f"{format_signed(luck[place])} {unit}") if luck else ""
        words = {"shift": f"{format_signed(shift)} {unit}", "outcome": found.name(outcome), "luck": beside}
        lines.append(found.say["shift"].format(**words))
    return [*lines, found.say["honest"]]
