"""The picture of a port's process: every stop is in it, on its side of the border, and no text lies over another."""

from functools import cache
from itertools import combinations, pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from sim.scenario import Scenario
from sim.scenario.schema import InspectionSite
from sim.views.process import draw_process, plot_process
from sim.views.process.layout import choose_grid, place_kept, place_row
from sim.views.process.rows import Row, condense, find_kept, find_rows
from sim.views.process.stacking import stack_blocks
from sim.views.process.stops import Cell
from tests.shipped import SHAPES, apply, load_baseline

WITH_TERMINALS = [name for name in SHAPES if load_baseline(name).port.terminals]
TOUCH = 0.5
"""Pixels by which two texts may touch."""


@cache
def drawn(port: str) -> Figure:
    return render(load_baseline(port))


def render(scenario: Scenario) -> Figure:
    figure = draw_process(scenario)
    FigureCanvasAgg(figure).draw()
    return figure


def texts_of(figure: Figure) -> list[Text]:
    return [text for text in figure.axes[0].texts if text.get_text()]


def words_of(figure: Figure) -> str:
    """All that is written, in the order of drawing, which keeps the lines of a label together."""
    return " ".join(text.get_text() for text in texts_of(figure)).replace("\u00a0", " ")


def boxes_of(figure: Figure) -> dict[str, list[Bbox]]:
    """Where each stop is drawn, in pixels; a box may stand for several."""
    renderer = figure.canvas.get_renderer()
    found: dict[str, list[Bbox]] = {}
    for patch in figure.axes[0].patches:
        for name in (patch.get_gid() or "").split():
            found.setdefault(name, []).append(patch.get_window_extent(renderer))
    return found


def border_of(figure: Figure) -> float:
    (line,) = (line for line in figure.axes[0].lines if line.get_gid() == "border")
    return float(line.get_window_extent(figure.canvas.get_renderer()).x0)


def rows_of(scenario: Scenario) -> dict[str, Row]:
    return {row.route: row for row in find_rows(scenario)}


def stops_taken(scenario: Scenario) -> set[str]:
    routes = [
        route for each in scenario.demand.classes.values() for route in scenario.port.routes_of(each.route).values()
    ]
    return {stop for route in routes for stop in route.through}


@pytest.mark.parametrize("port", SHAPES)
def test_every_stop_of_every_route_is_in_the_picture_by_its_label(port):
    scenario, words = load_baseline(port), words_of(drawn(port))
    for name in stops_taken(scenario):
        stop = scenario.port.stop(name)
        assert stop.label in words, name
        if isinstance(stop, InspectionSite):
            assert [agency for agency in stop.examinations if agency.replace("_", " ") not in words] == []
        if name.rpartition(".")[2] in ("unloading", "loading"):
            assert f"{stop.label}: {name.rpartition('.')[2]} tracks" in words
        if name.endswith((".lift_off", ".lift_on")):
            assert name.rpartition(".")[2].replace("lift", "lifted").replace("_", " ") in words


@pytest.mark.parametrize("port", SHAPES)
def test_every_class_is_named_and_says_how_many_come(port):
    scenario, words = load_baseline(port), words_of(drawn(port))
    for each in scenario.demand.classes.values():
        assert each.label in words
        if each.per_day is not None:
            assert f"{each.per_day:,.5g}" in words


@pytest.mark.parametrize("port", SHAPES)
def test_no_text_lies_over_another(port):
    figure = drawn(port)
    renderer = figure.canvas.get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(renderer).padded(-TOUCH)) for text in texts_of(figure)]
    assert [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)] == []


@pytest.mark.parametrize("port", SHAPES)
def test_text_stays_on_the_paper_and_in_its_box(port):
    figure = drawn(port)
    renderer, paper = figure.canvas.get_renderer(), figure.bbox
    edges = [patch.get_window_extent(renderer) for patch in figure.axes[0].patches if _is_stop(patch)]
    for text in texts_of(figure):
        place = text.get_window_extent(renderer)
        assert paper.x0 <= place.x0 and place.x1 <= paper.x1 and paper.y0 <= place.y0 and place.y1 <= paper.y1
        if not text.get_text().endswith(" come"):  # which stands on the upper edge
            middle = (place.x0 + place.x1) / 2, (place.y0 + place.y1) / 2
            within = [edge for edge in edges if edge.contains(*middle)]
            assert all(edge.x0 <= place.x0 and place.x1 <= edge.x1 for edge in within), text.get_text()


