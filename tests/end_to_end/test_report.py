"""The report as a browser shows it: every figure there, nothing loaded from elsewhere, no complaint."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from sim.app import main
from sim.scenario.policy import Policy
from sim.scenario.settings import Experiment, Settings
from sim.study.checks import check_study
from sim.study.replication import replicate_scenarios
from sim.views.run_folder import final_name, new_run_folder, write_study
from tests.unit.road_city import CRASH, city

pytestmark = pytest.mark.slow

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FIGURES = {"steps", "week", "use", "counts", "road", "road_queues", "road_counts", "recovery"}
EVIL = "<script>document.title = 'taken'</script><img src=http://there.invalid/x.png> Half an hour at the gate?"
PAGES = {"en": "report.html", "zh": "report_zh.html"}


@dataclass
class Shown:
    """A page in a browser, and what happened while it was opened."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a screen; where it is missing the test fails in CI, and is left out elsewhere."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("needs Chromium; on Debian: apt-get install chromium")
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """The folder of a small city whose gate takes longer on the days of a crash, with a question that is a trap."""
    later = {"port": {"facilities": {"gate": {"service": {"kind": "constant", "mean_min": 4}}}}}
    asked = Policy(question=EVIL, question_zh=EVIL, article="Art. 31", basis="", costs="", costs_zh="", set=later)
    scenarios = {"baseline": city(3.0), "crash": city(3.0, **{"port.disruptions": {"crash": CRASH}})}
    study = replicate_scenarios(scenarios, 2)
    settings = Settings(replications=2, seed=1, engine="compiled", out="results")
    baseline, alternative = scenarios.values()
    experiment = Experiment(baseline=baseline, alternative=alternative, settings=settings, policies={"crash": asked})
    with new_run_folder(tmp_path_factory.mktemp("results"), "city") as partial:
        write_study(partial, study, experiment, check_study(study), {"command": ["port=city"]})
    return final_name(partial)


@pytest.fixture(scope="module", params=PAGES)
def shown(request, run, browser) -> Iterator[tuple[str, Shown]]:
    """The report in a language, made by the command and opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["kouan", "report", str(run), f"lang={request.param}"])
        main()
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    told = Shown(page)
    page.on("request", lambda request: told.requests.append(request.url))
    page.on("console", lambda message: told.complaints.append(message.text))
    page.on("pageerror", lambda error: told.complaints.append(str(error)))
    page.goto((run / PAGES[request.param]).as_uri())
    yield request.param, told
    page.close()


def test_browser_loads_the_file_and_nothing_else(shown, run):
    language, told = shown
    assert told.requests == [(run / PAGES[language]).as_uri()]


def test_browser_has_nothing_to_complain_of(shown):
    _, told = shown
    assert told.complaints == []


def test_every_figure_is_there_and_can_be_seen(shown):
    _, told = shown
    figures = told.page.locator("figure")
    assert {figures.nth(place).get_attribute("id") for place in range(figures.count())} == FIGURES
    for place in range(figures.count()):
        box = figures.nth(place).locator("svg").bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) > 100
        assert figures.nth(place).locator("svg").get_attribute("aria-label")


def test_ids_are_unique_so_that_no_figure_takes_the_shapes_of_another(shown):
    _, told = shown
    ids = told.page.eval_on_selector_all("[id]", "those => those.map(each => each.id)")
    assert len(ids) == len(set(ids)) > 100


def test_page_is_in_its_language_and_what_was_asked_is_text(shown):
    language, told = shown
    assert told.page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-Hans"}[language]
    assert told.page.title().startswith({"en": "Tiny: What a policy", "zh": "小口岸: 政策"}[language])
    assert told.page.locator(".question").inner_text() == EVIL
    assert told.page.locator("script, img").count() == 0


def test_nothing_is_wider_than_the_page(shown):
    _, told = shown
    assert told.page.evaluate("document.documentElement.scrollWidth") <= 1100


def test_page_can_be_printed(shown):
    _, told = shown
    assert told.page.pdf(format="A4").startswith(b"%PDF")


def test_page_is_small_enough_to_send(shown, run):
    language, _ = shown
    assert (run / PAGES[language]).stat().st_size < 2_000_000
