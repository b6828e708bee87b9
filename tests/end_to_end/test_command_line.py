"""The command line as a planner types it, in a folder of their own."""

import json
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from sim.scenario.load import shipped
from tests.end_to_end.terminal import QUICK, kouan, list_files, list_runs, run_study, start_kouan

TABLES = ["held_up.parquet", "outcomes.parquet", "queues.parquet", "summary.csv", "visits.parquet"]
FILES = sorted(["config.yaml", "figure.png", "manifest.json", *TABLES])
MY_POLICY = """
one_more_scanner:
  question: What would a second scanner bring?
  question_zh: 增设一台扫描设备会怎样？
  article: Art. 10
  basis: assumed
  costs: a scanner and three people
  costs_zh: 一台扫描设备和三名人员
  set:
    port:
      facilities:
        scanner_export: {servers: 2}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> tuple[Path, str]:
    """The folder and the table of a study of two policies together."""
    words = ("policy=[hours_24x7,joint_inspection]",)
    return run_study(tmp_path_factory.mktemp("study"), *words, run=start_kouan)


def outcomes_of(run: Path) -> pl.DataFrame:
    return pl.read_parquet(run / "outcomes.parquet")


def config_of(run: Path) -> dict:
    return yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_run_prints_the_table_of_the_policies_against_the_baseline(study):
    _, said = study
    assert "hours_24x7+joint_inspection against baseline" in said
    for words in ("export trucks", "import trucks", "release time, mean (h)", "±", "staff-hours/day"):
        assert words in said


@pytest.mark.slow
def test_run_says_where_its_folder_is(study):
    run, said = study
    assert f"tables: out/{run.name}" in said
    assert f"figure: out/{run.name}/figure.png" in said


@pytest.mark.slow
def test_run_writes_one_folder_with_every_file_and_nothing_else(study):
    run, _ = study
    assert list_files(run.parent) == [f"{run.name}/{name}" for name in FILES]
    assert run.name.endswith("_horgos-road-port_hours_24x7+joint_inspection")
    assert list_files(run.parents[1]) == [f"out/{run.name}/{name}" for name in FILES]


@pytest.mark.slow
def test_tables_of_a_run_hold_both_scenarios(study):
    run, _ = study
    both = {"baseline", "hours_24x7+joint_inspection"}
    for name, columns in (
        ("outcomes", {"scenario", "replication", "scope", "name", "measure", "unit", "value"}),
        ("queues", {"scenario", "replication", "minute", "station", "queue"}),
        ("visits", {"scenario", "movement", "vehicle_class", "station", "arrive_min", "leave_min"}),
    ):
        table = pl.read_parquet(run / f"{name}.parquet")
        assert columns <= set(table.columns)
        assert set(table["scenario"]) == both
    assert set(pl.read_csv(run / "summary.csv")["scenario"]) == both
    assert (run / "figure.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_manifest_says_how_to_repeat_the_run_and_accounts_for_every_vehicle(study):
    run, _ = study
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    settings = config_of(run)["settings"]
    for key in ("seed", "replications", "engine"):
        assert manifest[key] == settings[key]
    assert (manifest["seed"], manifest["replications"]) == (1, 2)
    assert manifest["scenarios"] == {
        "baseline": [],
        "hours_24x7+joint_inspection": ["hours_24x7", "joint_inspection"],
    }
    for vehicles in manifest["vehicles"].values():
        assert vehicles["arrived"] == vehicles["finished"] + vehicles["inside"] + vehicles["not_admitted"] > 0


@pytest.mark.slow
def test_settings_of_a_run_hold_the_policies_number_by_number(study):
    config = config_of(study[0])
    assert config["baseline"]["port"]["hours"]["china"]["open"] == "Mo-Su 07:00-19:00"
    assert config["alternative"]["port"]["hours"]["china"]["open"] == "24/7"
    assert config["alternative"]["port"]["inspection_sites"]["inspection_export"]["mode"] == "joint"


@pytest.mark.slow
def test_show_prints_the_table_of_a_finished_run_again(study, tmp_path):
    run, said = study
    done = kouan(tmp_path, "show", str(run))
    assert (done.returncode, done.stderr) == (0, "")
    table = done.stdout.splitlines()
    assert len(table) > 50
    assert said.splitlines()[: len(table)] == table
    assert list_files(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ("What limits it: ", "What would relieve it: ", "How sure that is: ", "What limits the port")),
        (("lang=zh",), ("瓶颈：", "缓解办法：", "把握程度：", "霍尔果斯公路口岸: baseline")),
    ],
)
def test_finished_run_is_explained_for_both_scenarios_in_both_languages(study, tmp_path, words, expected):
    done = kouan(tmp_path, "explain", str(study[0]), *words)
    assert (done.returncode, done.stderr) == (0, "")
    for text in (*expected, "policy=["):
        assert text in done.stdout
    assert done.stdout.count(expected[0]) == 2
    assert list_files(tmp_path) == []


@pytest.mark.slow
def test_run_says_in_a_line_what_limits_each_scenario_and_accounts_for_its_vehicles(study):
    run, said = study
    account = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["vehicles"]["baseline"]
    line = f"vehicles, baseline: {account['arrived']:,} arrived = {account['finished']:,} finished + "
    assert line in said
    for label in ("baseline", "hours_24x7+joint_inspection"):
        assert f"what limits {label}: " in said
    assert f"kouan explain out/{run.name}" in said


def test_what_cannot_work_is_said_before_anything_is_run(tmp_path):
    words = ("port=horgos_road", "port.facilities.permit_export.servers=1", "policy=[hours_24x7]")
    done = kouan(tmp_path, "feasibility", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "transport permit cannot work: 134% of what its lanes can give is asked for; it needs at least 2 lanes" in (
        done.stdout
    )
    assert "Horgos road port: hours_24x7" in done.stdout
    assert list_files(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("explain",), "explain: takes one run folder"),
        (("explain", "nowhere"), "'nowhere' is no run folder"),
        (("explain", "nowhere", "lang=fr"), "explain: lang is 'fr', must be en or zh"),
        (("feasibility", "port=nowhere"), "port: there is no 'nowhere'"),
        (("feasibility", "port.txt"), "feasibility: takes one port"),
        (("feasibility", "--fast"), "feasibility: knows no option '--fast'"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_line(tmp_path, words, expected):
    done = kouan(tmp_path, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_python_m_sim_with_the_same_seed_on_two_workers_gives_the_same_outcomes(study, tmp_path):
    words = [*QUICK, "out=out", "policy=[hours_24x7,joint_inspection]", "workers=2"]
    subprocess.run([sys.executable, "-m", "sim", *words], cwd=tmp_path, check=True, capture_output=True)
    (run,) = list_runs(tmp_path / "out")
    assert outcomes_of(run).equals(outcomes_of(study[0]), null_equal=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "launcher", [(), ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")], ids=["in turn", "joblib"]
)
def test_multirun_makes_a_run_folder_for_each_choice(tmp_path, launcher):
    words = ("horizon=smoke", "replications=1", "workers=1", "out=out", *launcher)
    done = kouan(tmp_path, "-m", "policy=[],[hours_24x7]", *words)
    assert done.returncode == 0, done.stderr
    runs = list_runs(tmp_path / "out")
    assert sorted(run.name.partition("_")[2] for run in runs) == ["horgos-road-port", "horgos-road-port_hours_24x7"]
    for run in runs:
        assert list_files(run) == FILES
    index = json.loads((tmp_path / "out" / "store" / "manifest.json").read_text(encoding="utf-8"))
    assert sorted(each["label"] for each in index["done"].values()) == ["baseline", "hours_24x7"]


@pytest.mark.slow
def test_strength_of_a_policy_is_swept_and_names_each_run(tmp_path):
    words = ("horizon=smoke", "replications=1", "workers=1", "out=out")
    done = kouan(tmp_path, "-m", "policy=[extra_lanes]", "policy.extra_lanes.strength.lanes=1,2", *words)
    assert done.returncode == 0, done.stderr
    runs = list_runs(tmp_path / "out")
    names = [f"horgos-road-port_extra_lanes-lanes={lanes}" for lanes in (1, 2)]
    assert sorted(run.name.partition("_")[2] for run in runs) == names
    for lanes, run in zip((1, 2), sorted(runs, key=lambda run: run.name.partition("_")[2]), strict=True):
        scanner = config_of(run)["alternative"]["port"]["facilities"]["scanner_export"]
        assert scanner["servers"] == 1 + lanes
        assert f"extra_lanes(lanes={lanes}) against baseline" in done.stdout


@pytest.mark.slow
def test_any_number_and_the_seed_can_be_changed_on_the_command_line(tmp_path):
    changes = ("port.facilities.scanner_export.servers=3", "demand.classes.export_car.per_day=300", "seed=7")
    run, said = run_study(tmp_path, *changes)
    config = config_of(run)
    assert config["settings"]["seed"] == 7
    assert config["baseline"]["port"]["facilities"]["scanner_export"]["servers"] == 3
    assert config["baseline"]["demand"]["classes"]["export_car"]["per_day"] == 300
    assert config["alternative"] is None
    lanes = outcomes_of(run).filter(scope="station", name="scanner_export", measure="lane_hours")
    assert lanes["value"].to_list() == [36.0, 36.0]
    assert "Horgos road port: baseline" in said


@pytest.mark.slow
def test_own_policy_file_is_used_from_a_folder_of_ones_own(tmp_path):
    (tmp_path / "mine" / "policy").mkdir(parents=True)
    (tmp_path / "mine" / "policy" / "one_more_scanner.yaml").write_text(MY_POLICY, encoding="utf-8")
    # run_study types other words first: an option may stand anywhere among them
    run, said = run_study(tmp_path, "--config-dir", "mine", "policy=[one_more_scanner,hours_24x7]")
    config = config_of(run)
    assert config["alternative"]["port"]["facilities"]["scanner_export"]["servers"] == 2
    assert config["alternative"]["port"]["hours"]["china"]["open"] == "24/7"
    assert "one_more_scanner+hours_24x7 against baseline" in said


def test_settings_are_printed_number_by_number_without_running(tmp_path):
    changes = ("port.facilities.scanner_export.servers=3", "replications=7")
    done = kouan(tmp_path, "--cfg", "job", "policy=[hours_24x7]", *changes)
    assert (done.returncode, done.stderr) == (0, "")
    config = yaml.safe_load(done.stdout)
    assert config["port"]["facilities"]["scanner_export"]["servers"] == 3
    assert config["policy"]["hours_24x7"]["set"]["port"]["hours"]["china"]["open"] == "24/7"
    assert config["replications"] == 7
    assert list(tmp_path.iterdir()) == []


def test_help_is_in_a_planners_words(tmp_path):
    done = kouan(tmp_path, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("ASK A QUESTION", "policy=[hours_24x7,joint_inspection]", "CHOOSE FROM", "kouan facts", "results/"):
        assert words in done.stdout
    for group in ("port", "policy", "horizon"):
        for path in shipped(f"configs/{group}").glob("*.yaml"):
            assert path.stem in done.stdout
    for jargon in ("Hydra", "DictConfig", "config group"):
        assert jargon not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_ports_are_listed_with_their_hours_and_volumes(tmp_path):
    done = kouan(tmp_path, "ports")
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("horgos_road", "Asia/Almaty", "import trucks: 250"):
        assert words in done.stdout
    for path in shipped("configs/port").glob("*.yaml"):
        assert path.stem in done.stdout


def test_policies_are_listed_with_their_question_and_article(tmp_path):
    done = kouan(tmp_path, "policies")
    assert (done.returncode, done.stderr) == (0, "")
    for path in shipped("configs/policy").glob("*.yaml"):
        assert path.stem in done.stdout  # whole, so that it can be copied
    assert done.stdout.count("Art. ") >= len(list(shipped("configs/policy").glob("*.yaml")))


def test_fact_is_found_by_its_id_and_by_a_word(tmp_path):
    by_id, by_word = kouan(tmp_path, "facts", "N161"), kouan(tmp_path, "facts", "irkeshtam")
    for done in (by_id, by_word):
        assert (done.returncode, done.stderr) == (0, "")
        assert "N161 Irkeshtam" in done.stdout
        assert "grade B (official news)" in done.stdout
    assert "N001" not in by_id.stdout


def test_facts_without_a_word_say_how_to_ask(tmp_path):
    done = kouan(tmp_path, "facts")
    assert done.returncode == 0
    assert "kouan facts N161" in done.stdout


def test_port_is_drawn_by_its_name(tmp_path):
    done = kouan(tmp_path, "draw", "horgos_rail")
    assert (done.returncode, done.stdout, done.stderr) == (0, "picture: horgos_rail.png\n", "")
    assert list_files(tmp_path) == ["horgos_rail.png"]
    assert (tmp_path / "horgos_rail.png").read_bytes().startswith(b"\x89PNG")


def test_port_is_drawn_with_the_words_of_a_run(tmp_path):
    done = kouan(tmp_path, "draw", "port=horgos_rail", "policy=[rail_inspection_yard]", "port.terminals.shed.cranes=3")
    assert (done.returncode, done.stdout) == (0, "picture: horgos_rail_rail_inspection_yard.png\n")
    assert list_files(tmp_path) == ["horgos_rail_rail_inspection_yard.png"]


def test_port_of_ones_own_is_drawn_as_the_page_about_rail_says(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "rail.md").read_text(encoding="utf-8")
    files = re.findall(r"```yaml\n# (mine/\S+)\n(.*?)```", page, re.DOTALL)
    assert [name for name, _ in files] == ["mine/port/my_rail.yaml", "mine/demand/my_rail.yaml"]
    for name, text in files:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = kouan(tmp_path, "draw", "--config-dir", "mine", "my_rail", "my.svg")
    assert (done.returncode, done.stdout, done.stderr) == (0, "picture: my.svg\n", "")
    assert (tmp_path / "my.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_picture_replaces_a_file_only_if_it_is_named(tmp_path):
    (tmp_path / "horgos_road.png").write_text("mine", encoding="utf-8")
    done = kouan(tmp_path, "draw", "horgos_road")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("kouan: draw: 'horgos_road.png' is there already; name a file")
    assert (tmp_path / "horgos_road.png").read_text(encoding="utf-8") == "mine"
    assert kouan(tmp_path, "draw", "horgos_road", "horgos_road.png").returncode == 0
    assert (tmp_path / "horgos_road.png").read_bytes().startswith(b"\x89PNG")
    assert list_files(tmp_path) == ["horgos_road.png"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["horgos_rial"], "there is no 'horgos_rial'; did you mean 'horgos_rail'"),
        (["horgos_rail", "port.terminals.shed.crans=3"], "port.terminals.shed.crans: there is no such key"),
        (["horgos_rail", "picture.jpg"], "cannot draw 'picture.jpg'; end it in .png, .svg, .pdf"),
        (["horgos_rail", "no/picture.png"], "there is no folder 'no'"),
        (["horgos_rail", "horgos_road"], "takes one port and one file at most"),
        (["--fast"], "knows no option '--fast'"),
    ],
)
def test_picture_that_cannot_be_drawn_is_refused_in_one_line(tmp_path, words, expected):
    done = kouan(tmp_path, "draw", *words)
    assert (done.returncode, done.stdout) == (2, "")
    (message,) = done.stderr.strip().splitlines()
    assert message.startswith("kouan: ")
    assert expected in message
    assert list_files(tmp_path) == []
