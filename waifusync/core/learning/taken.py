"""What became of a word that was handed in, so that what a delivery tells of itself adds up."""

from __future__ import annotations

import enum

from waifusync.values import NamedTuple


class Came(str, enum.Enum):
    """What it came to, in what is shown: a word known before, or older than what is known, is nothing."""

    ADDED = "added"
    UPDATED = "updated"
    VERIFIED = "verified"
    REMOVED = "removed"
    NOTHING = "nothing"


class Taken(NamedTuple):
    """`subject`: the id of the skill or the statement it is about."""

    came: Came
    subject: str
