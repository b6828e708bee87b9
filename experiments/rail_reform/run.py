"""Runs the study: what changed at rail ports, and by how much, against what the model says about the same change."""

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.study.natural import INPUT, Case, Known, Measure, NaturalExperiment, Report, Words
from sim.views import verdicts
from sim.views.figures import COLOURS
from sim.views.labels import STYLE
from sim.views.markdown import write_tables

HERE = Path(__file__).parent

REFORM = "rail_pre_arrival_declaration,rail_machine_check,rail_joint_inspection"
DECLARATION = "port.facilities.declaration_import.service.mean_min="
DECLARATION_AHEAD = "policy.rail_pre_arrival_declaration.strength.declaration_min="
LIFT = "port.terminals.shed.lift.mean_min="
DOCUMENTS = ("documents_export", "manifest_import")


def _set(prefix: str, **values: float) -> Words:
    return tuple(f"{prefix}.{key.replace('__', '.')}={value}" for key, value in values.items())


def _facilities(**values: float) -> Words:
    return _set("port.facilities", **values)


def _flood(**per_day: int) -> Words:
    """Return words for so many vehicles of each class, on as many paths as they need."""
    paths = {f"{name}__timetable__paths_per_day": max(3, round(1.33 * number)) for name, number in per_day.items()}
    return _set("demand.classes", **{f"{name}__per_day": value for name, value in per_day.items()}, **paths)


# So many trains, and so much of all that lies beyond our yard, that only our yard binds; all assumed.
BEYOND_HORGOS = (
    *_facilities(
        departure_tracks_neighbour__servers=60,
        documents_neighbour__servers=60,
        altynkol_to_horgos__quota_per_day=90,
        neighbour_locomotives__servers=60,
        border_path_in__paths_per_day=72,
        standard_wagons__servers=20000,
        marshalling_import__servers=20,
        inland_path__paths_per_day=96,
        declaration_import__servers=10000,
    ),
    *_set("port.inspection_sites.box_inspection_import.examinations", customs__bays=40, quarantine__bays=40),
)
PLENTY_IN_SHED = _set("port.terminals.shed", cranes=20, unloading_tracks=20, loading_tracks=20, slots=20000)
FLOOD_HORGOS = _flood(import_train=40, inland_train=50)
PLENTY_IN_YARD = _facilities(
    arrival_tracks_import__servers=40, manifest_import__servers=40, shunting_import__servers=20
)
BEYOND_ALASHANKOU = (
    *_facilities(
        departure_tracks_neighbour__servers=60,
        documents_neighbour__servers=60,
        dostyk_to_alashankou__quota_per_day=90,
        neighbour_locomotives__servers=60,
        border_path_in__paths_per_day=72,
        standard_wagons__servers=20000,
        marshalling_import__servers=20,
        inland_path__paths_per_day=96,
        declaration_import__servers=10000,
        alashankou_to_dostyk__quota_per_day=90,
        own_locomotives__servers=60,
        border_path_out__paths_per_day=72,
        dostyk_tracks__servers=60,
        dostyk_documents__servers=60,
        dostyk_wagons__servers=20000,
        dostyk_marshalling__servers=20,
        broad_path_out__paths_per_day=96,
    ),
    *_set("port.inspection_sites.box_inspection_import.examinations", customs__bays=40, quarantine__bays=40),
    *_set("port.terminals.dostyk", cranes=40, unloading_tracks=40, loading_tracks=40),
)
FLOOD_ALASHANKOU = (
    *_flood(export_train=45, broad_train=50, import_train=40, inland_train=50),
    *_set(
        "demand.classes",
        export_wagon_train__per_day=0.1,
        import_train_yard__per_day=0.1,
        import_bulk_train__per_day=0.1,
    ),
)
SATURATED_ALASHANKOU = (*BEYOND_ALASHANKOU, *PLENTY_IN_SHED, *FLOOD_ALASHANKOU)
FEW_TRAINS = _set("demand.classes", import_train__per_day=4, inland_train__per_day=5)
WAGONS_LATE = _facilities(altynkol_wagons__back_after_min=4320)


def _passage(known: Known, *stops: str) -> float:
    parts = ("driving", "waiting", "processing", "blocked")
    return sum(known.get(f"passage/{stop}/{part}", 0.0) for stop in stops for part in parts)


def _own_hours(known: Known, upto: str = "") -> float:
    """Return hours of an export train on our side, as far as the end of a stop."""
    hours = 0.0
    for stop in EXPORT_STOPS:
        hours += _passage(known, f"export_train/{stop}")
        if stop == upto:
            break
    return hours


