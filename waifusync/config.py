"""waifusync.toml: what the person chose, the same on every device.

An unknown key or a wrong value is an error with the key's path and line, never ignored: a misspelt `exclude`
would send what was to stay at home.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from waifusync.core.ask_settings import AskSettings
from waifusync.core.embed_settings import EmbedSettings
from waifusync.errors import UsageError

FILE_NAME = "waifusync.toml"


class ConfigError(UsageError):
    """waifusync.toml says something that waifusync does not understand. Facts: path (of the key), line."""


class Strategy(str, enum.Enum):
    """How two edits of one field that had not seen each other are settled."""

    LATEST_WINS = "latest_wins"
    MANUAL_REVIEW = "manual_review"


class Layout(str, enum.Enum):
    """What git keeps of the memory: the devices' logs, or one SQLite file that carries them."""

    LOG = "log"
    DATABASE = "database"


class Conflicts(NamedTuple):
    """The strategy of everything, and of single tables and fields ("table" or "table.column")."""

    default: Strategy = Strategy.LATEST_WINS
    tables: Mapping[str, Strategy] = MappingProxyType({})

    def strategy_for(self, table: str, column: str) -> Strategy:
        """The field's own strategy, else its table's, else the default."""
        return self.tables.get(f"{table}.{column}") or self.tables.get(table) or self.default


class Config(NamedTuple):
    """All of waifusync.toml. `vectors` gives the column that names the model, "" where there is none."""

    companion: str
    layout: Layout = Layout.LOG
    exclude: tuple[str, ...] = ()
    atomic: tuple[str, ...] = ()
    remote_timeout_seconds: float = 120.0
    vectors: Mapping[str, str] = MappingProxyType({"memories.embeddings": "model_used"})
    references: Mapping[str, str] = MappingProxyType({})
    conflicts: Conflicts = Conflicts()
    ask: AskSettings = AskSettings()
    embed: EmbedSettings = EmbedSettings()


