"""What one session has otherwise than another: turns, then members, by the same matching as a merge."""

from __future__ import annotations

from collections.abc import Iterator

from waifusync.core.three_way import Action, Difference
from waifusync.merging.clashes import action_of
from waifusync.merging.sessions.deciding import ABSENT, shown_of, text_of
from waifusync.merging.sessions.fields import Object, turns_of
from waifusync.merging.sessions.turns import changed
from waifusync.merging.sessions.weaving import Turn, is_turns


def session_differences(one: Object, other: Object, path: str = "") -> Iterator[Difference]:
    """In the order of the first, what only the second has last."""
    for name in [*one, *(name for name in other if name not in one)]:
        before, after = one.get(name, ABSENT), other.get(name, ABSENT)
        here = f"{path}{name}"
        if isinstance(before, dict) and isinstance(after, dict):
            yield from session_differences(before, after, f"{here}.")
        elif is_turns(before) and is_turns(after):
            yield from _turn_differences(here, turns_of(before), turns_of(after))
        elif text_of(before) != text_of(after):
            action = action_of(text_of(before), text_of(after))
            yield Difference("fields", here, action, {"value": (shown_of(before), shown_of(after))})


def _turn_differences(table: str, one: list[Turn], other: list[Turn]) -> Iterator[Difference]:
    """An added turn is named by its place in the other, any other by its place in the one."""
    found = changed(one, other)
    places = {id(turn): str(place) for place, turn in enumerate(other)}
    for place, added in enumerate(found.before):
        for turn in added:
            yield Difference(table, places[id(turn)], Action.ADD, _fields({}, turn.value))
        if place < len(one):
            yield from _turn_difference(table, str(place), one[place], found.now[place])


def _turn_difference(table: str, key: str, before: Turn, after: Turn | None) -> Iterator[Difference]:
    if after is None:
        yield Difference(table, key, Action.REMOVE, _fields(before.value, {}))
    elif before.text != after.text:
        yield Difference(table, key, Action.CHANGE, _fields(before.value, after.value))


def _fields(before: Object, after: Object) -> dict[str, tuple[object, object]]:
    names = [*before, *(name for name in after if name not in before)]
    pairs = {name: (before.get(name, ABSENT), after.get(name, ABSENT)) for name in names}
    return {
        name: (shown_of(old), shown_of(new))
        for name, (old, new) in pairs.items()
        if text_of(old) != text_of(new)
    }
