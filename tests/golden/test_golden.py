"""The shipped ports still give the numbers that are committed; `make golden-update` says what would change."""

import json

import pytest

from tests.golden.measure import FOLDER, measure_kernel, measure_roads, measure_sampler, measure_terminals, read_golden
from tests.golden.update import main

BETWEEN_LIBRARIES = 1e-6
"""Relative. NumPy and SciPy promise neither the last digits of a quantile nor, over versions, their streams:
if nearly every number here moves after an upgrade, a stream has changed and the goldens are to be updated."""


def test_sampler_draws_the_arrivals_and_service_minutes_of_the_golden_day():
    golden = read_golden("sampler")
    measured = measure_sampler()
    assert measured.keys() == golden.keys()
    counts = {key: value for key, value in golden.items() if key.endswith("count")}
    assert {key: measured[key] for key in counts} == counts
    assert measured == pytest.approx(golden, rel=BETWEEN_LIBRARIES)


def test_roads_come_to_what_they_did_on_the_golden_day():
    golden = read_golden("roads")
    measured = measure_roads()
    assert measured.keys() == golden.keys()
    assert measured == pytest.approx(golden, rel=BETWEEN_LIBRARIES, abs=BETWEEN_LIBRARIES)


def test_terminals_come_to_what_they_did_in_the_golden_days():
    golden = read_golden("terminals")
    measured = measure_terminals()
    assert measured.keys() == golden.keys()
    assert measured == pytest.approx(golden, rel=BETWEEN_LIBRARIES, abs=BETWEEN_LIBRARIES)


def test_kernel_repeats_the_golden_trace_to_the_last_bit(engine):
    assert measure_kernel(engine) == read_golden("kernel")


def test_golden_update_prints_old_new_and_percent_for_each_number(tmp_path, monkeypatch, capsys):
    for module in ("measure", "update"):
        monkeypatch.setattr(f"tests.golden.{module}.FOLDER", tmp_path)
    (tmp_path / "program.npz").write_bytes((FOLDER / "program.npz").read_bytes())
    kernel = read_golden_from(FOLDER, "kernel")
    (tmp_path / "kernel.json").write_text(json.dumps(kernel | {"finished": 2 * kernel["finished"]}))
    for name in ("sampler", "roads", "terminals"):
        (tmp_path / f"{name}.json").write_text(json.dumps(read_golden_from(FOLDER, name)))
    main([])
    said = capsys.readouterr().out
    assert f"finished: {2 * kernel['finished']} -> {kernel['finished']} (-50.000%)" in said
    assert read_golden_from(tmp_path, "kernel") == kernel


def read_golden_from(folder, name: str) -> dict:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
