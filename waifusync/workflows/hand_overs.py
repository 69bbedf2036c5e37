"""What was handed over and is not picked up yet, as the devices' own files tell it here."""

from __future__ import annotations

from collections.abc import Mapping

from waifusync.core.hand_over import HandOver, Told, waiting, waiting_for
from waifusync.log.source import device_id
from waifusync.workflows.companion import Companion
from waifusync.workflows.device_facts import device_contents, members


def told_by_devices(companion: Companion) -> Told:
    """The members of every device's file, by the device's id."""
    return told_in(device_contents(companion))


def told_in(files: Mapping[str, bytes]) -> Told:
    """The same of files by the device's folder."""
    return {device_id(folder): members(content) for folder, content in files.items()}


def named(found: HandOver, names: Mapping[str, str]) -> dict[str, str]:
    """As it is shown: the documented shape. `names` are those of devices by id."""
    return {
        "from": names.get(found.giver, found.giver),
        "at": found.at,
        "note": found.note,
        "session": found.session,
        "turn": found.turn,
    }


def waiting_here(companion: Companion) -> list[HandOver]:
    """Those that this device may pick up, the newest first."""
    return waiting_for(companion.state.id, told_by_devices(companion))


def own_waiting(companion: Companion) -> HandOver | None:
    """What this device handed over, for as long as nobody is known to have picked it up."""
    own = companion.state.id
    return next((each for each in waiting(told_by_devices(companion)) if each.giver == own), None)