def _is_stop(patch: Patch) -> bool:
    return bool(patch.get_gid()) and not str(patch.get_gid()).startswith("terminal ")


@pytest.mark.parametrize("port", SHAPES)
def test_border_lies_between_our_stops_and_those_beyond_it(port):
    port_of, border = load_baseline(port).port, border_of(drawn(port))
    boxes = boxes_of(drawn(port))
    for name in stops_taken(load_baseline(port)):
        assert boxes[name]
        for box in boxes[name]:
            assert box.x1 < border if port_of.is_ours(name) else box.x0 > border, name


@pytest.mark.parametrize("port", SHAPES)
def test_boxes_do_not_overlap(port):
    figure = drawn(port)
    renderer = figure.canvas.get_renderer()
    outer = [patch for patch in figure.axes[0].patches if _is_stop(patch) and patch.get_gid() != "part"]
    boxes = [patch.get_window_extent(renderer) for patch in outer]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_export_goes_outward_import_inland_and_who_enters_empty_both_ways():
    rail, road = rows_of(load_baseline("horgos_rail")), rows_of(load_baseline("horgos_road"))
    assert {cell.heading for cell in rail["export_train"].cells} == {1}
    assert {cell.heading for cell in rail["import_train"].cells} == {-1}
    assert {cell.heading for cell in rail["broad_train"].cells} == {1}  # local, but it takes exports
    assert {cell.heading for cell in rail["inland_train"].cells} == {-1}
    empty = road["enter_empty_and_load"].cells
    turn = [cell.heading for cell in empty].index(1)
    assert empty[turn].names == ("loading_yard",)
    assert {cell.heading for cell in empty[:turn]} == {-1} and {cell.heading for cell in empty[turn:]} == {1}


def test_freighter_comes_inland_until_it_is_unloaded():
    cells = rows_of(load_baseline("urumqi_air"))["cargo_flight"].cells
    ways = {cell.names[0]: cell.heading for cell in cells if cell.names}
    assert ways == {"freighter_stand": -1, "import_shed.unloading": -1, "export_shed.loading": 1, "departure": 1}


@pytest.mark.parametrize("port", SHAPES)
def test_stops_of_a_line_follow_each_other_in_the_direction_of_travel(port):
    rows = find_rows(load_baseline(port))
    for row in rows:
        placed = place_row(row, choose_grid(rows))
        assert [each.cell for each in placed] == list(row.cells)
        for here, after in pairwise(placed):
            if here.line == after.line:
                assert here.x1 < after.x0 if here.cell.heading > 0 else after.x1 < here.x0


def test_numbers_are_written_beside_the_stops():
    words, scenario = words_of(drawn("horgos_rail")), load_baseline("horgos_rail")
    port, classes = scenario.port, scenario.demand.classes
    handover, shed, broad = port.facilities["horgos_to_altynkol"], port.terminals["shed"], classes["broad_train"].takes
    minutes = f"{handover.service.mean_min:g} min"
    assert f"handover to Altynkol {handover.servers} at a time, {minutes} {handover.quota_per_day} a day" in words
    assert f"{port.facilities['border_path_out'].paths_per_day} paths a day" in words
    assert f"{shed.cranes} cranes; {shed.lift.mean_min:g} min a lift; {shed.slots:,} slots" in words
    assert f"{100 * port.selections['opening_train_export'].rate:g} % come" in words
    assert f"timetable of {classes['export_train'].timetable.paths_per_day} paths" in words
    assert f"each brings {classes['export_box'].comes_with.each}" in words
    assert f"when full, with {broad.units} or {broad.wait_min:g} min after it is ready" in words
    assert "one by one, each time presented in" in words


def test_hours_wind_and_kilometres_are_written_where_they_matter():
    assert "07:00-19:00 (Almaty)" in words_of(drawn("horgos_road"))
    wind = load_baseline("alashankou_rail").port.disruptions["wind"]
    assert f"stopped by {wind.label} on {wind.days_per_year:g} days a year" in words_of(drawn("alashankou_rail"))
    assert "20 km, 2 lanes 80 km/h" in words_of(drawn("horgos_city"))
    assert "24/7" not in words_of(drawn("horgos_rail"))


