"""Addresses, telephone numbers and payment cards in a text: sought only where somebody wants that."""

from __future__ import annotations

import re

from waifusync.patterns import pattern

EMAIL = pattern(r"(?<![\w.+%-])([\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?![\w-])")
# Numbers that stand in no longer word or number; groups are told apart by one sign throughout.
CARD = pattern(r"(?<![\w.+-])(\d{13,19}|\d{4}([ -])\d{4}\2\d{4}\2\d{1,7}|\d{4}([ -])\d{6}\3\d{4,5})(?![\w-])")
# A plain number is never one: a telephone number has its country, or is written in groups.
PHONE = pattern(
    r"(?<![\w.+/-])(\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d(?:[ ./-]?\d){5,12}"
    r"|\(\d{2,5}\)[ ]?\d{3,4}[ .-]?\d{3,6}|\d{3}([ .-])\d{3}\2\d{4}|0\d{1,4}[/-]\d{5,9}|0\d{2,4} \d{6,8})"
    r"(?![\w-])"
)
_CARDS = pattern(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|(?:6011|65\d\d|64[4-9]\d)\d{12}|35\d{14}|62\d{14,17}|(?:50|5[6-9]|6[37])\d{10,17}"
)


def is_address(text: str) -> bool:
    """`git@host` is how a repository is named."""
    return not text.lower().startswith("git@")


def has_card_numbers(text: str) -> bool:
    """A known issuer's length, and the sum of Luhn."""
    digits = re.sub(r"[ -]", "", text)
    return _CARDS.fullmatch(digits) is not None and _luhn(digits) and len(set(digits)) > 1


def _luhn(digits: str) -> bool:
    doubled = (int(each) * (1 + place % 2) for place, each in enumerate(reversed(digits)))
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


def is_phone(text: str) -> bool:
    """As many digits as a telephone number has."""
    return 7 <= sum(map(str.isdigit, text)) <= 15
