"""Laws of merging sessions, over conversations that two devices changed in any way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.merging.sessions.merging_sessions import Result, both, merge

ROLES = ("user", "assistant", "system")
TIMES = st.one_of(
    st.none(), st.integers(0, 5), st.sampled_from(["2026-01-01T10:00:00Z", "2026-01-02", "soon"])
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 2), st.floats(-1, 1), st.text("ab", max_size=2))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xyz"), inner),
    max_leaves=4,
)
MEMBERS = st.dictionaries(
    st.sampled_from(["title", "metadata", "timestamp", "updated_at", "model"]), VALUES, max_size=3
)
TOKENS = st.one_of(st.none(), st.lists(st.integers(0, 9), max_size=3))


@st.composite
def _turn(draw: st.DrawFn, contents: st.SearchStrategy[str]) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": draw(st.sampled_from(ROLES)), "content": draw(contents)}
    time = draw(TIMES)
    return turn if time is None else turn | {"timestamp": time}


@st.composite
def _session(draw: st.DrawFn) -> dict[str, Any]:
    turns = draw(st.lists(_turn(st.sampled_from("abc")), max_size=6))
    return {"session_id": "s", "messages": turns, **draw(MEMBERS), "context": draw(TOKENS)}


@st.composite
def _went_on(draw: st.DrawFn, base: dict[str, Any], name: str) -> dict[str, Any]:
    """What one device made of it: turns removed, edited and added, members changed."""
    turns = [turn for turn in base["messages"] if draw(st.integers(0, 5))]
    for place, turn in enumerate(turns):
        if not draw(st.integers(0, 4)):
            turns[place] = turn | {"content": f"edited by {name}"}
    for number in range(draw(st.integers(0, 3))):
        added = draw(_turn(st.sampled_from([f"{name} {number}", "said by both"])))
        turns.insert(draw(st.integers(0, len(turns))), added)
    return base | draw(MEMBERS) | {"messages": turns, "context": draw(TOKENS)}


@st.composite
def _three(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    base = draw(_session())
    return base, draw(_went_on(base, "laptop")), draw(_went_on(base, "jetson"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sessions")


def _texts(result: Result) -> str:
    """Everything in the result, and in its conflicts."""
    return json.dumps([result.value, [each.to_json() for each in result.merged.conflicts]])


@given(_three())
def test_merging_what_only_one_side_changed_gives_that_side(
    folder: Path, three: tuple[dict[str, Any], ...]
) -> None:
    base, changed, _ = three
    for ours, theirs in ((base, changed), (changed, base), (changed, changed)):
        result = merge(folder, base, ours, theirs)
        assert json.dumps(result.value, sort_keys=True) == json.dumps(changed, sort_keys=True)
        assert result.conflicts == []


@given(_three())
@settings(max_examples=150)
def test_both_orders_hold_the_same_and_ask_the_same(folder: Path, three: tuple[dict[str, Any], ...]) -> None:
    """T8: devices that merge the same two versions must not go on to disagree."""
    both(folder, *three)
    both(folder, None, *three[1:])


@given(_three())
@settings(max_examples=150)
def test_nothing_that_one_side_added_is_missing(folder: Path, three: tuple[dict[str, Any], ...]) -> None:
    base, ours, theirs = three
    found = _texts(merge(folder, base, ours, theirs))
    for version in (ours, theirs):
        for turn in version["messages"]:
            assert turn in base["messages"] or json.dumps(turn) in found


@given(_three())
def test_a_devices_own_turns_stay_in_its_own_order(folder: Path, three: tuple[dict[str, Any], ...]) -> None:
    """Of those that only this device has, and that are not disputed."""
    base, ours, theirs = three
    merged = [json.dumps(turn) for turn in merge(folder, base, ours, theirs).value["messages"]]
    for version, other in ((ours, theirs), (theirs, ours)):
        own = [json.dumps(turn) for turn in version["messages"]]
        elsewhere = {json.dumps(turn) for turn in base["messages"] + other["messages"]}
        alone = [turn for turn in own if turn not in elsewhere and own.count(turn) == 1 and turn in merged]
        assert sorted(alone, key=merged.index) == alone


@given(_three())
def test_tokens_that_remain_are_those_of_a_side_with_the_same_messages(
    folder: Path, three: tuple[dict[str, Any], ...]
) -> None:
    """T21: never tokens of another conversation."""
    base, ours, theirs = three
    result = merge(folder, base, ours, theirs).value
    if result["context"] and result["messages"]:
        facts = ("context", "messages", "model")
        taken = [json.dumps([side.get(fact) for fact in facts]) for side in (ours, theirs)]
        assert json.dumps([result.get(fact) for fact in facts]) in taken


@given(_three())
def test_merging_again_changes_nothing(folder: Path, three: tuple[dict[str, Any], ...]) -> None:
    base, ours, theirs = three
    once = merge(folder, base, ours, theirs).value
    assert merge(folder, theirs, once, theirs).value == once
    assert merge(folder, ours, ours, once).value == once
