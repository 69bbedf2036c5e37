"""What is delivered at once: events that are taken in together or not at all."""

from __future__ import annotations

from waifusync.core.learning.contributions import Json
from waifusync.core.learning.experience import ExperienceEvent
from waifusync.values import dataclass, field


@dataclass(frozen=True, slots=True)
class Delivery:
    """`batch` is the key of a batch that is taken in once, "" for none. `report` is what an instance told of
    itself beside the events, to be kept under the key `about`."""

    events: tuple[ExperienceEvent, ...]
    batch: str = ""
    about: str = ""
    report: Json = field(default_factory=dict)
    paths: tuple[str, ...] = ()

    def path_of(self, place: int) -> str:
        """Where the data of an event stands in what was delivered."""
        return self.paths[place] if self.paths else "data"


def single(event: ExperienceEvent, path: str = "") -> Delivery:
    """One event by itself."""
    return Delivery((event,), paths=(f"{path}.data" if path else "data",))
