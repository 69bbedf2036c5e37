"""Context tokens in a merged session: taken from a side of which it has the messages, or dropped.

They are a cache of the messages. A model that is handed those of another conversation answers something else,
and one that is handed those of another tokenizer may die of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from waifusync.core.three_way import Action, Side
from waifusync.merging.sessions.deciding import ABSENT, Deciding, Place, text_of
from waifusync.merging.sessions.fields import Object
from waifusync.merging.sessions.reading import canonical
from waifusync.merging.sessions.weaving import is_turns

_PACKED = "context_tokens"
_CACHES = (_PACKED, "tokens", "context")
_OF_THE_MODEL = ("model", "tokenizer", "template", "system", "digest", "blob")


def cache_names(versions: tuple[Object, Object, Object]) -> list[str]:
    """The members that hold tokens; none in a session without messages, where they are all there is."""
    if not any(_turns(version) for version in versions[1:]):
        return []
    return [name for name in _CACHES if any(_is_cache(name, version.get(name)) for version in versions)]


def without(version: Object, names: list[str]) -> dict[str, object]:
    """What is merged as messages and fields."""
    return {name: value for name, value in version.items() if name not in names}


def place_caches(
    merged: dict[str, object], names: list[str], versions: tuple[Object, Object, Object], deciding: Deciding
) -> list[str]:
    """Puts the tokens that fit into `merged`; returns what is to be told of those dropped."""
    _, ours, theirs = versions
    fitting = [side for side, of in ((Side.OURS, ours), (Side.THEIRS, theirs)) if _fits(of, merged)]
    notes = []
    for name in names:
        values = [version.get(name, ABSENT) for version in versions]
        chosen = _chosen(values, fitting)
        if chosen is not ABSENT:
            merged[name] = chosen
        if chosen is None and any(value not in (None, ABSENT) for value in values[1:]):
            deciding.note(Place("fields", name), Action.REMOVE, Side.OURS)
            notes.append(f"{name} dropped: no side's tokens are those of the merged messages")
    return notes


def _chosen(values: list[object], fitting: list[Side]) -> object:
    """Where both fit and differ, either would do: the same one from both sides."""
    base, ours, theirs = values
    if not fitting:
        return ABSENT if ours is theirs is ABSENT else None
    if len(fitting) == 1:
        return ours if fitting == [Side.OURS] else theirs
    before, mine, yours = (text_of(each) for each in (base, ours, theirs))
    if mine == before:
        return theirs
    return ours if yours == before or (mine or "") >= (yours or "") else theirs


def _fits(side: Object, merged: Object) -> bool:
    same_turns = _turns(side) == _turns(merged)
    return same_turns and _model_facts(side) == _model_facts(merged)


def _turns(value: object, path: str = "") -> dict[str, str]:
    """Every list of messages, by where it stands."""
    return dict(_find_turns(value, path))


def _find_turns(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _find_turns(inner, f"{path}.{name}")
    elif value and is_turns(value):
        yield path, canonical(value)


def _model_facts(version: Object) -> dict[str, str]:
    return {name: canonical(value) for name, value in version.items() if name.startswith(_OF_THE_MODEL)}


def _is_cache(name: str, value: object) -> bool:
    """Not a count of tokens, nor a text or object that people call the context of a conversation."""
    if name == _PACKED:
        return isinstance(value, list | str | dict)
    return isinstance(value, list) and bool(value) and all(type(token) is int for token in value)
