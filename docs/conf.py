"""How the site is built (`make docs`): pages of Markdown; those of reference are written from the code first."""

import os
import sys
from pathlib import Path

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.addnodes import download_reference, pending_xref
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT)]

from written_pages import write_reference  # noqa: E402 (found once the line above has said where)
from written_pages.notebooks import write_notebooks  # noqa: E402

project = "kouan"
html_title = "kouan 口岸"
html_theme = "furo"
html_copy_source = False
html_show_sourcelink = False
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "written_pages"]
myst_heading_anchors = 3
autodoc_typehints = "description"
napoleon_preprocess_types = True
napoleon_type_aliases = {"ScenarioError": "sim.scenario.problems.ScenarioError"}
nitpicky = True
# Others' classes are named, not linked: the site asks nobody for their inventories.
# Settings and study files are keys, not classes: docs/reference has them by their names in a file.
ours = r"sim\.(scenario\.(settings|study_file)|views\.sweep)"
nitpick_ignore_regex = [("py:class", rf"(collections\.abc|pathlib|polars|numpy|matplotlib|PIL|{ours})\..*")]


class LeadOutside(SphinxTransform):
    """Makes links to files outside the site downloads, and links to folders plain text.

    On a git host they lead to the file or the folder itself, and the tests hold them to that.
    """

    default_priority = 400

    def apply(self) -> None:
        """Replace each such link in a page."""
        page = Path(self.env.doc2path(self.env.docname)).parent
        for link in list(self.document.findall(pending_xref)):
            ending = ".md" if link.get("refdomain") == "doc" else ""
            target = Path(os.path.normpath(page / f"{link['reftarget'].partition('#')[0]}{ending}"))
            if link.get("reftype") != "myst" or target.is_relative_to(HERE) or not target.exists():
                continue
            link.replace_self(self._download(link, target, page) if target.is_file() else link.children)

    def _download(self, link: pending_xref, target: Path, page: Path) -> nodes.Node:
        where = os.path.relpath(target, page)
        return download_reference("", "", *link.children, reftarget=where, refdoc=self.env.docname, refexplicit=True)


def setup(app: Sphinx) -> None:
    """Write the pages that come from code and notebooks before all are read."""
    app.add_transform(LeadOutside)
    app.add_lexer("csv", TextLexer)  # Pygments has no colours for it
    app.connect("builder-inited", lambda _: write_reference(HERE / "reference"))
    app.connect("builder-inited", lambda _: write_notebooks(ROOT / "notebooks", HERE / "notebooks"))
