"""The sentences of a report, and its tables in Chinese."""

from collections.abc import Iterator

import pytest
from rich.text import Text

from sim.study.checks import Checks, check_study
from sim.study.replication import replicate_scenarios
from sim.views.report.answer import Move, find_moves, say_level, say_move
from sim.views.report.chinese import name_in_chinese, translate_row, translate_warning
from sim.views.tables import compare_study, list_sections
from tests.unit.rail_port import rail_scenario
from tests.unit.road_city import city
from tests.unit.tiny import tiny_scenario


def row(before: float | None, after: float | None, half_width: float | None = 0.1) -> dict[str, float | None]:
    known = before is not None and after is not None
    return {
        "baseline": before,
        "other": after,
        "difference": after - before if known else None,
        "half_width": half_width if known else None,
    }


def move(before: float | None, after: float | None, half_width=0.1, grows=(False, False), what="release") -> Move:
    return Move("export trucks", what, row(before, after, half_width), 100.0, grows)


@pytest.mark.parametrize(
    ("moved", "en", "zh"),
    [
        (
            move(5.0, 0.9),
            "Export trucks would leave after 0.90 hours instead of 5.00 hours: 4.10 hours less, give or take 0.10",
            "出口货车的放行时间将由5.00小时变为0.90小时，平均缩短4.10小时（误差 ± 0.10小时）。",
        ),
        (move(5.0, 6.0), "1.00 hours more, give or take 0.10 hours.", "平均延长1.00小时"),
        (move(5.0, 5.05), "that change (0.05 hours, give or take 0.10 hours) may be luck.", "可能只是偶然"),
        (move(5.0, 4.0, None), "one run cannot say how sure that is.", "只有一次仿真"),
        (move(0.5, 0.25), "15 minutes instead of 30 minutes", "由30分钟变为15分钟"),
        (move(5.0, 5.0), "Export trucks: nothing changes, 5.00 hours on average.", "没有变化"),
        (move(None, 5.0), "Export trucks: nobody is through.", "无一通过"),
        (move(5.0, 9.0, grows=(False, True)), "would grow without end, and does not without it.", "现状则不会"),
        (move(5.0, 9.0, grows=(True, False)), "with it, it would not.", "采用后不再增长"),
        (move(5.0, 9.0, grows=(True, True)), "more come than can be served.", "到达多于能力"),
        (move(5.0, 4.0, what="crossing"), "would pass both sides of the border in 4.00 hours", "通过边境两侧"),
    ],
)
def test_answer_says_how_many_hours_and_how_sure(moved, en, zh):
    named = Move("出口货车", moved.what, moved.row, moved.per_day, moved.grows)
    assert en in say_move(moved, "en")
    assert zh in say_move(named, "zh")


def test_level_of_a_port_as_it_is_has_its_interval():
    assert (
        say_level(move(5.0, 5.0), "en") == "Export trucks leave after 5.00 hours on average, give or take 0.10 hours."
    )
    assert say_level(move(5.0, 5.0, grows=(True, True)), "en").endswith("more come than can be served.")


def test_first_answer_is_sure_and_makes_most_hours_in_all():
    """A sure small change goes before a large one that may be luck; of sure ones the most vehicle-hours."""
    scenario = tiny_scenario(
        **{
            f"demand.classes.{name}": {
                "label": name,
                "label_zh": name,
                "per_day": 1.0,
                "route": "out",
                "profile": "flat",
            }
            for name in ("many", "few", "lucky")
        }
    )
    rows = {"truck": row(5.0, 5.0), "many": row(5.0, 4.0), "few": row(5.0, 3.0), "lucky": row(9.0, 1.0, 10.0)}
    found = {("class", name, "release_mean"): each for name, each in rows.items()}
    found |= {("class", name, "released_per_day"): row(100.0 if name == "many" else 10.0, 0.0) for name in rows}
    moves = find_moves(found, scenario, ["a", "b"], Checks((), frozenset()), "en")
    assert [each.label for each in moves[:2]] == ["many", "few"]


def list_rows(before, after, name="other") -> Iterator[str]:
    """Yield every text of the table of two scenarios, as the console has it."""
    study = replicate_scenarios({"baseline": before, name: after}, 2)
    comparison = compare_study(study.outcomes, "baseline", name)
    for heading, cells in list_sections(comparison, before, ("baseline", name), check_study(study)):
        yield Text.from_markup(heading).plain
        yield from (Text.from_markup(label).plain for label, *_ in cells)


@pytest.mark.parametrize("port", [city, rail_scenario, tiny_scenario])
def test_every_row_of_the_table_has_chinese(port):
    scenario = port()
    names = name_in_chinese(scenario)
    left = [text for text in list_rows(scenario, scenario) if translate_row(text, names).strip().isascii()]
    assert left == []


def test_row_in_chinese_keeps_its_step():
    assert translate_row("    of that waiting (h)", {}) == "    其中等待（小时）"
    assert translate_row("  by green lane, per day", {}) == "  经green lane，每日"
    assert translate_row("  what nobody knows", {}) == "  what nobody knows"


def test_warnings_of_a_port_that_is_too_small_are_in_chinese():
    scenario = tiny_scenario(**{"port.facilities.scanner.service": {"kind": "constant", "mean_min": 60}})
    warnings = check_study(replicate_scenarios({"baseline": scenario}, 3)).warnings
    told = [translate_warning(warning, {"baseline": scenario}) for warning in warnings]
    assert any("机检超过饱和" in each for each in told)
    assert any("货车不稳定" in each for each in told)
    assert [each for each in told if each.isascii()] == []
