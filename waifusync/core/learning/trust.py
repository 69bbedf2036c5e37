"""How far a source is trusted: by who authenticated it, never by what it says of itself.

written here by the person      a command line or program of this device's owner
brought by a device of theirs   its entry lies in a log of the companion, which only that device writes
anything else                   whatever else knocks
"""

from __future__ import annotations

import enum


class Trust(str, enum.Enum):
    """As MemoryFacts.trust has it."""

    PERSON = "person"
    KNOWN = "known"
    OTHER = "other"


def trust_in(told: str) -> Trust:
    """What a companion's devices wrote down of a memory. Nothing: a program on one of them wrote the row.
    Words that are unknown here count as anything else."""
    if not told:
        return Trust.KNOWN
    return next((each for each in Trust if each.value == told), Trust.OTHER)
