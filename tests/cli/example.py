"""A small table of commands with every kind of parameter, run as a program by the tests."""

from __future__ import annotations

import errno
import os
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Literal

from waifusync.cli import output
from waifusync.cli.commands import EVERY_DAY, MEMORIES, index
from waifusync.cli.declare import Argument, Command, DirectoryOption, JsonOption, Option
from waifusync.cli.main import main
from waifusync.cli.progress import Progress
from waifusync.errors import RefusedError, UnreachableError

MODULE = "tests.cli.example"
EXAMPLES = ("waifusync greet reader", "waifusync greet reader --times 2 --tag [a] --tag b")


def greet(
    name: Annotated[str, Argument("NAME", help="Who is greeted [by name].")],
    others: Annotated[tuple[str, ...], Argument("OTHERS", help="Who else.")] = (),
    *,
    directory: DirectoryOption = Path("."),
    times: Annotated[int, Option("--times", "-n", metavar="N", help="How often.")] = 1,
    weight: Annotated[float | None, Option("--weight", help="How much.")] = None,
    tag: Annotated[tuple[str, ...], Option("--tag", help="What for; may be repeated.")] = (),
    tone: Annotated[Literal["warm", "cold"], Option("--tone", help="How.")] = "warm",
    note: Annotated[str | None, Option("--note", help="Why.")] = None,
    file: Annotated[Path | None, Option("--file", help="Where.")] = None,
    json: JsonOption = False,
) -> int:
    """Greet somebody, and others.

    Written for the tests alone.
    """
    answer: dict[str, Any] = {"name": name, "others": others, "directory": str(directory), "times": times}
    answer |= {"weight": weight, "tag": tag, "tone": tone, "note": note, "file": file and str(file)}
    output.say("greeting")
    if json:
        output.answer_json(answer)
    else:
        output.answer(f"hello {name}")
    return 0


def approve(
    device: Annotated[str | None, Argument("DEVICE", help="Which.")] = None, *, json: JsonOption = False
) -> int:
    """Approve a device."""
    output.answer(f"approved {device}")
    return 1


def fail(
    how: Annotated[str, Argument("HOW", help="In which way.")],
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Fail in a way of one's choice."""
    if how == "bug":
        return int("dear diary")
    if how == "circle":
        error = ValueError("dear diary")
        raise error from error
    if how == "interrupt":
        raise KeyboardInterrupt
    if how == "sleep":
        output.say("sleeping")
        time.sleep(60)
    if how == "sqlite":
        import sqlite3

        sqlite3.connect(__file__).execute("select * from sqlite_master")
    if how == "git's pipe":
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")
    raise {
        "refused": RefusedError("it could cost data", hint="do something else"),
        "unreachable": UnreachableError("no route to jetson"),
        "full": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/some/file"),
        "readonly": OSError(errno.EROFS, os.strerror(errno.EROFS)),
        "denied": PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/some/\033file"),
        "memory": MemoryError(),
    }[how]


def pour(*, lines: Annotated[int, Option("--lines", help="How many.")] = 100_000) -> int:
    """Answer more than a pipe holds."""
    for number in range(lines):
        output.answer(f"line {number}")
    return 0


def work() -> int:
    """Work for longer than a second."""
    with Progress("Working", total=15) as progress:
        for _ in range(15):
            time.sleep(0.1)
            progress.advance()
    return 0


def draw() -> int:
    """Draw a table."""
    output.answer_table(["device", "unsent"], [["laptop", "3"], ["jet\033[31mson", "12"]])
    output.warn("look here")
    output.answer("caf\u00e9 \udcff")
    return 0


TABLE = index(
    [
        Command("greet", f"{MODULE}:greet", "Greet somebody.", EVERY_DAY),
        Command("device approve", f"{MODULE}:approve", "Approve a device.", MEMORIES),
        Command("fail", f"{MODULE}:fail", "Fail.", MEMORIES),
        Command("pour", f"{MODULE}:pour", "Pour.", MEMORIES),
        Command("work", f"{MODULE}:work", "Work.", MEMORIES),
        Command("draw", f"{MODULE}:draw", "Draw.", MEMORIES),
        Command("broken", "tests.cli.absent:function", "Never imported unless asked for.", MEMORIES),
    ]
)

if __name__ == "__main__":
    sys.exit(main(table=TABLE))
