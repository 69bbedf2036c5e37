"""The collections of the log that are no table of the person's, by name, and how their keys are made.

A key names its record among those of all collections, so each begins with a word of its own. What comes from
outside (ids of events, names of skills) may hold anything, and a key is kept short.
"""

from __future__ import annotations

import hashlib

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


def key_of(word: str, *parts: str) -> str:
    """`word:part:part`; a part that is long, or that holds a colon, stands as its hash."""
    return ":".join((word, *map(_plain, parts)))


def _plain(part: str) -> str:
    if part and len(part) <= _LONGEST_PART and ":" not in part and part.isprintable() and part[0] != "~":
        return part
    return "~" + hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:32]
