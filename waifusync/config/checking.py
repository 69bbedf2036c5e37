"""Values out of the file, each checked by its own reader: an unknown key or a wrong value has a path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from waifusync.config.choices import Config, Conflicts, Layout, Strategy
from waifusync.core.ask_settings import AskSettings
from waifusync.core.embed_settings import EmbedSettings
from waifusync.core.learning.personality_settings import PersonalitySettings
from waifusync.core.learning.settings import Aggregation, LearningSettings, check_threshold
from waifusync.core.safety_settings import PERSONAL_KINDS, OnSecret, SafetySettings


class Wrong(Exception):
    """A key's path, and what is wrong there."""

    def __init__(self, path: tuple[str, ...], message: str, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.hint = hint


def config_of(data: dict[str, Any]) -> Config:  # Any: whatever the file holds
    """Raises Wrong."""
    readers: dict[str, Callable[[tuple[str, ...], Any], Any]] = {  # Any: each reader checks what it takes
        "companion": _name,
        "layout": _layout,
        "exclude": _names,
        "atomic": _names,
        "remote_timeout_seconds": _seconds,
        "vectors": _vectors,
        "references": _references,
        "conflicts": _conflicts,
        "ask": _ask,
        "embed": _embed,
        "safety": _safety,
        "personality": _personality,
        "learning": _learning,
    }
    if "companion" not in data:
        raise Wrong(("companion",), "missing", "copy the line from another device, or run 'waifusync init'")
    return Config(**_read_keys((), data, readers))


def _read_keys(
    path: tuple[str, ...], data: Any, readers: Mapping[str, Callable[[tuple[str, ...], Any], Any]]
) -> dict[str, Any]:  # Any: each reader checks what it takes
    table = _table(path, data)
    for key in table:
        if key not in readers:
            raise Wrong((*path, key), "unknown key", f"known here: {', '.join(readers)}")
    return {key: readers[key]((*path, key), value) for key, value in table.items()}


def _table(path: tuple[str, ...], value: Any) -> dict[str, Any]:  # Any: whatever the file holds
    if not isinstance(value, dict):
        raise Wrong(path, f"expected a table, found {value!r}")
    return value


def _name(path: tuple[str, ...], value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Wrong(path, f"expected a text, found {value!r}")
    return value


def _layout(path: tuple[str, ...], value: object) -> Layout:
    try:
        return Layout(value)
    except ValueError:
        known = ", ".join(each.value for each in Layout)
        raise Wrong(
            path,
            f"unknown layout {value!r}",
            f"one of: {known}; or a newer waifusync made it: upgrade this one",
        ) from None


def _names(path: tuple[str, ...], value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise Wrong(path, f"expected a list of table names, found {value!r}")
    return tuple(value)


def _seconds(path: tuple[str, ...], value: object) -> float:
    # A bool is an int to Python; infinity and nan are floats to TOML.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 86_400:
        raise Wrong(path, f"expected a number of seconds above 0 and up to 86400, found {value!r}")
    return float(value)


def _vectors(path: tuple[str, ...], value: object) -> Mapping[str, str]:
    return MappingProxyType(
        {_column(each, key): _text(each, found) for each, key, found in _leaves(path, value)}
    )


def _references(path: tuple[str, ...], value: object) -> Mapping[str, str]:
    return MappingProxyType(
        {_column(each, key): _column(each, _name(each, found)) for each, key, found in _leaves(path, value)}
    )


def _conflicts(path: tuple[str, ...], value: object) -> Conflicts:
    return Conflicts(**_read_keys(path, value, {"default": _strategy, "tables": _strategies}))


def _ask(path: tuple[str, ...], value: object) -> AskSettings:
    readers: dict[str, Callable[[tuple[str, ...], Any], Any]] = {  # Any: each reader checks what it takes
        "threshold": _share,
        "connect_seconds": _seconds,
        "first_seconds": _seconds,
        "seconds": _seconds,
        "num_ctx": _tokens,
        "trusted_networks": _networks,
        "insecure": _flag,
    }
    return AskSettings(**_read_keys(path, value, readers))


def _embed(path: tuple[str, ...], value: object) -> EmbedSettings:
    return EmbedSettings(**_read_keys(path, value, {"model": _text, "device": _text, "batch": _batch}))


def _safety(path: tuple[str, ...], value: object) -> SafetySettings:
    return SafetySettings(**_read_keys(path, value, {"secrets": _on_secret, "redact": _redacted}))


def _on_secret(path: tuple[str, ...], value: object) -> OnSecret:
    try:
        return OnSecret(value)
    except ValueError:
        known = ", ".join(each.value for each in OnSecret)
        raise Wrong(path, f"unknown answer {value!r}", f"one of: {known}") from None


def _redacted(path: tuple[str, ...], value: object) -> tuple[str, ...]:
    found = _list(path, value)
    for each in found:
        if each not in PERSONAL_KINDS:
            raise Wrong(path, f"unknown kind {each!r}", f"any of: {', '.join(PERSONAL_KINDS)}")
    return tuple(str(each) for each in found)


def _personality(path: tuple[str, ...], value: object) -> PersonalitySettings:
    return PersonalitySettings(**_read_keys(path, value, {"adaptation_rate": _share}))


def _learning(path: tuple[str, ...], value: object) -> LearningSettings:
    readers: dict[str, Callable[[tuple[str, ...], Any], Any]] = {  # Any: each reader checks what it takes
        "skill_aggregation": _aggregation,
        "knowledge_verification_threshold": _verification,
        "memory_deduplication": _flag,
    }
    return LearningSettings(**_read_keys(path, value, readers))


def _aggregation(path: tuple[str, ...], value: object) -> Aggregation:
    try:
        return Aggregation(value)
    except ValueError:
        known = ", ".join(each.value for each in Aggregation)
        raise Wrong(path, f"unknown aggregation {value!r}", f"one of: {known}") from None


def _verification(path: tuple[str, ...], value: object) -> float:
    try:
        return check_threshold(value)
    except ValueError as mistake:
        raise Wrong(path, str(mistake)) from None


def _batch(path: tuple[str, ...], value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise Wrong(path, f"expected a number of texts from 1 to 1000, found {value!r}")
    return value


def _share(path: tuple[str, ...], value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise Wrong(path, f"expected a number from 0 to 1, found {value!r}")
    return float(value)


def _tokens(path: tuple[str, ...], value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 256 <= value <= 1 << 22:
        raise Wrong(path, f"expected a number of tokens from 256 to 4194304, found {value!r}")
    return value


def _networks(path: tuple[str, ...], value: object) -> tuple[str, ...]:
    if value == []:
        return ()
    import ipaddress  # 4 ms, for those who have any

    try:
        # A number would be read as an address.
        return tuple(str(ipaddress.ip_network(_name(path, each))) for each in _list(path, value))
    except ValueError:
        raise Wrong(path, f'expected networks such as "192.168.1.0/24", found {value!r}') from None


def _list(path: tuple[str, ...], value: object) -> list[object]:
    if not isinstance(value, list):
        raise Wrong(path, f"expected a list, found {value!r}")
    return value


def _flag(path: tuple[str, ...], value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong(path, f"expected true or false, found {value!r}")
    return value


def _strategies(path: tuple[str, ...], value: object) -> Mapping[str, Strategy]:
    return MappingProxyType({key: _strategy(each, found) for each, key, found in _leaves(path, value)})


def _strategy(path: tuple[str, ...], value: object) -> Strategy:
    try:
        return Strategy(value)
    except ValueError:
        known = ", ".join(each.value for each in Strategy)
        raise Wrong(path, f"unknown strategy {value!r}", f"one of: {known}") from None


def _leaves(path: tuple[str, ...], value: object) -> Iterator[tuple[tuple[str, ...], str, object]]:
    """Path, name and value of each: TOML reads `a.b = …` without quotes as a table in a table."""
    for key, found in _table(path, value).items():
        if isinstance(found, dict):
            yield from ((each, f"{key}.{name}", leaf) for each, name, leaf in _leaves((*path, key), found))
        else:
            yield (*path, key), key, found


def _column(path: tuple[str, ...], name: str) -> str:
    table, dot, column = name.rpartition(".")
    if not (table and dot and column):
        raise Wrong(path, f'expected "table.column", found {name!r}')
    return name


def _text(path: tuple[str, ...], value: object) -> str:
    if not isinstance(value, str):
        raise Wrong(path, f"expected a text, found {value!r}")
    return value
