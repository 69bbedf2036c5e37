"""What each device says of itself in `devices/<device>.json`: where it answers, how strong it is, its models.

Other devices write most of these files, and anybody who may push can: nothing in them is believed further
than its type, and a member that is not as it should be counts as not said.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from waifusync.core.routing import STRONG, WEAK
from waifusync.repository import layout
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.workflows.companion import HELD, Companion, wall_clock
from waifusync.workflows.device_files import device_file
from waifusync.workflows.log_trees import LogTrees
from waifusync.workflows.syncing.devices import created_in, name_devices

_MOST_MODELS = 500
_LONGEST = 300


class DeviceFacts(NamedTuple):
    """One device; "", 0 and no models where it does not say."""

    folder: str
    name: str
    is_here: bool = False
    endpoint: str = ""
    ssh: str = ""
    role: str = ""
    model: str = ""
    models: tuple[str, ...] = ()
    memory: int = 0
    power_mode: str = ""
    created: int = 0


def all_facts(companion: Companion) -> list[DeviceFacts]:
    """Every device that this one has accepted a file of, in order of their names. Two processes."""
    own = companion.state.folder
    files = device_contents(companion)
    names = name_devices({*files, own}, lambda folder: created_in(files.get(folder)))
    found = [
        facts_in(content, folder, names[folder.rpartition("-")[2]], is_here=folder == own)
        for folder, content in files.items()
    ]
    if own not in files:
        found.append(DeviceFacts(own, companion.state.name, is_here=True))
    return sorted(found, key=lambda each: (each.name, each.folder))


def device_contents(companion: Companion) -> dict[str, bytes]:
    """The content of every device's file by the device's folder: this one's as its branch has it, which a
    plain `git commit` may have moved; the others' as they were accepted."""
    refs = read_refs(companion.git, HELD, companion.branch_ref)
    held, branch = refs[HELD], refs[companion.branch_ref]
    found: dict[str, bytes] = {}
    own = companion.state.folder
    with ObjectReader(companion.git) as reader:
        if held is not None:
            found = LogTrees(companion.git, reader).device_files(held)
        if branch not in (None, held):
            content = reader.read(f"{branch}:{layout.DEVICES}/{own}.json")
            found |= {} if content is None else {own: content}
    return found


def facts_in(content: bytes, folder: str, name: str, *, is_here: bool = False) -> DeviceFacts:
    """What a device's file says; never raises."""
    told = members(content)
    able = told.get("capabilities")
    able = able if isinstance(able, dict) else {}
    models = told.get("models")
    return DeviceFacts(
        folder,
        name,
        is_here,
        endpoint=_text(told.get("endpoint")),
        ssh=_text(told.get("ssh")),
        role=_text(able.get("role")) if able.get("role") in (STRONG, WEAK) else "",
        model=_text(told.get("model")),
        models=tuple(filter(None, map(_text, models[:_MOST_MODELS]))) if isinstance(models, list) else (),
        memory=_number(able.get("memory")),
        power_mode=_text(able.get("power_mode")),
        created=_number(told.get("created")),
    )


def members(content: bytes) -> dict[str, object]:
    """The file's members; none where it is no JSON object."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    is_plain = isinstance(value, str) and value.isprintable() and len(value) <= _LONGEST
    return str(value) if is_plain else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62 else 0


def changed_file(companion: Companion, changes: Mapping[str, object]) -> dict[str, bytes]:
    """This device's own file with members changed ("" and None take one out); nothing if it says so already.

    Members that this version does not know are kept.
    """
    path, fresh = device_file(companion.state, created=wall_clock())
    there = device_contents(companion).get(companion.state.folder, fresh)
    told = merged(members(there) or members(fresh), changes)
    content = (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()
    return {} if content == there else {path: content}


def merged(told: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Objects member by member, everything else as a whole."""
    found = dict(told)
    for name, value in changes.items():
        before = found.get(name)
        if isinstance(value, dict):
            value = merged(before if isinstance(before, dict) else {}, value)
        if value in ("", None, [], {}):
            found.pop(name, None)
        else:
            found[name] = value
    return found
