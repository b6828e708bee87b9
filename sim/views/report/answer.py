"""The answer of a run in sentences a minister could read: how many hours less, how sure that is, what it costs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.scenario.schema import Scenario
from sim.study.checks import Checks
from sim.views.cells import Cells, Found, format_number, format_row
from sim.views.phrases import Language
from sim.views.report.words import say

PER_DAY = {"release": "released_per_day", "crossing": "released_per_day", "stay": "left_per_day"}
LEAST_DELAY_H = 0.1
"""Hours a day of others on the roads that are worth a word."""
TAKES = {
    ("port", "port", "staff_hours"): ("staff", 1.0),
    ("port", "port", "lane_hours"): ("lanes", 1.0),
    ("cost", "port", "per_day"): ("port_pays", 0.001),
    ("cost", "users", "per_day"): ("users_pay", 0.001),
    ("cost", "society", "per_day"): ("society_pays", 0.001),
    ("emissions", "port", "co2_per_vehicle"): ("co2", 1.0),
}
"""Outcomes of the short table, with their words and scales."""


@dataclass(frozen=True)
class Move:
    """How long a class is at the port before and after, hours; None: nobody is through.

    `what` is the time meant: until `release` on our side, `crossing` of both sides, or whole `stay`; of `others` on the
    roads the hours that all of them lose a day. `grows` says of before and after whether the queue grows without end,
    so that no mean exists.
    """

    label: str
    what: str
    row: Mapping[str, Any]
    per_day: float
    grows: tuple[bool, bool]

    @property
    def is_sure(self) -> bool:
        """Whether there is a change that luck does not explain."""
        if any(self.grows):
            return self.grows[0] != self.grows[1]
        difference, half_width = self.row["difference"], self.row["half_width"]
        return difference is not None and half_width is not None and abs(difference) > half_width

    @property
    def weight(self) -> tuple[bool, float]:
        """What puts a move before others: that it is sure, and the hours a day that it makes."""
        of = self.row["difference"] if self.is_sure else self.row["baseline"]
        return self.is_sure, self.per_day * abs(of or 0.0) if not any(self.grows) else float("inf")


def find_moves(found: Found, scenario: Scenario, labels: Sequence[str], checks: Checks, lang: Language) -> list[Move]:
    """Return how long each class that crosses the border, and each of cargo, is there: what moves most, first.

    Where others use the roads, what they lose there is among them.
    """
    moves = []
    for name, each in scenario.demand.classes.items():
        if scenario.is_local(name) and not scenario.is_cargo(name):
            continue
        what = "stay" if scenario.is_cargo(name) else "crossing" if scenario.port.terminals else "release"
        scope = "cargo" if what == "stay" else "class"
        row, number = found.get((scope, name, f"{what}_mean")), found.get((scope, name, PER_DAY[what]))
        if row is not None:
            grows = (labels[0], name) in checks.unstable, (labels[-1], name) in checks.unstable
            label = each.label_zh if lang == "zh" else each.label
            moves.append(Move(label, what, row, (number or {}).get("baseline") or 0.0, grows))
    delay = found.get(("port", "port", "road_delay_others"))
    if delay is not None and max(delay["baseline"], delay["other"]) >= LEAST_DELAY_H:
        moves.append(Move("", "others", delay, 1.0, (False, False)))
    return sorted(moves, key=lambda move: move.weight, reverse=True)


def say_move(move: Move, lang: Language) -> str:
    """Return a sentence about a class before and after."""
    label, row = _begin(move.label), move.row
    if any(move.grows):
        key = "grows_both" if all(move.grows) else "grows_before" if move.grows[0] else "grows_after"
        return say(lang, key, label=label)
    if row["baseline"] is None or row["other"] is None:
        return say(lang, "nobody", label=label)
    in_hours = max(row["baseline"], row["other"]) >= 1.0
    before, after, by, spread = (
        None if row[key] is None else say_time(abs(row[key]), lang, in_hours)
        for key in ("baseline", "other", "difference", "half_width")
    )
    if not row["difference"] and label:
        return say(lang, "same", label=label, before=before)
    told = say(lang, move.what, label=label, before=before, after=after)
    if spread is None:
        return told + say(lang, "one_run")
    way = "by_luck" if not move.is_sure else "less" if row["difference"] < 0.0 else "more"
    return told + say(lang, way, by=by, spread=spread)


def say_level(move: Move, lang: Language) -> str:
    """Return a sentence about a class in the only scenario there is."""
    label, row = _begin(move.label), move.row
    if any(move.grows):
        return say(lang, "grows_now", label=label)
    if row["baseline"] is None:
        return say(lang, "nobody", label=label)
    in_hours = row["baseline"] >= 1.0
    half_width = row["half_width"]
    spread = "" if half_width is None else say(lang, "spread", spread=say_time(half_width, lang, in_hours))
    return say(lang, f"now_{move.what}", label=label, before=say_time(row["baseline"], lang, in_hours), spread=spread)


def say_time(hours: float, lang: Language, in_hours: bool = True) -> str:
    """Return a time in hours, or in minutes, with about three digits."""
    if in_hours:
        return say(lang, "hours", value=format_number(hours))
    return say(lang, "minutes", value=f"{60.0 * hours:.0f}" if hours >= 1 / 6 else f"{60.0 * hours:.1f}")


def list_short(found: Found, moves: Sequence[Move], lang: Language) -> Iterator[Cells]:
    """Yield the rows of the short table: hours of each class, then what it takes and costs."""
    for move in moves:
        cells = format_row(say(lang, f"what_{move.what}", label=move.label), dict(move.row), 1.0)
        before, after = (
            say(lang, "unstable") if grows else cell for grows, cell in zip(move.grows, cells[1:3], strict=True)
        )
        yield cells[0], before, after, "-" if any(move.grows) else cells[3]
    for key, (words, scale) in TAKES.items():
        if key in found and (found[key]["baseline"] or found[key]["other"]):
            yield format_row(say(lang, words), found[key], scale)


def _begin(label: str) -> str:
    return label[:1].upper() + label[1:]
