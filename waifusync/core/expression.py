"""Expressions of generated columns and CHECKs: read out of a table's SQL, and written anew.

SQL text from another device is never executed: a text is cut into tokens, each token has to be known, and
what is executed is put together here. Nothing is allowed that could fail, take long, or differ by device.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping

from waifusync.patterns import pattern
from waifusync.values import dataclass

# Without abs (overflows), json_extract (malformed), LIKE and GLOB (complex patterns): they can fail on a row.
_FUNCTIONS = frozenset(
    [
        *("coalesce", "hex", "ifnull", "iif", "instr", "json_valid", "length", "lower", "ltrim", "max"),
        *("min", "nullif", "round", "rtrim", "sign", "substr", "trim", "typeof", "unicode", "upper"),
    ]
)
_KEYWORDS = frozenset(
    [
        *("AND", "OR", "NOT", "IS", "NULL", "IN", "BETWEEN"),
        *("CASE", "WHEN", "THEN", "ELSE", "END", "ISNULL", "NOTNULL"),
    ]
)
# Most tables have neither, and need not be cut into tokens.
_MENTIONS_AS = pattern(r"\bAS\b", re.IGNORECASE)
_MENTIONS_CHECK = pattern(r"\bCHECK\b", re.IGNORECASE)
_LONGEST = 1000
_DEEPEST = 8
_TOKEN = pattern(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<literal>[xX]'[0-9a-fA-F]*'|'(?:[^']|'')*'|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)
    |(?P<quoted>"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\])
    |(?P<name>[^\W\d]\w*)
    |(?P<operator>\|\||<=|>=|<>|!=|==|<<|>>|[-+*/%&|<>=~(),])""",
    re.VERBOSE | re.DOTALL,
)


class UnsafeExpression(ValueError):
    """Something in it is not known to be harmless."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    def is_word(self, word: str) -> bool:
        return self.kind == "name" and self.text.upper() == word

    @property
    def as_name(self) -> str:
        """The name meant; quotes taken off."""
        if self.kind == "name":
            return self.text
        return self.text[1:-1].replace('""', '"')


def render(text: str, columns: Iterable[str]) -> str:
    """The same expression, of known parts only, over these columns. Raises UnsafeExpression."""
    if len(text) > _LONGEST:
        raise UnsafeExpression("an expression that is too long")
    tokens, by_lower = list(_tokens(text)), {name.lower(): name for name in columns}
    _check_depth(tokens)
    followers = [*tokens[1:], _Token("end", "")]
    return " ".join(_rendered(one, after, by_lower) for one, after in zip(tokens, followers, strict=True))


def _rendered(token: _Token, after: _Token, columns: dict[str, str]) -> str:
    if token.kind in ("literal", "operator"):
        return token.text
    name = token.as_name.lower()
    if token.kind == "name" and after.text == "(" and name in _FUNCTIONS:
        return name
    if token.kind == "name" and name.upper() in _KEYWORDS:
        return name.upper()
    if name in columns and after.text != "(":
        return '"' + columns[name].replace('"', '""') + '"'
    raise UnsafeExpression(f"an expression with {token.text[:40]!r}")


def _check_depth(tokens: list[_Token]) -> None:
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if not 0 <= depth <= _DEEPEST:
            raise UnsafeExpression("an expression with too many brackets")
    if depth or not tokens:
        raise UnsafeExpression("an expression that does not end")


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise UnsafeExpression(f"an expression with {text[place]!r}")
        place = match.end()
        if match.lastgroup != "space":
            yield _Token(str(match.lastgroup), match.group())


@functools.lru_cache(maxsize=256)
def generated_columns(sql: str) -> Mapping[str, tuple[str, bool]]:
    """Of a CREATE TABLE: each generated column's expression, and whether it is stored."""
    found = {}
    for definition in _definitions(sql) if _MENTIONS_AS.search(sql) else ():
        for expression, rest in _groups_after(definition, "AS"):
            is_stored = any(token.is_word("STORED") for token in rest)
            found[definition[0].as_name] = (expression, is_stored)
    return found


@functools.lru_cache(maxsize=256)
def checks(sql: str) -> tuple[str, ...]:
    """Of a CREATE TABLE: the expressions of its CHECKs."""
    definitions = _definitions(sql) if _MENTIONS_CHECK.search(sql) else []
    return tuple(text for definition in definitions for text, _ in _groups_after(definition, "CHECK"))


def _definitions(sql: str) -> list[list[_Token]]:
    """The parts between a CREATE TABLE's outer brackets; none if it is like nothing that is known here."""
    try:
        tokens = list(_tokens(sql))
    except UnsafeExpression:
        return []
    parts: list[list[_Token]] = [[]]
    depth = 0
    for token in tokens:
        depth -= token.text == ")"
        if depth == 1 and token.text == ",":
            parts.append([])
        elif depth:
            parts[-1].append(token)
        depth += token.text == "("
    return [part for part in parts if part]


def _groups_after(definition: list[_Token], word: str) -> Iterator[tuple[str, list[_Token]]]:
    """Each bracketed text that follows this word, and what comes after it."""
    depth = start = 0
    for place, token in enumerate(definition):
        depth -= token.text == ")"
        if not depth and start and token.text == ")":
            yield " ".join(each.text for each in definition[start:place]), definition[place:]
            start = 0
        if not depth and token.text == "(" and place and definition[place - 1].is_word(word):
            start = place + 1
        depth += token.text == "("
