"""What the devices of a companion are called: by their folders' names, and where two took one name offline,
the later one by that name and a number, on every device alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from waifusync.errors import UsageError
from waifusync.log.source import device_id
from waifusync.repository import layout
from waifusync.repository.git import Git
from waifusync.repository.objects import ObjectReader, ls_tree
from waifusync.workflows.local_state import LocalState, check_device_name, write_local_state

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


def own_name(reader: ObjectReader, git: Git, commit: str | None, folder: str) -> str:
    """What tells its page from the others': the name of its folder, unless an older device has it."""
    paths = ls_tree(git, commit, layout.DEVICES) if commit else {}
    folders = {path.rpartition("/")[2].removesuffix(".json") for path in paths} | {folder}
    return name_devices(folders, lambda each: creation_of(reader, commit or "", each))[device_id(folder)]


def with_labels(names: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, str]:
    """The same names, but for devices whose person renamed them: theirs, where no other device has it."""
    labels = {device_id(folder): _label(content, folder) for folder, content in files.items()}
    wanted = {device: label for device, label in labels.items() if label and device in names}
    taken = [*names.values(), *wanted.values()]
    return {device: _free_label(wanted.get(device), name, taken) for device, name in names.items()}


def _free_label(label: str | None, name: str, taken: Sequence[str]) -> str:
    return label if label is not None and taken.count(label) == 1 else name


def _label(content: bytes, folder: str) -> str | None:
    """The name in a device's file, if it is a name, and another one than at first."""
    try:
        name = json.loads(content)["name"]
        return None if check_device_name(name) != name or name == folder.rpartition("-")[0] else str(name)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, UsageError):
        return None


def labelled(reader: ObjectReader, git: Git, commit: str | None, names: Mapping[str, str]) -> dict[str, str]:
    """`with_labels`, by the device files of a commit."""
    paths = ls_tree(git, commit, layout.DEVICES) if commit else {}
    contents = {path: reader.read(f"{commit}:{path}", max_bytes=1 << 20) for path in paths}
    files = {path.rpartition("/")[2].removesuffix(".json"): each for path, each in contents.items() if each}
    return with_labels(names, files)


def creation_of(reader: ObjectReader, commit: str, folder: str) -> int:
    """When a device was set up, as its own file says; a device without one comes last."""
    return created_in(reader.read(f"{commit}:{layout.DEVICES}/{folder}.json", max_bytes=1 << 20))


def created_in(content: bytes | None) -> int:
    """The moment in a device's file, in milliseconds since 1970."""
    try:
        return min(int(json.loads(content or b"")["created"]), 1 << 62)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return 1 << 62


def keep_name_unique(sync: UnderWay, commit: str, folders: Iterable[str]) -> None:
    """This device gives way to one that took its name earlier."""
    state = sync.companion.state
    names = name_devices({*folders, state.folder}, lambda folder: creation_of(sync.reader, commit, folder))
    name = names[state.id]
    if name != state.name and state.folder.rpartition("-")[0] == state.name:
        renamed: LocalState = state._replace(name=name)
        write_local_state(sync.git.state_directory, renamed)
        sync.companion = sync.companion._replace(state=renamed)
        sync.outcome.repaired.append(f"another device is called {state.name}: this one is {name} from now on")
