"""Where in the file a mistake is, and how it is told."""

from __future__ import annotations

import sys
from typing import Any

from waifusync.errors import UsageError

FILE_NAME = "waifusync.toml"
# Where a key is takes as many readings of the file as it has lines.
_LONGEST_TO_LOOK_THROUGH = 16_384


class ConfigError(UsageError):
    """waifusync.toml says something that waifusync does not understand. Facts: path (of the key), line."""


def error(message: str, path: str, line: int | None, *, hint: str = "") -> ConfigError:
    """With the file, the line and the key's path in its message."""
    where = f"{FILE_NAME} line {line}" if line else FILE_NAME
    return ConfigError(
        f"{where}: {path}: {message}" if path else f"{where}: {message}", hint=hint, path=path, line=line
    )


def load(text: str) -> dict[str, Any]:  # Any: whatever the file holds
    """The file as TOML has it. Raises ConfigError."""
    try:
        return _loads(text)
    except RecursionError:
        raise error("values are nested too deeply", "", None, hint="write it as it was made") from None
    except ValueError as mistake:
        message, _, place = str(mistake).partition(" (at ")
        number = place.removeprefix("line ").partition(",")[0]
        line = int(number) if number.isdecimal() else len(text.splitlines())
        raise error(
            message[:1].lower() + message[1:], "", line, hint="see https://toml.io for how it is written"
        ) from None


def _loads(text: str) -> dict[str, Any]:  # Any: whatever the file holds
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Where the key is: the line after the longest beginning of the file that parses without having it."""
    if len(text) > _LONGEST_TO_LOOK_THROUGH:
        return None
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
