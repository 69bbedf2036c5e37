"""What is exported and imported elsewhere is the same, line by line; what is damaged is neither."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.log.making import JETSON, LAPTOP, a_log, make_entries, make_lines, push, push_vectors
from waifusync.errors import UntrustedError
from waifusync.log.exchange import export_lines, read_export
from waifusync.log.reading import LogFault, heads, read_all
from waifusync.log.source import DictSource, vector_segments
from waifusync.log.verifying import verify_logs


def _companion(sizes: list[int]) -> DictSource:
    source = a_log(40, sizes)
    push(source, JETSON, make_lines(make_entries(JETSON[-8:], 25)), sizes)
    push_vectors(source, LAPTOP, "bge-4", [bytes([n]) * 16 for n in range(20)], sizes)
    push_vectors(source, "board-qqqqqqqq", "bge-4", [bytes(16)], [])
    return source


@settings(deadline=None)
@given(st.lists(st.integers(0, 10), max_size=30))
def test_a_round_trip_loses_nothing(sizes: list[int]) -> None:
    """T27"""
    source = _companion(sizes)
    exported = list(export_lines(source, companion="mika"))
    imported = read_export(exported)
    faults: list[LogFault] = []
    assert list(read_all(imported, faults=faults)) == list(read_all(source, faults=faults))
    assert not faults
    assert heads(imported) == heads(source)
    assert verify_logs(imported).is_good
    assert {path: imported.files[path] for path in imported.files if path.endswith(".npy")} == {
        path: source.files[path] for path in source.files if path.endswith(".npy")
    }
    assert list(export_lines(imported, companion="mika")) == exported


EXPORTED = list(export_lines(_companion([5, 5]), companion="mika"))


def test_an_empty_companion_can_be_exported() -> None:
    assert read_export(export_lines(DictSource())).files == {}


@given(st.integers(0, len(EXPORTED) - 1))
def test_a_line_that_is_missing_or_comes_twice_is_noticed(place: int) -> None:
    for lines in (EXPORTED[:place] + EXPORTED[place + 1 :], EXPORTED[: place + 1] + EXPORTED[place:]):
        with pytest.raises(UntrustedError):
            read_export(lines)


@given(st.integers(0, len(EXPORTED) - 1), st.binary(max_size=40))
def test_any_bytes_in_the_place_of_a_line_are_refused(place: int, junk: bytes) -> None:
    """T25"""
    with pytest.raises(UntrustedError) as caught:
        read_export([*EXPORTED[:place], junk + b"\n", *EXPORTED[place:]])
    assert caught.value.facts.get("line", 0) in (place + 1, place + 2)


@pytest.mark.parametrize(
    "member",
    [
        {"device": "../x-7k3q9x2a"},
        {"device": "a/b-7k3q9x2a"},
        {"device": "no id"},
        {"device": 7},
        {"device": LAPTOP},
        {"vectors": "..", "first": 0, "data": ""},
        {"vectors": "a/b", "first": 0, "data": ""},
        {"vectors": "bge-4", "first": "0", "data": ""},
        {"vectors": "bge-4"},
        {"end": 5},
        {"later": 1},
        [],
    ],
)
def test_lines_that_nothing_could_have_exported_are_refused(member: object) -> None:
    """T25"""
    lines = [*EXPORTED[:-1], json.dumps(member).encode() + b"\n", EXPORTED[-1]]
    with pytest.raises(UntrustedError, match=f"line {len(EXPORTED)} "):
        read_export(lines)


def test_a_path_out_of_the_companion_is_refused_with_good_vectors_too() -> None:
    """T25"""
    (line, *_) = (json.loads(line) for line in EXPORTED if line.startswith(b'{"vectors"'))
    for group in ("..", ".", "a/../..", "", "a\\b", "a\x00"):
        bad = json.dumps(line | {"vectors": group}).encode() + b"\n"
        with pytest.raises(UntrustedError):
            read_export([*EXPORTED[:-1], bad, EXPORTED[-1]])


def test_a_damaged_companion_is_not_exported() -> None:
    """T27"""
    for suffix in (".jsonl", ".npy"):
        source = _companion([5, 5])
        path = max(path for path in source.files if path.endswith(suffix))
        source.files[path] = source.files[path][:-1]
        with pytest.raises(UntrustedError, match=path):
            list(export_lines(source))
    source = _companion([5, 5])
    del source.files[min(vector_segments(source.files)[LAPTOP, "bge-4"]).path]
    with pytest.raises(UntrustedError, match="missing"):
        list(export_lines(source))
