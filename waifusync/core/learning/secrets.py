"""What in a text no git host should read: keys, tokens and passwords; and addresses, where that is wanted.

Each rule has words one of which must occur before its pattern is tried: most texts hold none of them. A rule
that cries wolf is soon switched off, so hashes, UUIDs, code and plain numbers are left alone.
"""

from __future__ import annotations

import enum
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence

from waifusync.core.learning.personal import CARD, EMAIL, PHONE, has_card_numbers, is_address, is_phone
from waifusync.patterns import pattern
from waifusync.values import NamedTuple


class Kind(str, enum.Enum):
    """What was found; the first three are sought only where they are to be redacted."""

    EMAIL = "email"
    PHONE = "phone"
    CARD = "card"
    PRIVATE_KEY = "private_key"
    ACCESS_KEY = "access_key"
    TOKEN = "token"  # noqa: S105 - the name of a kind
    PASSWORD = "password"  # noqa: S105 - likewise


PERSONAL = frozenset((Kind.EMAIL, Kind.PHONE, Kind.CARD))
SECRET = frozenset(Kind) - PERSONAL


class Found(NamedTuple):
    """`text[start:end]` is it."""

    kind: Kind
    start: int
    end: int


class _Rule(NamedTuple):
    """The last group of the pattern is what was found, if `is_it` agrees."""

    kind: Kind
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    is_it: Callable[[str], bool]


def _always(text: str) -> bool:
    return True


def _is_random(text: str) -> bool:
    """Letters and digits mixed as no word mixes them."""
    counts = Counter(text)
    bits = -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
    has_both = any(map(str.isdigit, text)) and any(map(str.isalpha, text))
    return has_both and bits >= _LEAST_BITS and not _is_stand_in(text)


def _is_password(text: str) -> bool:
    """No plain word, which is what people write about passwords, and no piece of code."""
    is_word = text.isalpha() and (text.islower() or text.istitle())
    return len(text) >= _SHORTEST_PASSWORD and not is_word and not _is_stand_in(text)


def _is_stand_in(text: str) -> bool:
    """`<password>`, `${TOKEN}`, `***`, `os.environ[…]`, and what a redaction left."""
    is_code = any(sign in text for sign in "()[]{}<>$%…") or "..." in text or "**" in text
    return is_code or text.lower().strip("'\"") in _EXAMPLES or len(set(text.lower())) <= _FEWEST_LETTERS


_LEAST_BITS = 3.0
_SHORTEST_PASSWORD = 6
_FEWEST_LETTERS = 2
_EXAMPLES = frozenset(
    ("password", "passwd", "secret", "changeme", "your_password", "yourpassword", "example")
)
_TOKENS = (
    r"gh[ps]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255}|glpat-[A-Za-z0-9_-]{20,255}"
    r"|hf_[A-Za-z0-9]{30,255}|npm_[A-Za-z0-9]{36,255}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,255}|[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}|AIza[A-Za-z0-9_-]{35}"
)
# Each word costs every row that is told a quarter of a microsecond.
_TOKEN_WORDS = ("ghp_", "ghs_", "_pat_", "glpat-", "hf_", "npm_", "xox", "k_live_", "k_test_", "aiza")
_ASSIGNED = r"[\"']?\s{0,4}(?:[:=]|=>)\s{0,4}[\"']?"
_PASSWORD_WORDS = ("pass", "pwd", "kennwort", "contrase", "パスワード")
_KEYS = r"(?:api|access|secret|private|auth|encryption|signing|license|master|account|ssh|app|client)"
_SECRET_WORDS = ("secret", "token", "key", "bearer")

_RULES = (
    _Rule(
        Kind.PRIVATE_KEY,
        ("key",),
        pattern(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [^-]*-----|\Z)"),
        _always,
    ),
    _Rule(Kind.ACCESS_KEY, ("akia", "asia"), pattern(r"\b((?:AKIA|ASIA)[0-9A-Z]{16})\b"), _is_random),
    _Rule(Kind.TOKEN, _TOKEN_WORDS, pattern(rf"(?<![A-Za-z0-9])({_TOKENS})"), _is_random),
    _Rule(Kind.TOKEN, ("sk-",), pattern(r"\b(sk-[A-Za-z0-9_-]{20,255})"), _is_random),
    _Rule(
        Kind.TOKEN,
        ("eyj",),
        pattern(r"\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,})"),
        _always,
    ),
    _Rule(Kind.PASSWORD, ("://",), pattern(r"://[^\s/:@]{0,200}:([^\s/@]{1,200})@"), _is_password),
    _Rule(
        Kind.PASSWORD,
        _PASSWORD_WORDS,
        pattern(
            r"(?:passwor[dt]|passwd|passphrase|pwd|kennwort|contraseña|mot de passe|パスワード)"
            rf"(?:{_ASSIGNED}|\s{{1,4}}(?:is|ist|es|est)\s{{1,4}}(?=\S{{0,64}}[0-9])|は\s{{0,4}}|:)"
            r"([^\s\"',;]{1,200})",
            re.IGNORECASE,
        ),
        _is_password,
    ),
    _Rule(
        Kind.TOKEN,
        _SECRET_WORDS,
        pattern(
            rf"(?:secret|token|{_KEYS}[_ -]?key|bearer(?=\s))(?:{_ASSIGNED}|\s{{1,4}}(?:is\s{{1,4}})?)"
            r"([A-Za-z0-9+/=_.~-]{16,255})",
            re.IGNORECASE,
        ),
        _is_random,
    ),
    _Rule(Kind.EMAIL, ("@",), EMAIL, is_address),
    _Rule(Kind.CARD, (), CARD, has_card_numbers),
    _Rule(Kind.PHONE, (), PHONE, is_phone),
)
_WORDS = tuple({word for rule in _RULES if rule.kind in SECRET for word in rule.words})


def may_hold(text: str, *, kinds: Collection[Kind] = SECRET) -> bool:
    """Whether `find` has to be asked; also of a text that is quoted as in JSON. A microsecond or two."""
    small = text.lower()
    for word in _WORDS:  # a third faster than `any`
        if word in small:
            return True
    return not SECRET.issuperset(kinds)


def find(text: str, *, kinds: Collection[Kind] = SECRET) -> list[Found]:
    """What the text holds, from its beginning to its end, none within another; a secret before an address."""
    hits = sorted(_hits(text, kinds), key=lambda found: (found.start, found.kind in PERSONAL, -found.end))
    kept: list[Found] = []
    for found in hits:
        if not kept or found.start >= kept[-1].end:
            kept.append(found)
        elif found.kind in SECRET:
            kept[-1] = kept[-1]._replace(end=max(found.end, kept[-1].end))
    return kept


def _hits(text: str, kinds: Collection[Kind]) -> Iterator[Found]:
    small = text.lower()
    for rule in _RULES:
        if rule.kind not in kinds or (rule.words and not any(word in small for word in rule.words)):
            continue
        for match in rule.pattern.finditer(text):
            group = match.lastindex or 0
            held = match[group].rstrip(".,;:)") if group else match[0]
            if held and rule.is_it(held):
                yield Found(rule.kind, match.start(group), match.start(group) + len(held))


def redact(text: str, found: Sequence[Found]) -> str:
    """The text with `[email]`, `[token]`, … in the place of each; all else stays as it was."""
    parts, last = [], 0
    for each in found:
        parts += [text[last : each.start], f"[{each.kind.value}]"]
        last = each.end
    return "".join((*parts, text[last:]))
