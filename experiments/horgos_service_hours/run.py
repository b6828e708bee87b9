"""Runs the study: every way of longer hours at Horgos road, with and without more staff, against today."""

from pathlib import Path

import polars as pl

import sim
from sim.views.frontier import plot_frontier
from sim.views.progress import show_progress

HERE = Path(__file__).parent
POLICIES = {
    "today": "",
    "14 h": "hours_14h",
    "24 h, our side only": "hours_24x7_china",
    "neighbour keeps our hours": "neighbour_aligned",
    "24 h, same staff": "hours_24x7_same_staff",
    "24 h, same staff, joint": "hours_24x7_same_staff,joint_inspection",
    "24 h": "hours_24x7",
    "24 h, joint": "hours_24x7,joint_inspection",
    "joint inspection": "joint_inspection",
}
CLASSES = ("export_truck", "import_truck", "enter_empty_and_load", "export_car")
MEASURES = ("release_mean", "release_p95", "released_within_24h")


def run(horizon: str = "month", replications: int = 20, out: Path = HERE, workers: int | None = None) -> pl.DataFrame:
    """Run all policies, write `table.csv` and `figure.png` to `out`, and return the table."""
    scenarios = {
        label: sim.load_scenario("port=horgos_road", f"horizon={horizon}", f"policy=[{names}]")
        for label, names in POLICIES.items()
    }
    with show_progress(replications * len(scenarios)) as tick:
        study = sim.replicate(scenarios, replications, seed=1, workers=workers, engine="compiled", on_done=tick)
    table = pl.concat([_against_today(study, label) for label in list(POLICIES)[1:]])
    table.write_csv(out / "table.csv", float_precision=3)
    plot_frontier(study, out / "figure.png", CLASSES[:2])
    return table


def _against_today(study: sim.Study, label: str) -> pl.DataFrame:
    wanted = pl.col("measure").is_in(MEASURES) & pl.col("name").is_in(CLASSES) | (pl.col("measure") == "staff_hours")
    rows = sim.compare(study.outcomes, "today", label).filter(wanted & pl.col("scope").is_in(["class", "port"]))
    return rows.select(pl.lit(label).alias("policy"), pl.exclude("scope"))


if __name__ == "__main__":
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, fmt_str_lengths=40):
        print(run())