EXPORT_STOPS = (
    "arrival_tracks_export",
    "documents_export",
    "technical_check_export",
    "train_scanner_export",
    "inspection_tracks_export",
    "train_check_export.customs",
    "train_check_export.border_police",
    "train_check_export.joint",
    "opening_on_wagon_export",
    "release_export",
    "horgos_to_altynkol",
    "alashankou_to_dostyk",
    "own_locomotives",
    "border_path_out",
)


def _import_box(known: Known) -> float:
    """Return hours of a box from its train's entering our side to its leaving on a path inland."""
    abroad = known["class/import_train/crossing_mean"] - known["class/import_train/release_mean"]
    return known["cargo/import_box/stay_mean"] - abroad + _passage(known, "inland_train/inland_path")


def _check(known: Known, direction: str) -> float:
    site = f"{direction}_train/train_check_{direction}"
    return _passage(known, *(f"{site}.{each}" for each in ("customs", "border_police", "joint")))


def _under_cranes(known: Known) -> float:
    """Return hours to lift a train's boxes off and on: twice the time off, for between the two they are in store."""
    return 2.0 * _passage(known, "import_train/shed.unloading")


MEASURES = {
    "import_box": Measure("cargo in the port, import", "h", _import_box),
    "clearance": Measure(
        "declaration and inspection of a box",
        "h",
        lambda known: _passage(
            known,
            "import_box/declaration_import",
            *(f"import_box/box_inspection_import.{each}" for each in ("customs", "quarantine")),
        ),
    ),
    "inland": Measure(
        "export train, arrival to end of checks",
        "h",
        lambda known: _own_hours(known, "technical_check_export"),
    ),
    "released": Measure("export train, arrival to release", "h", lambda known: _own_hours(known, "release_export")),
    "export_train": Measure("export train on our side", "h", lambda known: known["class/export_train/release_mean"]),
    "import_train": Measure("import train on our side", "h", lambda known: known["class/import_train/release_mean"]),
    "import_train_abroad": Measure(
        "import train before it enters our side",
        "h",
        lambda known: known["class/import_train/crossing_mean"] - known["class/import_train/release_mean"],
    ),
    "check_export": Measure("check of an export train", "h", lambda known: _check(known, "export")),
    "check_import": Measure("check of an import train", "h", lambda known: _check(known, "import")),
    "standard": Measure(
        "trains a day through our yard, standard gauge",
        "trains/day",
        lambda known: known["station/release_export/visits_per_day"],
    ),
    "broad": Measure(
        "trains a day through our yard, broad gauge",
        "trains/day",
        lambda known: known["station/release_import/visits_per_day"],
    ),
    "crew": Measure(
        "trains a day for each gantry crew",
        "trains/day",
        lambda known: known["terminal/shed/lifts_per_day"] / LIFTS_PER_TRAIN / CREWS,
    ),
    "under_cranes": Measure("a train under the cranes, off and on", "h", _under_cranes),
    "crossed": Measure(
        "trains a day from Altynkol to Horgos",
        "trains/day",
        lambda known: known["station/altynkol_to_horgos/visits_per_day"],
    ),
    "taken": Measure(
        "trains a day with exports into Kazakhstan",
        "trains/day",
        lambda known: known["cargo/export_box/left_per_day"] / 50.0,
    ),
    "ours": Measure("export, our side", "h", _own_hours),
    "theirs": Measure(
        "export, Kazakh side", "h", lambda known: known["cargo/export_box/stay_mean"] - _own_hours(known)
    ),
    "both": Measure("export, both sides", "h", lambda known: known["cargo/export_box/stay_mean"]),
}
LIFTS_PER_TRAIN, CREWS = 100.0, 2.0


def _policy(names: str) -> str:
    return f"policy=[{names}]"


def _reform(before_h: int, after_h: int, port: str = "horgos_rail", more: str = "") -> Case:
    after = (f"{DECLARATION_AHEAD}{60 * after_h}", _policy(REFORM + more))
    return Case((f"{DECLARATION}{60 * before_h}",), after, ("import_box",), port)


def _yard(more: Words, papers: str = "") -> Case:
    before = _policy(papers)
    after = _policy(f"{papers},rail_inspection_yard" if papers else "rail_inspection_yard")
    return Case((*more, before), (*more, after), ("standard", "broad"), "alashankou_rail")


def _levers(names: str, *measures: str, words: Words = (), port: str = "horgos_rail") -> Case:
    return Case(words, (*words, _policy(names)), measures, port)


