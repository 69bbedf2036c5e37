"""What a person may choose about learning: [learning] in waifusync.toml, and what holds unless they did."""

from __future__ import annotations

import enum

from waifusync.values import NamedTuple

MOST_SOURCES = 1000


class Aggregation(str, enum.Enum):
    """How what several sources say of one proficiency becomes one number."""

    MAX = "max"
    AVERAGE = "average"
    WEIGHTED = "weighted"


class LearningSettings(NamedTuple):
    """`knowledge_verification_threshold` below 1 is a confidence, from 1 on a number of sources.
    `memory_deduplication`: whether each sync compares the memories that are new, and links duplicates."""

    skill_aggregation: Aggregation = Aggregation.WEIGHTED
    knowledge_verification_threshold: float = 0.8
    memory_deduplication: bool = False


def check_threshold(value: object) -> float:
    """A threshold of verification: a confidence above 0, or a number of sources. Raises ValueError."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and (0 < value < 1 or value in range(1, MOST_SOURCES + 1)):  # type: ignore[operator]  # a number
        return float(value)  # type: ignore[arg-type]  # likewise
    raise ValueError(
        f"expected a confidence between 0 and 1, or a whole number of sources from 1 to {MOST_SOURCES},"
        f" found {value!r}"
    )
