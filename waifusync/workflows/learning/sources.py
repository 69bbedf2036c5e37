"""Who said something, as a person calls them: a device by its name, any other source as it calls itself."""

from __future__ import annotations

from collections.abc import Iterable

from waifusync.core.learning.given import text_at
from waifusync.errors import UsageError
from waifusync.log.source import device_id
from waifusync.workflows.companion import Companion
from waifusync.workflows.device_facts import all_facts, find_device


class Sources:
    """Names of a companion's devices by their ids; reads the devices' files once."""

    def __init__(self, companion: Companion) -> None:
        self._devices = all_facts(companion)
        self._names = {device_id(each.folder): each.name for each in self._devices}

    def name(self, source: str) -> str:
        """What to show for a source."""
        return self._names.get(source, source)

    def find(self, name: str, known: Iterable[str]) -> str:
        """Whom a person means: a known source as it calls itself, or a device. Raises UsageError."""
        if name in set(known):
            return name
        try:
            return device_id(find_device(self._devices, name).folder)
        except UsageError as error:
            raise UsageError(f"no device or source is called {name!r}", hint=error.hint) from None


def speaker(companion: Companion, name: str) -> str:
    """Who a person says is speaking: this device by "", another by its name; others as they are called."""
    if not name:
        return companion.state.id
    word = text_at("source", name)
    try:
        return Sources(companion).find(word, ())
    except UsageError:
        return word
