"""However a log is pushed, its bytes are the same; packing changes files, never lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.log.making import LAPTOP, a_log, make_entries, make_lines, older_name, perform, push, push_vectors
from waifusync.core.segments import FULL_BYTES, FULL_SPAN
from waifusync.log.reading import LogFault, read_log
from waifusync.log.source import MOST_SPAN, DictSource, log_path, log_segments, vector_segments
from waifusync.log.vectors import VectorReader, vector_digest
from waifusync.log.writing import EditedSource, plan_append, split_lines

LINES = make_lines(make_entries("7k3q9x2a", 3000))
portions = st.lists(st.integers(0, 40) | st.integers(0, 1500), max_size=80)


def _bytes(source: DictSource, folder: str = LAPTOP) -> bytes:
    segments = sorted(log_segments(source.paths())[folder])
    assert [each.first for each in segments[1:]] == [each.last + 1 for each in segments[:-1]]
    return b"".join(source.files[each.path] for each in segments)


@settings(max_examples=40, deadline=None)
@given(portions)
def test_whatever_the_portions_the_bytes_of_the_log_are_the_same(sizes: list[int]) -> None:
    source = DictSource()
    push(source, LAPTOP, LINES, sizes)
    assert _bytes(source) == "".join(line + "\n" for _, line in LINES).encode()
    faults: list[LogFault] = []
    assert [line.raw.decode() for line in read_log(source, LAPTOP, faults=faults)] == [
        line for _, line in LINES
    ]
    assert not faults


@settings(max_examples=20, deadline=None)
@given(portions, st.integers(0, 3000))
def test_a_log_that_was_begun_with_older_names_goes_on(sizes: list[int], upto: int) -> None:
    """T16"""
    source = DictSource()
    push(source, LAPTOP, LINES[:upto], sizes)
    source = DictSource({older_name(path): data for path, data in source.files.items()})
    for start in range(upto, len(LINES), 70):
        perform(source, plan_append(source, LAPTOP, LINES[start : start + 70]))
    assert _bytes(source) == "".join(line + "\n" for _, line in LINES).encode()
    assert len(source.files) < 90


@settings(max_examples=20, deadline=None)
@given(portions)
def test_vectors_read_back_the_same_whatever_the_portions(sizes: list[int]) -> None:
    vectors = [n.to_bytes(4, "little") * 4 for n in range(2500)]
    source = DictSource()
    push_vectors(source, LAPTOP, "bge-4", vectors, sizes)
    reader = VectorReader(source)
    assert [
        reader.vector(LAPTOP, "bge-4", n, vector_digest(each)) for n, each in enumerate(vectors)
    ] == vectors
    assert reader.vector(LAPTOP, "bge-4", len(vectors), "") is None


def test_small_pushes_leave_few_files() -> None:
    """T14"""
    source = DictSource()
    push(source, LAPTOP, LINES, [1] * 1000)
    assert len(source.files) < 40
    vectors = [bytes(16)] * 1000
    push_vectors(source, LAPTOP, "bge-4", vectors, [1] * 999)
    assert len(vector_segments(source.paths())[LAPTOP, "bge-4"]) < 40


def test_a_chunk_is_full_at_a_span_or_a_size() -> None:
    big = [(n, "x" * (FULL_BYTES // 3)) for n in range(1, 8)]
    assert [(first, last) for first, last, _ in split_lines(big)] == [(1, 3), (4, 6), (7, 7)]
    small = [(n, "x") for n in range(1, FULL_SPAN + 2)]
    assert [(first, last) for first, last, _ in split_lines(small)] == [(1, FULL_SPAN), (FULL_SPAN + 1,) * 2]
    assert list(split_lines([])) == []


def test_lines_of_great_size_are_never_packed_into_greater_files() -> None:
    source = DictSource()
    lines = make_lines(make_entries("7k3q9x2a", 40, size=FULL_BYTES // 6))
    push(source, LAPTOP, lines, [1] * 40)
    assert max(map(len, source.files.values())) < 2 * FULL_BYTES
    assert _bytes(source) == "".join(line + "\n" for _, line in lines).encode()


@pytest.mark.parametrize("first", [1, 5, 7])
def test_lines_that_do_not_follow_are_refused(first: int) -> None:
    with pytest.raises(ValueError, match="where 6 would follow"):
        plan_append(a_log(5), LAPTOP, LINES[first - 1 : first + 1])


def test_damaged_files_are_not_packed() -> None:
    source = a_log(15, [1] * 15)
    path = min(source.files)
    source.files[path] += b"more\n"
    edits = plan_append(source, LAPTOP, LINES[15:16])
    assert not edits.delete
    assert len(edits.write) == 1


def test_overlapping_files_are_packed_without_repeating_a_line() -> None:
    source = a_log(15, [1] * 15)
    path = f"shared_memory/log/{LAPTOP}/0000/0000000014-0000000016.jsonl"
    source.files[path] = "".join(line + "\n" for _, line in LINES[13:16]).encode()
    for number in range(16, 40):
        perform(source, plan_append(source, LAPTOP, LINES[number : number + 1]))
    faults: list[LogFault] = []
    assert len(list(read_log(source, LAPTOP, faults=faults))) == 40
    assert not faults


def test_one_append_can_be_planned_upon_another() -> None:
    base, source = DictSource(), a_log(0)
    later = EditedSource(base, plan_append(base, LAPTOP, LINES[:10]))
    edits = plan_append(later, LAPTOP, LINES[10:20])
    assert list(edits.write) == [log_path(LAPTOP, 11, 20)]
    both = EditedSource(later, edits)
    assert len(list(read_log(both, LAPTOP, faults=[]))) == 20
    with pytest.raises(LookupError):
        both.blob("elsewhere")
    assert not source.files


def test_no_file_claims_more_than_a_reader_believes() -> None:
    source = DictSource()
    push(source, LAPTOP, LINES, [1023, 1023])
    assert max(each.span for each in log_segments(source.paths())[LAPTOP]) <= MOST_SPAN
