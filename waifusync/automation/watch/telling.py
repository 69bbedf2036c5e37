"""What `watch` has to tell, as values; each trouble once, and once more when it is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from waifusync.errors import WaifusyncError
from waifusync.values import NamedTuple, dataclass, field


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
        """Told once, be it of one place or of both."""
        self._times[where] = self._times.get(where, 0) + 1
        if error.message not in self._told.values():
            self._told[where] = error.message
            self.tell(Event("failed", error.message, error.hint, {"where": where, "code": int(error.code)}))

    def over(self, where: str) -> None:
        """Nothing is told where nothing had failed."""
        times, was = self._times.pop(where, 0), self._told.pop(where, None)
        if was is not None:
            text = f"works again after {times} {'failure' if times == 1 else 'failures'}: {was}"
            self.tell(Event("recovered", text, facts={"where": where, "failures": times}))
