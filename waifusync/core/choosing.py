"""What a person makes of two values that lost sight of each other: both of them, or one of their own."""

from __future__ import annotations

from waifusync.core.text_weaving import weave
from waifusync.core.values import Travel


class NotPossible(ValueError):
    """These values cannot be kept in this way; the message says why."""


def both(earlier: Travel, later: Travel, base: Travel) -> str:
    """Two texts as one: woven where they changed different sentences, else one below the other.

    Of two of which one contains the other, the longer. Raises NotPossible for anything but plain texts.
    """
    if not isinstance(earlier, str) or not isinstance(later, str):
        raise NotPossible("only of two texts both can be kept")
    if any(text.lstrip()[:1] in ("{", "[") for text in (earlier, later)):
        raise NotPossible("only of plain texts both can be kept, and these may be JSON")
    woven = weave(base, earlier, later) if isinstance(base, str) else None
    if woven is not None and not woven.is_disputed:
        return woven.text
    if earlier in later or later in earlier:
        return max(earlier, later, key=len)
    return earlier + ("\n\n" if "\n" in earlier + later else "\n") + later


def own(text: str, ours: Travel, theirs: Travel) -> Travel:
    """What a person typed, of the kind that both sides have. Raises NotPossible."""
    kinds = {_kind(each) for each in (ours, theirs) if each is not None}
    if kinds - {str, int, float}:
        raise NotPossible("bytes, vectors and references cannot be typed")
    if kinds and str not in kinds:
        return _number(text, is_whole=kinds == {int})
    return text


def _kind(value: Travel) -> type:
    return type(value)


def _number(text: str, *, is_whole: bool) -> int | float:
    try:
        number = int(text) if is_whole else float(text)
    except ValueError:
        raise NotPossible(f"both sides are {'whole ' if is_whole else ''}numbers") from None
    if number not in range(-(1 << 63), 1 << 63) if is_whole else number - number != 0:
        raise NotPossible("that number is too large")
    return number
