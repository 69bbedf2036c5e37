"""What each device says of itself in `devices/<device>.json`: where it answers, how strong it is, its models.

Other devices write most of these files, and anybody who may push can: nothing in them is believed further
than its type, and a member that is not as it should be counts as not said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from waifusync.core.routing import STRONG, WEAK
from waifusync.errors import UsageError
from waifusync.log.source import device_id
from waifusync.repository import layout
from waifusync.repository.objects import ObjectReader
from waifusync.repository.refs import read_refs
from waifusync.values import NamedTuple
from waifusync.workflows.companion import HELD, Companion, wall_clock
from waifusync.workflows.device_files import device_file
from waifusync.workflows.log_trees import LogTrees
from waifusync.workflows.syncing.devices import created_in, name_devices, with_labels

_MOST_TEXTS = 500
_LONGEST = 300


class DeviceFacts(NamedTuple):
    """One device; "", 0 and no models where it does not say. `first_name` tells its page from the others'."""

    folder: str
    name: str
    first_name: str = ""
    aliases: tuple[str, ...] = ()
    retired_by: str = ""
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
    first = name_devices({*files, own}, lambda folder: created_in(files.get(folder)))
    names = with_labels(first, files)
    retired = _retired(files, names)
    found = [
        facts_in(files.get(folder, b""), folder, names[device])._replace(
            first_name=first[device], is_here=folder == own, retired_by=retired.get(device, "")
        )
        for folder, device in ((each, device_id(each)) for each in {*files, own})
    ]
    return sorted(found, key=lambda each: (each.name, each.folder))


def own_facts(companion: Companion) -> DeviceFacts:
    """What this device's file says."""
    return next(each for each in all_facts(companion) if each.is_here)


def find_device(known: Iterable[DeviceFacts], name: str) -> DeviceFacts:
    """The device with this name, this id or this alias, names first. Raises UsageError."""
    devices = list(known)
    wanted = name.strip().lower()
    for names_of in (_names, lambda each: each.aliases):
        found = [each for each in devices if wanted in names_of(each)]
        if len(found) == 1:
            return found[0]
    told = ", ".join(each.name for each in devices)
    raise UsageError(f"no device is called {name!r}", hint=f"there are: {told}")


def _names(facts: DeviceFacts) -> tuple[str, ...]:
    return facts.name, facts.folder, device_id(facts.folder)


def _retired(files: Mapping[str, bytes], names: Mapping[str, str]) -> dict[str, str]:
    """Device id to the name of a device that says that it is gone; none says so of itself."""
    said: dict[str, str] = {}
    for folder in sorted(files):
        told = members(files[folder]).get("retired")
        for device in told if isinstance(told, list) else []:
            if isinstance(device, str) and device != device_id(folder):
                said.setdefault(device, names[device_id(folder)])
    return said


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


def own_contents(companion: Companion) -> bytes:
    """This device's file; empty where there is none yet."""
    return device_contents(companion).get(companion.state.folder, b"")


def facts_in(content: bytes, folder: str, name: str) -> DeviceFacts:
    """What a device's file says; never raises."""
    told = members(content)
    able = told.get("capabilities")
    able = able if isinstance(able, dict) else {}
    return DeviceFacts(
        folder,
        name,
        aliases=_texts(told.get("aliases")),
        endpoint=_text(told.get("endpoint")),
        ssh=_text(told.get("ssh")),
        role=_text(able.get("role")) if able.get("role") in (STRONG, WEAK) else "",
        model=_text(told.get("model")),
        models=_texts(told.get("models")),
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


def _texts(value: object) -> tuple[str, ...]:
    return tuple(filter(None, map(_text, value[:_MOST_TEXTS]))) if isinstance(value, list) else ()


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62 else 0


def changed_file(companion: Companion, changes: Mapping[str, object]) -> dict[str, bytes]:
    """This device's own file with members changed ("" and None take one out); nothing if it says so already.

    Members that this version does not know are kept.
    """
    path, fresh = device_file(companion.state, created=wall_clock())
    there = own_contents(companion) or fresh
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
