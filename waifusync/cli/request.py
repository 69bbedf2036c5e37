"""Which command was asked for: its one or two words, and the arguments that are left for it.

-C DIR push          is  push -C DIR       git's habit
device approve NAME  is  ["device", "approve"] and NAME
help push, push -h   is  push --help
nothing, or a group  is  its --help
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from waifusync.cli.declare import Command
from waifusync.errors import UsageError
from waifusync.values import NamedTuple


class Request(NamedTuple):
    """The words of a command (none: the program itself) and what follows them."""

    words: list[str]
    arguments: list[str]

    @property
    def name(self) -> str:
        """As it stands in the table."""
        return " ".join(self.words)


def resolve(table: Mapping[str, Command], given: Sequence[str]) -> Request:
    """Raises UsageError for a command that is not in the table, with the nearest one as a hint."""
    directory, rest = _split_directory(list(given))
    if rest[:1] == ["help"]:
        rest = [*rest[1:], "--help"]
    words = _words(table, rest)
    arguments = [*directory, *rest[len(words) :]]
    if " ".join(words) not in table and not rest[len(words) :]:
        arguments = ["--help"]
    return Request(words, arguments)


def _split_directory(given: list[str]) -> tuple[list[str], list[str]]:
    at = 0
    while given[at : at + 1] == ["-C"] and len(given) > at + 1:
        at += 2
    return given[:at], given[at:]


def _words(table: Mapping[str, Command], rest: Sequence[str]) -> list[str]:
    """As many leading words as name a command or a group; the rest are its arguments."""
    groups = {name.split()[0] for name in table if " " in name}
    words: list[str] = []
    for word in rest:
        name = " ".join([*words, word])
        if word.startswith("-"):
            break
        if name not in table and name not in groups:
            raise _unknown(name, table, groups)
        words.append(word)
        if name in table:
            break
    return words


def _unknown(name: str, table: Mapping[str, Command], groups: set[str]) -> UsageError:
    from difflib import get_close_matches

    nearest = get_close_matches(name, [*table, *groups], n=1)
    hint = f"did you mean 'waifusync {nearest[0]}'?" if nearest else "see 'waifusync --help'"
    return UsageError(f"'{name}' is not a waifusync command", hint=hint)
