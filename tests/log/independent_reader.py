"""A reader of logs and vectors written from docs/formats.md alone: it imports nothing of waifusync."""

from __future__ import annotations

import hashlib
import json
import re
import struct


def log_files(paths: list[str], device: str) -> list[tuple[int, int, str]]:
    """First, last and path of the files of one device's log, hiding none that may count."""
    found = []
    for path in paths:
        match = re.fullmatch(rf"shared_memory/log/{device}/(\d{{4}})/{span(device)}\.jsonl", path)
        if match:
            first, last = int(match[2]), int(match[3])
            if (
                is_stretch(match[4], first)
                and int(match[1]) == (first - 1) // 65536
                and first <= last < first + 2048
            ):
                found.append((first, last, path))
    return sorted(found)


def span(device: str) -> str:
    """The first and the last number, and the stretch where a name says it."""
    return rf"(\d{{10}})-(\d{{10}})(?:\.{device[-8:]}-([0-3]+))?"


def is_stretch(text: str | None, first: int) -> bool:
    """Whether a name says the right one, or, as older names do, none."""
    if text is None:
        return True
    return int(text, 4) == first // 1024 and len(text) >= 5 and (len(text) == 5 or text[0] != "0")


def read(files: dict[str, bytes], device: str) -> list[dict]:  # type: ignore[type-arg]  # JSON
    """All entries of a device; AssertionError when something is wrong."""
    entries: list[dict] = []  # type: ignore[type-arg]  # JSON
    chain = ""
    for first, last, path in log_files(list(files), device):
        assert first <= len(entries) + 1, "a hole"
        *lines, rest = files[path].split(b"\n")
        assert rest == b""
        assert len(lines) == last - first + 1
        for line in lines[len(entries) + 1 - first :]:
            entry, chain = read_line(line, chain)
            entries.append(entry)
            assert entry["n"] == len(entries)
    return entries


def read_line(line: bytes, previous: str) -> tuple[dict, str]:  # type: ignore[type-arg]  # JSON
    """An entry and its chain hash."""
    body, suffix = line[:-24] + b"}", line[-24:]
    chain = hashlib.sha256(previous.encode() + body).hexdigest()[:16]
    assert suffix == b',"h":"' + chain.encode() + b'"}', "a broken chain"
    return json.loads(line), chain


def read_vector(files: dict[str, bytes], device: str, address: list) -> tuple[float, ...]:  # type: ignore[type-arg]  # JSON
    """The numbers that an entry's {"v": address} names."""
    group, ordinal, digest = address
    for path, data in files.items():
        match = re.fullmatch(rf"shared_memory/vectors/{device}/{group}/{span(device)}\.npy", path)
        if match and int(match[1]) <= ordinal <= int(match[2]):
            row = read_row(data, ordinal - int(match[1]))
            assert hashlib.sha256(row).hexdigest()[:16] == digest
            return struct.unpack(f"<{len(row) // 4}f", row)
    raise AssertionError("missing")


def read_row(data: bytes, row: int) -> bytes:
    """The bytes of one row of a vector file."""
    assert data[:8] == b"\x93NUMPY\x01\x00"
    start = 10 + struct.unpack("<H", data[8:10])[0]
    pattern = r"\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n"
    match = re.fullmatch(pattern, data[10:start].decode())
    assert match
    assert start % 64 == 0
    rows, size = int(match[1]), int(match[2]) * 4
    assert len(data) == start + rows * size
    return data[start + row * size : start + (row + 1) * size]


def state(entries: list[tuple[str, dict]]) -> dict[tuple[str, str], dict]:  # type: ignore[type-arg]  # JSON
    """Living records by collection and key, from (device id, entry) of all devices."""
    records: dict[tuple[str, str], list] = {}  # type: ignore[type-arg]  # JSON
    for device, entry in entries:
        records.setdefault((entry["c"], entry["k"]), []).append((device, entry))
    living = {}
    for place, about in records.items():
        deletions = [each for each in about if "d" in each[1]]
        edits = [each for each in about if "d" not in each[1]]
        counting = [x for x in edits if all(x[1].get("s", {}).get(y[0], 0) >= y[1]["n"] for y in deletions)]
        counting.sort(key=lambda each: ("" if "a" in each[1] else each[1]["t"], each[0], each[1]["n"]))
        if counting:
            living[place] = {name: value for _, entry in counting for name, value in entry["f"].items()}
    return living
