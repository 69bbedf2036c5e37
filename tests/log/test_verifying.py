"""verify_logs finds what is missing or altered, in no more memory for a long history than a short one."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping

from tests.log.making import JETSON, LAPTOP, a_log, make_lines, push, push_vectors
from waifusync.core.entry import Entry
from waifusync.log.reading import FaultKind
from waifusync.log.source import DictSource, vector_path
from waifusync.log.vectors import vector_digest
from waifusync.log.verifying import verify_logs
from waifusync.log.writing import split_lines

VECTORS = [bytes([n]) * 16 for n in range(10)]


def _with_vectors() -> DictSource:
    entries = [
        Entry(
            LAPTOP[-8:], n + 1, n << 16, "memories", f"{n}", {"e": {"v": ["bge-4", n, vector_digest(each)]}}
        )
        for n, each in enumerate(VECTORS)
    ]
    source = DictSource()
    push(source, LAPTOP, make_lines(entries), [3])
    push_vectors(source, LAPTOP, "bge-4", VECTORS, [3])
    return source


def test_a_whole_companion_is_good() -> None:
    source = _with_vectors()
    push(source, JETSON, make_lines([]), [])
    seen: list[int] = []
    report = verify_logs(source, progress=seen.append)
    assert report.is_good
    assert report.entries == {LAPTOP: 10}
    assert report.vectors.count == 10
    assert seen == [10]


def test_missing_and_altered_vectors_are_counted() -> None:
    source = _with_vectors()
    path = vector_path(LAPTOP, "bge-4", 3, 9)
    source.files[path] = source.files[path][:-1] + b"\0"
    del source.files[vector_path(LAPTOP, "bge-4", 0, 2)]
    report = verify_logs(source)
    assert not report.is_good
    assert (report.vectors.missing, report.vectors.altered) == (3, 1)


def test_every_damaged_log_is_named() -> None:
    source = a_log(30, [10])
    push(source, JETSON, make_lines([]), [])
    path = max(source.files)
    source.files[path] = source.files[path].replace(b"tea 12", b"tea 13")
    report = verify_logs(source)
    assert not report.is_good
    assert report.entries == {LAPTOP: 11}
    assert [(fault.kind, fault.path, fault.line) for fault in report.faults] == [(FaultKind.BROKEN, path, 2)]


class _Endless:
    """A log that makes its files when they are asked for, as a repository does."""

    def __init__(self, files: int) -> None:
        # The chain of each file starts anew, so that files can be made in any order: one device each.
        self._paths = {
            f"shared_memory/log/{n:08d}-{n:08d}/0000/0000000001-0000001024.jsonl": "" for n in range(files)
        }

    def paths(self) -> Mapping[str, str]:
        return self._paths

    def blob(self, path: str) -> bytes:
        device = path.split("/")[2][-8:]
        fields = {"content": "x" * 500}
        entries = (Entry(device, n, n << 16, "memories", f"{n}", fields) for n in range(1, 1025))
        ((_, _, data),) = split_lines(make_lines(entries))
        return data

    def soon(self, path: str) -> None:
        """It is made when it is asked for."""


def _peak(files: int) -> int:
    tracemalloc.start()
    assert verify_logs(_Endless(files)).is_good
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_history() -> None:
    """Files after files: a hundred need as much as three."""
    peaks = [min(_peak(files) for _ in range(2)) for files in (3, 30)]  # other threads may need some, too
    assert peaks[1] < peaks[0] * 1.2
    assert peaks[1] < 16 * 1024 * 1024
