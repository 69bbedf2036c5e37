"""What the devices of a companion are called: by their folders' names, and where two took one name offline,
the later one by that name and a number, on every device alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from waifusync.log.source import device_id
from waifusync.repository import layout
from waifusync.repository.objects import ObjectReader
from waifusync.workflows.local_state import LocalState, write_local_state

if TYPE_CHECKING:  # `status` asks for names, and must not pay for all that a sync imports
    from waifusync.workflows.syncing.under_way import UnderWay


def name_devices(folders: Iterable[str], created: Callable[[str], int]) -> dict[str, str]:
    """Device id to name. `created` is asked only about devices whose names collide."""
    by_name: dict[str, list[str]] = {}
    for folder in sorted(set(folders)):
        by_name.setdefault(folder.rpartition("-")[0], []).append(folder)
    names: dict[str, str] = {}
    for name, same in by_name.items():
        ordered = sorted(same, key=lambda folder: (created(folder), folder)) if len(same) > 1 else same
        for place, folder in enumerate(ordered, start=1):
            names[device_id(folder)] = name if place == 1 else _free_name(name, place, by_name)
    return names


def _free_name(name: str, number: int, taken: Iterable[str]) -> str:
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"


def creation_of(reader: ObjectReader, commit: str, folder: str) -> int:
    """When a device was set up, as its own file says; a device without one comes last."""
    return created_in(reader.read(f"{commit}:{layout.DEVICES}/{folder}.json", max_bytes=1 << 20))


def created_in(content: bytes | None) -> int:
    """The moment in a device's file, in milliseconds since 1970."""
    try:
        return int(json.loads(content or b"")["created"])
    except (ValueError, KeyError, TypeError):
        return 1 << 62


def keep_name_unique(sync: UnderWay, commit: str, folders: Iterable[str]) -> None:
    """This device gives way to one that took its name earlier."""
    state = sync.companion.state
    names = name_devices({*folders, state.folder}, lambda folder: creation_of(sync.reader, commit, folder))
    name = names[state.id]
    if name != state.name and state.folder.startswith(f"{state.name}-"):
        renamed: LocalState = state._replace(name=name)
        write_local_state(sync.git.state_directory, renamed)
        sync.companion = sync.companion._replace(state=renamed)
        sync.outcome.repaired.append(f"another device is called {state.name}: this one is {name} from now on")
