"""`device endpoint`: what this device tells the others about itself, in its own file, committed at once."""

from __future__ import annotations

from collections.abc import Mapping

from waifusync.sessions.http import Endpoint
from waifusync.sessions.power import power
from waifusync.sessions.tunnel import check_destination
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.device_facts import DeviceFacts, changed_file, own_facts
from waifusync.workflows.device_notes import look_at_server
from waifusync.workflows.syncing.exchange import Wishes, exchange


class Introduction(NamedTuple):
    """What to tell; None leaves a thing as it is, "" takes it out."""

    endpoint: str | None = None
    ssh: str | None = None
    role: str | None = None
    model: str | None = None


class Introduced(NamedTuple):
    """What this device's file says now; `trouble`: why its server could not be asked for its models."""

    facts: DeviceFacts
    is_new: bool
    trouble: str


def introduce(companion: Companion, told: Introduction) -> Introduced:
    """Commits only where something changed; it goes to the others with the next push. Raises UsageError."""
    changes: dict[str, object] = {}
    if told.endpoint is not None:
        changes["endpoint"] = str(Endpoint.of(told.endpoint)) if told.endpoint else ""
    if told.ssh is not None:
        changes["ssh"] = check_destination(told.ssh) if told.ssh else ""
    if told.model is not None:
        changes["model"] = told.model
    able = {"power_mode": power().mode} | ({} if told.role is None else {"role": told.role})
    there = own_facts(companion)
    server = look_at_server(there._replace(endpoint=str(changes.get("endpoint") or there.endpoint)))
    changes |= {"capabilities": able} | ({} if server.trouble else {"models": list(server.models)})
    is_new = tell(companion, changes)
    return Introduced(own_facts(companion), is_new, server.trouble)


def tell(companion: Companion, changes: Mapping[str, object]) -> bool:
    """Changes members of this device's own file, in a commit; False where it says so already."""
    files = changed_file(companion, changes)
    if files:
        exchange(companion, Wishes("device"), files=files)
    return bool(files)
