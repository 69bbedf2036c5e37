"""What an entry must not carry out of a device unless its person says so, by field; and it without that.

Only texts are looked at: numbers and bytes say nothing that a pattern could find, and what the columns of a
table are called is no message.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from waifusync.core.entry import Entry
from waifusync.core.learning.collections import TABLES
from waifusync.core.learning.secrets import Found, Kind, find, may_hold, redact
from waifusync.core.values import Travel
from waifusync.values import NamedTuple


class Withheld(NamedTuple):
    """One record of which something unsent holds what was looked for; `found` are kinds by field."""

    key: str
    collection: str
    found: Mapping[str, tuple[str, ...]]

    @property
    def kinds(self) -> list[str]:
        """Each once."""
        return sorted({kind for kinds in self.found.values() for kind in kinds})

    def to_json(self) -> dict[str, object]:
        """As `secrets list --json` has it; no text of a memory is in it."""
        found = {name: list(kinds) for name, kinds in self.found.items()}
        return {"key": self.key, "collection": self.collection, "found": found}

    def joined(self, other: Withheld) -> Withheld:
        """What is found in either of two entries about one record."""
        names = [*self.found, *(name for name in other.found if name not in self.found)]
        found = {
            name: tuple(dict.fromkeys((*self.found.get(name, ()), *other.found.get(name, ()))))
            for name in names
        }
        return self._replace(found=found)


class Sieve(NamedTuple):
    """What is looked for; `is_let_out` says of a found text that the person has answered for it."""

    kinds: Collection[Kind]
    is_let_out: Callable[[str], bool]

    def may_hold(self, line: str) -> bool:
        """Whether an entry's line is worth reading; no false no."""
        return may_hold(line, kinds=self.kinds)

    def find(self, text: str) -> list[Found]:
        """What is not answered for."""
        found = find(text, kinds=self.kinds)
        return [each for each in found if not self.is_let_out(text[each.start : each.end])]

    def texts_found(self, entry: Entry) -> list[str]:
        """The very texts: for the person's answer, and for nothing that is shown."""
        texts = _texts(entry).values()
        return [text[each.start : each.end] for text in texts for each in self.find(text)]

    def withheld(self, entry: Entry) -> Withheld | None:
        """None: it may go."""
        found = {
            name: tuple(dict.fromkeys(each.kind.value for each in self.find(value)))
            for name, value in _texts(entry).items()
        }
        some = {name: kinds for name, kinds in found.items() if kinds}
        return Withheld(entry.key, entry.collection, some) if some else None

    def clean(self, text: str) -> str:
        """The text with what was found redacted."""
        return redact(text, self.find(text))

    def cleaned(self, entry: Entry) -> Mapping[str, Travel]:
        """The fields whose text becomes another, with that."""
        cleaned = {name: self.clean(value) for name, value in _texts(entry).items()}
        fields = entry.fields or {}
        return {name: text for name, text in cleaned.items() if text != fields[name]}


def _texts(entry: Entry) -> dict[str, str]:
    if entry.collection == TABLES or entry.fields is None:
        return {}
    return {name: value for name, value in entry.fields.items() if isinstance(value, str)}
