"""The resume plan: tokens only where they can be meant, else messages within the budget."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sessions.worlds import message
from waifusync.core.resuming import Server, cost, cut, resume_plan, room_for_answer
from waifusync.core.session import Held

SAID = [message("s", role="system"), message("a"), message("b", role="assistant")]
HELD = Held((1, 2, 300), "b", "t", "m")
SERVER = Server("t", "m", 301, takes_context=True)


def test_the_same_tokenizer_gets_the_tokens() -> None:
    plan = resume_plan(SAID, HELD, SERVER, num_ctx=512)
    assert (plan.way, list(plan.context)) == ("tokens", [1, 2, 300])
    assert plan.num_ctx == 512


@pytest.mark.parametrize(
    ("held", "server", "reason"),
    [
        (None, SERVER, "no tokens"),
        (HELD._replace(tokens=()), SERVER, "no tokens"),
        (HELD._replace(turn="a"), SERVER, "said after"),
        (HELD, SERVER._replace(takes_context=False), "takes no tokens"),
        (HELD, SERVER._replace(tokenizer=""), "nobody says"),
        (HELD._replace(tokenizer=""), SERVER._replace(tokenizer=""), "nobody says"),
        (HELD._replace(tokenizer="u"), SERVER, "another tokenizer"),
        (HELD._replace(template="n"), SERVER, "another template"),
        (HELD, SERVER._replace(vocabulary=300), "beyond"),
        (HELD._replace(tokens=(-1, 2)), SERVER, "beyond"),
        (HELD._replace(tokens=(1,) * 500), SERVER, "do not fit"),
    ],
)
def test_anything_else_gets_the_messages_and_a_reason(held: Any, server: Server, reason: str) -> None:
    """T21"""
    plan = resume_plan(SAID, held, server, num_ctx=512)
    assert (plan.way, tuple(plan.context)) == ("messages", ())
    assert reason in plan.reason
    assert [each["role"] for each in plan.messages] == ["system", "user", "assistant"]


def test_only_what_a_server_knows_is_sent() -> None:
    said = [message("a", cut=True, thinking="hm", images=["i"])]
    assert resume_plan(said, None, SERVER, num_ctx=4096).messages == [
        {"role": "user", "content": "what a says", "images": ["i"]}
    ]


TURNS = st.lists(
    st.tuples(st.sampled_from(["user", "assistant", "system", "tool"]), st.text(max_size=60)), max_size=25
).map(
    lambda all_: [
        {"id": str(place), "role": role, "content": text} for place, (role, text) in enumerate(all_)
    ]
)


@given(TURNS, st.integers(-50, 900))
def test_what_is_cut_is_the_oldest_and_the_rest_fits(said: list[dict[str, Any]], budget: int) -> None:
    kept = cut(said, budget)
    systems = [each for each in said if each["role"] == "system"]
    spoken, spoken_kept = ([each for each in all_ if each["role"] != "system"] for all_ in (said, kept))
    assert [each for each in kept if each["role"] == "system"] == systems
    assert spoken_kept == spoken[len(spoken) - len(spoken_kept) :]
    assert spoken_kept or not spoken
    assert sum(map(cost, kept)) <= budget or len(spoken_kept) <= 1


@given(TURNS, st.integers(0, 900))
def test_an_exchange_is_kept_whole_where_one_fits(said: list[dict[str, Any]], budget: int) -> None:
    kept = [each for each in cut(said, budget) if each["role"] != "system"]
    spoken = [each for each in said if each["role"] != "system"]
    if len(kept) < len(spoken) and any(each["role"] == "user" for each in kept):
        assert kept[0]["role"] == "user"


def test_there_is_always_room_for_an_answer() -> None:
    assert [room_for_answer(each) for each in (256, 4096, 262_144)] == [64, 1024, 2048]
