"""Every notebook: it runs as it is, says again what it says, and only calls what it imports.

After a change that moves numbers, `python -m tests.end_to_end.test_notebooks` runs them all anew.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
SECONDS = 120


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Return a notebook with what it says when it is run in a folder."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(folder)}}
    return NotebookClient(notebook, timeout=SECONDS, record_timing=False, resources=resources).execute()


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def texts(cells: list[nbformat.NotebookNode]) -> list[str]:
    """Return what cells printed or returned, as text."""
    outputs = [output for cell in cells for output in cell.outputs]
    return [output.get("text") or output.data["text/plain"] for output in outputs]


def test_there_is_a_notebook_for_each_question():
    questions = ("first_run", "service_hours", "joint_inspection", "roads_and_appointments", "rail", "sensitivity")
    assert {path.stem for path in NOTEBOOKS} == set(questions)


@every_notebook
def test_notebook_begins_with_its_question_in_two_languages(path):
    first = nbformat.read(path, as_version=4).cells[0].source
    assert "\nQuestion: " in first
    assert re.search(r"\n\*\*[^*]*[\u4e00-\u9fff]{4}[^*]*\*\*\n", first)


@every_notebook
def test_notebook_ends_in_a_sentence_with_an_interval_that_it_computed(path):
    *_, last = nbformat.read(path, as_version=4).cells
    (said,) = texts([last])
    assert re.fullmatch(r"[A-Z][^\n]* \(?[+-]?[\d.,]*\d ± \d[^\n]*\.\n", said)
    assert not re.search(r"\. [A-Z]", said)  # one sentence, which can be said in one breath
    constants = [node.value for node in ast.walk(ast.parse(last.source)) if isinstance(node, ast.Constant)]
    typed = " ".join(each for each in constants if isinstance(each, str))
    for number in re.findall(r"[\d.,]*\d ± [\d.,]*\d", said):
        assert number not in typed


@every_notebook
def test_committed_notebook_was_run_from_top_to_bottom_without_errors(path):
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = [(output.output_type, output.get("name")) for cell in cells for output in cell.outputs]
    assert kinds
    assert {kind for kind, _ in kinds} <= {"execute_result", "display_data", "stream"}
    assert "stderr" not in {name for _, name in kinds}


@every_notebook
def test_notebook_is_small_and_names_no_place_on_a_machine(path):
    assert path.stat().st_size < 1_000_000
    for place in (str(ROOT), "/tmp/", "/home/", "/root/"):
        assert place not in path.read_text(encoding="utf-8")


@every_notebook
def test_notebook_defines_nothing(path):
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    for cell in code_cells(path):
        assert not [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, definitions)]


@pytest.mark.slow
@every_notebook
def test_notebook_run_again_says_the_same(path, tmp_path):
    again = run(path, tmp_path)
    assert texts([cell for cell in again.cells if cell.cell_type == "code"]) == texts(code_cells(path))


if __name__ == "__main__":
    for each in NOTEBOOKS:
        nbformat.write(run(each, each.parent), each)
