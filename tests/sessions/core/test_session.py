"""The format: read strictly, tokens packed, unknown things carried."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sessions.worlds import DEVICES, message, session
from waifusync.core.session import NewerFormat, read_session
from waifusync.core.tokens import pack, unpack

NAME = f"{DEVICES[0]}_session_001"


def _bytes(**more: Any) -> bytes:
    return json.dumps({**session(NAME, message("a1")).value, **more}).encode()


@given(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=900))
def test_tokens_come_back_as_they_went(tokens: list[int]) -> None:
    assert unpack(pack(tokens)) == tokens


def test_716_tokens_take_about_two_kilobytes() -> None:
    chance = random.Random(1)
    for vocabulary, most in ((32_000, 2000), (128_256, 2100), (256_000, 2250)):
        tokens = [chance.randrange(vocabulary) for _ in range(716)]
        assert len(json.dumps(pack(tokens))) <= most


@pytest.mark.parametrize(
    "packed",
    [
        {},
        {"count": 10**9, "bits": 17, "data": "AAAA"},
        {"count": 2, "bits": 10**6, "data": "AAAA"},
        {"count": 1, "bits": 8, "data": "AAAA"},
        {"count": 1, "bits": 8, "data": "A\u00e9=="},
        {"count": True, "bits": 8, "data": "AA=="},
        {"count": 1, "bits": 8, "data": None},
    ],
)
def test_tokens_that_are_not_what_they_say_are_refused(packed: dict[str, Any]) -> None:
    """T25"""
    with pytest.raises(ValueError, match=r"^its? "):
        unpack(packed)


@pytest.mark.parametrize("tokens", [[], [-1], [2**31], [True], ["1"]])
def test_what_is_no_token_is_not_packed(tokens: list[Any]) -> None:
    with pytest.raises(ValueError, match="no context tokens"):
        pack(tokens)


def test_what_nobody_here_knows_is_carried_along() -> None:
    """T16"""
    read = read_session(_bytes(mood={"level": 3}))
    assert read.having(updated_at="x").value["mood"] == {"level": 3}


def test_a_newer_format_is_told_from_damage() -> None:
    with pytest.raises(NewerFormat, match="format 2"):
        read_session(_bytes(format=2))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"format": 1}',
        _bytes(format=True),
        _bytes(session_id="../../evil"),
        _bytes(session_id="laptop_session_001"),
        _bytes(conversation=""),
        _bytes(messages={}),
        _bytes(messages=[{"role": "user"}]),
        _bytes(messages=[{"id": "a", "role": 1}]),
        _bytes(messages=[message("a"), message("a")]),
        _bytes(messages=[message("a", content=1)]),
        _bytes(messages=[message("a", images="x")]),
        _bytes(continues="x"),
        _bytes(continues={"session_id": 1}),
        _bytes(merges=[1]),
        _bytes(checkpoints=[]),
        _bytes(checkpoints={"x": 1}),
        _bytes(weight=float("nan")),
        _bytes()[:-1] + b', "format": 1}',
        b'{"x":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_what_is_no_session_is_refused_with_a_reason(content: bytes) -> None:
    """T25"""
    with pytest.raises(ValueError, match=r"^(it|its|two|a|an|the|[A-Z][A-Za-z]+) ") as raised:
        read_session(content)
    assert not isinstance(raised.value, NewerFormat)


def test_the_example_in_the_document_is_a_session() -> None:
    text = (Path(__file__).parents[3] / "docs/formats.md").read_text("utf-8")
    (example,) = re.findall(r"^```session\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    read = read_session(example.encode())
    held = read.held()
    assert held is not None
    assert (list(held.tokens), held.turn) == ([1, 17, 400], read.last_turn)
    assert read.continues == ("laptop-7k3q9x2a_session_001", "5aqhxbhm7rqcb63s")