def test_what_is_kept_is_a_bracket_from_where_it_is_got_to_where_it_is_given_back():
    scenario = load_baseline("horgos_rail")
    rows = find_rows(scenario)
    row, grid = next(row for row in rows if row.route == "export_train"), choose_grid(rows)
    placed = place_row(row, grid)
    kept = [each for each in find_kept(scenario.port, row) if each.begins == "own_locomotives"]
    locomotives = scenario.port.facilities["own_locomotives"]
    back = f"back after {locomotives.back_after_min / 60:g} h"
    assert [each.text for each in kept] == [f"keeps locomotives to Altynkol ({locomotives.servers}); {back}"]
    at = {name: each for each in placed for name in each.cell.names}
    (segment,) = place_kept(kept, placed, grid)
    assert (segment.x0, segment.x1) == (at["own_locomotives"].x0, at["border_path_out"].x1)
    assert segment.begins and segment.ends
    pieces = place_kept([each for each in find_kept(scenario.port, row) if "arrival" in each.begins], placed, grid)
    assert [(piece.begins, piece.ends) for piece in pieces] == [(True, False), (False, True)]  # the row is wrapped


def test_lane_shows_the_share_that_is_selected_there():
    rows = rows_of(apply("horgos_road", "trusted_trader_lane"))
    shares = {
        route: next(cell.share for cell in rows[route].cells if cell.names == ("scanner_export",))
        for route in ("export_trusted", "export_truck")
    }
    assert shares == {"export_trusted": "5 %", "export_truck": "25 %"}


def test_row_that_repeats_stops_of_another_names_it_instead():
    words = words_of(drawn("alashankou_rail"))
    assert "as import trains, shed 9 stops: path to Alashankou ... shunting to the terminals" in words
    assert words.count("manifest, import") == 1


def test_stops_with_other_numbers_are_not_taken_for_the_same():
    stops = [Cell("stop", name, ("1 at a time",), (name,)) for name in "abcd"]
    other = [*stops[:3], Cell("stop", "d", ("2 at a time",), ("d",))]
    rows = [Row(name, name, tuple(cells), "export") for name, cells in (("first", stops), ("second", other))]
    assert [cell.kind for cell in condense(rows)[1].cells] == ["same", "stop"]


@pytest.mark.parametrize("port", WITH_TERMINALS)
def test_rows_of_vehicles_are_next_to_their_terminal(port):
    scenario = load_baseline(port)
    for group in stack_blocks(scenario.port, find_rows(scenario)):
        place = {block.key: number for number, block in enumerate(group)}
        for block in group:
            for terminal in block.docks:
                assert abs(place[block.key] - place[f"terminal {terminal}"]) <= 2


def test_policies_are_named_and_drawn():
    with_both = apply("horgos_rail", "rail_joint_inspection", "rail_quota_horgos")
    words = words_of(render(with_both))
    assert "rail_joint_inspection + rail_quota_horgos" in words
    assert "together, presented in 15 min once" in words and "one by one" in words  # trains, and boxes
    assert f"{with_both.port.facilities['horgos_to_altynkol'].quota_per_day} a day at most" in words


def test_meter_is_a_bracket_with_its_limit():
    assert "called from the holding yard: 100 at most" in words_of(
        render(apply("horgos_city", "holding_yard_metering"))
    )


@pytest.mark.parametrize(("suffix", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_format_follows_from_the_name_of_the_file(tmp_path, suffix, begins):
    plot_process(load_baseline("horgos_road"), tmp_path / f"port.{suffix}")
    assert (tmp_path / f"port.{suffix}").read_bytes().startswith(begins)


def test_only_terminals_where_some_cargo_needs_nothing_in_store_lift_straight_across():
    across = "straight across if a vehicle stands ready"
    assert across in words_of(drawn("horgos_transload"))
    assert words_of(drawn("horgos_rail")).count(across) == 1  # Altynkol; in the shed every box is declared
    assert across not in words_of(drawn("urumqi_air"))
