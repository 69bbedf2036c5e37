"""Merging a session's object member by member; those that nobody here knows are carried along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from waifusync.core.moments import moment
from waifusync.core.three_way import Action, Side
from waifusync.merging.sessions.deciding import ABSENT, TIMES, Deciding, Place, text_of
from waifusync.merging.sessions.turns import merge_turns
from waifusync.merging.sessions.weaving import Turn, is_turns

Object = Mapping[str, object]


def merge_objects(
    base: Object, ours: Object, theirs: Object, deciding: Deciding, *, path: str = ""
) -> dict[str, object]:
    """In ours' order, then what only theirs has."""
    merged = {}
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        versions = [version.get(name, ABSENT) for version in (base, ours, theirs)]
        value = _merge_member(f"{path}{name}", versions, deciding, is_time=name in TIMES)
        if value is not ABSENT:
            merged[name] = value
    return merged


def _merge_member(path: str, versions: Sequence[object], deciding: Deciding, *, is_time: bool) -> object:
    base, ours, theirs = versions
    if isinstance(ours, dict) and isinstance(theirs, dict):
        inner = base if isinstance(base, dict) else {}
        return merge_objects(inner, ours, theirs, deciding, path=f"{path}.")
    if is_turns(ours) and is_turns(theirs):
        before, mine, yours = (turns_of(each) for each in versions)
        return [turn.value for turn in merge_turns(path, before, mine, yours, deciding)]
    place = Place("fields", path)
    if is_time and (side := _later(versions)) is not None:
        deciding.note(place, Action.CHANGE, side)
        return ours if side is Side.OURS else theirs
    return deciding.three_way(place, base, ours, theirs)


def turns_of(value: object) -> list[Turn]:
    """The messages of a list of them; none where a version has no such list."""
    if not isinstance(value, list) or not is_turns(value):
        return []
    return [Turn(item) for item in value]


def _later(versions: Sequence[object]) -> Side | None:
    """Whose time is later, where both went on; None where that does not tell them apart."""
    ours, theirs = (moment(each) for each in versions[1:])
    both_went_on = len({text_of(each) for each in versions}) == len(versions)
    if not both_went_on or ours is None or theirs is None or ours == theirs:
        return None
    return Side.OURS if ours > theirs else Side.THEIRS
