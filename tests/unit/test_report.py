"""The report: what it says of a study in two languages, and that what a planner wrote is told and does nothing else."""

from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sim.scenario import ScenarioError
from sim.scenario.load import dump_experiment, load_experiment, parse_experiment
from sim.scenario.policy import Policy
from sim.scenario.settings import Experiment, Settings
from sim.study.checks import check_study
from sim.study.replication import replicate_scenarios
from sim.verbs.report import write_report
from sim.views.report import MARK, read_finished, write_page
from sim.views.report.evidence import tell_disruptions
from sim.views.report.sources import find_shipped, list_changes
from sim.views.run_folder import (
    ResultsError,
    final_name,
    new_run_folder,
    write_study,
)
from tests.shipped import PORTS, load_baseline
from tests.unit.road_city import CRASH, city
from tests.unit.tiny import tiny_scenario

EVIL = "<script>document.title = 'taken'</script><img src=http://there.invalid/x.png onerror=alert(1)>"
LANGUAGES = "en", "zh"


def policy(**words: str) -> Policy:
    """Return a policy that opens another gate."""
    told = {
        "question": "Another gate?",
        "question_zh": "再开一道卡口？",
        "article": "Art. 31 (service hours), Art. 40 (x)",
    }
    plain = {"basis": "assumed, as N161", "costs": "a gate", "costs_zh": "一道卡口"}
    return Policy.model_validate(told | plain | words | {"set": {"port": {"facilities": {"gate": {"servers": 3}}}}})


def write(folder: Path, scenarios, policies=None, command=("port=tiny", "out=/here")) -> Path:
    """Write the run folder of some scenarios, with policies by name, and return it."""
    study = replicate_scenarios(scenarios, 3)
    baseline, *others = scenarios.values()
    settings = Settings(replications=3, seed=1, engine="compiled", out=folder)
    experiment = Experiment(
        baseline=baseline, alternative=(*others, None)[0], settings=settings, policies=policies or {}
    )
    with new_run_folder(folder, "tiny") as partial:
        write_study(partial, study, experiment, check_study(study), {"command": list(command)})
    return final_name(partial)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """The folder of a small port with another gate."""
    scenarios = {"baseline": tiny_scenario(), "more_gates": tiny_scenario(**{"port.facilities.gate.servers": 3})}
    return write(tmp_path_factory.mktemp("results"), scenarios, {"more_gates": policy()})


def page_of(folder: Path, language="en", figures=()) -> str:
    return write_page(read_finished(folder, language), figures)


