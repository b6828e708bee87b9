"""Configuration files are merged once for each choice of them, and what is typed beside is set as Hydra would."""

import os

import pytest
from hydra.errors import HydraException
from omegaconf import OmegaConf

from sim.scenario import composition
from sim.scenario.composition import _compose, _compose_once, compose_words
from sim.scenario.load import shipped

FOLDERS = [shipped("configs")]
SCANNER = "port.facilities.scanner_export"
CHANGES = {
    "a number": (f"{SCANNER}.servers=3",),
    "the last of two": (f"{SCANNER}.servers=3", f"{SCANNER}.servers=4"),
    "a list": ("port.routes.export_truck.through=[scale_export,scanner_export]",),
    "a quoted text": ("port.hours.china.open='Mo-Su 09:00-17:00'",),
    "a table": (f"{SCANNER}.service={{mean_min:7}}",),
    "what another key says": (f"{SCANNER}.servers=${{port.facilities.scanner_import.servers}}",),
    "nothing": (f"{SCANNER}.places=null",),
    "a strength": ("policy=[extra_lanes]", "policy.extra_lanes.strength.lanes=2"),
    "among choices": ("port=horgos_rail", "port.terminals.shed.cranes=3", "horizon=week", "horizon.days=3"),
}


@pytest.mark.parametrize("words", CHANGES.values(), ids=CHANGES)
def test_what_is_set_on_merged_files_is_what_hydra_composes(words):
    found, expected = compose_words(words, FOLDERS), _compose(words, FOLDERS)
    assert OmegaConf.to_container(found, resolve=True) == OmegaConf.to_container(expected, resolve=True)
    assert OmegaConf.is_struct(found)


def test_files_are_merged_once_and_a_change_is_gone_the_next_time():
    compose_words((), FOLDERS)
    before = _compose_once.cache_info()
    changed, again = (compose_words(words, FOLDERS) for words in ((f"{SCANNER}.servers=3",), ()))
    after = _compose_once.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (2, 0)
    assert changed.port.facilities.scanner_export.servers == 3
    assert again.port.facilities.scanner_export.servers == 1


@pytest.mark.parametrize(
    "word", [f"+{SCANNER}.places=3", "seed=7", "~policy", "hydra.job.name=x", "port={name:Mine}", "port@demand=bakhtu"]
)
def test_what_is_neither_a_file_nor_a_plain_change_is_left_to_hydra(word):
    assert composition._sort([f"{SCANNER}.servers=3", word]) == (None, [])


def test_several_values_for_one_run_are_refused_by_hydra():
    with pytest.raises(HydraException, match="Ambiguous value"):
        compose_words((f"{SCANNER}.servers=1,2",), FOLDERS)


def test_file_that_is_edited_is_read_again(tmp_path):
    (tmp_path / "horizon").mkdir()
    file = tmp_path / "horizon" / "mine.yaml"
    for days, moment_ns in ((3, 10**18), (4, 10**18 + 1)):
        file.write_text(f"start: 2025-09-01\nwarmup_days: 1\ndays: {days}\n", encoding="utf-8")
        os.utime(file, ns=(moment_ns, moment_ns))
        assert compose_words(("horizon=mine",), [*FOLDERS, tmp_path]).horizon.days == days


def test_folder_with_very_much_in_it_is_not_looked_through(tmp_path, monkeypatch):
    monkeypatch.setattr(composition, "MANY", 2)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.yaml").touch()
    assert composition._stamp(tmp_path) is None
    before = _compose_once.cache_info()
    assert compose_words(("horizon=week",), [*FOLDERS, tmp_path]).horizon.days == 7
    assert _compose_once.cache_info() == before
