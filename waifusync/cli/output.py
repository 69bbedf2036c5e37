"""What a person and a script see: the answer on stdout, the conversation on stderr.

Colour never carries the meaning alone, and appears on a terminal only (NO_COLOR and TERM=dumb turn it off).
Text that comes from memories or from other devices goes through `plain` first: it may hold terminal commands.
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself costs a quarter of an empty Python's start
    from collections.abc import Mapping, Sequence
    from typing import Literal, TextIO

    Colour = Literal["red", "green", "yellow", "blue", "bold", "dim"]

_CODES: Mapping[Colour, str] = {
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "bold": "1",
    "dim": "2",
}
_LONGEST_MESSAGE = 1_500
# What JSON may hold as it is, and a terminal would obey: it stands in texts alone, so it can be written so.
_ESCAPED = {
    number: f"\\u{number:04x}"
    for span in ((0x7F, 0xA0), (0x2028, 0x202F), (0x2066, 0x206A))
    for number in range(*span)
}

_is_quiet = False


class ReaderGone(Exception):
    """Whoever read the answer closed the pipe (`waifusync log | head`): no error, and not git's pipe."""


def prepare() -> None:
    """What cannot be encoded (a file name that is not UTF-8, an old terminal) is shown as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None when it was closed
            stream.reconfigure(errors="backslashreplace")


def be_quiet() -> None:
    """From here on `say` says nothing: what --quiet does."""
    global _is_quiet
    _is_quiet = True


def is_quiet() -> bool:
    """Whether --quiet was given."""
    return _is_quiet


def say(text: str) -> None:
    """A line of the conversation, on stderr."""
    if not _is_quiet:
        _to_stderr(text)


def warn(text: str) -> None:
    """Something a person should know though all went well; shown with --quiet too."""
    _to_stderr(f"{paint('warning:', 'yellow', stream=sys.stderr)} {text}")


def complain(message: str, hint: str) -> None:
    """An error and what to do about it. Called in one place only (failures.py)."""
    # A remote's words stand in it, a path of its, a key of its waifusync.toml.
    shown = plain(message, width=_LONGEST_MESSAGE)
    _to_stderr(f"{paint('error:', 'red', stream=sys.stderr)} {shown}")
    if hint:
        _to_stderr(f"{paint('hint:', 'blue', stream=sys.stderr)} {plain(hint)}")


def answer(text: str) -> None:
    """A line of the answer, on stdout. Raises ReaderGone."""
    try:
        print(text)
    except BrokenPipeError:
        raise ReaderGone from None


def piece(text: str) -> None:
    """A part of an answer as it comes, shown at once; its lines stay lines. Raises ReaderGone."""
    shown = "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    try:
        print(shown, end="", flush=True)
    except BrokenPipeError:
        raise ReaderGone from None


def answer_json(value: object) -> None:
    """One JSON value on one line of stdout; called once for each of a stream of objects."""
    import json

    answer(json.dumps(value, ensure_ascii=False).translate(_ESCAPED))


def answer_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under headings: drawn to fit on a terminal, aligned by spaces when a program reads them."""
    cells = [[plain(cell) for cell in row] for row in rows]
    if sys.stdout is not None and sys.stdout.isatty():
        _draw_table(columns, cells)
    else:
        _align_table([list(columns), *cells])


def flush() -> None:
    """Sends what is still buffered. Raises ReaderGone."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise ReaderGone from None


def paint(text: str, colour: Colour, *, stream: TextIO | None = None) -> str:
    """The text in a colour if the stream (stdout unless said otherwise) is a terminal that wants it."""
    return f"\033[{_CODES[colour]}m{text}\033[0m" if wants_colour(stream or sys.stdout) else text


def wants_colour(stream: TextIO | None) -> bool:
    """Whether to colour what goes to this stream; see https://no-color.org."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream is not None and stream.isatty()


def plain(text: str, *, width: int | None = None) -> str:
    """The text on one line, with nothing in it that a terminal would obey, cut to `width`."""
    line = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in _one_line(text)
    )
    return line if width is None or len(line) <= width else line[: width - 1] + "…"


def harmless(text: str) -> str:
    """The text in its lines, with nothing else in it that a terminal would obey."""
    return "\n".join(map(_without_commands, text.split("\n")))


def _without_commands(line: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\t" else "\ufffd" for letter in line)


def count(number: int, one: str, many: str = "") -> str:
    """`count(1, "memory", "memories")` is "1 memory"; the plural is one with an s unless given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _to_stderr(text: str) -> None:
    """The conversation must not stop the work: whether anybody listens is all the same."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        return


def _align_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        answer("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _draw_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
