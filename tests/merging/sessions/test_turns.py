"""Conversations that went on on two devices."""

from __future__ import annotations

from pathlib import Path

from tests.merging.sessions.merging_sessions import both, merge, session, turn
from waifusync.core.three_way import Strategy

HELLO = [turn("hello"), turn("good morning", "assistant")]


def _at(minute: int, content: str, role: str = "user") -> dict[str, object]:
    return turn(content, role, timestamp=f"2026-01-01T10:{minute:02}:00Z")


def test_what_both_devices_said_offline_is_kept_and_woven_by_time(tmp_path: Path) -> None:
    ours = session(*HELLO, _at(1, "tea?"), _at(2, "yes", "assistant"), _at(30, "thanks"))
    theirs = session(*HELLO, _at(10, "music?"), _at(11, "jazz", "assistant"))
    result = both(tmp_path, session(*HELLO), ours, theirs)
    assert result.said == ["hello", "good morning", "tea?", "yes", "music?", "jazz", "thanks"]
    assert result.conflicts == []


def test_an_answer_stays_with_its_question_when_both_talk_at_the_same_time(tmp_path: Path) -> None:
    ours = session(_at(1, "tea?"), _at(4, "green", "assistant"))
    theirs = session(_at(2, "music?"), _at(3, "jazz", "assistant"))
    assert both(tmp_path, session(), ours, theirs).said == ["tea?", "green", "music?", "jazz"]


def test_times_of_several_forms_and_zones_are_compared_as_times(tmp_path: Path) -> None:
    """T7: text with a zone, text without one (UTC), seconds, milliseconds."""
    ours = session(
        turn("first", timestamp="2026-01-01T12:01:00+02:00"), turn("third", timestamp=1767261780000)
    )
    theirs = session(
        turn("second", created_at="2026-01-01T10:02:00.123456789"), turn("fourth", timestamp=1767261840)
    )
    assert both(tmp_path, session(), ours, theirs).said == ["first", "second", "third", "fourth"]


def test_a_clock_that_goes_back_does_not_change_a_devices_own_order(tmp_path: Path) -> None:
    """T7: the board booted in 1970 in the middle of a conversation."""
    ours = session(_at(5, "one"), turn("two", timestamp="1970-01-01T00:00:00Z"), _at(7, "three"))
    theirs = session(_at(6, "between"))
    assert both(tmp_path, session(), ours, theirs).said == ["one", "two", "between", "three"]


def test_turns_without_times_stand_in_an_order_that_both_devices_agree_on(tmp_path: Path) -> None:
    ours = session(*HELLO, turn("b"), turn("b, answered", "assistant"))
    theirs = session(*HELLO, turn("a"), turn("a, answered", "assistant"))
    said = both(tmp_path, session(*HELLO), ours, theirs).said
    assert said[2:] in (
        ["a", "a, answered", "b", "b, answered"],
        ["b", "b, answered", "a", "a, answered"],
    )


def test_a_turn_that_both_have_stands_once_and_in_its_place(tmp_path: Path) -> None:
    ours = session(*HELLO, turn("only here"), turn("both"), turn("last"))
    theirs = session(*HELLO, turn("both"), turn("only there"))
    said = both(tmp_path, session(*HELLO), ours, theirs).said[2:]
    assert said[:2] == ["only here", "both"]
    assert sorted(said[2:]) == ["last", "only there"]


def test_the_same_word_said_again_is_not_taken_for_a_repetition(tmp_path: Path) -> None:
    ours = session(turn("yes"), turn("yes"), turn("yes"))
    assert both(tmp_path, session(turn("yes")), ours, session(turn("yes"), turn("yes"))).said == ["yes"] * 3


def test_an_edit_here_and_an_edit_of_another_turn_there_are_both_kept(tmp_path: Path) -> None:
    ours = session(turn("hello!"), HELLO[1])
    theirs = session(HELLO[0], turn("good evening", "assistant"))
    result = both(tmp_path, session(*HELLO), ours, theirs)
    assert result.said == ["hello!", "good evening"]
    assert result.conflicts == []


