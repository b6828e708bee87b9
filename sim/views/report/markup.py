"""Markup in the making: text is escaped, so that nothing that a planner typed can act on a page."""

from collections.abc import Iterable, Sequence
from html import escape


class Html(str):
    """Markup as it is; any other text is escaped where it is put between tags."""

    __slots__ = ()


def tag(name: str, /, *children: str, **attributes: str) -> Html:
    """Return an element; `class_` and the like stand for names that Python keeps to itself, `_` for a hyphen."""
    told = "".join(f' {_attribute(key)}="{escape(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{told}>{join(children)}</{name}>")


def void(name: str, /, **attributes: str) -> Html:
    """Return an element that has no end, such as `meta`."""
    return Html(tag(name, **attributes).removesuffix(f"</{name}>"))


def join(parts: Iterable[str], between: str = "") -> Html:
    """Return markup and escaped texts, one after the other."""
    return Html(text_of(between).join(map(text_of, parts)))


def text_of(part: str) -> Html:
    """Return markup as it is, and text escaped."""
    return part if isinstance(part, Html) else Html(escape(part))


def section(name: str, heading: str, *parts: str) -> Html:
    """Return a part of a page with its heading and a name that links can have."""
    return tag("section", tag("h2", heading), *parts, id=name)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "", class_: str = "numbers") -> Html:
    """Return a table whose first column names its rows; a row of one cell is a heading among them."""
    whole = tag(
        "table",
        *([tag("caption", caption)] if caption else []),
        tag("thead", tag("tr", *(tag("th", cell, scope="col") for cell in header))),
        tag("tbody", *(_row(row, len(header)) for row in rows)),
        class_=class_,
    )
    return tag("div", whole, class_="wide")


def _row(row: Sequence[str], columns: int) -> Html:
    if len(row) == 1:
        return tag("tr", tag("th", row[0], scope="colgroup", colspan=str(columns)), class_="heading")
    first, *cells = row
    return tag("tr", _name(first), *(tag("td", cell) for cell in cells))


def _name(text: str) -> Html:
    """Return the cell that names a row; two spaces before it set it one step in."""
    if isinstance(text, Html):
        return tag("th", text, scope="row")
    step = (len(text) - len(text.lstrip(" "))) // 2
    return tag("th", text.strip(), scope="row", class_=f"step{min(step, 3)}")


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
