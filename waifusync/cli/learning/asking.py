"""On a terminal: what is to become of each thing that looks like a secret. With nobody there, it waits."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from waifusync.cli import output
from waifusync.core.safety_settings import OnSecret
from waifusync.workflows.syncing.letting_out import Answer, SecretsWait

if TYPE_CHECKING:
    from waifusync.core.learning.withheld import Withheld
    from waifusync.workflows.companion import Companion

_ANSWERS = {"r": Answer.REDACT, "k": Answer.KEEP, "s": Answer.SEND}


def may_ask(companion: Companion, *, json: bool) -> bool:
    """Whether somebody sits there who can be asked, and wants to be."""
    is_wanted = companion.config.safety.secrets is OnSecret.ASK and not json and not output.is_quiet()
    return is_wanted and all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def answers_to(error: SecretsWait) -> Mapping[str, Answer]:
    """By key; what is left out waits."""
    withheld = error.facts.get("withheld")
    waiting = withheld if isinstance(withheld, list) else []
    answers: dict[str, Answer] = {}
    for place, each in enumerate(waiting):
        word = _ask(each)
        found = _ANSWERS.get(word.lower())
        if found is not None and word.isupper():
            return answers | {other.key: found for other in waiting[place:]}
        if found is not None:
            answers[each.key] = found
    return answers


def _ask(each: Withheld) -> str:
    """A letter of _ANSWERS, as a capital for all that are left; another one, or none: later."""
    where = "; ".join(f"{field}: {', '.join(kinds)}" for field, kinds in each.found.items())
    output.say(f"{each.key} in {each.collection} holds what looks like a secret ({output.plain(where)}).")
    while True:
        output.say(
            "[r]edact it, [k]eep it on this device, [s]end it as it is, or decide [l]ater? (R, K, S: all)"
        )
        word = sys.stdin.readline().strip()[:1]
        if word.lower() in ("", "l", *_ANSWERS):
            return word
