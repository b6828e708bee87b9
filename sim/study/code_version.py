"""Which code made a result: a digest of the package's own source and of what computes its numbers."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("numpy", "scipy", "numba", "polars", "holidays")


@cache
def code_version() -> str:
    """Return 16 hex digits that change with any line of the package, or with a version of `PACKAGES`.

    A commit would not do: an installed wheel has none, and a changed work tree keeps the old one.
    """
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for name in PACKAGES:
        digest.update(f"{name} {version(name)}\0".encode())
    return digest.hexdigest()[:16]
