"""Runs the study: ways to longer hours and joint inspection at Horgos road, each against a 12-hour day."""

from pathlib import Path

import polars as pl

import sim
from sim.study.frontier import compare_policies
from sim.views.frontier import plot_frontier
from sim.views.markdown import format_difference, format_table, write_tables
from sim.views.progress import show_progress

HERE = Path(__file__).parent
POLICIES = {  # in the order of the staff that they take
    "12 h": "",
    "12 h, joint": "joint_inspection",
    "12 h, neighbour keeps our hours": "neighbour_aligned",
    "24 h, same staff": "hours_24x7_same_staff",
    "24 h, same staff, joint": "hours_24x7_same_staff,joint_inspection",
    "24 h, same staff, night machine check": "hours_24x7_same_staff,night_machine_check",
    "14 h": "hours_14h",
    "24 h, half more staff": "hours_24x7_half_more_staff",
    "24 h, our side only": "hours_24x7_china",
    "24 h": "hours_24x7",
    "24 h, joint": "hours_24x7,joint_inspection",
}
BASELINE, *OTHERS = POLICIES
CLASSES = {
    "export_truck": "export trucks",
    "enter_empty_and_load": "trucks that enter empty",
    "import_truck": "import trucks",
    "export_car": "export cars",
}
SITES = {"inspection_export": "inspected on export", "inspection_import": "inspected on import"}
MEASURES = ("release_mean", "release_p95", "released_within_24h", "crossing_mean", "inspection_mean", "staff_hours")


def run(horizon: str = "month", replications: int = 20, out: Path = HERE, workers: int | None = None) -> pl.DataFrame:
    """Run all policies, write `table.csv` and `figure.png` to `out`, and return the table."""
    scenarios = {
        label: sim.load_scenario("port=horgos_road", f"horizon={horizon}", f"policy=[{names}]", config_dir=HERE)
        for label, names in POLICIES.items()
    }
    with show_progress(replications * len(scenarios)) as tick:
        study = sim.replicate(scenarios, replications, seed=1, workers=workers, on_done=tick)
    outcomes = pl.concat([study.outcomes, measure_inspected(study.outcomes)])
    wanted = pl.col("scope").is_in(["port", "class", "site"]) & pl.col("measure").is_in(MEASURES)
    table = pl.concat(
        sim.compare(outcomes, BASELINE, label).filter(wanted).select(pl.lit(label).alias("policy"), pl.exclude("scope"))
        for label in OTHERS
    )
    table.write_csv(out / "table.csv", float_precision=4)
    port = scenarios[BASELINE].port.name
    plot_frontier(compare_policies(study.outcomes), out / "figure.png", port)
    return table


def measure_inspected(outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return mean hours at the inspection site of the vehicles that are inspected, as outcomes of scope `site`.

    Joint inspection visits each of them once, so its visits count them; the same luck picks the
    same vehicles in every scenario.
    """
    site = pl.col("name").str.split(".").list.first()
    hours = pl.col("visits_per_day") * pl.sum_horizontal("waiting", "processing", "blocked") / 60.0
    spent = (
        outcomes.filter((pl.col("scope") == "station") & site.is_in(list(SITES)))
        .fill_nan(0.0)
        .pivot("measure", index=["scenario", "replication", "name"], values="value")
        .group_by("scenario", "replication", name=site, maintain_order=True)
        .agg(hours=hours.sum(), vehicles=pl.col("visits_per_day").sum())
    )
    inspected = spent.filter(scenario="12 h, joint").select("replication", "name", "vehicles")
    return (
        spent.drop("vehicles")
        .join(inspected, on=["replication", "name"], maintain_order="left")
        .select(
            "scenario",
            "replication",
            pl.lit("site").alias("scope"),
            "name",
            pl.lit("inspection_mean").alias("measure"),
            pl.lit("h").alias("unit"),
            value=pl.col("hours") / pl.col("vehicles"),
        )
    )


def format_tables(table: pl.DataFrame) -> str:
    """Return `table.csv` as three Markdown tables: our side, both sides, and the vehicles that are inspected."""
    return "\n\n".join(
        f"{caption}\n\n{_format_table(table.filter(pl.col('measure').is_in([measure, 'staff_hours'])), names)}"
        for caption, measure, names in (
            ("**Release time**: mean hours from entering our side to leaving it.", "release_mean", CLASSES),
            (
                "**Both sides**: mean hours from the first arrival to the last departure, waiting abroad included.",
                "crossing_mean",
                CLASSES,
            ),
            ("**Inspected vehicles**: mean hours at the inspection site.", "inspection_mean", SITES),
        )
    )


def _format_table(table: pl.DataFrame, names: dict[str, str]) -> str:
    lines = []
    for policy in POLICIES:
        rows = table.filter(policy=OTHERS[0] if policy == BASELINE else policy)
        found = {row["name"]: row for row in rows.iter_rows(named=True)}
        column = "baseline" if policy == BASELINE else "other"
        cells = [f"{found[name][column]:.2f}{_difference(found[name], policy)}" for name in names]
        lines.append([policy, f"{found['port'][column]:,.0f}", *cells])
    return format_table(["policy", "staff-hours a day", *names.values()], lines)


def _difference(row: dict[str, float], policy: str) -> str:
    return "" if policy == BASELINE else f" ({format_difference(row['difference'], row['half_width'])})"


if __name__ == "__main__":
    run()
    write_tables(HERE / "README.md", format_tables(pl.read_csv(HERE / "table.csv")))
