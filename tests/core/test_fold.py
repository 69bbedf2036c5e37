"""The fold is a function of a set of touches; deletion wins over what had not seen it; time decides the rest.

Histories are made the way devices make them: each touches one record, knowing some of what the others did,
with a wall clock that says anything.
"""

from __future__ import annotations

import random
import time

from hypothesis import given
from hypothesis import strategies as st

from waifusync.core import clock
from waifusync.core.entry import Entry
from waifusync.core.fold import Folded, fold, saw

DEVICES = ("aaaaaaaa", "bbbbbbbb", "cccccccc")


@st.composite
def histories(draw: st.DrawFn) -> list[Entry]:
    """What three devices did to one record, in an order in which it may have happened."""
    made: list[Entry] = []
    known: dict[str, dict[str, int]] = {device: {} for device in DEVICES}
    times = dict.fromkeys(DEVICES, 0)
    for _ in range(draw(st.integers(0, 12))):
        device, other = draw(st.sampled_from(DEVICES)), draw(st.sampled_from(DEVICES))
        if draw(st.booleans()):  # a pull: everything the other knows
            known[device] = {
                each: max(known[device].get(each, 0), known[other].get(each, 0)) for each in DEVICES
            }
            times[device] = max(times[device], times[other])
        times[device] = clock.tick(times[device], draw(st.integers(-5, 5)))
        seen = {each: number for each, number in known[device].items() if number}
        fields = draw(st.none() | st.dictionaries(st.sampled_from("xyz"), st.integers(0, 3), min_size=1))
        number = known[device].get(device, 0) + 1
        made.append(Entry(device, number, times[device], "memories", "k", fields, seen))
        known[device][device] = number
    return made


def _state(folded: Folded) -> object:
    clashes = {(each.field, each.winner.rank, each.loser.rank) for each in folded.clashes}
    return folded.alive, {name: touch.rank for name, touch in folded.winners.items()}, clashes


@given(histories(), st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_matter(history: list[Entry], chance: random.Random) -> None:
    """T8"""
    again = history + [chance.choice(history) for _ in history]
    chance.shuffle(again)
    assert _state(fold(again)) == _state(fold(history))


@given(histories(), st.integers(0, 12))
def test_grouping_does_not_matter(history: list[Entry], cut: int) -> None:
    """Entries that arrive in two parts, in either order, come to the same as all at once."""
    assert _state(fold([*history[cut:], *history[:cut]])) == _state(fold(history))


@given(histories())
def test_a_deletion_wins_over_every_edit_that_had_not_seen_it(history: list[Entry]) -> None:
    """T4"""
    folded = fold(history)
    deletions = [touch for touch in history if touch.fields is None]
    for winner in folded.winners.values():
        assert all(saw(winner, deletion) for deletion in deletions)
    if deletions and not any(all(saw(edit, each) for each in deletions) for edit in history if edit.fields):
        assert not folded.alive


@given(histories(), st.integers(-(1 << 40), 1 << 40))
def test_a_later_edit_that_saw_all_wins_whatever_the_clock_says(history: list[Entry], wall: int) -> None:
    """T7"""
    last = max((touch.time for touch in history), default=0)
    seen = {device: sum(touch.device == device for touch in history) for device in DEVICES}
    edit = Entry("dddddddd", 1, clock.tick(last, wall), "memories", "k", {"x": "new"}, seen)
    folded = fold([*history, edit])
    assert folded.alive
    assert folded.winners["x"] is edit
    assert not [clash for clash in folded.clashes if clash.field == "x"]


@given(histories())
def test_what_loses_without_having_been_seen_is_kept(history: list[Entry]) -> None:
    """No edit that nobody saw goes without being a winner, a listed loser, or of the winner's value."""
    folded = fold(history)
    listed = {clash.loser.rank for clash in folded.clashes} | {
        touch.rank for touch in folded.winners.values()
    }
    for edit in history:
        unseen = not any(saw(other, edit) for other in history if other is not edit)
        if unseen and edit.fields and edit.rank not in listed:
            assert all(folded.winners[name].fields[name] == value for name, value in edit.fields.items())  # type: ignore[index]  # winners have fields


@given(histories())
def test_adopted_rows_lose_to_everything_else(history: list[Entry]) -> None:
    adopted = Entry("eeeeeeee", 1, clock.LATEST - 1, "memories", "k", {"x": "old"}, adopted=True)
    others = [touch for touch in history if touch.fields and "x" in touch.fields]
    folded = fold([*history, adopted])
    if others and "x" in folded.winners:
        assert folded.winners["x"] is not adopted


def test_a_record_of_many_edits_folds_in_linear_time() -> None:
    edits = [
        Entry("aaaaaaaa", n, n << 16, "skills", "k", {"uses": n}, {"aaaaaaaa": n - 1} if n > 1 else {})
        for n in range(1, 5001)
    ]
    started = time.process_time()
    assert fold(edits).winners["uses"] is edits[-1]
    assert time.process_time() - started < 1
