"""Branches of a conversation and their merge: laws over any sessions, and the examples of the page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.sessions.worlds import DEVICES, message, session, worlds
from waifusync.core.conversation import branch_of, branches, by_id, conversations, forked, held_tokens
from waifusync.core.merging_branches import MergedBranch, merge_branches
from waifusync.core.session import Session

LAPTOP, JETSON, PHONE = (f"{each}_session_001" for each in DEVICES)


def _merged(sessions: dict[str, Session], name: str = f"{DEVICES[0]}_session_900") -> dict[str, Session]:
    """With the session that a merge adds, where there is something to merge."""
    apart = forked(branches(sessions, "c"))
    if len(apart) < 2:
        return sessions
    return by_id([*sessions.values(), _as_session(name, merge_branches(apart))])


def _as_session(name: str, made: MergedBranch) -> Session:
    return session(
        name,
        *(dict(each) for each in made.messages),
        after=made.continues,
        merges=[each.to_json() for each in made.merges],
        created_at=1000,
    )


@given(worlds(), st.randoms())
def test_any_order_of_the_files_gives_the_same_branches(sessions: dict[str, Session], chance: object) -> None:
    shuffled = list(sessions.values())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    assert branches({each.id: each for each in shuffled}, "c") == branches(sessions, "c")


@given(worlds())
def test_every_turn_that_ended_a_session_is_on_a_branch(sessions: dict[str, Session]) -> None:
    """Nothing is lost: an end that nobody went on from is itself one."""
    on_branches = {turn.id for each in branches(sessions, "c") for turn in each.turns}
    told = {str(each["id"]) for one in sessions.values() for each in one.messages}
    gone_on_from = {one.continues.turn for one in sessions.values() if one.continues}
    last = {one.last_turn for one in sessions.values() if one.messages}
    assert last <= on_branches | gone_on_from
    assert on_branches <= told


@given(worlds())
def test_a_merge_has_every_turn_of_the_branches_once(sessions: dict[str, Session]) -> None:
    apart = forked(branches(sessions, "c"))
    if len(apart) < 2:
        return
    after = _merged(sessions)
    made = branch_of(after, after[f"{DEVICES[0]}_session_900"])
    origins = [turn.origin for turn in made.turns]
    assert len(origins) == len(set(origins))
    assert set(origins) == {turn.origin for each in apart for turn in each.turns}


@given(worlds())
def test_merging_twice_changes_nothing(sessions: dict[str, Session]) -> None:
    once = _merged(sessions)
    assert _merged(once, f"{DEVICES[1]}_session_901") == once


@given(worlds(), st.randoms())
def test_two_devices_that_merge_the_same_make_the_same_turns(
    sessions: dict[str, Session], chance: object
) -> None:
    apart = forked(branches(sessions, "c"))
    if len(apart) < 2:
        return
    shuffled = list(apart)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    one, other = merge_branches(apart), merge_branches(shuffled)
    assert one == other
    both = by_id(
        [
            *sessions.values(),
            _as_session(f"{DEVICES[0]}_session_900", one),
            _as_session(f"{DEVICES[1]}_session_900", other),
        ]
    )
    assert len(forked(branches(both, "c"))) < 2


def _fork() -> dict[str, Session]:
    return by_id(
        [
            session(
                LAPTOP,
                message("a1", 1),
                message("a2", 2, "assistant"),
                message("a3", 20),
                message("a4", 21, "assistant"),
            ),
            session(JETSON, message("b1", 10), message("b2", 30, "assistant"), after=(LAPTOP, "a2")),
        ]
    )


def test_both_going_on_from_one_turn_is_a_fork_and_the_newest_comes_first() -> None:
    newest, other = branches(_fork(), "c")
    assert [turn.id for turn in newest.turns] == ["a1", "a2", "b1", "b2"]
    assert [turn.id for turn in other.turns] == ["a1", "a2", "a3", "a4"]


def test_a_merge_keeps_exchanges_whole_and_in_order_of_time() -> None:
    made = merge_branches(branches(_fork(), "c"))
    assert [each["of"] for each in made.messages] == ["b1", "b2", "a3", "a4"]
    assert made.continues == (LAPTOP, "a2")


def test_a_branch_that_goes_on_after_it_was_merged_can_be_merged_again() -> None:
    after = _merged(_fork())
    more = after[JETSON].having(messages=[*after[JETSON].messages, message("b3", 40)])
    grown = by_id([*(each for each in after.values() if each.id != JETSON), more])
    apart = forked(branches(grown, "c"))
    assert len(apart) == 2
    made = merge_branches(apart)
    origins = [str(each["of"]) for each in made.messages]
    assert sorted(origins) == ["a3", "a4", "b3"]  # what both have by now stays as it was merged
    assert made.continues is not None


def test_a_clock_that_went_back_does_not_make_an_answer_older_than_its_question() -> None:
    """T7"""
    sessions = by_id(
        [
            session(LAPTOP, message("a1", 1_000_000), message("a2", 1_000_001)),
            session(JETSON, message("b1", 5), after=(LAPTOP, "a2")),
        ]
    )
    (only,) = branches(sessions, "c")
    assert only.turns[-1].id == "b1"
    assert only.time == 1_000_001


def test_what_is_missing_or_goes_in_a_circle_leaves_the_rest() -> None:
    """T25"""
    lost = session(LAPTOP, message("a1"), after=(PHONE, "x"))
    assert not branch_of({lost.id: lost}, lost).is_whole
    one = session(LAPTOP, message("a1"), after=(JETSON, "b1"))
    other = session(JETSON, message("b1"), after=(LAPTOP, "a1"))
    circle = by_id([one, other])
    assert [turn.id for turn in branch_of(circle, one).turns] == ["b1", "a1"]
    assert branches(circle, "c")


def test_a_session_begun_again_at_an_older_turn_is_the_newest() -> None:
    sessions = _fork()
    again = session(PHONE, after=(LAPTOP, "a1"), created_at=100)
    found = branches(by_id([*sessions.values(), again]), "c")
    assert [turn.id for turn in found[0].turns] == ["a1"]
    assert len(forked(found)) == 2  # it has nothing that the others have not


def test_tokens_are_those_of_the_last_turn_or_none() -> None:
    from waifusync.core.tokens import pack

    tokens = {**pack([1, 2, 3]), "turn": "a2"}
    first = session(LAPTOP, message("a1"), message("a2"), context_tokens=tokens, model={"tokenizer": "t"})
    empty = session(JETSON, after=(LAPTOP, "a2"))
    sessions = by_id([first, empty])
    held = held_tokens(sessions, branch_of(sessions, empty))
    assert held is not None
    assert list(held.tokens) == [1, 2, 3]
    more = session(JETSON, message("b1"), after=(LAPTOP, "a2"))
    assert held_tokens(by_id([first, more]), branch_of(by_id([first, more]), more)) is None


def test_conversations_are_told_apart() -> None:
    one, other = session(LAPTOP, message("a", 1)), session(JETSON, message("b", 2), conversation="d")
    assert list(conversations(by_id([one, other]))) == ["d", "c"]
