"""`device rename`, `alias` and `retire`: said in this device's own file. What was written stays as it is.

A device says only of itself what it is called; of another one only that it is gone, since a machine that
is gone cannot say it.
"""

from __future__ import annotations

from waifusync.errors import UsageError
from waifusync.log.source import device_id
from waifusync.workflows.companion import Companion
from waifusync.workflows.device_facts import DeviceFacts, all_facts, find_device, members, own_contents
from waifusync.workflows.introducing import tell
from waifusync.workflows.local_state import check_device_name, write_local_state


def rename_device(companion: Companion, name: str) -> DeviceFacts:
    """This device's new name; the old one becomes an alias. Raises UsageError for one that is taken."""
    new = check_device_name(name)
    known = all_facts(companion)
    own = next(each for each in known if each.is_here)
    if new == own.name:
        return own
    _refuse_taken(new, known)
    aliases = [each for each in dict.fromkeys((*own.aliases, own.name)) if each != new]
    write_local_state(companion.git.state_directory, companion.state._replace(name=new))
    again = Companion.find(companion.root)
    tell(again, {"name": new, "aliases": aliases})
    return next(each for each in all_facts(again) if each.is_here)


def _refuse_taken(name: str, known: list[DeviceFacts]) -> None:
    others = [each for each in known if not each.is_here]
    holder = next((each for each in others if name in (each.name, each.first_name, *each.aliases)), None)
    if holder is not None:
        raise UsageError(
            f"{holder.name} is or was called {name}", hint="a name tells one device from the others"
        )


def alias_device(companion: Companion, names: tuple[str, ...], *, remove: bool) -> DeviceFacts:
    """Names that this machine has had, before waifusync too; with `remove` they are its no longer."""
    known = all_facts(companion)
    own = next(each for each in known if each.is_here)
    given = [_alias(each) for each in names]
    if not remove:
        for each in given:
            _refuse_taken(each, known)
    kept = [each for each in own.aliases if each not in given]
    tell(companion, {"aliases": kept if remove else [*kept, *(each for each in given if each != own.name)]})
    return next(each for each in all_facts(companion) if each.is_here)


def _alias(name: str) -> str:
    """Programs wrote what they liked into device_id, so this is not as strict as for a device's name."""
    if not name.strip() or not name.isprintable() or len(name) > 200:
        raise UsageError(
            f"{name!r} cannot be an alias", hint="write what stands in device_id of the memories"
        )
    return name.strip()


def retire_device(companion: Companion, name: str, *, undo: bool) -> DeviceFacts:
    """Another device that is gone: it is not asked any more, and nothing of what it said changes."""
    found = find_device(all_facts(companion), name)
    if found.is_here:
        raise UsageError(f"{found.name} is this device", hint="run it on one that stays")
    told = members(own_contents(companion)).get("retired")
    said = [each for each in told if isinstance(each, str)] if isinstance(told, list) else []
    identity = device_id(found.folder)
    if undo and found.retired_by and identity not in said:
        raise UsageError(f"it was {found.retired_by} that said so", hint=f"run it on {found.retired_by}")
    others = [each for each in said if each != identity]
    tell(companion, {"retired": others if undo else [*others, identity]})
    return find_device(all_facts(companion), found.folder)
