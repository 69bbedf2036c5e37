"""Logs for tests: entries of one device, pushed in whatever portions a test asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from waifusync.core.entry import Entry, format_line
from waifusync.core.versions import Head
from waifusync.log.source import DictSource
from waifusync.log.writing import Edits, VectorRun, plan_append, plan_append_vectors

LAPTOP, JETSON = "laptop-7k3q9x2a", "jetson-b4n8w6zt"


def make_entries(device: str, count: int, *, first: int = 1, size: int = 20) -> list[Entry]:
    """Entries of ordinary memories, one a second."""
    return [
        Entry(device, n, n * 1000 << 16, "memories", f"{device}-{n}", {"content": f"tea {n} " + "é" * size})
        for n in range(first, first + count)
    ]


def make_lines(entries: Iterable[Entry], chain: str = "") -> list[tuple[int, str]]:
    """Chained lines with their numbers."""
    lines = []
    for entry in entries:
        line, chain = format_line(entry, chain)
        lines.append((entry.number, line))
    return lines


def perform(source: DictSource, edits: Edits) -> None:
    """What a commit does; a path that exists is never written again."""
    assert not set(edits.write) & set(source.files)
    assert set(edits.delete) <= set(source.files)
    source.files.update(edits.write)
    for path in edits.delete:
        del source.files[path]


def push(source: DictSource, folder: str, lines: Sequence[tuple[int, str]], portions: Iterable[int]) -> None:
    """Appends the lines in portions of these sizes, and then the rest."""
    start = 0
    for size in [*portions, len(lines)]:
        perform(source, plan_append(source, folder, lines[start : start + size]))
        start += size


def push_vectors(
    source: DictSource, folder: str, group: str, vectors: Sequence[bytes], portions: Iterable[int]
) -> None:
    """The same for vectors."""
    start = 0
    for size in [*portions, len(vectors)]:
        rows = vectors[start : start + size]
        perform(source, plan_append_vectors(source, folder, {group: VectorRun(start, rows)}))
        start += size


def older_name(path: str) -> str:
    """What the file was called before names ended with the stretch."""
    return re.sub(r"\.[0-9a-z]{8}-[0-3]+(?=\.)", "", path)


def a_log(count: int, portions: Iterable[int] = (), folder: str = LAPTOP) -> DictSource:
    """A source with one device's log."""
    source = DictSource()
    push(source, folder, make_lines(make_entries(folder[-8:], count)), portions)
    return source


def head_of(lines: Sequence[tuple[int, str]]) -> Head:
    """The head after the last of these lines."""
    return Head(lines[-1][0], lines[-1][1][-18:-2]) if lines else Head()
