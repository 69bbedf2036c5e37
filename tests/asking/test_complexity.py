"""How hard a task is, and that the number can be taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.ask_settings import AskSettings
from waifusync.core.complexity import complexity_parts, complexity_score

EASY = [
    "good morning",
    "what is my cat called?",
    "tell me a joke",
    "おはよう",
    "how are you today? I slept well",
]
HARD = [
    "Explain step by step why TCP needs three messages",
    "Compare Rust with Go and plan a migration of our parser",
    "なぜ空は青いの\uff1f説明して、海と比較して",
    "What is wrong here?\n```python\nprint(x)\n```\nExplain it.",
    "Prove that x^2 >= 0 and derive when it is 0",
]
_PIECES = [
    "why",
    "explain ",
    "\n",
    "```",
    "- a",
    "x = 1",
    "?",
    "なぜ",
    "a" * 50,
    "if x:",
    "}",
    " ",
    "1 + 1",
    "\r",
]


@pytest.mark.parametrize("task", EASY)
def test_small_talk_is_below_the_threshold(task: str) -> None:
    assert complexity_score(task) < AskSettings().threshold


@pytest.mark.parametrize("task", HARD)
def test_what_asks_for_thought_is_above_it(task: str) -> None:
    assert complexity_score(task) >= AskSettings().threshold


@given(st.text())
def test_the_score_is_the_sum_of_its_parts_and_between_0_and_1(task: str) -> None:
    total = sum(part.points for part in complexity_parts(task))
    assert complexity_score(task) == round(min(1.0, total), 3)
    assert total >= 0
    assert all(part.points >= 0 for part in complexity_parts(task))


_TASKS = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=5)), max_size=12).map("".join)


@given(_TASKS, _TASKS)
def test_more_text_never_makes_a_task_easier(task: str, more: str) -> None:
    whole = complexity_score(f"{task}\n{more}")
    assert whole >= complexity_score(task)
    assert whole >= complexity_score(more)


def test_a_part_names_no_word_of_the_task_but_from_its_own_list() -> None:
    told = " ".join(part.found for part in complexity_parts("explain my password hunter2, why?"))
    assert "explain, why" in told
    assert "hunter2" not in told