def test_a_turn_edited_differently_on_both_sides_is_a_conflict_with_both_versions_listed(
    tmp_path: Path,
) -> None:
    ours, theirs = (session(HELLO[0], turn(text, "assistant")) for text in ("good day", "good night"))
    result = both(tmp_path, session(*HELLO), ours, theirs)
    [decision] = merge(tmp_path, session(*HELLO), ours, theirs).merged.conflicts
    assert (decision.table, decision.key) == ("messages", "1")
    assert decision.clash is not None
    assert decision.clash.ours == turn("good day", "assistant")
    assert decision.clash.theirs == turn("good night", "assistant")
    assert result.said[1] in ("good day", "good night")


def test_an_edited_turn_is_known_by_its_id_wherever_it_stands(tmp_path: Path) -> None:
    base = session(turn("a", id=1), turn("b", id=2), turn("c", id=3))
    ours = session(turn("c, edited", id=3))
    theirs = session(turn("a", id=1), turn("b", id=2), turn("c", id=3), turn("d", id=4))
    assert both(tmp_path, base, ours, theirs).said == ["c, edited", "d"]


def test_a_turn_removed_here_goes_and_one_that_was_edited_there_is_asked_about(tmp_path: Path) -> None:
    """T4: what was deleted does not come back without a word."""
    base = session(turn("a", id=1), turn("b", id=2), turn("c", id=3))
    ours = session(turn("a", id=1))
    theirs = session(turn("a", id=1), turn("b, edited", id=2), turn("c", id=3))
    result = both(tmp_path, base, ours, theirs)
    assert result.said == ["a"]
    [conflict] = result.conflicts
    assert "b, edited" in str(conflict)


def test_a_strategy_settles_what_both_edited(tmp_path: Path) -> None:
    base = session(turn("a"), updated_at="2026-01-01")
    ours = session(turn("ours"), updated_at="2026-01-03")
    theirs = session(turn("theirs"), updated_at="2026-01-02")
    for strategy, said in (
        (Strategy.OURS, "ours"),
        (Strategy.THEIRS, "theirs"),
        (Strategy.LATEST_WINS, "ours"),
    ):
        result = merge(tmp_path, base, ours, theirs, strategy)
        assert result.said == [said]
        assert result.conflicts == []
    assert merge(tmp_path, base, ours, theirs).conflicts != []


def test_turns_of_an_older_session_are_merged_where_they_stand(tmp_path: Path) -> None:
    def older(*turns: object, at: str) -> dict[str, object]:
        state = {"history": list(turns), "mood": "calm"}
        return {
            "device": "laptop",
            "session_id": "s",
            "timestamp": at,
            "conversation_state": state,
            "metadata": {},
        }

    ours = older(turn("a"), turn("b", timestamp=1.0), at="2026-01-02")
    theirs = older(turn("a"), turn("c", timestamp=2.0), at="2026-01-03")
    result = both(tmp_path, older(turn("a"), at="2026-01-01"), ours, theirs)
    assert [each["content"] for each in result.value["conversation_state"]["history"]] == ["a", "b", "c"]
    assert result.value["timestamp"] == "2026-01-03"
    assert result.conflicts == []


def test_without_a_base_everything_is_new_and_nothing_is_lost(tmp_path: Path) -> None:
    result = both(
        tmp_path, None, session(*HELLO, turn("a"), mood="calm"), session(*HELLO, turn("b"), place="kitchen")
    )
    assert sorted(result.said[2:]) == ["a", "b"]
    assert (result.value["mood"], result.value["place"]) == ("calm", "kitchen")
    assert result.conflicts == []


def test_decisions_say_what_came_from_which_side(tmp_path: Path) -> None:
    result = merge(tmp_path, session(), session(_at(1, "a"), title="x"), session(_at(2, "b")))
    decided = [(each.table, each.key, each.action.value, each.side.value) for each in result.merged.decisions]
    assert decided == [
        ("messages", "0", "add", "ours"),
        ("messages", "1", "add", "theirs"),
        ("fields", "title", "add", "ours"),
    ]


def test_long_conversations_that_repeat_themselves_merge_in_linear_time(tmp_path: Path) -> None:
    """T25: matching them by the longest common run would take hours."""
    many = [turn("yes"), turn("no")] * 5_000
    result = both(
        tmp_path, session(*many), session(turn("first"), *many), session(*many[1:], turn("last"), *many)
    )
    assert result.said[0] == "first"
    assert "last" in result.said
