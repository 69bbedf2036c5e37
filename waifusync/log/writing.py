"""Planning what to write: new files for new entries and vectors, and small files packed into larger ones.

Nothing is written here. Packing joins files byte for byte, and leaves alone what is not as its names say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from waifusync.core.segments import FULL_BYTES, FULL_SPAN, Segment, plan_packing, stretch
from waifusync.log.source import MOST_SPAN, Source, log_path, log_segments, runs, vector_path, vector_segments
from waifusync.log.vectors import MalformedArray, npy_bytes, npy_header, parse_npy_header
from waifusync.values import dataclass, field

Chunk = tuple[int, int, bytes]  # first and last number, and the file's bytes


@dataclass(frozen=True, slots=True)
class Edits:
    """Files to write and files to delete, to be done together."""

    write: dict[str, bytes] = field(default_factory=dict)
    delete: list[str] = field(default_factory=list)

    def __or__(self, other: Edits) -> Edits:
        """Both; they concern different files."""
        return Edits(self.write | other.write, self.delete + other.delete)


class EditedSource:
    """A source as it will be after edits, so that one append can be planned upon another."""

    def __init__(self, source: Source, edits: Edits) -> None:
        self._source, self._write = source, edits.write
        kept = {path: blob for path, blob in source.paths().items() if path not in set(edits.delete)}
        self._paths = kept | {path: f"new {path}" for path in edits.write}

    def paths(self) -> Mapping[str, str]:
        """Ids of new files are their paths: a path never has two contents."""
        return self._paths

    def blob(self, path: str) -> bytes:
        """Raises LookupError like the source beneath."""
        if path not in self._paths:
            raise KeyError(path)
        return self._write[path] if path in self._write else self._source.blob(path)

    def soon(self, path: str) -> None:
        """What is planned upon is little."""


@dataclass(frozen=True, slots=True)
class VectorRun:
    """Vectors to be added to a group, the bytes of each, and the ordinal of the first."""

    first: int
    vectors: Sequence[bytes]


def split_lines(lines: Iterable[tuple[int, str]]) -> Iterator[Chunk]:
    """Files of lines: each ends when it has a full span, or as soon as it reaches the full size."""
    data, first, number = bytearray(), 0, 0
    for number, line in lines:
        first = first or number
        data += line.encode() + b"\n"
        if number - first + 1 >= FULL_SPAN or len(data) >= FULL_BYTES:
            yield first, number, bytes(data)
            data, first = bytearray(), 0
    if data:
        yield first, number, bytes(data)


def split_vectors(run: VectorRun) -> Iterator[Chunk]:
    """Files of vectors, all of one dimension, under the same limits as lines."""
    size = len(run.vectors[0]) if run.vectors else 4
    step = max(1, min(FULL_SPAN, FULL_BYTES // size))
    for start in range(0, len(run.vectors), step):
        rows = run.vectors[start : start + step]
        first = run.first + start
        yield first, first + len(rows) - 1, npy_bytes(rows, size // 4)


@dataclass(frozen=True, slots=True)
class _Form:
    path: Callable[[int, int], str]
    join: Callable[[Sequence[tuple[Segment, bytes]]], bytes | None]
    start: int


def plan_append(source: Source, device_folder: str, lines: Iterable[tuple[int, str]]) -> Edits:
    """New lines at the end of a device's log. Raises ValueError unless they follow the last one there."""
    held = log_segments(source.paths()).get(device_folder, [])
    form = _Form(lambda first, last: log_path(device_folder, first, last), _join_lines, 1)
    return _append(source, held, split_lines(lines), form)


def plan_append_vectors(source: Source, device_folder: str, groups: Mapping[str, VectorRun]) -> Edits:
    """New vectors at the end of a device's groups; ordinals, and so file names, count from 0."""
    held, edits = vector_segments(source.paths()), Edits()
    for group, run in sorted(groups.items()):
        form = _vector_form(device_folder, group)
        edits |= _append(source, held.get((device_folder, group), []), split_vectors(run), form)
    return edits


def _vector_form(device_folder: str, group: str) -> _Form:
    return _Form(lambda first, last: vector_path(device_folder, group, first, last), _join_vectors, 0)


def _append(source: Source, held: list[Segment], chunks: Iterable[Chunk], form: _Form) -> Edits:
    unbroken = runs(held, start=form.start)
    following = unbroken[-1][-1].last + 1 if unbroken else form.start
    tail = _open_tail(source, unbroken[-1], following) if unbroken else []
    edits = Edits()
    for first, last, data in chunks:
        if first != following:
            raise ValueError(f"number {first} where {following} would follow")
        path, following = form.path(first, last), last + 1
        edits.write[path] = data
        tail.append((Segment(first, last, path), len(data)))
        _pack(source, tail, edits, form)
    return edits


def _open_tail(source: Source, held: list[Segment], following: int) -> list[tuple[Segment, int]]:
    """The last segments that are not full yet, and their sizes: all that packing looks at."""
    tail: list[tuple[Segment, int]] = []
    for segment in reversed(held):
        if stretch(segment.first) != stretch(following):
            break
        try:
            size = len(source.blob(segment.path))
        except LookupError:
            break
        if size >= FULL_BYTES:
            break
        tail.insert(0, (segment, size))
    return tail


def _pack(source: Source, tail: list[tuple[Segment, int]], edits: Edits, form: _Form) -> None:
    while run := plan_packing(tail):
        first, last = run[0].first, run[-1].last
        joined = form.join([(each, edits.write.get(each.path) or source.blob(each.path)) for each in run])
        if joined is None or last - first >= MOST_SPAN:
            return
        for each in run:
            if edits.write.pop(each.path, None) is None:
                edits.delete.append(each.path)
        packed = Segment(first, last, form.path(first, last))
        edits.write[packed.path] = joined
        tail[-len(run) :] = [(packed, len(joined))]


def _join_lines(pieces: Sequence[tuple[Segment, bytes]]) -> bytes | None:
    """None when a file does not hold what its name says: then packing would spread the damage."""
    joined, upto = bytearray(), pieces[0][0].first - 1
    for segment, data in pieces:
        if data.count(b"\n") != segment.span or not data.endswith(b"\n"):
            return None
        joined += data[_line_start(data, upto + 1 - segment.first) :]
        upto = segment.last
    return bytes(joined)


def _line_start(data: bytes, line: int) -> int:
    start = 0
    for _ in range(line):
        start = data.index(b"\n", start) + 1
    return start


def _join_vectors(pieces: Sequence[tuple[Segment, bytes]]) -> bytes | None:
    joined, upto, dimensions = bytearray(), pieces[0][0].first - 1, set()
    for segment, data in pieces:
        try:
            rows, dimension, offset = parse_npy_header(data)
        except MalformedArray:
            return None
        if rows != segment.span:
            return None
        joined += data[offset + (upto + 1 - segment.first) * dimension * 4 :]
        dimensions.add(dimension)
        upto = segment.last
    if len(dimensions) != 1:
        return None
    return npy_header(upto - pieces[0][0].first + 1, dimensions.pop()) + joined
