"""What is no session, or not safe to read: refused, and ours as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.merging.sessions.merging_sessions import merge, session
from waifusync.merging.files import CannotMerge

GOOD = b'{"messages":[],"ours":1}'
BAD = {
    "a list": (b"[]", "not a JSON object"),
    "no session": (b'{"name":"package","version":"1"}', "none of messages"),
    "NaN": (b'{"messages":[],"x":NaN}', "NaN"),
    "infinity": (b'{"messages":[],"x":-Infinity}', "Infinity"),
    "a number that is infinity": (b'{"messages":[],"x":1e999}', "too large"),
    "an endless integer": (b'{"messages":[],"x":' + b"9" * 5000 + b"}", "digits"),
    "a key twice": (b'{"messages":[],"messages":[1]}', "twice"),
    "a key twice, deep": (b'{"messages":[{"role":"user","a":1,"a":2}]}', "twice"),
    "too deep": (b'{"messages":' + b"[" * 70 + b"]" * 70 + b"}", "deep"),
    "much too deep": (b'{"messages":' + b"[" * 2_000_000 + b"]" * 2_000_000 + b"}", "deep"),
    "too large": (b'{"messages":[]}' + b" " * (32 * 1024 * 1024), "32 MiB"),
    "not UTF-8": (b'{"messages":["\xff"]}', "UTF-8"),
    "cut off": (b'{"messages":[', "not JSON"),
    "conflict markers": (b'<<<<<<< ours\n{"messages":[]}\n', "not JSON"),
}


@pytest.mark.parametrize("side", ["base", "ours", "theirs"])
@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_trusted_is_refused_by_name_and_ours_stays(
    tmp_path: Path, case: str, side: str
) -> None:
    """T5, T25: deep JSON, huge numbers, half a file, a key that two programs read differently."""
    content, reason = BAD[case]
    versions: dict[str, object] = {"base": GOOD, "ours": GOOD, "theirs": GOOD, side: content}
    with pytest.raises(CannotMerge) as raised:
        merge(tmp_path, versions["base"], versions["ours"], versions["theirs"])
    assert side in raised.value.message
    assert reason in raised.value.message
    assert (tmp_path / "ours").read_bytes() == versions["ours"]
    assert {path.name for path in tmp_path.iterdir()} == {"base", "ours", "theirs"}


def test_two_different_sessions_are_not_stirred_together(tmp_path: Path) -> None:
    with pytest.raises(CannotMerge, match=r"two sessions.*\"a\".*\"b\""):
        merge(tmp_path, None, session() | {"session_id": "a"}, session() | {"session_id": "b"})


def test_as_deep_as_allowed_is_allowed(tmp_path: Path) -> None:
    deep = b'{"messages":' + b"[" * 62 + b"]" * 62 + b"}"
    assert merge(tmp_path, deep, deep, deep).conflicts == []


def test_text_that_looks_like_conflict_markers_is_only_text(tmp_path: Path) -> None:
    """T5: a memory may be about git."""
    text = {"role": "user", "content": "<<<<<<< ours\n=======\n>>>>>>> theirs"}
    assert merge(tmp_path, session(), session(text), session(x=1)).said == [text["content"]]
