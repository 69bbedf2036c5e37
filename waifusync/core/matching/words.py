"""What of a text is compared: its words, without capitals, punctuation, or the ways to encode one letter.

Emoji and signs such as < and € are words. Where a script puts no space between words, pairs of neighbouring
letters stand for them. A text of nothing but spaces and punctuation has no words, and is like no other.
"""

from __future__ import annotations

import hashlib
import unicodedata

from waifusync.core.unspaced import UNSPACED
from waifusync.patterns import pattern
from waifusync.values import NamedTuple

_RUN = pattern(f"{UNSPACED}+")
# Kept for the moment by `_Letters`; only inside a word or a number do these belong to it: don't, -3.5, 10:30.
_INNER = frozenset("'.,:-")
# The sign first: a search for one of five letters is thirty times as fast as one for a place beside a word.
_LOOSE = pattern(
    r"['.,:-](?:(?<=')(?:(?<!\w')|(?!\w))|(?<=[.,:])(?:(?<!\d[.,:])|(?!\d))|(?<=-)(?:(?<=\w-)|(?!\d)))"
)
# Typographic apostrophes, and the minus of mathematics.
_SAME_AS = {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u2212": "-"}
_COUNTS_AS_WORD = frozenset("%‰")
_SKIN_TONES = range(0x1F3FB, 0x1F400)


class _Letters(dict[int, str]):
    """For str.translate: what becomes of each character; worked out once."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        self[code] = found = _becomes(_SAME_AS.get(letter, letter))
        return found


def _becomes(letter: str) -> str:
    kind = unicodedata.category(letter)
    if letter in _INNER or kind[0] in "LN" or kind in ("Mn", "Mc"):
        # Variation selectors choose between a black heart and a red one.
        return "" if "\ufe00" <= letter <= "\ufe0f" else letter
    if kind in ("Cf", "Me"):
        return ""
    is_sign = kind in ("Sm", "Sc", "So", "Cn", "Co") or ord(letter) in _SKIN_TONES
    return f" {letter} " if is_sign or letter in _COUNTS_AS_WORD else " "


_LETTERS = _Letters()


class Text(NamedTuple):
    """A text as it is compared. `normal` is the same for texts that are the same but for how they are
    written; `order` its words one by one, unspaced letters each on its own; `words` the set."""

    normal: str
    order: tuple[str, ...]
    words: frozenset[str]

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits, equal for texts with one normal form."""
        return hashlib.blake2b(self.normal.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def read(text: str) -> Text:
    """Any text, also an empty one."""
    found = normal(text)
    if found.isascii():
        order = tuple(found.split())
        return Text(found, order, frozenset(order))
    return _read_letters(found)


def _read_letters(found: str) -> Text:
    order: list[str] = []
    words: set[str] = set()
    for word in found.split():
        if _RUN.match(word):
            order += word
            words.update(_pairs(word))
        else:
            order.append(word)
            words.add(word)
    return Text(found, tuple(order), frozenset(words))


def normal(text: str) -> str:
    """NFKC, casefolded, one space between words, punctuation gone; done twice, it changes no more."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    plain = _LOOSE.sub(" ", plain.translate(_LETTERS))
    if not plain.isascii():
        plain = _RUN.sub(r" \g<0> ", plain)
    return " ".join(plain.split())


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)] or [run]