def read(path: Path) -> Config:
    """The config in this file. Raises ConfigError; OSError when the file cannot be read."""
    try:
        return parse(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise _error("the file is not UTF-8", "", line, hint="save it as UTF-8") from None


def parse(text: str) -> Config:
    """The config that this text is. Raises ConfigError."""
    data = _load(text)
    try:
        return _config(data)
    except _Wrong as wrong:
        path = ".".join(wrong.path)
        raise _error(wrong.message, path, _line_of(text, wrong.path), hint=wrong.hint) from None


def render_default(companion: str, layout: Layout = Layout.LOG) -> str:
    """A waifusync.toml for a new companion, with every key in it and a line about each."""
    return f"""\
# What this companion's devices agree on. Shared by all of them: change it on one, then push.
companion = "{companion}"

# What git keeps: log (files that only grow) or database (memory.db itself). To change it: waifusync layout
layout = "{layout.value}"

# Tables of memory.db that stay on the device they are on.
exclude = []

# Tables whose rows are merged whole, not field by field.
atomic = []

# How long to wait for the remote before saying that it could not be reached.
remote_timeout_seconds = 120

# Columns that hold embeddings, and the column beside each that names the model ("" where there is none).
[vectors]
"memories.embeddings" = "model_used"

# Columns that point at another table's rows without a foreign key that says so.
[references]
# "facts.memory" = "memories.id"

# Two edits of one field that had not seen each other: latest_wins or manual_review.
[conflicts]
default = "latest_wins"

# The same for single tables and fields.
[conflicts.tables]
# "memories.facts_extracted" = "manual_review"

# For `waifusync ask`: from which score on the strong device is asked first, and how long each may take.
[ask]
threshold = 0.3
connect_seconds = 3
first_seconds = 60
seconds = 600

# The size of the context that a model is given, in tokens.
num_ctx = 4096

# Networks in which a question may travel without encryption, such as "192.168.1.0/24".
trusted_networks = []

# For `waifusync embed`: the model ("" needs none), the device that computes ("" is any), texts a request.
[embed]
model = ""
device = ""
batch = 32
"""


def with_layout(text: str, layout: Layout) -> str:
    """The same file with another layout, and nothing else changed. Raises ConfigError."""
    line = f'layout = "{layout.value}"'
    lines = text.splitlines()
    place = _line_of(text, ("layout",))
    if place is not None:
        lines[place - 1] = line
    else:
        lines.insert(_line_of(text, ("companion",)) or 0, line)
    changed = "\n".join(lines) + "\n"
    parse(changed)
    return changed


class _Wrong(Exception):
    """A key's path, and what is wrong there."""

    def __init__(self, path: tuple[str, ...], message: str, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.message = message
        self.hint = hint


def _error(message: str, path: str, line: int | None, *, hint: str = "") -> ConfigError:
    where = f"{FILE_NAME} line {line}" if line else FILE_NAME
    return ConfigError(
        f"{where}: {path}: {message}" if path else f"{where}: {message}", hint=hint, path=path, line=line
    )


def _load(text: str) -> dict[str, Any]:  # Any: whatever the file holds
    try:
        return _loads(text)
    except ValueError as error:
        message, _, place = str(error).partition(" (at ")
        number = place.removeprefix("line ").partition(",")[0]
        line = int(number) if number.isdecimal() else len(text.splitlines())
        raise _error(
            message[:1].lower() + message[1:], "", line, hint="see https://toml.io for how it is written"
        ) from None


def _loads(text: str) -> dict[str, Any]:  # Any: whatever the file holds
    import sys

    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Where the key is: the line after the longest beginning of the file that parses without having it."""
    lines = text.splitlines(keepends=True)
    last_good = 0
    for number in range(1, len(lines) + 1):
        try:
            data: Any = _loads("".join(lines[:number]))  # Any: whatever the file holds
        except ValueError:
            continue  # in the middle of a value of several lines
        if _holds(data, path):
            return last_good + 1
        last_good = number
    return None


def _holds(data: Any, path: tuple[str, ...]) -> bool:  # Any: whatever the file holds
    for key in path:
        if not isinstance(data, dict) or key not in data:
            return False
        data = data[key]
    return True


def _config(data: dict[str, Any]) -> Config:  # Any: whatever the file holds
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
    }
    if "companion" not in data:
        raise _Wrong(("companion",), "missing", "copy the line from another device, or run 'waifusync init'")
    return Config(**_read_keys((), data, readers))


def _read_keys(
    path: tuple[str, ...], data: Any, readers: Mapping[str, Callable[[tuple[str, ...], Any], Any]]
) -> dict[str, Any]:  # Any: each reader checks what it takes
    table = _table(path, data)
    for key in table:
        if key not in readers:
            raise _Wrong((*path, key), "unknown key", f"known here: {', '.join(readers)}")
    return {key: readers[key]((*path, key), value) for key, value in table.items()}


def _table(path: tuple[str, ...], value: Any) -> dict[str, Any]:  # Any: whatever the file holds
    if not isinstance(value, dict):
        raise _Wrong(path, f"expected a table, found {value!r}")
    return value


def _name(path: tuple[str, ...], value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(path, f"expected a text, found {value!r}")
    return value


def _layout(path: tuple[str, ...], value: object) -> Layout:
    try:
        return Layout(value)
    except ValueError:
        known = ", ".join(each.value for each in Layout)
        raise _Wrong(
            path,
            f"unknown layout {value!r}",
            f"one of: {known}; or a newer waifusync made it: upgrade this one",
        ) from None


def _names(path: tuple[str, ...], value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise _Wrong(path, f"expected a list of table names, found {value!r}")
    return tuple(value)


def _seconds(path: tuple[str, ...], value: object) -> float:
    # A bool is an int to Python; infinity and nan are floats to TOML.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 86_400:
        raise _Wrong(path, f"expected a number of seconds above 0 and up to 86400, found {value!r}")
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


def _batch(path: tuple[str, ...], value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise _Wrong(path, f"expected a number of texts from 1 to 1000, found {value!r}")
    return value


def _share(path: tuple[str, ...], value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise _Wrong(path, f"expected a number from 0 to 1, found {value!r}")
    return float(value)


def _tokens(path: tuple[str, ...], value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 256 <= value <= 1 << 22:
        raise _Wrong(path, f"expected a number of tokens from 256 to 4194304, found {value!r}")
    return value


def _networks(path: tuple[str, ...], value: object) -> tuple[str, ...]:
    if value == []:
        return ()
    import ipaddress  # 4 ms, for those who have any

    try:
        # A number would be read as an address.
        return tuple(str(ipaddress.ip_network(_name(path, each))) for each in _list(path, value))
    except ValueError:
        raise _Wrong(path, f'expected networks such as "192.168.1.0/24", found {value!r}') from None


def _list(path: tuple[str, ...], value: object) -> list[object]:
    if not isinstance(value, list):
        raise _Wrong(path, f"expected a list, found {value!r}")
    return value


def _flag(path: tuple[str, ...], value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(path, f"expected true or false, found {value!r}")
    return value


def _strategies(path: tuple[str, ...], value: object) -> Mapping[str, Strategy]:
    return MappingProxyType({key: _strategy(each, found) for each, key, found in _leaves(path, value)})


def _strategy(path: tuple[str, ...], value: object) -> Strategy:
    try:
        return Strategy(value)
    except ValueError:
        known = ", ".join(each.value for each in Strategy)
        raise _Wrong(path, f"unknown strategy {value!r}", f"one of: {known}") from None


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
        raise _Wrong(path, f'expected "table.column", found {name!r}')
    return name


def _text(path: tuple[str, ...], value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong(path, f"expected a text, found {value!r}")
    return value
