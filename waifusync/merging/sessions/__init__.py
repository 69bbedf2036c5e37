"""Merging conversations: JSON files with messages, and context tokens as a cache of them.

The messages are the truth: what either side said is kept. Tokens are kept only where they belong to what came
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from waifusync.core.three_way import Difference, Strategy
from waifusync.merging.files import CannotMerge, Merged, Versions
from waifusync.merging.replacing import replacing
from waifusync.merging.sessions.caches import cache_names, place_caches, without
from waifusync.merging.sessions.deciding import Deciding, times_of
from waifusync.merging.sessions.differing import session_differences
from waifusync.merging.sessions.fields import merge_objects
from waifusync.merging.sessions.reading import Session, canonical, laid_out, read_session

_NONE = Session({}, "")


def merge(versions: Versions, out: Path, strategy: Strategy = Strategy.MANUAL_REVIEW) -> Merged:
    """Writes the merged session to `out` (which may be ours) at the very end. Raises CannotMerge."""
    base = read_session(versions.base, "base") if versions.base else _NONE
    ours = read_session(versions.ours, "ours")
    theirs = read_session(versions.theirs, "theirs")
    _check_same_session(base, ours, theirs)
    merged, value = _merge_values((base.value, ours.value, theirs.value), strategy)
    text = _text(base, ours, theirs, value)
    with replacing(out) as file:
        file.write(text.encode())
    return merged


def differences(one: Path, other: Path) -> Iterator[Difference]:
    """What the other session has otherwise. Raises CannotMerge for what is not a session."""
    yield from session_differences(
        read_session(one, "the first").value, read_session(other, "the second").value
    )


def _merge_values(
    versions: tuple[dict[str, object], dict[str, object], dict[str, object]], strategy: Strategy
) -> tuple[Merged, dict[str, object]]:
    _, ours, theirs = versions
    deciding = Deciding(strategy, times_of(ours, theirs))
    caches = cache_names(versions)
    bare_base, bare_ours, bare_theirs = (without(version, caches) for version in versions)
    value = merge_objects(bare_base, bare_ours, bare_theirs, deciding)
    notes = place_caches(value, caches, versions, deciding)
    ordered = {name: value[name] for name in [*ours, *theirs] if name in value}
    return Merged("session", strategy, tuple(deciding.decisions), tuple(notes)), ordered


def _text(base: Session, ours: Session, theirs: Session, merged: dict[str, object]) -> str:
    """A side's own bytes where nothing else came to it: digits and escapes stay as its program wrote them."""
    text = canonical(merged)
    if canonical(ours.value) == text:
        return ours.text
    if canonical(theirs.value) == text and canonical(base.value) == canonical(ours.value):
        return theirs.text
    return laid_out(merged, ours.text)


def _check_same_session(base: Session, ours: Session, theirs: Session) -> None:
    names = [canonical(each.value.get("session_id")) for each in (ours, theirs)]
    before = canonical(base.value.get("session_id"))
    if names[0] != names[1] and (base is _NONE or before not in names):
        raise CannotMerge(f"these are two sessions: ours is {names[0]}, theirs is {names[1]}")
