"""A line says what its entry said, and one changed bit anywhere in a log is noticed."""

from __future__ import annotations

import json
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_values import stored_values
from waifusync.core import clock
from waifusync.core.entry import (
    LONGEST_LINE_BYTES,
    Entry,
    MalformedLine,
    chain_hash,
    format_line,
    is_chained,
    line_chain,
    parse_line,
)
from waifusync.core.values import to_travel

DEVICE = "7k3q9x2a"
fields = st.none() | st.dictionaries(st.text(), stored_values.map(to_travel), max_size=5)
entries = st.builds(
    Entry,
    device=st.just(DEVICE),
    number=st.integers(1, 1 << 40),
    time=st.integers(0, clock.LATEST - 1),
    collection=st.text(),
    key=st.text(),
    fields=fields,
    seen=st.dictionaries(st.text(), st.integers(1, 1 << 40), max_size=3),
    adopted=st.booleans(),
)
chains = st.just("") | st.binary(min_size=8, max_size=8).map(bytes.hex)
PLAIN = Entry(DEVICE, 1, 5 << 16, "memories", f"{DEVICE}-1", {"content": "tea"})


@given(entries, chains)
def test_a_line_says_what_its_entry_said(entry: Entry, previous: str) -> None:
    line, chain = format_line(entry, previous)
    assert "\n" not in line
    assert parse_line(line.encode(), DEVICE) == entry
    assert line_chain(line.encode()) == chain
    assert is_chained(line.encode(), previous)


@given(entries, chains, st.data())
def test_a_flipped_bit_is_noticed_wherever_it_is(entry: Entry, previous: str, data: st.DataObject) -> None:
    line = bytearray(format_line(entry, previous)[0].encode())
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert not is_chained(bytes(line), previous)


@given(st.binary())
def test_any_bytes_are_an_entry_or_a_malformed_line(line: bytes) -> None:
    """T25"""
    try:
        found: object = parse_line(line, DEVICE)
    except MalformedLine as malformed:
        found = malformed
    assert isinstance(found, (Entry, MalformedLine))


def _line(**changes: object) -> bytes:
    members = {"n": 1, "t": clock.to_text(1 << 16), "c": "memories", "k": "a-1", "f": {}, "h": "0" * 16}
    return json.dumps(members | changes).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b'"n"',
        b"{}",
        _line() + b" ",
        b" " + _line(),
        _line().decode().encode("utf-16"),
        _line(n=True),
        _line(n="1"),
        _line(n=1.0),
        _line(c=None),
        _line(k=1),
        _line(t="0"),
        _line(t=0),
        _line(t="ffffffffffffffff"),
        _line(t="00000000000_0000"),
        _line(f=None),
        _line(f=[]),
        _line(f={"x": True}),
        _line(f={"x": [1]}),
        _line(f={"x": "\ud800"}),
        _line(s=[]),
        _line(s={"a": "1"}),
        _line(s={"a": True}),
        _line(f={"x": 1}).replace(b'"x": 1', b'"x": NaN'),
        _line(f={"x": 1}).replace(b'"x": 1', b'"x": -Infinity'),
        _line(f={"x": 1}).replace(b'"x": 1', b'"x": 1e999'),
        _line(f={"x": 1}).replace(b'"x": 1', b'"x": ' + b"9" * 10_000),
        _line(later=1).replace(b'"later": 1', b'"later": ' + b"[" * 33 + b"]" * 33),
        b"[" * 1_000_000,
        b'{"n":' * 1_000_000,
    ],
)
def test_a_line_that_nothing_could_have_written_is_refused(line: bytes) -> None:
    """T25: deep JSON, NaN, wrong types, other encodings, half surrogate pairs."""
    with pytest.raises(MalformedLine):
        parse_line(line, DEVICE)


def test_members_that_this_version_does_not_know_are_no_fault() -> None:
    """T16"""
    assert parse_line(_line(later={"x": [1, {"y": 2}]}), DEVICE).number == 1


def test_text_that_only_looks_like_half_a_surrogate_pair_is_kept() -> None:
    entry = Entry(DEVICE, 1, 1, "memories", "a", {"path": "C:\\users\\udo", "face": "\U0001f642"})
    assert parse_line(format_line(entry, "")[0].encode(), DEVICE) == entry


@pytest.mark.parametrize("filler", [b"[],", b"{},", b'"ab",', b"0,"])
def test_a_huge_line_of_tiny_values_costs_no_multiple_of_its_size(filler: bytes) -> None:
    """T25"""
    line = _line(later=0).replace(b'"later": 0', b'"later": [' + filler * (16_000_000 // len(filler)) + b"0]")
    tracemalloc.start()
    with pytest.raises(MalformedLine, match="too many values"):
        parse_line(line, DEVICE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(line)


def test_a_long_text_with_every_kind_of_escape_is_read_in_linear_time() -> None:
    text = 'a"b\\c\\"d\n,[]{}' * 500_000
    entry = Entry(DEVICE, 1, 1, "memories", "a", {"content": text})
    line = format_line(entry, "")[0].encode()
    assert len(line) < LONGEST_LINE_BYTES
    started = time.process_time()
    assert parse_line(line, DEVICE) == entry
    assert time.process_time() - started < 5


def test_the_chain_begins_with_the_empty_text() -> None:
    line, chain = format_line(PLAIN, "")
    body = '{"n":1,"t":"0000000000050000","c":"memories","k":"7k3q9x2a-1","f":{"content":"tea"}}'
    assert chain == chain_hash("", body.encode())
    assert line == f'{body[:-1]},"h":"{chain}"}}'
