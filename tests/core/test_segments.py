"""A cover holds every number once over, with the fewest files; packing keeps folders short for ever."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.segments import (
    FULL_SPAN,
    LogGap,
    Segment,
    cover,
    file_name,
    folder_name,
    parse_path,
    plan_packing,
    reaches_end,
    stretch,
)

ID = "7k3q9x2a"

spans = st.tuples(st.integers(1, 30), st.integers(0, 10)).map(
    lambda span: Segment(span[0], sum(span), f"{span}")
)


@given(st.lists(spans, max_size=20), st.integers(0, 5))
def test_a_cover_holds_every_number_or_names_the_first_that_is_missing(
    held: list[Segment], start: int
) -> None:
    numbers = {
        number for segment in held for number in range(segment.first, segment.last + 1) if number >= start
    }
    upto = start
    while upto in numbers:
        upto += 1
    beyond = [number for number in numbers if number > upto]
    try:
        chosen = cover(held, start=start)
    except LogGap as gap:
        assert (gap.expected, gap.found) == (upto, min(beyond))
    else:
        assert not beyond
        assert {n for each in chosen for n in range(each.first, each.last + 1)} >= numbers
        assert all(later.first <= earlier.last + 1 for earlier, later in pairwise(chosen))
        assert all(third.first > first.last + 1 for first, third in zip(chosen, chosen[2:], strict=False))


def test_numbers_may_count_from_nought() -> None:
    assert cover([Segment(0, 0, "a"), Segment(1, 2, "b")], start=0) == [
        Segment(0, 0, "a"),
        Segment(1, 2, "b"),
    ]


@given(st.integers(0, 10**10 - 1), st.integers(0, 10**10 - 1))
def test_a_name_says_its_span(first: int, last: int) -> None:
    path = f"a/{file_name(first, last, 'npy', device=ID)}"
    assert parse_path(path) == (Segment(first, last, path) if first <= last else None)
    older = f"a/{first:010d}-{last:010d}.npy"
    assert parse_path(older) == (Segment(first, last, older) if first <= last else None)


@pytest.mark.parametrize(
    "name",
    [
        "1-2.jsonl",
        "0000000001-0000000002.json",
        "\u0660" * 10 + "-" + "\u0661" * 10 + ".jsonl",
        "",
        f"0000000001-0000000002.{ID}.jsonl",
        f"0000000001-0000000002.{ID}-0000.jsonl",
        f"0000000001-0000000002.{ID}-000000.jsonl",
        f"0000000001-0000000002.{ID}-00001.jsonl",
        f"0000001024-0000001025.{ID}-00000.jsonl",
        f"0000001024-0000001025.{ID}-00004.jsonl",
        f"0000000001-0000000002.{ID.upper()}-00000.jsonl",
        "0000000001-0000000002.00000.jsonl",
    ],
)
def test_other_names_are_no_segments(name: str) -> None:
    """T25"""
    assert parse_path(name) is None


def _git_hash(path: str) -> int:
    """By what git sorts objects before it looks for likenesses: `pack_name_hash`."""
    found = 0
    for character in path.encode():
        found = ((found >> 2) + (character << 24)) & 0xFFFFFFFF
    return found


@pytest.mark.parametrize("suffix", ["jsonl", "npy"])
def test_git_takes_the_files_of_a_stretch_for_versions_of_one_and_no_others(suffix: str) -> None:
    """T14: so each small file is stored as a reference into the one that it was packed into."""
    hashes = set()
    for number in range(1024):
        first = number * FULL_SPAN
        names = [
            f"log/laptop-{ID}/0000/{file_name(each, each + span, suffix, device=ID)}"
            for each, span in ((first, 0), (first, 1500), (first + 700, 99), (first + FULL_SPAN - 1, 900))
        ]
        (found,) = {_git_hash(name) for name in names}
        hashes.add(found)
    assert len(hashes) == 1024


def test_folders_hold_65536_entries_each() -> None:
    assert [folder_name(first) for first in (1, 65_536, 65_537)] == ["0000", "0000", "0001"]


@given(st.lists(st.integers(1, FULL_SPAN), min_size=1, max_size=300))
def test_however_it_is_pushed_few_files_stay_open_and_packed_ones_stay_small(pushes: list[int]) -> None:
    """T14"""
    held: list[tuple[Segment, int]] = []
    number = 1
    for size in pushes:
        held.append((Segment(number, number + size - 1, ""), size))
        number += size
        while run := plan_packing(held):
            assert held[-len(run) :] == [(each, each.span) for each in run]
            assert len({stretch(each.first) for each in run}) == 1
            packed = Segment(run[0].first, run[-1].last, "")
            held[-len(run) :] = [(packed, packed.span)]
    assert held[-1][0].last == number - 1
    assert all(segment.span < 2 * FULL_SPAN for segment, _ in held)
    open_files = 0
    for segment, _ in reversed(held):
        if reaches_end(segment):
            break
        open_files += 1
    # Of a stretch at most three have 256 numbers; around each are 15 smaller ones and 15 of the smallest.
    assert open_files <= 4 * 30 + 3
    assert len(held) - open_files <= number // FULL_SPAN + 1


def test_pushes_of_one_are_packed_by_sixteens_and_each_is_written_four_times_at_most() -> None:
    """T14"""
    held: list[tuple[Segment, int]] = []
    written = 0
    for number in range(1, 2048):
        held.append((Segment(number, number, ""), 1))
        written += 1
        while run := plan_packing(held):
            packed = Segment(run[0].first, run[-1].last, "")
            held[-len(run) :] = [(packed, packed.span)]
            written += packed.span
        assert len(held) < 15 * 2 + 5
    assert written <= 4 * 2048
