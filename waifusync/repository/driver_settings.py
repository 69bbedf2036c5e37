"""The drivers as text: sections of git's config, and lines of its attributes. Pure.

Sections of the config are known by their names: git itself takes comments away with the section before them,
so marker lines would not last there. They last in the other two files, which git never writes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from waifusync.patterns import pattern

SQLITE = "waifusync-sqlite"
VECTORS = "waifusync-vectors"
SESSION = "waifusync-session"
PLACEHOLDERS = ("%O", "%A", "%B", "%L", "%P")
_MERGED_BY = {SQLITE: "rows of SQLite databases", VECTORS: "arrays of embeddings", SESSION: "sessions"}
_ARGUMENTS = " merge-driver -- " + " ".join(PLACEHOLDERS)

ATTRIBUTES = (
    *(f"{pattern} merge={SQLITE} diff={SQLITE}" for pattern in ("*.db", "*.sqlite", "*.sqlite3")),
    *(f"{pattern} merge={VECTORS}" for pattern in ("*.npy", "*.npz")),
    f"shared_memory/context_tokens/*.json merge={SESSION}",
)
# Reports of conflicts, and what git and its driver leave beside a file when they are killed.
EXCLUDES = ("*.waifusync-conflicts.json", "/.merge_file_*", "/..merge_file_*", ".*.merging")

BEGIN = "# waifusync drivers: begin (written by waifusync drivers install)\n"
END = "# waifusync drivers: end\n"

_HEADERS = (*(f'[merge "{name}"]' for name in _MERGED_BY), f'[diff "{SQLITE}"]')
_KEYS = ("name", "driver", "textconv", "cachetextconv")
_DRIVER = pattern(r'^\tdriver = "(.*)"$', re.MULTILINE)
_LINE_START = pattern(r"(?<=\n)")
_QUOTED = pattern(r"'((?:[^']|'\\'')*)'(?: |$)")


def sections(command: Sequence[str]) -> str:
    """What stands in the config when the drivers are this program (and its first arguments)."""
    driver = _value(driver_of(command))
    parts = [
        f'[merge "{name}"]\n\tname = {what}, merged by waifusync\n\tdriver = {driver}\n'
        for name, what in _MERGED_BY.items()
    ]
    textconv = _value(_program(command) + " diff-file --")
    return "".join(parts) + f'[diff "{SQLITE}"]\n\ttextconv = {textconv}\n\tcachetextconv = true\n'


def driver_of(command: Sequence[str]) -> str:
    """What git gives to a shell, after putting file names in place of the placeholders."""
    return _program(command).replace("%", "%%") + _ARGUMENTS


def command_of(driver: str) -> tuple[str, ...]:
    """The program, and its first arguments, that `driver_of` was given; empty for what it did not make."""
    if not driver.endswith(_ARGUMENTS):
        return ()
    program = driver.removesuffix(_ARGUMENTS).replace("%%", "%")
    return tuple(word.replace("'\\''", "'") for word in _QUOTED.findall(program))


def command_in(config: str) -> tuple[str, ...]:
    """The program, and its first arguments, that a config names; empty when it names none."""
    section = config.partition(f"{_HEADERS[0]}\n")[2]
    found = _DRIVER.search(section)
    if found is None:
        return ()
    return command_of(re.sub(r"\\(.)", lambda each: "\n" if each[1] == "n" else each[1], found[1]))


def has_sections(config: str, command: Sequence[str]) -> bool:
    """Whether the config says just that, once."""
    return sections(command) in config + "\n" and all(config.count(header) == 1 for header in _HEADERS)


def with_sections(config: str, command: Sequence[str]) -> str:
    """At the end, where nothing overrides them; what others wrote stays as it is."""
    return _joined(without_sections(config), sections(command))


def without_sections(config: str) -> str:
    """The same text without what is ours, to the byte."""
    kept: list[str] = []
    is_ours = False
    for line in _LINE_START.split(config):
        if line.strip() in _HEADERS:
            is_ours = True
            continue
        is_ours = is_ours and line[:1] in " \t" and line.split("=")[0].strip() in _KEYS
        if not is_ours:
            kept.append(line)
    return _ended_alike(config, "".join(kept))


def with_block(text: str, lines: Sequence[str]) -> str:
    """The text with our lines, where they were or else at the end."""
    block = BEGIN + "".join(f"{line}\n" for line in lines) + END
    before, found, after = _split(text)
    return _ended_alike(text, before + block + after) if found else _joined(text, block)


def without_block(text: str) -> str:
    """The same text without our lines, to the byte."""
    before, found, after = _split(text)
    return _ended_alike(text, before + after) if found else text


def has_block(text: str, lines: Sequence[str]) -> bool:
    """Whether our block begins with these lines: what follows them there restates what others said."""
    return BEGIN + "".join(f"{line}\n" for line in lines) in text + "\n"


def _split(text: str) -> tuple[str, bool, str]:
    """Around our block. Without its end it cannot be told from what follows, and is left alone."""
    whole = text if text.endswith("\n") else text + "\n"
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    found = bool(begin and end)
    return before, found, after


def _joined(text: str, added: str) -> str:
    """A text whose last line has no end keeps that: so what is added can be taken off again to the byte."""
    if text and not text.endswith("\n"):
        return f"{text}\n{added.removesuffix(chr(10))}"
    return text + added


def _ended_alike(before: str, after: str) -> str:
    return after if not before or before.endswith("\n") else after.removesuffix("\n")


def _program(command: Sequence[str]) -> str:
    return " ".join(_quoted(word) for word in command)


def _quoted(word: str) -> str:
    """For sh; always quoted, so that it is read back by one rule."""
    return "'" + word.replace("'", "'\\''") + "'"


def _value(text: str) -> str:
    """For git's config."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
