"""What `watch` has to tell, as values; each trouble once, and once more when it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from waifusync.errors import WaifusyncError


class Event(NamedTuple):
    """One line: `kind` is one word of a documented list, `text` for people, `facts` for programs."""

    kind: str
    text: str
    hint: str = ""
    facts: Mapping[str, object] = {}


Tell = Callable[[Event], None]


@dataclass(slots=True)
class Troubles:
    """What is wrong, by where: "here" or "remote"."""

    tell: Tell
    _told: dict[str, str] = field(default_factory=dict)
    _times: dict[str, int] = field(default_factory=dict)

    def failed(self, where: str, error: WaifusyncError) -> None:
        """Told when it is not what was told last of this place."""
        self._times[where] = self._times.get(where, 0) + 1
        if self._told.get(where) != error.message:
            self._told[where] = error.message
            self.tell(Event("failed", error.message, error.hint, {"where": where, "code": int(error.code)}))

    def over(self, where: str) -> None:
        """Nothing is told where nothing had failed."""
        if where in self._told:
            times = self._times.pop(where)
            was = self._told.pop(where)
            text = f"all is well again, after {times} {'failure' if times == 1 else 'failures'} ({was})"
            self.tell(Event("recovered", text, facts={"where": where, "failures": times}))
