"""The rest of a session: tokens, times, members that nobody knows; and how it is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.merging.sessions.merging_sessions import both, merge, session, turn, write
from waifusync.core.three_way import Strategy
from waifusync.merging import sessions
from waifusync.merging.files import Versions

HELLO = turn("hello")


def test_tokens_are_dropped_when_both_devices_went_on_and_a_note_says_so(tmp_path: Path) -> None:
    """T21: tokens of one side alone would resume a conversation that never was."""
    base = session(HELLO, context_tokens="old", model="phi3:mini")
    ours = session(HELLO, turn("a"), context_tokens="ours", model="phi3:mini")
    theirs = session(HELLO, turn("b"), context_tokens="theirs", model="phi3:mini")
    result = both(tmp_path, base, ours, theirs)
    assert result.value["context_tokens"] is None
    assert result.merged.notes == (
        "context_tokens dropped: no side's tokens are those of the merged messages",
    )
    assert result.conflicts == []


def test_tokens_of_the_one_side_that_went_on_are_kept(tmp_path: Path) -> None:
    base = session(HELLO, context_tokens=[1, 2], title="x")
    ours = session(HELLO, turn("a"), context_tokens=[1, 2, 3], title="x")
    result = both(tmp_path, base, ours, session(HELLO, context_tokens=[1, 2], title="y"))
    assert result.value["context_tokens"] == [1, 2, 3]
    assert result.merged.notes == ()


@pytest.mark.parametrize("fact", ["model", "model_digest", "tokenizer_fingerprint", "template_hash"])
def test_tokens_are_not_kept_beside_another_models_facts(tmp_path: Path, fact: str) -> None:
    """T21: the model was changed there while the conversation went on here."""
    base = session(HELLO, context_tokens=[1], **{fact: "one"})
    ours = session(HELLO, turn("a"), context_tokens=[1, 2], **{fact: "one"})
    result = both(tmp_path, base, ours, session(HELLO, context_tokens=[9], **{fact: "two"}))
    assert result.value[fact] == "two"
    assert result.value["context_tokens"] is None


@pytest.mark.parametrize("fact", ["num_ctx", "server_version"])
def test_tokens_stay_when_what_changed_does_not_touch_them(tmp_path: Path, fact: str) -> None:
    base = session(HELLO, context=[1], **{fact: 1})
    ours = session(HELLO, turn("a"), context=[1, 2], **{fact: 1})
    assert both(tmp_path, base, ours, session(HELLO, context=[1], **{fact: 2})).value["context"] == [1, 2]


def test_a_session_of_tokens_alone_keeps_them_and_asks(tmp_path: Path) -> None:
    def older(tokens: str, at: str) -> dict[str, object]:
        return {"device": "laptop", "session_id": "s", "timestamp": at, "context_tokens": tokens}

    ours, theirs = older("eJxLBAAAYgBi", "2026-01-02"), older("eJxLAgAAYwBj", "2026-01-03")
    result = both(tmp_path, older("eJwDAAAAAAE=", "2026-01-01"), ours, theirs)
    assert result.value["context_tokens"] == "eJxLAgAAYwBj"
    assert len(result.conflicts) == 1
    assert merge(tmp_path, older("", "2026-01-01"), ours, theirs, Strategy.LATEST_WINS).conflicts == []


def test_what_only_shares_its_name_with_tokens_is_carried_along(tmp_path: Path) -> None:
    base = session(HELLO, context="about tea", tokens=1)
    ours = session(HELLO, turn("a"), context="about tea", tokens=2)
    theirs = session(HELLO, turn("b"), context="about green tea", tokens=1)
    result = both(tmp_path, base, ours, theirs)
    assert (result.value["context"], result.value["tokens"]) == ("about green tea", 2)
    assert result.merged.notes == ()


def test_members_merge_one_by_one_also_inside_objects(tmp_path: Path) -> None:
    base = session(metadata={"mood": "calm", "deep": {"a": 1}}, gone=1)
    ours = session(metadata={"mood": "calm", "deep": {"a": 1, "b": 2}}, gone=1)
    theirs = session(metadata={"mood": "glad", "deep": {"a": 3}, "new": None})
    result = both(tmp_path, base, ours, theirs)
    assert result.value["metadata"] == {"mood": "glad", "deep": {"a": 3, "b": 2}, "new": None}
    assert "gone" not in result.value
    assert result.conflicts == []


def test_a_member_changed_on_both_sides_is_a_conflict_that_names_its_path(tmp_path: Path) -> None:
    base, ours, theirs = (session(metadata={"mood": mood}) for mood in ("calm", "glad", "sad"))
    [conflict] = both(tmp_path, base, ours, theirs).conflicts
    assert conflict[:2] == ("fields", "metadata.mood")


def test_a_member_removed_here_and_changed_there_goes_and_is_a_conflict(tmp_path: Path) -> None:
    result = both(tmp_path, session(mood="calm"), session(), session(mood="glad"))
    assert "mood" not in result.value
    assert len(result.conflicts) == 1
    kept = merge(tmp_path, session(mood="calm"), session(), session(mood="glad"), Strategy.THEIRS)
    assert kept.value["mood"] == "glad"
    assert [each.action.value for each in kept.merged.decisions] == ["keep"]


@pytest.mark.parametrize(("one", "other"), [(1, True), (1, 1.0), (0, False), (0.0, -0.0), ("1", 1)])
def test_values_that_python_takes_for_equal_are_told_apart(
    tmp_path: Path, one: object, other: object
) -> None:
    result = both(tmp_path, session(x=one), session(x=other), session(x=one, y=1))
    assert json.dumps(result.value["x"]) == json.dumps(other)


def test_of_two_times_the_later_stays_and_nobody_is_asked(tmp_path: Path) -> None:
    base = session(updated_at="2026-01-01T00:00:00Z", timestamp=1)
    ours = session(updated_at="2026-01-01T12:00:00+05:00", timestamp=3)
    theirs = session(updated_at="2026-01-01T08:00:00Z", timestamp=2)
    result = both(tmp_path, base, ours, theirs)
    assert result.value["updated_at"] == "2026-01-01T08:00:00Z"
    assert result.value["timestamp"] == 3
    assert result.conflicts == []


@pytest.mark.parametrize(
    ("like", "expected"),
    [
        ('{"messages":[]}', '{"messages":[],"é":1}'),
        ('{"messages": []}\n', '{"messages":[],"é":1}\n'),
        ('{\n  "messages": []\n}\n', '{\n  "messages": [],\n  "é": 1\n}\n'),
        ('{\n\t"messages": []\n}', '{\n\t"messages": [],\n\t"é": 1\n}'),
        ('{\n    "messages": []\n}', '{\n    "messages": [],\n    "é": 1\n}'),
    ],
)
def test_a_session_is_laid_out_as_ours_was(tmp_path: Path, like: str, expected: str) -> None:
    ours = like.encode().replace(b"{", b'{"o":1,', 1) if "\n" not in like.strip() else like.encode()
    expected = expected.replace("{", '{"o":1,', 1) if "\n" not in like.strip() else expected
    base = b'{"messages":[],"old":1}'
    assert merge(tmp_path, base, ours, '{"messages":[],"old":1,"é":1}'.encode()).text == expected


def test_a_side_that_alone_went_on_is_kept_to_the_byte(tmp_path: Path) -> None:
    base, changed = b'{"messages":[]}', b'{ "messages" : [ ], "x" : 1.50, "y" : "\\u00e9" }\r\n'
    for ours, theirs in ((base, changed), (changed, base), (changed, changed)):
        merge(tmp_path, base, ours, theirs)
        assert (tmp_path / "ours").read_bytes() == changed


def test_half_an_emoji_survives_and_can_be_reported(tmp_path: Path) -> None:
    ours = b'{"messages":[],"a":"\\ud83d","b":1}'
    result = merge(tmp_path, b'{"messages":[],"a":"x"}', ours, b'{"messages":[],"a":"y","c":1}')
    assert result.value["c"] == 1
    result.merged.write_report(tmp_path / "report")
    kept = merge(tmp_path, b'{"messages":[]}', ours, b'{"messages":[],"c":1}')
    assert kept.value["a"] == "\ud83d"


def test_differences_list_turns_and_members(tmp_path: Path) -> None:
    one = write(tmp_path / "one", session(turn("a"), turn("b", "assistant"), mood="calm", old=1))
    other = write(tmp_path / "other", session(turn("a"), turn("c", "assistant"), turn("d"), mood="glad"))
    found = [(each.table, each.key, each.action.value) for each in sessions.differences(one, other)]
    assert found == [
        ("messages", "1", "change"),
        ("messages", "2", "add"),
        ("fields", "mood", "change"),
        ("fields", "old", "remove"),
    ]
    [edited, *_] = sessions.differences(one, other)
    assert edited.fields == {"content": ("b", "c")}
    assert list(sessions.differences(one, one)) == []


def test_the_result_may_go_elsewhere_and_ours_stays(tmp_path: Path) -> None:
    base, ours, theirs = (write(tmp_path / name, session(**{name: 1})) for name in ("base", "ours", "theirs"))
    before = ours.read_bytes()
    sessions.merge(Versions.of(base, ours, theirs), tmp_path / "out", Strategy.MANUAL_REVIEW)
    assert ours.read_bytes() == before
    assert set(json.loads((tmp_path / "out").read_text())) == {"session_id", "messages", "ours", "theirs"}
    assert {path.name for path in tmp_path.iterdir()} == {"base", "ours", "theirs", "out"}
