"""Which test stands at which trap: a docstring that begins with its number, of a test or of a whole file."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

TRAPS: Mapping[str, str] = {
    "T1": "a merge driver that is named and not registered",
    "T2": "rows in the write-ahead log missing from a commit; a file replaced under it",
    "T3": "local integer ids taken for identity",
    "T4": "deleted rows that come back",
    "T5": "conflict markers or half a merge committed",
    "T6": "absence read as deletion",
    "T7": "clocks that are wrong",
    "T8": "devices that do not converge",
    "T9": "a machine's own state among what is shared",
    "T10": "a remote whose history was forced, or is unrelated",
    "T11": "a wrong key, a lost key, plain text committed",
    "T12": "several writers",
    "T13": "a watcher woken by itself",
    "T14": "growth, limits of hosts, a full disk",
    "T15": "embeddings of two models mixed",
    "T16": "an older version that drops what a newer one wrote",
    "T17": "two devices that push in one second",
    "T18": "nobody there: no agent, no PATH, no HOME",
    "T19": "deduplication that destroys memories",
    "T20": "power that goes away",
    "T21": "tokens given to another model",
    "T22": "a card that was copied",
    "T23": "an older backup put back",
    "T24": "tables and triggers made to do harm",
    "T25": "files made to do harm",
    "T26": "secrets that are pushed",
    "T27": "an export that loses something",
    "T28": "a sync that blocks a chat",
    "T29": "names and line ends that differ between systems",
    "T30": "a hint that destroys",
}
# There is no sealing yet.
NOT_YET = frozenset({"T11"})
_NUMBER = re.compile(r"T(\d+)[:,]\s*")


class Guard(NamedTuple):
    """A test, as pytest names it, or a file all of whose tests are meant."""

    trap: str
    test: str


def guards(tests: Path) -> Iterator[Guard]:
    """In the order of files."""
    for path in sorted(tests.rglob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        name = str(path.relative_to(tests.parent))
        yield from (Guard(trap, name) for trap in numbers(ast.get_docstring(module)))
        for node in ast.walk(module):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield from (Guard(trap, f"{name}::{node.name}") for trap in numbers(ast.get_docstring(node)))


def numbers(docstring: str | None) -> list[str]:
    """The traps that a docstring begins with: "T4, T6: …" and "T20: T5: …" name two each."""
    found, rest = [], docstring or ""
    while match := _NUMBER.match(rest):
        found.append(f"T{match[1]}")
        rest = rest[match.end() :]
    return found


def by_trap(tests: Path) -> dict[str, list[str]]:
    """The tests of each trap; none for one that nothing stands at."""
    found: dict[str, list[str]] = defaultdict(list)
    for guard in guards(tests):
        found[guard.trap].append(guard.test)
    return {trap: found[trap] for trap in TRAPS}
