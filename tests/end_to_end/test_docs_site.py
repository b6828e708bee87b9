"""The site: it is built without a warning, its pages link to each other, and it asks nobody for anything."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from sim.verbs import VERBS
from tests.end_to_end.test_readme import ROOT
from tests.shipped import POLICIES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Build the site as `make docs` does; the folder of its pages."""
    out = tmp_path_factory.mktemp("site")
    words = ["--fail-on-warning", "--keep-going", "--nitpicky", "--quiet", "docs", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240
    )
    assert (done.returncode, done.stderr) == (0, "")
    return out


@cache
def read(page):
    return page.read_text(encoding="utf-8")


@cache
def places(page):
    """Return the places on a page that links can lead to."""
    return frozenset(re.findall(r'\bid="([^"]+)"', read(page)))


@cache
def find_links(page):
    """Return the files that a page leads to, with the place in each."""
    addresses = [unquote(address) for address in re.findall(r'<a [^>]*?href="([^"]+)"', read(page))]
    return [
        ((page.parent / (path or page.name)).resolve(), place)
        for path, place in map(urldefrag, addresses)
        if ":" not in path
    ]


def list_pages(site):
    return [page for page in site.rglob("*.html") if page.stem not in ("search", "genindex", "py-modindex")]


def test_links_lead_to_a_page_and_a_place_on_it(site):
    for page in list_pages(site):
        for path, place in find_links(page):
            assert path.exists(), (page.name, path)
            assert not place or place in places(path), (page.name, path.name, place)


def test_every_page_can_be_reached_from_the_first(site):
    first = (site / "index.html").resolve()
    reached, ahead = {first}, [first]
    while ahead:
        found = {path for path, _ in find_links(ahead.pop()) if path.suffix == ".html"} - reached
        reached |= found
        ahead += found
    assert {page.resolve() for page in list_pages(site)} <= reached
    written = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in ROOT.glob("docs/**/*.md")}
    assert {str(path) for path in written if path.parts[0] != "_build"} <= {
        str(page.relative_to(site)) for page in site.rglob("*.html")
    }


def test_pages_ask_nobody_for_anything(site):
    resources = re.compile(r'<(?:script|img|iframe|source)\b[^>]*?\bsrc="([^"]+)"|<link\b[^>]*?\bhref="([^"]+)"')
    for page in list_pages(site):
        asked = ["".join(each) for each in resources.findall(read(page))]
        assert asked
        assert [address for address in asked if address.startswith(("http:", "https:", "//"))] == []
    for sheet in site.rglob("*.css"):
        assert re.findall(r"url\(\s*[\"']?(?:https?:)?//|@import", read(sheet)) == [], sheet


def test_reference_has_every_verb_and_policy(site):
    assert [verb for verb in VERBS if f'id="verb-{verb}"' not in read(site / "reference" / "verbs.html")] == []
    policies = read(site / "reference" / "policies.html")
    assert [name for name in POLICIES if f">{name}<" not in policies] == []


def test_reference_says_what_a_key_takes(site):
    keys = read(Path(site / "reference" / "scenario.html"))
    row = re.search(r"<tr[^>]*>(?:(?!</tr>).)*jam_density_vpkm.*?</tr>", keys, re.DOTALL)
    assert row
    text = re.sub(r"<[^>]+>", " ", row[0])
    assert " ".join(text.split()) == (
        "jam_density_vpkm number, above 0 and at most 300 cars/km required "
        "passenger cars that stand on a kilometre of one lane"
    )