SATURATED_SHED = (*BEYOND_HORGOS, *FLOOD_HORGOS, *PLENTY_IN_YARD, *_facilities(inspection_tracks_import__servers=20))
SATURATED_YARD = (*BEYOND_HORGOS, *FLOOD_HORGOS, *PLENTY_IN_SHED)
CASES = {
    "1 whole reform, declared in 36 h, then 4 h": _reform(36, 4),
    "1 whole reform, declared in 24 h, then 3 h": _reform(24, 3),
    "1 whole reform, declared in 48 h, then 5 h": _reform(48, 5),
    "1 whole reform with an inspection yard": _reform(36, 4, more=",rail_inspection_yard"),
    "1 whole reform, Alashankou": _reform(36, 4, "alashankou_rail"),
    "1 machine check and joint inspection without declaring ahead": _levers(
        "rail_machine_check,rail_joint_inspection", "import_box"
    ),
    "2 declaring ahead": _levers("rail_pre_arrival_declaration", "import_box", "clearance", "inland"),
    "2 declaring ahead, Alashankou": _levers("rail_pre_arrival_declaration", "released", port="alashankou_rail"),
    "2 documents 15 min faster": Case(
        (),
        _facilities(**{f"{stop}__service__mean_min": 225 for stop in DOCUMENTS}),
        ("export_train", "import_train"),
        "horgos_rail",
    ),
    "3 joint inspection of trains": _levers(
        "rail_joint_inspection", "check_export", "check_import", "export_train", "import_train"
    ),
    "4 inspection yard": _yard(SATURATED_ALASHANKOU),
    "4 inspection yard, papers ahead": _yard(SATURATED_ALASHANKOU, "rail_pre_arrival_declaration"),
    "4 more inspection tracks only": _levers(
        "rail_inspection_tracks", "standard", "broad", words=SATURATED_ALASHANKOU, port="alashankou_rail"
    ),
    "4 inspection yard, border as it is": _yard(FLOOD_ALASHANKOU),
    "5 inspection tracks 1 to 3, nothing else binds": _levers(
        "rail_inspection_tracks", "broad", words=(*SATURATED_YARD, *PLENTY_IN_YARD)
    ),
    "5 inspection tracks 1 to 3, rest of the yard as at Horgos": _levers(
        "rail_inspection_tracks", "broad", words=SATURATED_YARD
    ),
    "6 gantry crews, 2 min a lift": Case((*SATURATED_SHED, f"{LIFT}5.76"), SATURATED_SHED, ("crew",), "horgos_rail"),
    "6 lift 5.76 to 2.62 min": Case(
        (*FEW_TRAINS, f"{LIFT}5.76"), (*FEW_TRAINS, f"{LIFT}2.62"), ("under_cranes",), "horgos_rail"
    ),
    "6 lift 2.62 to 2 min, today's demand": Case((f"{LIFT}2.62",), (), ("under_cranes",), "horgos_rail"),
    "6 lift 20 s shorter, Alashankou": Case((f"{LIFT}2.33",), (), ("under_cranes",), "alashankou_rail"),
    "7 locomotives back in 2.5 h": _levers(
        "rail_faster_locomotives", "export_train", "import_train", "import_train_abroad"
    ),
    "7 locomotives back in 2.5 h, more trains than can pass": _levers(
        "rail_faster_locomotives", "standard", "broad", words=_flood(export_train=40, import_train=30)
    ),
    "7 exchange quota 8 to 10": Case(
        (*_facilities(altynkol_to_horgos__quota_per_day=8), *_flood(import_train=14, inland_train=16)),
        (*_facilities(altynkol_to_horgos__quota_per_day=10), *_flood(import_train=14, inland_train=16)),
        ("crossed",),
        "horgos_rail",
    ),
    "8 our papers ahead, wagons as today": _levers("rail_pre_arrival_declaration", "ours", "theirs", "both", "taken"),
    "8 our papers ahead, wagons back after 3 days": _levers(
        "rail_pre_arrival_declaration", "ours", "theirs", "both", "taken", words=WAGONS_LATE
    ),
    "8 exchange of 12, then 19 trains, wagons back after 3 days": Case(
        (*WAGONS_LATE, *_facilities(horgos_to_altynkol__quota_per_day=12)),
        WAGONS_LATE,
        ("ours", "theirs", "both", "taken"),
        "horgos_rail",
    ),
}


