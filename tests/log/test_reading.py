"""What was written is read back in order; what is wrong is a fault naming path and line, no exception."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.log.making import JETSON, LAPTOP, a_log, head_of, make_entries, make_lines, push
from waifusync.core.entry import Entry, format_line
from waifusync.core.versions import Head
from waifusync.errors import UntrustedError
from waifusync.log.index import LogIndex
from waifusync.log.reading import FaultKind, LogFault, LogLine, heads, read_all, read_log
from waifusync.log.source import DictSource, device_id, devices, log_path

ID = LAPTOP[-8:]
LINES = make_lines(make_entries(ID, 60))


def _read(source: DictSource, after: Head | None = None) -> tuple[list[LogLine], list[LogFault]]:
    faults: list[LogFault] = []
    return list(read_log(source, LAPTOP, after, faults=faults)), faults


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), max_size=10), st.integers(0, 60))
def test_reading_after_a_head_gives_the_rest(sizes: list[int], number: int) -> None:
    lines, faults = _read(a_log(60, sizes), head_of(LINES[:number]))
    assert [(line.entry.number, line.raw.decode()) for line in lines] == LINES[number:]
    assert [line.chain for line in lines] == [line[-18:-2] for _, line in LINES[number:]]
    assert not faults


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), max_size=4), st.data())
def test_a_flipped_bit_ends_the_log_at_its_line(sizes: list[int], data: st.DataObject) -> None:
    """T20"""
    source = a_log(60, sizes)
    path = data.draw(st.sampled_from(sorted(source.files)))
    content = bytearray(source.files[path])
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    before = source.files[path].count(b"\n", 0, place)
    source.files[path] = bytes(content)
    lines, (fault,) = _read(source)
    assert (fault.device, fault.path, fault.line) == (ID, path, before + 1)
    assert [line.raw.decode() for line in lines] == [line for _, line in LINES[: len(lines)]]


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), max_size=4), st.data())
def test_a_file_cut_short_is_a_fault(sizes: list[int], data: st.DataObject) -> None:
    """T20"""
    source = a_log(60, sizes)
    path = data.draw(st.sampled_from(sorted(source.files)))
    source.files[path] = source.files[path][: data.draw(st.integers(0, len(source.files[path]) - 1))]
    lines, faults = _read(source)
    assert [fault.path for fault in faults] == [path]
    assert [line.raw.decode() for line in lines] == [line for _, line in LINES[: len(lines)]]


@given(st.binary(max_size=300))
def test_any_bytes_are_lines_or_a_fault(content: bytes) -> None:
    """T25"""
    path = f"shared_memory/log/{LAPTOP}/0000/0000000001-0000000003.jsonl"
    source = DictSource({path: content})
    lines, faults = _read(source)
    assert len(lines) == 3 or [fault.path for fault in faults] == [path]
    heads(source)
    LogIndex(source).entry(ID, 2)


def _kinds(source: DictSource, after: Head | None = None) -> tuple[int, list[FaultKind]]:
    lines, faults = _read(source, after)
    return len(lines), [fault.kind for fault in faults]


def test_a_log_that_ends_before_what_was_read_is_shorter() -> None:
    assert _kinds(a_log(20, [10]), head_of(LINES[:30])) == (0, [FaultKind.SHORTER])
    assert _kinds(DictSource(), head_of(LINES[:30])) == (0, [FaultKind.SHORTER])


def test_a_log_that_went_another_way_has_diverged() -> None:
    """T22"""
    assert _kinds(a_log(60, [10]), Head(30, "0" * 16)) == (0, [FaultKind.DIVERGED])
    assert _kinds(a_log(60, [10]), Head(60, "0" * 16)) == (0, [FaultKind.DIVERGED])


def test_a_gap_ends_the_log_where_it_is_unless_it_was_read_before() -> None:
    source = a_log(60, [10, 10, 10])
    del source.files[log_path(LAPTOP, 11, 20)]
    assert _kinds(source) == (10, [FaultKind.GAP])
    assert _kinds(source, head_of(LINES[:15])) == (0, [FaultKind.GAP])
    assert _kinds(source, head_of(LINES[:25])) == (35, [])


def test_a_file_that_is_listed_and_not_there_is_a_fault() -> None:
    class Hollow(DictSource):
        def blob(self, path: str) -> bytes:
            if path == log_path(LAPTOP, 11, 60):
                raise KeyError(path)
            if path == log_path(LAPTOP, 1, 10):
                return super().blob(path)
            raise UntrustedError("larger than it may be")

    assert _kinds(Hollow(a_log(60, [10]).files)) == (10, [FaultKind.MISSING])
    assert _kinds(Hollow(a_log(60, [10, 10]).files)) == (10, [FaultKind.MALFORMED])


def _with_line(raw: bytes) -> DictSource:
    return DictSource({f"shared_memory/log/{LAPTOP}/0000/0000000001-0000000001.jsonl": raw + b"\n"})


def test_a_number_out_of_its_place_is_a_fault_though_the_chain_holds() -> None:
    line, _ = format_line(make_entries(ID, 1, first=2)[0], "")
    assert _kinds(_with_line(line.encode())) == (0, [FaultKind.MALFORMED])


@pytest.mark.parametrize("value", [b"NaN", b"[" * 2000 + b"]" * 2000, b"1e999", b'"\\ud800"', b"9" * 30])
def test_content_that_chains_well_and_says_nonsense_is_a_fault(value: bytes) -> None:
    """T25"""
    from waifusync.core.entry import chain_hash

    body = b'{"n":1,"t":"0000000000050000","c":"memories","k":"a","f":{"x":%b}}' % value
    raw = b'%b,"h":"%b"}' % (body[:-1], chain_hash("", body).encode())
    assert _kinds(_with_line(raw)) == (0, [FaultKind.MALFORMED])


def test_a_line_beyond_the_limit_is_a_fault_and_not_parsed() -> None:
    """T25"""
    source = _with_line(b'{"n":' + b"[" * (49 * 1024 * 1024))
    tracemalloc.start()
    assert _kinds(source) == (0, [FaultKind.MALFORMED])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * 1024 * 1024


def test_a_name_that_claims_a_long_span_hides_nothing() -> None:
    """T25"""
    source = a_log(60, [10])
    source.files[f"shared_memory/log/{LAPTOP}/0000/0000000001-9999999999.jsonl"] = b"\n" * 1000
    source.files[f"shared_memory/log/{LAPTOP}/0007/0000000001-0000000099.jsonl"] = b"\n" * 99
    assert _kinds(source) == (60, [])


def test_all_logs_come_in_the_order_of_time() -> None:
    source = a_log(60, [7])
    push(source, JETSON, make_lines(make_entries(JETSON[-8:], 40)), [9])
    faults: list[LogFault] = []
    read = [(line.entry.time, line.entry.device) for line in read_all(source, faults=faults)]
    assert read == sorted(read)
    assert len(read) == 100
    after: Mapping[str, Head] = heads(source)
    assert after[ID] == head_of(LINES)
    assert not list(read_all(source, after, faults=faults))
    assert not faults
    assert devices(source) == [JETSON, LAPTOP]


def test_one_bad_log_does_not_stop_the_others() -> None:
    source = a_log(60)
    push(source, JETSON, make_lines(make_entries(JETSON[-8:], 40)), [9])
    (path,) = (path for path in source.files if LAPTOP in path)
    source.files[path] = b"?" + source.files[path][1:]
    faults: list[LogFault] = []
    assert len(list(read_all(source, {"zzzzzzzz": Head(3, "0" * 16)}, faults=faults))) == 40
    assert {(fault.device, fault.kind) for fault in faults} == {
        (ID, FaultKind.BROKEN),
        ("zzzzzzzz", FaultKind.SHORTER),
    }


def test_two_folders_of_one_device_id_are_a_fault() -> None:
    """T22"""
    source = a_log(5)
    push(source, f"other-{ID}", LINES, [])
    faults: list[LogFault] = []
    assert len(list(read_all(source, faults=faults))) == 5
    assert [fault.path for fault in faults] == [f"shared_memory/log/other-{ID}"]


def test_a_head_of_damage_equals_no_head_that_was_read() -> None:
    assert heads(_with_line(b"nonsense")) == {ID: Head(1, "")}
    assert heads(a_log(60, [10]), devices=["elsewhere"]) == {}


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 30), max_size=4), st.lists(st.integers(-1, 70)), st.sampled_from([1, 1 << 20]))
def test_any_entry_is_found_by_its_number(sizes: list[int], wanted: list[int], cache_bytes: int) -> None:
    index = LogIndex(a_log(60, sizes), cache_bytes=cache_bytes)
    entries: dict[int, Entry] = {entry.number: entry for entry in make_entries(ID, 60)}
    for number in wanted:
        assert index.entry(ID, number) == entries.get(number)
        assert index.chain(ID, number) == (LINES[number - 1][1][-18:-2] if number in entries else None)
    found = index.entries((ID, number) for number in wanted)
    assert found == {(ID, number): entries[number] for number in wanted if number in entries}
    assert index.entry("elsewhere", 1) is None


def test_the_id_of_a_device_is_the_end_of_its_folder() -> None:
    assert device_id("my-old-laptop-7k3q9x2a") == "7k3q9x2a"
