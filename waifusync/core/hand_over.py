"""A hand-over: one device leaves a conversation to another, and that one says that it has picked it up.

    laptop's file   "hand_over": {"at": …, "to": "b4n8w6zt", "session": …, "turn": …, "note": …}
    jetson's file   "picked_up": {"7k3q9x2a": …}     the time of the laptop's hand-over

Each writes its own file only. A device has handed over once at most: a later one takes the place of it. Other
devices write these members: one that is not as it should be counts as not said.
"""

from __future__ import annotations

from collections.abc import Mapping

from waifusync.core.moments import moment
from waifusync.core.session import SESSION_ID
from waifusync.values import NamedTuple

HAND_OVER = "hand_over"
PICKED_UP = "picked_up"
MOST_NOTE = 500
_MOST_NAME = 100

Told = Mapping[str, Mapping[str, object]]


class HandOver(NamedTuple):
    """`giver` and `to` are ids of devices, `to` "" for whoever comes first; `session` "" where none is."""

    giver: str
    at: str
    to: str = ""
    session: str = ""
    turn: str = ""
    note: str = ""

    def to_json(self) -> dict[str, object]:
        """As it stands in the giver's own file, which need not name the giver."""
        told = self._asdict()
        del told["giver"]
        return told


def hand_over_in(giver: str, told: Mapping[str, object]) -> HandOver | None:
    """The one that a device's file tells of; None where it tells of none, or of none that can be."""
    value = told.get(HAND_OVER)
    if not isinstance(value, dict) or not isinstance(at := value.get("at"), str) or moment(at) is None:
        return None
    session = _text(value.get("session"), _MOST_NAME)
    return HandOver(
        giver,
        at,
        _text(value.get("to"), _MOST_NAME),
        session if SESSION_ID.fullmatch(session) else "",
        _text(value.get("turn"), _MOST_NAME),
        _text(value.get("note"), MOST_NOTE),
    )


def waiting(told: Told) -> list[HandOver]:
    """Those that nobody has picked up, the newest first; `told` is what each device's file says, by id."""
    found = [hand_over_in(giver, members) for giver, members in told.items()]
    open_ones = [each for each in found if each is not None and not _is_picked_up(each, told)]
    return sorted(open_ones, key=lambda each: (moment(each.at) or 0.0, each.giver), reverse=True)


def waiting_for(device: str, told: Told) -> list[HandOver]:
    """Those that this device may pick up: meant for it or for anybody, and not its own."""
    return [each for each in waiting(told) if each.giver != device and each.to in ("", device)]


def _is_picked_up(found: HandOver, told: Told) -> bool:
    said = (members.get(PICKED_UP) for device, members in told.items() if device != found.giver)
    return any(isinstance(each, dict) and each.get(found.giver) == found.at for each in said)


def _text(value: object, longest: int) -> str:
    is_short = isinstance(value, str) and len(value) <= longest
    return str(value) if is_short and is_whole(str(value)) else ""


def is_whole(text: str) -> bool:
    """Whether it can be written as UTF-8: half of a surrogate pair cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)