class Elements(HTMLParser):
    """The elements of a page, with what they link to, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("language", LANGUAGES)
def test_disruption_is_told_with_what_it_adds(tmp_path, language):
    crash = {"port.disruptions": {"crash": CRASH}}
    folder = write(tmp_path, {"baseline": city(), "crash": city(**crash)})
    told = tell_disruptions(read_finished(folder, language))
    assert ("crash" if language == "en" else "事故") in told
    assert tell_disruptions(read_finished(write(tmp_path, {"baseline": city()}), language)) == ""


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Another gate?", "Art. 31")), ("zh", ("再开一道卡口？", "第31条、第40条"))]
)
def test_page_has_the_question_the_answer_and_how_to_ask_again(run, language, words):
    page = Elements(page_of(run, language))
    for word in (*words, "kouan port=tiny seed=1 replications=3", "N161"):
        assert word in page.text
    assert "out=" not in page.text


def test_page_of_a_port_as_it_is_has_means_with_intervals(tmp_path):
    folder = write(tmp_path, {"baseline": tiny_scenario()})
    page = page_of(folder)
    assert "How long does it take to pass this port" in page
    assert "Trucks leave after" in page
    assert ">difference<" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_planner_wrote_is_text_and_nothing_else(tmp_path, language):
    evil = policy(question=EVIL, question_zh=EVIL, costs=EVIL, costs_zh=EVIL, basis=EVIL, article=EVIL)
    named = {
        "port.name": EVIL,
        "port.name_zh": EVIL,
        "port.facilities.gate.label": EVIL,
        "demand.classes.truck.label": EVIL,
    }
    scenarios = {"baseline": tiny_scenario(**named), EVIL: tiny_scenario(**named)}
    page = Elements(page_of(write(tmp_path, scenarios, {EVIL: evil}, (EVIL,)), language))
    assert EVIL in page.text
    assert not {"script", "img"} & set(page.tags)
    assert not [key for key, _ in page.attributes if key.startswith("on")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_forbids_whatever_is_not_in_it(run, language):
    page = page_of(run, language)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page.replace("&#x27;", "'")
    elements = Elements(page)
    assert not {"script", "link", "img", "iframe", "object"} & set(elements.tags)
    assert not [value for key, value in elements.attributes if key in ("src", "action", "background")]
    assert "url(" not in page


@pytest.mark.parametrize("port", PORTS)
def test_shipped_port_is_found_by_its_name(port):
    assert find_shipped(load_baseline(port)) == port


def test_numbers_that_were_changed_are_listed_and_no_longer_said_to_be_sourced():
    words = "port=bakhtu", "port.facilities.scanner_export.servers=7"
    changed = load_experiment(*words).baseline
    assert list(list_changes(load_baseline("bakhtu"), changed)) == [
        (
            "port.facilities.scanner_export.servers",
            str(load_baseline("bakhtu").port.facilities["scanner_export"].servers),
            "7",
        )
    ]


def report(*words: str) -> str:
    text = StringIO()
    write_report(Console(file=text, width=300), list(words))
    return text.getvalue()


def test_file_that_is_no_report_is_kept(run, tmp_path):
    mine = tmp_path / "mine.html"
    mine.write_text("<p>my own page</p>")
    with pytest.raises(ScenarioError, match=r"mine\.html' is there already and is no report"):
        report(str(run), str(mine))
    assert mine.read_text() == "<p>my own page</p>"


def test_page_that_is_a_report_may_be_written_again(run, tmp_path):
    old = tmp_path / "old.html"
    old.write_text(f"<html><head>{MARK}</head></html>")
    assert report(str(run), str(old)).strip() == f"report: {old}"
    page = old.read_text("utf-8")
    assert "Another gate?" in page
    assert "<svg" in page
    assert [path.name for path in tmp_path.iterdir()] == ["old.html"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "takes a folder of results"),
        (("a", "b.html", "c"), "takes a folder of results"),
        (("nowhere",), "there is no folder 'nowhere'"),
        (("nowhere", "page.pdf"), "cannot write 'page.pdf'"),
        (("nowhere", "no/page.html"), "there is no folder 'no'"),
        (("nowhere", "lang=fr"), "must be en or zh"),
    ],
)
def test_words_that_make_no_report_are_refused(words, said):
    with pytest.raises((ScenarioError, ResultsError), match=said):
        report(*words)


def test_folder_that_is_damaged_is_refused_and_nothing_is_written(run, tmp_path):
    copy = tmp_path / "run"
    copy.mkdir()
    for path in run.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / "queues.parquet").write_bytes(b"nothing")
    page = tmp_path / "page.html"
    with pytest.raises(ResultsError, match="damaged"):
        report(str(copy), str(page))
    assert not page.exists()


def test_folder_of_an_older_version_is_named(run, tmp_path):
    for path in run.iterdir():
        if path.name != "held_up.parquet":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ResultsError, match=r"of an older version, .* run the study again"):
        report(str(tmp_path))
    assert not list(tmp_path.glob("*.html"))


def test_kind_of_study_without_a_page_is_named(run):
    told = read_finished(run, "en")
    with pytest.raises(ResultsError, match="holds a riddle, of which there is no report"):
        write_page(type(told)(**{**vars(told), "kind": "riddle"}), ())


def test_experiment_keeps_what_was_asked_at_its_strength():
    asked = load_experiment("policy=[extra_lanes]", "policy.extra_lanes.strength.lanes=2")
    assert asked.policies["extra_lanes(lanes=2)"].strength == {"lanes": 2}
    assert parse_experiment(dump_experiment(asked)) == asked
