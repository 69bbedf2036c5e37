"""Which attributes of the files that we merge belong to somebody else's driver. Pure.

`.git/info/attributes` wins over every `.gitattributes`, so what another tool says there (git-lfs, a textconv
of the person's own) is said again after our lines. Git's built-in ways of merging a database all keep one
side, and are what our drivers are there to replace.
"""

from __future__ import annotations

from collections.abc import Iterator

from waifusync.patterns import pattern
from waifusync.values import NamedTuple

_SUFFIXES = (".db", ".sqlite", ".sqlite3", ".npy", ".npz")
_SESSIONS = "context_tokens/"
_BUILT_IN = ("text", "binary", "union")
_PLAIN = pattern(r"[\w./-]+")
_LINE = pattern(r'\s*("(?:[^"\\]|\\.)*"|[^\s"]\S*)\s+(.*)')


class Kept(NamedTuple):
    """A line that stays in force: where it stands, and how it is said again in `.git/info/attributes`."""

    source: str
    line: str


def foreign_lines(text: str, *, source: str, folder: str = "") -> Iterator[Kept]:
    """Those of an attributes file that lies in `folder` ("" for the top, else ending in a slash)."""
    for each in text.splitlines():
        found = _LINE.match(each)
        if found is None or each.lstrip().startswith(("#", "[attr]", "!")):
            continue
        pattern, attributes = found[1], [word for word in found[2].split() if _is_foreign(word)]
        if attributes and _concerns_us(pattern):
            yield Kept(source, " ".join((_from_top(pattern, folder), *attributes)))


def _is_foreign(attribute: str) -> bool:
    name, equals, value = attribute.partition("=")
    if not equals or name not in ("merge", "diff") or value.startswith("waifusync-"):
        return False
    return name == "diff" or value not in _BUILT_IN


def _concerns_us(pattern: str) -> bool:
    last = pattern.strip('"').rpartition("/")[2]
    return last.endswith(_SUFFIXES) or last in ("*", "**") or _SESSIONS in pattern


def _from_top(pattern: str, folder: str) -> str:
    if not folder:
        return pattern
    bare = pattern.strip('"')
    between = "" if "/" in bare.rstrip("/") else "**/"
    below = between + bare.lstrip("/")
    if pattern.startswith('"') or not _PLAIN.fullmatch(folder):
        folder = folder.replace("\\", "\\\\").replace('"', '\\"')
        return f'"/{folder}{below}"'
    return f"/{folder}{below}"
