"""All logs and vectors as one stream of lines, to be kept or carried by other means than git.

    {"waifusync": "export", "format": 1, "companion": ...}
    {"device": "laptop-7k3q9x2a"}, then that device's log lines as they are, then for each vector file
    {"vectors": group, "first": ordinal, "data": base64 of the file}
    {"end": number of log lines, "sha256": hash of every byte before this line}

What is damaged is neither written nor read: a copy that lacks something must not look like a whole one.
"""

from __future__ import annotations

import binascii
import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import cast

from waifusync.core.entry import LONGEST_LINE_BYTES, MalformedLine, is_chained, line_chain, parse_line
from waifusync.core.segments import LogGap, Segment, cover
from waifusync.errors import UntrustedError
from waifusync.log.reading import LogFault, read_log
from waifusync.log.source import (
    DictSource,
    Source,
    device_id,
    log_path,
    log_segment,
    log_segments,
    vector_path,
    vector_segment,
    vector_segments,
)
from waifusync.log.vectors import MalformedArray, parse_npy_header
from waifusync.log.writing import split_lines

FORMAT = 1
_LOG_LINE = b'{"n":'


def export_lines(source: Source, *, companion: str = "") -> Iterator[bytes]:
    """Lines with their newlines. Raises UntrustedError when a log or a vector file is not whole."""
    digest, count = hashlib.sha256(), 0
    for line in _content(source, companion):
        digest.update(line)
        count += line.startswith(_LOG_LINE)
        yield line
    yield _line({"end": count, "sha256": digest.hexdigest()})


def _content(source: Source, companion: str) -> Iterator[bytes]:
    yield _line({"waifusync": "export", "format": FORMAT, "companion": companion})
    vectors = vector_segments(source.paths())
    folders = {*log_segments(source.paths()), *(folder for folder, _ in vectors)}
    for folder in sorted(folders):
        yield _line({"device": folder})
        for raw in _log_lines(source, folder):
            yield raw + b"\n"
        for (owner, group), segments in vectors.items():
            if owner == folder:
                yield from _vector_lines(source, group, segments)


def _line(members: dict[str, object]) -> bytes:
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _log_lines(source: Source, folder: str) -> Iterator[bytes]:
    faults: list[LogFault] = []
    for line in read_log(source, folder, faults=faults):
        yield line.raw
    for fault in faults:
        raise UntrustedError(
            f"{fault.path}, line {fault.line}: {fault.reason}", hint="waifusync verify shows what is damaged"
        )


def _vector_lines(source: Source, group: str, segments: list[Segment]) -> Iterator[bytes]:
    try:
        chosen = cover(segments, start=0)
    except LogGap as gap:
        raise UntrustedError(f"{segments[0].path}: {gap}") from None
    for segment in chosen:
        try:
            data = source.blob(segment.path)
            rows = parse_npy_header(data)[0]
        except (LookupError, MalformedArray):
            rows = -1
        if rows != segment.span:
            raise UntrustedError(f"{segment.path} is damaged", hint="waifusync verify shows what is damaged")
        encoded = binascii.b2a_base64(data, newline=False).decode()
        yield _line({"vectors": group, "first": segment.first, "data": encoded})


def read_export(lines: Iterable[bytes]) -> DictSource:
    """The files of an export, in memory. Raises UntrustedError naming the line that cannot be trusted."""
    importer = _Importer()
    for number, line in enumerate(lines, 1):
        try:
            importer.take(line, is_first=number == 1)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            reason = str(error) if type(error) in (ValueError, MalformedLine) else "not a line of an export"
            raise UntrustedError(f"line {number} of the export: {reason}", line=number) from None
    if not importer.is_ended:
        raise UntrustedError("the export ends before its last line", hint="copy the whole file again")
    return DictSource(importer.files)


class _Importer:
    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.is_ended = False
        self._folder = ""
        self._folders: set[str] = set()
        self._chain = ""
        self._count = 0
        self._lines: list[tuple[int, str]] = []
        self._digest = hashlib.sha256()

    def take(self, line: bytes, *, is_first: bool) -> None:
        if len(line) > LONGEST_LINE_BYTES or not line.endswith(b"\n"):
            raise ValueError("too long, or without its end")
        if self.is_ended:
            raise ValueError("something follows the end")
        if line.startswith(_LOG_LINE):
            self._take_entry(line[:-1])
        else:
            self._take_control(json.loads(line.decode()), is_first=is_first)
        self._digest.update(line)

    def _take_entry(self, raw: bytes) -> None:
        if not self._folder or not is_chained(raw, self._chain):
            raise ValueError("does not follow from the line before")
        entry = parse_line(raw, device_id(self._folder))
        if entry.number != len(self._lines) + 1:
            raise ValueError(f"entry {entry.number} where {len(self._lines) + 1} would follow")
        self._lines.append((entry.number, raw.decode()))
        self._chain = line_chain(raw)
        self._count += 1

    def _take_control(self, members: dict[str, object], *, is_first: bool) -> None:
        if is_first:
            if (members["waifusync"], members["format"]) != ("export", FORMAT):
                raise ValueError(f"not an export of format {FORMAT}")
        elif "device" in members:
            self._finish_log()
            self._begin_log(cast(str, members["device"]))
        elif "vectors" in members:
            self._take_vectors(members)
        else:
            self._finish_log()
            if (members["end"], members["sha256"]) != (self._count, self._digest.hexdigest()):
                raise ValueError("what came before is not what was written")
            self.is_ended = True

    def _take_vectors(self, members: dict[str, object]) -> None:
        data = binascii.a2b_base64(cast(str, members["data"]))  # another type raises TypeError, caught above
        rows, first = parse_npy_header(data)[0], cast(int, members["first"])
        path = vector_path(self._folder, str(members["vectors"]), first, first + rows - 1)
        if vector_segment(path) is None or path in self.files:
            raise ValueError("a vector file of no proper name, or a second one")
        self.files[path] = data

    def _begin_log(self, folder: str) -> None:
        if folder in self._folders or log_segment(log_path(folder, 1, 1)) is None:
            raise ValueError("a device of no proper name, or a second time")
        self._folders.add(folder)
        self._folder = folder

    def _finish_log(self) -> None:
        for first, last, data in split_lines(self._lines):
            self.files[log_path(self._folder, first, last)] = data
        self._lines, self._chain = [], ""
