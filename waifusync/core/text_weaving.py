"""Two texts that came of one: what was changed in different sentences stands side by side.

    base        earlier      later        together
    A. B. C.    A2. B. C.    A. B. C2.    A2. B. C2.
    A. B.       A. B. C.     A. B2.       A. B2. C.
    A. B.       A2. B.       A3. B.       A3. B.        one sentence: the later stands
    A.          A. B.        A. C.        A. C.         one place: likewise

By sentences and lines, not by words: of "I like tea", "I do not like tea" and "I like black tea" must not
become what nobody said.
"""

from __future__ import annotations

from collections.abc import Sequence

from waifusync.patterns import pattern
from waifusync.values import NamedTuple

# Comparing takes a time that grows faster than the text.
MOST_SENTENCES = 2000
_BETWEEN = pattern("(\\s*\\n\\s*|(?<=[.!?…])\\s+|(?<=[\u3002\uff01\uff1f]))")


class Woven(NamedTuple):
    """The text, and whether both had changed one place of it, where only the later stands."""

    text: str
    is_disputed: bool


class _Change(NamedTuple):
    """Sentences `start` to `end` of the base became these."""

    start: int
    end: int
    now: tuple[str, ...]
    is_later: bool


def weave(base: str, earlier: str, later: str) -> Woven:
    """Both changes of `base` in one text; where they meet, `later` stands."""
    if earlier in (base, later) or later == base:
        return Woven(later if earlier in (base, later) else earlier, False)
    pieces = sentences(base)
    if max(map(len, (pieces, sentences(earlier), sentences(later)))) > MOST_SENTENCES:
        return Woven(later, True)
    ours = _changes(pieces, sentences(earlier), is_later=False)
    theirs = _changes(pieces, sentences(later), is_later=True)
    chosen, is_disputed = _chosen(ours, theirs)
    return Woven(_applied(pieces, chosen), is_disputed)


def sentences(text: str) -> list[str]:
    """The text in pieces that, put together, are the text again: sentences, and the blanks between."""
    return [piece for piece in _BETWEEN.split(text) if piece]


def _changes(base: Sequence[str], now: Sequence[str], *, is_later: bool) -> list[_Change]:
    from difflib import SequenceMatcher  # for who needs it

    codes = SequenceMatcher(None, base, now, autojunk=False).get_opcodes()
    return [_Change(i, j, tuple(now[k:m]), is_later) for tag, i, j, k, m in codes if tag != "equal"]


def _chosen(ours: list[_Change], theirs: list[_Change]) -> tuple[list[_Change], bool]:
    """All changes that do not meet another; of those that meet, the later's."""
    chosen, is_disputed = [], False
    for group in _groups(sorted([*ours, *theirs])):
        later = [each for each in group if each.is_later]
        earlier = [each for each in group if not each.is_later]
        is_same = [each[:3] for each in later] == [each[:3] for each in earlier]
        is_disputed |= bool(later and earlier) and not is_same
        chosen += later or earlier
    return chosen, is_disputed


def _groups(changes: list[_Change]) -> list[list[_Change]]:
    groups: list[list[_Change]] = []
    end = -1
    for each in changes:
        if groups and _meets(groups[-1], each, end):
            groups[-1].append(each)
        else:
            groups.append([each])
            end = -1
        end = max(end, each.end)
    return groups


def _meets(group: list[_Change], each: _Change, end: int) -> bool:
    """Within what is changed already, or added where something else was added."""
    return each.start < end or each[:2] == group[-1][:2]


def _applied(base: Sequence[str], changes: list[_Change]) -> str:
    parts: list[str] = []
    at = 0
    for each in changes:
        parts += [*base[at : each.start], *each.now]
        at = each.end
    return "".join([*parts, *base[at:]])
