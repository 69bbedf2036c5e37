"""The collections of the log that are no table of the person's, by name, and how their keys are made.

A key names its record among those of all collections, so each begins with a word of its own. What comes from
outside (ids of events, names of skills) may hold anything, and a key is kept short.
"""

from __future__ import annotations

import json

TABLES = "waifusync:tables"
EXPERIENCES = "waifusync:experiences"
MEMORY_FACTS = "waifusync:memory_facts"
SKILLS = "waifusync:skills"
KNOWLEDGE = "waifusync:knowledge"
PERSONALITY = "waifusync:personality"
STATES = "waifusync:states"
STATE_BLOCKS = "waifusync:state_blocks"
LINKS = "waifusync:links"
# Which entries merged others by themselves, and which those were.
MERGED = "waifusync:merged"

_LONGEST_PART = 100

# (device id, entry number)
EntryId = tuple[str, int]


def key_of(word: str, *parts: str) -> str:
    """`word:part:part`; a part that is long, or that holds a colon, stands as its hash."""
    return ":".join((word, *map(_plain, parts)))


def merge_key(entry: EntryId) -> str:
    """The key of the record that says what this entry merged."""
    return key_of("merged", entry[0], str(entry[1]))


def merging_entry(key: str) -> EntryId | None:
    """The entry of which that is the key; None for any other key."""
    word, _, rest = key.partition(":")
    device, _, number = rest.partition(":")
    return (device, int(number)) if word == "merged" and number.isdecimal() else None


def merged_of(told: object) -> dict[str, list[EntryId]]:
    """By field, the entries that were merged; what another device wrote malformed counts as not said."""
    try:
        found = json.loads(told) if isinstance(told, str) else {}
        return {name: [(str(device), int(number)) for device, number in each] for name, each in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _plain(part: str) -> str:
    if part and len(part) <= _LONGEST_PART and ":" not in part and part.isprintable() and part[0] != "~":
        return part
    import hashlib

    return "~" + hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:32]
