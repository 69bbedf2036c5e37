"""State vectors as a person asks for them: merged, one source's, and how far these are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waifusync.core.learning.state_merging import Merged, counting, merge
from waifusync.core.learning.states import Head, State
from waifusync.errors import UsageError
from waifusync.values import NamedTuple
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.reading_states import StatesRead, reading_states
from waifusync.workflows.learning.sources import Sources

if TYPE_CHECKING:
    import numpy

MERGED = "merged"


class Seen(NamedTuple):
    """A vector, what is said of it, and whose it is; `digest` is of its own bytes."""

    head: Head
    source: str
    digest: str
    values: numpy.ndarray[Any, Any]  # Any: of the state's kind of number


class Difference(NamedTuple):
    """One source's word against the merged one; the cosine is None where one of them is all zeros."""

    source: str
    dimension: int
    differing: int
    distance: float
    largest: float
    cosine: float | None


def look(companion: Companion, name: str, device: str | None = None) -> Seen:
    """The merged vector, or a device's own. Raises UsageError where there is none."""
    with reading_states(companion) as read:
        merged = read.merged(name)
        if device is None:
            return Seen(merged.head, MERGED, merged.digest, merged.values)
        state = _of_source(companion, read, merged, device)
        return Seen(state.head, device, state.head.digest, state.values)


def all_merged(companion: Companion, name: str | None = None) -> list[Merged]:
    """One state, or all of them in the order of their names. Raises UsageError where the one is not."""
    with reading_states(companion) as read:
        return [read.merged(name)] if name is not None else list(merge(read.states()).values())


def all_heads(companion: Companion) -> list[tuple[Head, bool]]:
    """Every word, and whether it counts: by name, newest epoch first."""
    with reading_states(companion) as read:
        heads = read.heads()
    counted = {head for of_name in counting(heads).values() for head in of_name}
    ordered = sorted(
        heads, key=lambda each: (each.name, tuple(-part for part in each.epoch[:2]), each.source)
    )
    return [(each, each in counted) for each in ordered]


def differences(companion: Companion, name: str, device: str | None = None) -> list[Difference]:
    """Of each source that counts, or of one."""
    sources = Sources(companion)
    with reading_states(companion) as read:
        merged = read.merged(name)
        if device is not None:
            words = [_of_source(companion, read, merged, device)]
        else:
            words = [state for head, _ in merged.parts if (state := read.state(head))]
    return [_difference(sources.name(each.head.source), each, merged) for each in words]


def source_of(companion: Companion, name: str, device: str | None) -> str | None:
    """The source that a person means by a device's name. Raises UsageError."""
    if device is None:
        return None
    with reading_states(companion) as read:
        return Sources(companion).find(device, [each.source for each in read.heads(name)])


def _of_source(companion: Companion, read: StatesRead, merged: Merged, device: str) -> State:
    heads = [head for head, _ in merged.parts]
    source = Sources(companion).find(device, [each.source for each in heads])
    state = next((read.state(each) for each in heads if each.source == source), None)
    if state is None:
        raise UsageError(f"{device} said nothing of {merged.name!r} in its newest epoch")
    return state


def _difference(source: str, state: State, merged: Merged) -> Difference:
    import numpy

    own, shown = state.values.astype(numpy.float64), merged.values.astype(numpy.float64)
    with numpy.errstate(over="ignore"):
        apart = numpy.abs(own - shown)
        lengths = float(numpy.linalg.norm(own)) * float(numpy.linalg.norm(shown))
        return Difference(
            source,
            len(own),
            int(numpy.count_nonzero(apart)),
            float(numpy.linalg.norm(apart)),
            float(apart.max()),
            float(own @ shown) / lengths if lengths else None,
        )
