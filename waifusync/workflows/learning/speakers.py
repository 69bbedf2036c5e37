"""What the sources of a word are called: a device by its name, whatever else by what it calls itself."""

from __future__ import annotations

from collections.abc import Mapping

from waifusync.core.learning.given import text_at
from waifusync.log.source import device_id
from waifusync.workflows.companion import Companion
from waifusync.workflows.device_facts import all_facts


def speaker_names(companion: Companion) -> Mapping[str, str]:
    """Device ids to names."""
    return {device_id(each.folder): each.name for each in all_facts(companion)}


def speaker_called(companion: Companion, name: str) -> str:
    """A device by name or id, this one by ""; others call themselves what they like. Raises UsageError."""
    if not name:
        return companion.state.id
    word = text_at("source", name)
    return next((device for device, known in speaker_names(companion).items() if known == word), word)
