"""CREATE TABLE statements as text: cut into columns and constraints, compared, and merged three-way.

theirs:                    as base      changed in other columns      changed in the same
ours: as base              ours         theirs                        theirs
      changed              ours         both sides' columns           same? ours, else incompatible
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from waifusync.values import NamedTuple

# Compiled where it is used (re remembers it): most merges find two equal definitions and never ask.
_WORDS = r"""(?P<space>\s+|--[^\n]*|/\*.*?(?:\*/|$))
    |(?P<text>[xX]?'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<word>\d[\w.]*|[\w$]+)
    |(?P<other>.)"""
_CONSTRAINTS = {"constraint", "primary", "unique", "check", "foreign"}


class Unreadable(ValueError):
    """The text is no CREATE TABLE as it is known here."""


class _Token(NamedTuple):
    kind: str
    text: str
    start: int

    @property
    def meaning(self) -> str:
        """The same for two ways of writing one thing."""
        if self.kind == "quoted":
            inside = self.text[1:-1]
            return (
                inside.replace(self.text[0] * 2, self.text[0]).lower()
                if self.text[0] != "["
                else inside.lower()
            )
        return self.text if self.kind == "text" else self.text.lower()


class Part(NamedTuple):
    """A column or a constraint: its text, and what it means; `name` None for a constraint."""

    name: str | None
    text: str
    rest_text: str
    meaning: tuple[str, ...]

    @property
    def rest(self) -> tuple[str, ...]:
        """A column's meaning without its name."""
        return self.meaning[1:]


class Definition(NamedTuple):
    head: str
    parts: tuple[Part, ...]
    tail: str

    @property
    def columns(self) -> dict[str, Part]:
        """By name in lower case, in order."""
        return {part.name.lower(): part for part in self.parts if part.name is not None}

    @property
    def constraints(self) -> list[Part]:
        return [part for part in self.parts if part.name is None]

    @property
    def meaning(self) -> tuple[object, ...]:
        """Equal for two definitions that differ in nothing but how they are written."""
        return tuple(part.meaning for part in self.parts), meaning(self.tail)

    @property
    def sql(self) -> str:
        return f"{self.head}({', '.join(part.text for part in self.parts)}){self.tail}"


class Joined(NamedTuple):
    """The merged definition; the renamings give a base column's name on each side, in lower case."""

    definition: Definition
    renamed_ours: Mapping[str, str]
    renamed_theirs: Mapping[str, str]


def meaning(sql: str) -> tuple[str, ...]:
    """A text of SQL without its blanks, comments, quotes and letter case."""
    return tuple(token.meaning for token in _tokens(sql) if token.kind != "space")


def parse(sql: str) -> Definition:
    """Raises Unreadable."""
    tokens = list(_tokens(sql))
    opening = next((place for place, token in enumerate(tokens) if token.text == "("), None)
    if opening is None:
        raise Unreadable(sql)
    parts: list[Part] = []
    depth, begin = 1, opening + 1
    for place in range(opening + 1, len(tokens)):
        text = tokens[place].text
        depth += (text == "(") - (text == ")")
        if depth == 0 or (depth == 1 and text == ","):
            parts.append(_part(tokens[begin:place]))
            begin = place + 1
        if depth == 0:
            return Definition(sql[: tokens[opening].start], tuple(parts), sql[tokens[place].start + 1 :])
    raise Unreadable(sql)


def _part(tokens: list[_Token]) -> Part:
    told = [token for token in tokens if token.kind != "space"]
    if not told:
        raise Unreadable("an empty column")
    # A comment that runs to the end of its line would swallow what is put behind it.
    first = told[0]
    place = tokens.index(first)
    rest = "".join(
        " " if token.text.startswith("--") else token.text for token in tokens[place + 1 :]
    ).strip()
    is_constraint = first.kind == "word" and first.text.lower() in _CONSTRAINTS
    name = None if is_constraint else _name(first)
    return Part(name, f"{first.text} {rest}".strip(), rest, tuple(token.meaning for token in told))


def _name(token: _Token) -> str:
    if token.kind == "word":
        return token.text
    inside = token.text[1:-1]
    return inside if token.text[0] == "[" else inside.replace(token.text[0] * 2, token.text[0])


def _tokens(sql: str) -> Iterator[_Token]:
    for match in re.finditer(_WORDS, sql, re.VERBOSE | re.DOTALL):
        yield _Token(str(match.lastgroup), match[0], match.start())


def join(
    base: Definition | None,
    ours: Definition,
    theirs: Definition,
    renamed: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> Joined | None:
    """None when one column is defined in two ways that cannot both be. `renamed`: old to new, by side."""
    renamed_ours, renamed_theirs = renamed
    if any(renamed_theirs.get(column, name) != name for column, name in renamed_ours.items()):
        return None
    for one, other, kept in ((ours, theirs, ours), (ours, base, theirs), (theirs, base, ours)):
        if other is not None and one.meaning == other.meaning:
            return Joined(kept, renamed_ours, renamed_theirs)
    columns = _join_columns(base, ours, theirs, {**renamed_ours, **renamed_theirs})
    tail = _pick(meaning(base.tail) if base else None, meaning(ours.tail), meaning(theirs.tail))
    if columns is None or tail is None:
        return None
    constraints = _join_constraints(base, ours, theirs)
    tail_text = ours.tail if tail == meaning(ours.tail) else theirs.tail
    return Joined(Definition(ours.head, (*columns, *constraints), tail_text), renamed_ours, renamed_theirs)


def renamings(base: Definition, side: Definition) -> dict[str, str]:
    """Base columns that are gone, where a column of the same definition came in the same place."""
    before, after = list(base.columns), list(side.columns)
    if len(before) > len(after):
        return {}
    return {
        old: new
        for old, new in zip(before, after)
        if old not in side.columns
        and new not in base.columns
        and base.columns[old].rest == side.columns[new].rest
    }


def _join_columns(
    base: Definition | None, ours: Definition, theirs: Definition, renamed: Mapping[str, str]
) -> list[Part] | None:
    was = {renamed.get(name, name): part for name, part in (base.columns if base else {}).items()}
    mine = _renamed(ours, renamed)
    other = _renamed(theirs, renamed)
    joined = []
    for name in [*mine, *(name for name in other if name not in mine)]:
        if name in mine and name in other:
            picked = _pick(was[name].rest if name in was else None, mine[name].rest, other[name].rest)
            if picked is None:
                return None
            joined.append(mine[name] if picked == mine[name].rest else other[name])
        elif name not in was:
            joined.append(mine[name] if name in mine else other[name])
    return joined


def _renamed(side: Definition, renamed: Mapping[str, str]) -> dict[str, Part]:
    """The side's columns under their new names, whoever gave them."""
    columns = {}
    for name, part in side.columns.items():
        new = renamed.get(name, name)
        text = f'"{new}" {part.rest_text}'.strip()
        columns[new] = part if new == name else Part(new, text, part.rest_text, (new, *part.rest))
    return columns


def _join_constraints(base: Definition | None, ours: Definition, theirs: Definition) -> list[Part]:
    was = {part.meaning for part in base.constraints} if base else set()
    mine = {part.meaning: part for part in ours.constraints}
    other = {part.meaning: part for part in theirs.constraints}
    return [
        part
        for told, part in {**mine, **other}.items()
        if (told in mine and told in other) or told not in was
    ]


def _pick(base: object, ours: object, theirs: object) -> object | None:
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else None
