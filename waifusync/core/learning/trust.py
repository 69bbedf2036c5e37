"""How far a source is trusted: by who authenticated it, never by what it says of itself.

written here by the person      a command line or program of this device's owner
brought by a device of theirs   its entry lies in a log of the companion, which only that device writes
anything else                   whatever else knocks
"""

from __future__ import annotations

import enum
from collections.abc import Collection


class Trust(str, enum.Enum):
    """As MemoryFacts.trust has it."""

    PERSON = "person"
    KNOWN = "known"
    OTHER = "other"


def trust_of(*, by_person: bool, device: str | None, devices: Collection[str]) -> Trust:
    """`device` is the one that was authenticated, None where none was; `devices` are the companion's."""
    if by_person:
        return Trust.PERSON
    return Trust.KNOWN if device is not None and device in devices else Trust.OTHER


def believed(claim: str, *, writer: str, devices: Collection[str]) -> Trust:
    """What a record says of its own trust, held against the device whose log it came in. Lenient: unknown
    words count as anything else."""
    if writer not in devices:
        return Trust.OTHER
    return next((each for each in Trust if each.value == claim), Trust.OTHER)
