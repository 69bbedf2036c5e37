"""waifusync.toml: what the person chose, the same on every device.

An unknown key or a wrong value is an error with the key's path and line, never ignored: a misspelt `exclude`
would send what was to stay at home.
"""

from __future__ import annotations

from waifusync.config.choices import Config, Conflicts, Layout, Strategy
from waifusync.config.mistakes import FILE_NAME, ConfigError
from waifusync.config.reading import parse, read

__all__ = [
    "FILE_NAME",
    "Config",
    "ConfigError",
    "Conflicts",
    "Layout",
    "Strategy",
    "parse",
    "read",
]
