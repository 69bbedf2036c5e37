"""Which two memories are never fused, however alike they look; and which only a person may fuse."""

from __future__ import annotations

import re

from waifusync.core.matching.likeness import Likeness
from waifusync.core.matching.negation import negations
from waifusync.core.matching.numbers import numbers
from waifusync.core.matching.words import Text, read
from waifusync.patterns import pattern
from waifusync.values import NamedTuple

_ERROR = pattern(
    r"""[\s\[({<"'*]*(
        (\w+\.)*\w*(error|exception|fehler|erreur|errore)\b\s*([:\]})"]|\d{3}|code)
      | traceback\ \(most\ recent
      | (http\s*)?[45]\d\d\b\s*(error|bad|not|too|internal|service|gateway|forbidden)
      | (an?\ |the\ )?(unexpected\ |internal\ |server\ |network\ )*(error|exception)\ (has\ )?occurred
      | (request|connection|model|generation)\ (failed|refused|timed\ out|reset|aborted) | timed?\ ?out\b
      | (cuda\ )?out\ of\ memory | sorry,?\ (but\ )?(there\ was\ )?an?\ (\w+\ )?error
      | failed\ to\ (connect|load)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


class Told(NamedTuple):
    """A memory as far as comparing it goes. `agent` is the companion it was told of, "" for the one here;
    `is_error`, that what was answered (or said, where nobody answered) is a machine's report of a failure."""

    said: Text
    answered: Text
    model: str = ""
    agent: str = ""
    trust: str = ""
    is_private: bool = False
    is_error: bool = False

    @property
    def hash(self) -> str:
        """Of the two texts; equal where they are the same but for how they are written."""
        return read(f"{self.said.hash}-{self.answered.hash}").hash


def told(
    said: str | None,
    answered: str | None = None,
    *,
    model: str | None = None,
    agent: str = "",
    trust: str = "",
    is_private: bool = False,
) -> Told:
    """From the columns of a row; None is an empty text."""
    said, answered = said or "", answered or ""
    reply = answered if answered.strip() else said
    is_error = _ERROR.match(reply[:200]) is not None
    return Told(read(said), read(answered), model or "", agent, trust, is_private, is_error)


def forbidden(ours: Told, theirs: Told, said: Likeness, answered: Likeness, grey: float) -> str:
    """Why these two are never fused, whatever their likeness; "" where nothing forbids it."""
    if ours.agent != theirs.agent:
        return "two companions"
    if ours.is_private != theirs.is_private:
        return "private and public"
    if ours.is_error or theirs.is_error:
        return "an error text"
    return _changed(ours, theirs) or _answers(ours, theirs, said, answered, grey)


def _changed(ours: Told, theirs: Told) -> str:
    for mine, other in ((ours.said, theirs.said), (ours.answered, theirs.answered)):
        if mine.normal != other.normal:
            if negations(mine) != negations(other):
                return "negated"
            if numbers(mine) != numbers(other):
                return "another number"
    return ""


def _answers(ours: Told, theirs: Told, said: Likeness, answered: Likeness, grey: float) -> str:
    if not (ours.answered.words and theirs.answered.words):
        return ""
    if ours.model and theirs.model and ours.model != theirs.model:
        return "two models' replies"
    return "another answer" if said.words >= grey > answered.words else ""


def doubt(ours: Told, theirs: Told, parts: tuple[Likeness, ...]) -> str:
    """Why only a person may say that these two are one; "" where there is no doubt.

    "likes" for "hates" changes one word of a hundred: words that were exchanged or moved are never small.
    """
    if ours.answered.words and ours.model != theirs.model:
        return "one reply without a model"
    return "" if all(part.is_extension for part in parts) else "reworded"
