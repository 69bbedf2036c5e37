"""This clock against what the remote and the other devices say, and how long ago each was seen."""

from __future__ import annotations

from waifusync.workflows.doctoring.check import Check, Finding, note
from waifusync.workflows.doctoring.patient import Patient
from waifusync.workflows.known_devices import iso

_MINUTE = 60 * 1000
_DAY = 24 * 60 * _MINUTE
# Clocks that are set by the network differ by seconds.
_TOLERATED = 10 * _MINUTE
_LONG_AWAY = 30 * _DAY
# Before this waifusync was written, no clock that is right can be.
_EARLIEST = 1_750_000_000_000
_SET = "let the network set it: timedatectl set-ntp true"


def look_at_clock(patient: Patient) -> list[Finding]:
    now = patient.now
    if now < _EARLIEST:
        return [Finding(f"this clock says {iso(now)}", _SET)]
    last = patient.last.success
    if last is not None and last > now + _TOLERATED:
        text = f"this clock says {iso(now)}, and the last sync was at {iso(last)} by it: it went back"
        return [Finding(text, _SET)]
    own = patient.companion.state.name
    ahead = {name: at for name, at in patient.commit_times.items() if name != own and at > now + _TOLERATED}
    if len(ahead) > 1:
        text = f"this clock says {iso(now)}, and {', '.join(sorted(ahead))} are ahead of it"
        return [Finding(f"{text}: it is probably this one that is behind", _SET)]
    return [
        Finding(
            f"{name} committed at {iso(at)}, and here it is {iso(now)}: one of the two clocks is wrong",
            f"look at both; {_SET}",
        )
        for name, at in ahead.items()
    ]


def look_at_absent_devices(patient: Patient) -> list[Finding]:
    found = []
    for folder, name in patient.known.names.items():
        last = max(patient.known.last_times.get(folder, 0), patient.commit_times.get(name, 0))
        if folder != patient.companion.state.folder and 0 < last < patient.now - _LONG_AWAY:
            days = (patient.now - last) // _DAY
            found.append(note(f"{name} was last seen {days} days ago, on {(iso(last) or '')[:10]}"))
    return found


CHECKS = (
    Check("clock", "the order of edits that had not seen each other follows the clocks", look_at_clock),
    Check("absent devices", "what they hold and did not send is nowhere else", look_at_absent_devices),
)
