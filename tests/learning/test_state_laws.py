"""A merged state is a function of the set of words, through lines of logs and real databases."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.learning.travelled import DEVICES, Minds, arrived, lines_of, shuffled
from waifusync.core.learning.collections import STATES
from waifusync.core.learning.state_merging import (
    DAY_MILLISECONDS,
    HALVED_DAYS,
    LEAST_RECENCY,
    merge,
    recency,
    resolve,
)
from waifusync.core.learning.state_values import numbers_of
from waifusync.core.learning.states import (
    BLOCK_BYTES,
    Head,
    State,
    blocks_of,
    delta,
    digest_of,
    head_of,
    next_epoch,
    patched,
    whole,
)
from waifusync.core.values import to_stored, to_travel
from waifusync.errors import UntrustedError, UsageError
from waifusync.workflows.learning.reading_states import StatesRead
from waifusync.workflows.learning.states import take_in_states

KINDS = {"float16": 16, "float32": 32, "float64": 64}
MONTH = HALVED_DAYS * DAY_MILLISECONDS


def word(
    values: object, *, name: str = "mood", number: int = 1, source: str = "s", device: str = "", **said: float
) -> State:
    """A word as some device would tell it."""
    dtype, content = numbers = numbers_of(numpy.asarray(values), "values")
    confidence, as_of = float(said.get("confidence", 1)), int(said.get("as_of", 0))
    head = Head(
        name,
        number,
        dtype,
        numbers.dimension,
        source,
        device or source,
        confidence,
        as_of,
        digest_of(content),
    )
    return State(head, content)


@st.composite
def words(draw: st.DrawFn) -> State:
    dtype = draw(st.sampled_from(sorted(KINDS)))
    numbers = st.floats(width=KINDS[dtype], allow_nan=False, allow_infinity=False)
    values = draw(st.lists(numbers, min_size=1, max_size=2))
    return word(
        numpy.array(values, dtype),
        name=draw(st.sampled_from(["mood", "gait"])),
        number=draw(st.integers(1, 2)),
        source=draw(st.sampled_from(DEVICES)),
        device=draw(st.sampled_from(DEVICES)),
        confidence=draw(st.floats(0.01, 1)),
        as_of=draw(st.integers(0, 6 * MONTH)),
    )


def _told(states: list[State]) -> list[tuple[str, str, dict]]:
    heads = [(each.head.device, each.head.key, each.head.to_fields()) for each in states]
    blocks = [
        (each.head.device, key, {"content": to_travel(content)})
        for each in states
        for key, content in zip(each.head.block_keys(), blocks_of(each.content), strict=True)
    ]
    return [*blocks, *heads]


def _states(lines: list[tuple[str, bytes]]) -> list[State]:
    records = arrived(lines)
    heads = [head_of(key, fields) for key, fields in records.items() if key.startswith("state:")]
    blocks = {
        key: to_stored(fields["content"]) for key, fields in records.items() if key.startswith("block:")
    }
    found = [
        whole(head, [blocks[key] for key in head.block_keys() if key in blocks]) for head in heads if head
    ]
    return [each for each in found if each]


@given(st.lists(words(), max_size=6), st.integers(0, 99), st.sets(st.integers(0, 11)))
def test_any_order_and_repetition_of_what_devices_told_give_one_merged_state(states, seed, gone) -> None:
    """T8: with records taken away, heads without blocks and blocks without heads among them."""
    told = _told(states)
    removed = [("tttttttt", key, None) for place, (_, key, _) in enumerate(told) if place in gone]
    lines = lines_of([*told, *removed], STATES)
    assert merge(_states(shuffled(lines, seed))) == merge(_states(lines))


@given(st.lists(words(), max_size=6), st.lists(words(), max_size=6))
def test_what_two_groups_come_to_is_what_all_of_them_come_to(ours, theirs) -> None:
    def kept(states):
        return [each for of_name in resolve(states).values() for each in of_name]

    assert merge([*kept(theirs), *kept(ours)]) == merge([*ours, *theirs])


@given(st.lists(words(), min_size=1, max_size=6))
def test_what_is_merged_lies_within_what_counts_and_no_other_word_has_a_share(states) -> None:
    for name, counted in resolve(states).items():
        merged = merge(states)[name]
        rows = [each.values for each in counted]
        assert (numpy.min(rows, axis=0) <= merged.values).all() and (
            merged.values <= numpy.max(rows, axis=0)
        ).all()
        assert [head for head, _ in merged.parts] == [each.head for each in counted]
        assert math.isclose(sum(share for _, share in merged.parts), 1)
        assert len({each.head.epoch for each in counted}) == 1
        assert counted[0].head.epoch == max(each.head.epoch for each in states if each.head.name == name)


@given(words(), st.integers(1, 5))
def test_equal_words_of_any_number_of_sources_come_back_as_they_are(state, count) -> None:
    states = [word(state.values, source=f"s{number}", as_of=number * MONTH) for number in range(count)]
    assert (merge(states)["mood"].values == state.values).all()


def test_the_mean_is_weighted_by_confidence_and_by_recency() -> None:
    old, new = word([0.0], source="a"), word([3.0], source="b", as_of=MONTH)
    assert merge([old, new])["mood"].values.tolist() == [2.0]
    unsure = word([3.0], source="b", confidence=0.5)
    assert merge([old, unsure])["mood"].values.tolist() == [1.0]


def test_of_both_zeros_the_mean_is_the_same_on_every_processor() -> None:
    states = [word([-0.0, 0.0], source="a"), word([0.0, -0.0], source="b")]
    assert merge(states)["mood"].content == merge(states[::-1])["mood"].content == bytes(16)
    assert merge(states[:1])["mood"].content == states[0].content


def test_the_greatest_numbers_do_not_overflow() -> None:
    most = numpy.finfo("f8").max
    states = [word([most, -most], source=f"s{number}", confidence=0.1 + number / 10) for number in range(7)]
    assert merge(states)["mood"].values.tolist() == [most, -most]


@given(st.integers(0, 10 * MONTH), st.integers(0, 10 * MONTH))
def test_no_older_word_is_more_recent_and_none_counts_for_nothing(one, other) -> None:
    """T7: a device whose clock is in another century neither silences the others nor is silenced."""
    assert LEAST_RECENCY <= recency(max(one, other)) <= recency(min(one, other)) <= 1
    assert recency(DAY_MILLISECONDS - 1) == 1
    assert [recency(months * MONTH) for months in range(5)] == [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16]


def test_of_one_source_the_newest_word_counts_whoever_wrote_it_down() -> None:
    older, newer = word([1.0], device="jjjjjjjj"), word([2.0], device="llllllll", as_of=1)
    assert merge([newer, older, newer])["mood"].values.tolist() == [2.0]


def test_another_length_or_kind_of_number_is_a_new_epoch_and_the_older_one_stays() -> None:
    heads = [word([1.0, 2.0]).head]
    assert next_epoch([], dtype="float64", dimension=2) == 1
    assert next_epoch(heads, dtype="float64", dimension=2) == 1
    assert next_epoch(heads, dtype="float64", dimension=3) == 2
    assert next_epoch(heads, dtype="float32", dimension=2) == 2
    assert next_epoch([*heads, word([1.0], number=2).head], dtype="float64", dimension=2) == 3


def test_of_two_epochs_begun_at_once_all_devices_show_the_same() -> None:
    """T15: never a mixture of both."""
    states = [word([1.0, 2.0, 3.0], source="a", number=2), word([1.0, 2.0], source="b", number=2)]
    assert merge(states) == merge(states[::-1])
    assert merge(states)["mood"].values.tolist() == [1.0, 2.0, 3.0]


@given(st.binary(min_size=16, max_size=16), st.sets(st.integers(0, 2999), max_size=5))
def test_a_delta_holds_the_blocks_that_changed_and_makes_the_newer_word_of_the_older(seed, places) -> None:
    before = numpy.frombuffer(seed * 750, "u4").astype("f4")
    after = before.copy()
    after[list(places)] += 1
    older, newer = word(before), word(after, as_of=1)
    change = delta(older, newer)
    changed = {int(place) * 4 // BLOCK_BYTES for place in numpy.flatnonzero(before != after)}
    assert set(change.blocks) == changed
    assert patched(older, change) == newer
    assert patched(None, delta(None, newer)) == newer
    wider = word(numpy.append(before, before), number=2)
    assert patched(older, delta(older, wider)) == wider


def test_a_delta_for_another_word_than_one_has_is_refused() -> None:
    older, other = word(numpy.zeros(3000, "f4")), word(numpy.ones(3000, "f4"))
    values = numpy.zeros(3000, "f4")
    values[0] = 1
    change = delta(older, word(values))
    for wrong in (other, None):
        with pytest.raises(UntrustedError):
            patched(wrong, change)


@pytest.mark.parametrize(
    "wrong",
    [
        {"dtype": "int64"},
        {"dtype": None},
        {"dimension": 0},
        {"dimension": 1 << 40},
        {"dimension": "2"},
        {"epoch": -1},
        {"epoch": True},
        {"confidence": 0.0},
        {"confidence": 1.5},
        {"confidence": {"r": "inf"}},
        {"as_of": 1 << 62},
        {"as_of": 1.5},
        {"name": 3},
        {"digest": None},
        {"device": "somebody"},
        {"source": "somebody"},
    ],
)
def test_a_head_that_another_device_wrote_wrongly_counts_as_not_said(wrong) -> None:
    """T25"""
    head = word([1.0, 2.0]).head
    assert head_of(head.key, head.to_fields()) == head
    assert head_of(head.key, {**head.to_fields(), **wrong}) is None


def test_a_head_that_speaks_of_more_than_a_state_may_hold_counts_as_not_said() -> None:
    """T25: nobody looks for 2**40 blocks."""
    huge = replace(word([1.0]).head, dimension=1 << 40)
    assert head_of(huge.key, huge.to_fields()) is None


@pytest.mark.parametrize(
    ("vector", "told"),
    [
        ([1.0, math.nan], "v[1]: nan is not a finite number"),
        (numpy.array([math.inf], "f4"), "v[0]: inf is not a finite number"),
        (numpy.array([1, 2]), "v: holds int64"),
        (numpy.array([1j]), "v: holds complex128"),
        (["a"], "v: holds str"),
        (numpy.zeros((2, 2)), "v: has 2 dimensions"),
        (0.5, "v: has 0 dimensions"),
        ([], "v: a state has at least one number"),
        ([[1.0], [1.0, 2.0]], "v: expected an array"),
        (numpy.zeros(1 << 22), "v: a state has at least one number and at most 16 MiB"),
        (None, "v: holds object"),
    ],
)
def test_a_vector_that_is_none_is_refused_with_the_place(vector, told) -> None:
    """T25"""
    with pytest.raises(UsageError) as error:
        numbers_of(vector, "v")
    assert error.value.message.startswith(told)


def test_a_list_of_whole_numbers_and_the_other_byte_order_are_numbers_too() -> None:
    assert numbers_of([1, 2], "v") == numbers_of(numpy.array([1.0, 2.0]), "v")
    assert numbers_of(numpy.array([1.5], ">f4"), "v") == numbers_of(numpy.array([1.5], "<f4"), "v")


STEPS = st.lists(
    st.tuples(st.sampled_from(["pull", "tell", "carry"]), st.integers(0, 4), st.integers(0, 4), words()),
    max_size=8,
)


@settings(max_examples=12, deadline=None)
@given(count=st.integers(2, 5), steps=STEPS)
def test_devices_that_told_each_other_everything_have_one_digest_and_one_merged_state(
    tmp_path_factory, count, steps
) -> None:
    """T8: words that two devices wrote down, and older ones that come later, among them."""
    minds = Minds(tmp_path_factory.mktemp("minds"), count)
    for what, which, other, state in steps:
        if what == "pull":
            minds.pull(which, other)
            continue
        with minds.lesson(which) as learning:
            take_in_states(learning, [state])
            if what == "carry":
                take_in_states(learning, [state, state])
    minds.settle()
    views = []
    for device in minds.devices:
        with device.memory() as memory:
            views.append(merge(StatesRead(memory.connection).states()))
    minds.stop()
    assert len(minds.digests()) == 1
    assert all(view == views[0] for view in views)
    told = merge(state for what, *_, state in steps if what != "pull")
    assert {name: each.content for name, each in views[0].items()} == {
        name: each.content for name, each in told.items()
    }


def test_an_older_word_that_comes_later_is_not_written_down(tmp_path) -> None:
    minds = Minds(tmp_path, 1)
    for as_of in (2, 1):
        with minds.lesson(0) as learning:
            assert take_in_states(learning, [word([float(as_of)], as_of=as_of)]) == (as_of == 2)
    minds.stop()
