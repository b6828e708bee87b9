"""Pages of the notebooks: what they say, what they run, and what that printed and drew when they were last run."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

INDEX = """# Notebooks

Questions answered step by step. Each was run from top to bottom, and a test runs it again and compares.

```{toctree}
:glob:
:maxdepth: 1

*
```
"""


def write_notebooks(notebooks: Path, folder: Path) -> None:
    """Write a page for each notebook of a folder, with its pictures, and remove those of notebooks that are gone."""
    folder.mkdir(exist_ok=True)
    pages: dict[Path, bytes] = {folder / "index.md": INDEX.encode()}
    for path in sorted(notebooks.glob("*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        text = "\n\n".join(_read_cells(notebook, path.stem, pages, folder))
        pages[folder / f"{path.stem}.md"] = (
            f"{text}\n\nTo run it yourself: [{path.name}](../../notebooks/{path.name})\n".encode()
        )
    for stale in set(folder.iterdir()) - set(pages):
        stale.unlink()
    for path, content in pages.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def _read_cells(notebook: nbformat.NotebookNode, name: str, pages: dict[Path, bytes], folder: Path) -> Iterator[str]:
    """Yield each cell as Markdown, and add its pictures to the pages."""
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            text = re.sub(r"\]\(\.\./", "](../../", cell.source)  # the page stands one folder deeper
            yield re.sub(r"\]\((\w+)\.ipynb\)", r"](\1.md)", text)  # beside the pages of the others
            continue
        yield f"```python\n{cell.source}\n```"
        for order, output in enumerate(cell.outputs):
            data = output.get("data", {})
            if "image/png" in data:
                picture = folder / f"{name}_{number}_{order}.png"
                pages[picture] = base64.b64decode(data["image/png"])
                yield f"![What the lines above draw]({picture.name})"
            else:
                yield f"```text\n{(output.get('text') or data['text/plain']).rstrip()}\n```"
