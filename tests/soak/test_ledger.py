"""What was acknowledged, as the ledger tells it: whatever is amiss in the database is noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.soak.ledger import Expected

TOLD = (
    {"begun": 1, "what": "insert", "text": "kept", "answer": "a"},
    {"done": 1, "milliseconds": 1.0},
    {"begun": 2, "what": "edit", "text": "kept", "answer": "b"},
    {"done": 2, "milliseconds": 1.0},
    {"begun": 3, "what": "insert", "text": "gone", "answer": "c"},
    {"done": 3, "milliseconds": 1.0},
    {"begun": 4, "what": "delete", "text": "gone", "answer": ""},
    {"done": 4, "milliseconds": 1.0},
    {"begun": 5, "what": "insert", "text": "refused", "answer": "d"},
    {"busy": 5, "milliseconds": 1.0},
    {"begun": 6, "what": "insert", "text": "killed at it", "answer": "e"},
)


@pytest.fixture
def expected(tmp_path: Path) -> Expected:
    ledger = tmp_path / "ledger.jsonl"
    ledger.write_text("".join(f"{json.dumps(line)}\n" for line in TOLD) + '{"begun": 7, "wh')
    return Expected.of([ledger])


@pytest.mark.parametrize("there", [{"kept": "b"}, {"kept": "b", "killed at it": "e"}])
def test_what_was_acknowledged_is_there_and_what_was_not_may_be(
    expected: Expected, there: dict[str, str]
) -> None:
    assert expected.wrong(there) == []
    assert expected.acknowledged == 1


@pytest.mark.parametrize(
    ("there", "wrong"),
    [
        ({}, "kept"),
        ({"kept": "a"}, "kept"),
        ({"kept": "b", "gone": "c"}, "gone"),
        ({"kept": "b", "refused": "d"}, "refused"),
        ({"kept": "b", "killed at it": "f"}, "killed at it"),
        ({"kept": "b", "never heard of": "g"}, "never heard of"),
    ],
)
def test_what_is_lost_back_again_old_or_of_nobody_is_noticed(
    expected: Expected, there: dict[str, str], wrong: str
) -> None:
    assert expected.wrong(there) == [wrong]
