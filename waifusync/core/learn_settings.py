"""What a person may choose about learning: [learning] in waifusync.toml, and what holds unless they did."""

from __future__ import annotations

from typing import NamedTuple


class LearnSettings(NamedTuple):
    """`memory_deduplication`: whether a sync compares the memories that are new, and links duplicates."""

    memory_deduplication: bool = False
