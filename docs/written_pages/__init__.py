"""Writes the pages that code and notebooks know best, at every build, so that none can be out of date.

Those of reference begin here: verbs, keys, levers, ports, outcomes, the kernel, Python.
"""

from pathlib import Path

from written_pages.library import policies_page, ports_page
from written_pages.outcomes import outcomes_page
from written_pages.program import kernel_page, python_page, verbs_page
from written_pages.schema import list_schema_pages


def write_reference(folder: Path) -> None:
    """Write all pages to a folder and remove what an earlier build left there; unchanged pages are left alone."""
    pages = {
        "verbs": verbs_page(),
        **list_schema_pages(),
        "policies": policies_page(),
        "ports": ports_page(),
        "outcomes": outcomes_page(),
        "kernel": kernel_page(),
        "python": python_page(),
    }
    pages = {"index": _index(list(pages)), **pages}
    folder.mkdir(exist_ok=True)
    for stale in set(folder.glob("*.md")) - {folder / f"{name}.md" for name in pages}:
        stale.unlink()
    for name, text in pages.items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _index(names: list[str]) -> str:
    listed = "\n".join(names)
    return f"""# Reference

What can be typed, set and read, as the code has it. These pages are written from it whenever the site is built.

```{{toctree}}
:maxdepth: 1

{listed}
```
"""
