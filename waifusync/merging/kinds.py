"""Which module merges a file: its name decides, and its first bytes where the name says nothing.

Git hands a driver temporary files, so the name is asked for apart from them. No module is imported before
a file of its kind is there: what a driver imports costs more than what it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import Protocol

from waifusync.core.three_way import Difference, Strategy
from waifusync.merging.files import CannotMerge, Merged, Versions
from waifusync.values import NamedTuple

_LONGEST_BEGINNING = 64


class Merger(Protocol):
    """What every kind's module can do."""

    def merge(self, versions: Versions, out: Path, strategy: Strategy) -> Merged:
        """Writes `out` whole or not at all; raises CannotMerge."""
        ...

    def differences(self, one: Path, other: Path) -> Iterator[Difference]:
        """What the second has otherwise than the first."""
        ...


class Kind(NamedTuple):
    """One kind of file. `unit` is what it consists of, in words: one, and many; `nothing` is an empty one."""

    name: str
    module: str
    suffixes: tuple[str, ...]
    beginnings: tuple[bytes, ...]
    unit: tuple[str, str]
    nothing: bytes = b""

    def load(self) -> Merger:
        """The module, imported now."""
        import importlib

        merger: Merger = importlib.import_module(self.module)
        return merger


SQLITE = Kind(
    "sqlite",
    "waifusync.merging.sqlite",
    (".db", ".sqlite", ".sqlite3"),
    (b"SQLite format 3\0",),
    ("row", "rows"),
)
VECTORS = Kind(
    "vectors",
    "waifusync.merging.arrays",
    (".npy", ".npz"),
    (b"\x93NUMPY", b"PK\x03\x04"),
    ("vector", "vectors"),
)
SESSION = Kind(
    "session",
    "waifusync.merging.sessions",
    (".json",),
    (b"{",),
    ("part", "parts"),
    nothing=b'{"messages": []}\n',
)
KINDS = (SQLITE, VECTORS, SESSION)


def kind_by_name(name: str) -> Kind | None:
    """None for a name that says nothing."""
    suffix = PurePath(name).suffix.lower()
    return next((kind for kind in KINDS if suffix in kind.suffixes), None)


def kind_of(files: Iterable[Path], *, name: str = "") -> Kind:
    """By `name`, else by what the first file that is not empty begins with. Raises CannotMerge."""
    files = tuple(files)
    kind = kind_by_name(name) or _kind_by_content(files)
    if kind is None:
        shown = name or next((str(file) for file in files), "this")
        raise CannotMerge(
            f"{shown} is no kind of file that waifusync merges",
            hint="it merges SQLite databases, .npy and .npz arrays, and sessions in JSON",
        )
    return kind


def _kind_by_content(files: Iterable[Path]) -> Kind | None:
    for file in files:
        beginning = _beginning(file)
        for kind in KINDS:
            if beginning.startswith(kind.beginnings):
                return kind
    return None


def _beginning(file: Path) -> bytes:
    """White space does not count: JSON may begin with some."""
    if not file.is_file():
        return b""
    with file.open("rb") as opened:
        return opened.read(_LONGEST_BEGINNING).lstrip(b"\xef\xbb\xbf \t\r\n")