REPORTS = (
    Report("1 whole reform, declared in 36 h, then 4 h", "import_box", "before", 48, 72, "48–72 h before (N213)"),
    Report("1 whole reform, declared in 36 h, then 4 h", "import_box", "after", 0, 16, "≤16 h after (N214)"),
    Report("1 whole reform, declared in 36 h, then 4 h", "import_box", "after", 0, 24, "same day, ≤24 h (N216)"),
    Report("1 whole reform, declared in 24 h, then 3 h", "import_box", "before", 48, 72, "48–72 h before (N213)"),
    Report("1 whole reform, declared in 24 h, then 3 h", "import_box", "after", 0, 16, "≤16 h after (N214)"),
    Report("1 whole reform, declared in 48 h, then 5 h", "import_box", "before", 48, 72, "48–72 h before (N213)"),
    Report("1 whole reform, declared in 48 h, then 5 h", "import_box", "after", 0, 16, "≤16 h after (N214)"),
    Report("1 whole reform, Alashankou", "import_box", "before", 48, 72, "48–72 h before (N235)"),
    Report("1 whole reform, Alashankou", "import_box", "after", 0, 16, "<16 h after (N235)"),
    Report("2 declaring ahead", "import_box", "after", 0, 16, "≤16 h after (N214), with all levers"),
    Report("2 declaring ahead", "clearance", "difference", -45, -19, "24–48 to 3–5 h, Laos (N205)", INPUT),
    Report("2 declaring ahead", "inland", "difference", -5.5, -4.5, "6 to 1 h (N215)"),
    Report("2 declaring ahead, Alashankou", "released", "after", 0, 5, "≤5 h in Feb 2025 (N233)"),
    Report("2 documents 15 min faster", "export_train", "difference", -0.29, -0.21, "−15 min (N218)", INPUT),
    Report("3 joint inspection of trains", "check_export", "difference", -0.58, -0.42, "−30 min (N212)", INPUT),
    Report("3 joint inspection of trains", "check_import", "difference", -0.58, -0.42, "−30 min (N212)", INPUT),
    Report("4 inspection yard", "standard", "change", 12.5, 17.5, "+15 % (N225)"),
    Report("4 inspection yard", "broad", "change", 15, 30, "+15 to +30 % (N225)"),
    Report("4 inspection yard, papers ahead", "standard", "change", 12.5, 17.5, "+15 % (N225)"),
    Report("4 inspection yard, papers ahead", "broad", "change", 15, 30, "+15 to +30 % (N225)"),
    Report("4 inspection yard, border as it is", "standard", "change", 12.5, 17.5, "+15 % (N225)"),
    Report("4 inspection yard, border as it is", "broad", "change", 15, 30, "+15 to +30 % (N225)"),
    Report(
        "5 inspection tracks 1 to 3, nothing else binds",
        "broad",
        "change",
        45,
        55,
        "12 to 18, Erenhot (N258)",
        "another port",
    ),
    Report(
        "5 inspection tracks 1 to 3, rest of the yard as at Horgos",
        "broad",
        "change",
        45,
        55,
        "12 to 18, Erenhot (N258)",
        "another port",
    ),
    Report("6 gantry crews, 2 min a lift", "crew", "after", 5, 6, "5–6 in 2025 (N219)"),
    Report("6 lift 5.76 to 2.62 min", "under_cranes", "before", 3.25, 3.75, "3.5 h in 2020 (N209)"),
    Report("6 lift 5.76 to 2.62 min", "under_cranes", "after", 1.75, 2.25, "2 h, 2023–25 (N210)"),
    Report("6 lift 2.62 to 2 min, today's demand", "under_cranes", "after", 1.75, 2.25, "2 h, 2023–25 (N210)"),
    Report("6 lift 20 s shorter, Alashankou", "under_cranes", "after", 0.9, 1.1, "1 h with 4 cranes (N226)"),
    Report("6 lift 20 s shorter, Alashankou", "under_cranes", "change", -33, -28, "2.17 to 1.5 h (N227)"),
    Report(
        "7 locomotives back in 2.5 h",
        "export_train",
        "difference",
        np.nan,
        np.nan,
        "5.5 to 2–3 h agreed (N257)",
        "no effect reported",
    ),
    Report("7 exchange quota 8 to 10", "crossed", "difference", 1.9, 2.1, "8 to 10 trains (N244)", INPUT),
    Report(
        "8 our papers ahead, wagons back after 3 days",
        "ours",
        "change",
        -79,
        -47,
        "64.7, 33.9, 14.0 h (N081–N085)",
        "the queue grows",
    ),
    Report(
        "8 our papers ahead, wagons back after 3 days",
        "theirs",
        "change",
        13,
        44,
        "54.4, 61.8, 78.0 h (N096–N098)",
        "the queue grows",
    ),
    Report(
        "8 exchange of 12, then 19 trains, wagons back after 3 days",
        "ours",
        "change",
        -79,
        -47,
        "64.7, 33.9, 14.0 h (N081–N085)",
        "the queue grows",
    ),
    Report(
        "8 exchange of 12, then 19 trains, wagons back after 3 days",
        "theirs",
        "change",
        13,
        44,
        "54.4, 61.8, 78.0 h (N096–N098)",
        "the queue grows",
    ),
)
EXPERIMENT = NaturalExperiment(HERE, CASES, MEASURES, REPORTS)


