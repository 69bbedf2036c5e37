"""Reading waifusync.toml."""

from __future__ import annotations

import functools
from pathlib import Path

from waifusync.config.checking import Wrong, config_of
from waifusync.config.choices import Config
from waifusync.config.mistakes import error, line_of, load


def read(path: Path) -> Config:
    """The config in this file. Raises ConfigError; OSError when the file cannot be read."""
    try:
        return parse(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as mistake:
        line = mistake.object[: mistake.start].count(b"\n") + 1
        raise error("the file is not UTF-8", "", line, hint="save it as UTF-8") from None


@functools.lru_cache(maxsize=4)  # the work tree and the branch mostly say the same
def parse(text: str) -> Config:
    """The config that this text is. Raises ConfigError."""
    data = load(text)
    try:
        return config_of(data)
    except Wrong as wrong:
        path = ".".join(wrong.path)
        raise error(wrong.message, path, line_of(text, wrong.path), hint=wrong.hint) from None
