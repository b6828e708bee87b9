"""The wheel: installed in a folder of its own, it runs from anywhere and never reads the source tree."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.terminal import list_files, list_runs

SOURCE = Path(__file__).resolve().parents[2]
WATCH = """
import runpy, sys

forbidden, sys.argv = sys.argv[1].split(":"), ["kouan", *sys.argv[2:]]

def forbid(event, arguments):
    if event == "open" and str(arguments[0]).startswith(tuple(forbidden)):
        raise RuntimeError(f"read the source tree: {arguments[0]}")

sys.addaudithook(forbid)
runpy.run_module("sim", run_name="__main__")
"""
"""Runs `python -m sim`; any file of the source tree that is opened ends it."""


def pip(*words: str | Path) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-deps")
    subprocess.run([sys.executable, "-m", "pip", *words, *quiet], check=True, cwd=SOURCE)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with the wheel's contents and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", SOURCE, "--no-build-isolation", "--wheel-dir", folder / "dist")
    (wheel,) = (folder / "dist").glob("kouan-*.whl")
    pip("install", wheel, "--target", folder / "site")
    return folder / "site"


def run_installed(installed: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the installed kouan beside this environment's packages; -S leaves out the editable source tree."""
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), packages])}
    forbidden = ":".join(str(SOURCE / name) for name in ("sim", "configs", "data", "pyproject.toml"))
    return subprocess.run(
        [sys.executable, "-S", "-c", WATCH, forbidden, *words], cwd=cwd, env=environment, capture_output=True, text=True
    )


@pytest.mark.slow
def test_installed_wheel_runs_a_study_from_another_folder(installed, tmp_path):
    done = run_installed(installed, tmp_path, "horizon=smoke", "replications=1", "workers=1", "policy=[hours_24x7]")
    assert (done.returncode, done.stderr) == (0, "")
    assert "hours_24x7 against baseline" in done.stdout
    (run,) = list_runs(tmp_path / "results")
    assert "figure.png" in list_files(run)


@pytest.mark.slow
def test_installed_wheel_knows_the_shipped_facts_and_policies(installed, tmp_path):
    assert "N161 Irkeshtam" in run_installed(installed, tmp_path, "facts", "N161").stdout
    shipped = {path.stem for path in (SOURCE / "configs" / "policy").glob("*.yaml")}
    assert {path.stem for path in (installed / "sim" / "configs" / "policy").glob("*.yaml")} == shipped


@pytest.mark.slow
def test_wheel_ships_the_package_and_no_tests_or_results(installed):
    assert {path.parts[0] for path in map(Path, list_files(installed)) if "dist-info" not in str(path)} <= {
        "sim",
        "bin",
    }


@pytest.mark.slow
def test_wheel_ships_the_chinese_font_with_its_licence(installed):
    assert {"KouanSansSC-Regular.otf", "OFL.txt"} <= {path.name for path in (installed / "sim" / "fonts").iterdir()}