def run(horizon: str = "month", replications: int = 20, out: Path = HERE, workers: int | None = None) -> pl.DataFrame:
    """Run all cases, write `table.csv` and `figure.png` to `out`, and return the table."""
    table = verdicts.run_and_write(EXPERIMENT, horizon, replications, out, workers)
    plot_verdicts(table, out / "figure.png")
    return table


def format_tables(table: pl.DataFrame) -> str:
    """Return `table.csv` as Markdown tables: the verdicts, and all that was read."""
    return verdicts.format_tables(EXPERIMENT, table)


PANELS: dict[str, Callable[[Report], bool]] = {
    "Import cargo in the port, hours": lambda each: each.measure == "import_box",
    "Trains, hours": lambda each: each.measure in ("released", "under_cranes") and each.of != "change",
    "Trains, change in hours": lambda each: each.of == "difference" and each.measure in CHANGES,
    "Capacity or time, change in %": lambda each: each.of == "change" and not each.why_not,
}
CHANGES = ("inland", "check_export", "check_import", "export_train")
CPMM = {
    "CPMM, out of China, 2021 and 2023 (N081, N085)": (64.7, 14.0),
    "CPMM, into Kazakhstan, 2020 and 2022 (N096, N098)": (54.4, 78.0),
}


def plot_verdicts(table: pl.DataFrame, path: Path) -> None:
    """Draw reported ranges as bars and predictions as points with intervals, and where queues went, as PNG."""
    reports = {
        title: [each for each in REPORTS if belongs(each) and np.isfinite(each.low)]
        for title, belongs in PANELS.items()
    }
    rows = [*(len(each) for each in reports.values()), len(CPMM) + 2 * len(_eights())]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11.5, 2.4 + 0.3 * sum(rows)), layout="constrained")
        *panels, last = figure.subplots(len(rows), 1, height_ratios=[each + 0.8 for each in rows])
        for axes, (title, each) in zip(panels, reports.items(), strict=True):
            verdicts.draw_reports(axes, table, each, [f"{one.case}: {_short(one)} [{one.text}]" for one in each])
            axes.set_title(title, loc="left", fontweight="bold", fontsize=10)
        _draw_sides(last, table)
        last.set_title("Exports, hours before (hollow) and after", loc="left", fontweight="bold", fontsize=10)
        figure.legend(handles=verdicts.explain_looks(), loc="outside lower left", ncols=5)
        figure.savefig(path, dpi=130)


def _draw_sides(axes: Axes, table: pl.DataFrame) -> None:
    """Draw from where to where hours on each side went: as measured, and in the cases of the model."""
    lines = [(name, *hours, "0.3") for name, hours in CPMM.items()]
    for name in _eights():
        for measure in ("ours", "theirs"):
            row = table.row(by_predicate=(pl.col("policy") == name) & (pl.col("measure") == measure), named=True)
            lines.append((f"{name}: {row['name']}", row["baseline"], row["other"], COLOURS[1]))
    for place, (_, before, after, colour) in enumerate(lines):
        axes.plot([before, after], [place, place], color=colour, lw=1.5)
        axes.plot(before, place, "o", ms=6, color=colour, mfc="white")
        axes.plot(after, place, "o", ms=6, color=colour)
    axes.set_xlim(left=0.0)
    verdicts.finish_rows(axes, [name for name, *_ in lines])


def _eights() -> list[str]:
    return [name for name in CASES if name.startswith("8")]


def _short(report: Report) -> str:
    when = report.of if report.of in ("before", "after") else None
    gauge = {"standard": "standard gauge", "broad": "broad gauge"}.get(report.measure)
    return when or gauge or MEASURES[report.measure].label


if __name__ == "__main__":
    run()
    write_tables(HERE / "README.md", format_tables(pl.read_csv(HERE / "table.csv")))
