"""The entry: finds the command, has its arguments read, calls it, and makes every failure a line and a code.

Nothing but sys is imported before it is needed: `--version` must cost hardly more than an empty Python.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself costs three quarters of an empty Python's start
    from collections.abc import Mapping, Sequence

    from waifusync.cli.declare import Command, Values
    from waifusync.cli.request import Request

# Modules are hardly ever garbage: Python's own 700 has it look for some fifty times while they load, 5 ms.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def main(arguments: Sequence[str] | None = None, *, table: Mapping[str, Command] | None = None) -> int:
    """Runs `waifusync` with these arguments (the process's own unless given) and returns the exit code."""
    if arguments is not None:
        return _outcome(list(arguments), table)
    import gc

    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        return _outcome(sys.argv[1:], table)
    finally:
        gc.freeze()  # or the interpreter, about to end, goes through all that is loaded: 8 ms


def _outcome(given: list[str], table: Mapping[str, Command] | None) -> int:
    words: list[str] = []
    try:
        return _print_version() if given == ["--version"] else _run(given, words, table)
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        from waifusync.cli import failures

        return failures.report(error, command=" ".join(words), arguments=given)


def _print_version() -> int:
    from waifusync import __version__

    print(f"waifusync {__version__}", flush=True)
    return 0


def _run(given: list[str], words: list[str], table: Mapping[str, Command] | None) -> int:
    """Notes in `words` which command it was, as soon as that is known."""
    from waifusync.cli import output

    output.prepare()
    if table is None and _is_answered_at_once(given):
        return 0
    from waifusync.cli import commands
    from waifusync.cli.request import resolve

    known = commands.COMMANDS if table is None else table
    request = resolve(known, given)
    words += request.words
    values = _read(known, request)
    status = values if isinstance(values, int) else _call(known[request.name], values)
    output.flush()
    return status


def _is_answered_at_once(given: list[str]) -> bool:
    from waifusync.cli import at_once, output

    told = at_once.answered(given)
    if told is not None:
        output.answer(told)
        output.flush()
    return told is not None


def _read(table: Mapping[str, Command], request: Request) -> Values | int:
    """What the arguments mean, or an exit code when help was all that was asked for."""
    from waifusync.cli import commands, declare, fast

    if request.name in table:
        _, function = commands.load(table[request.name])
        values = fast.parse(declare.parameters(function), request.arguments)
        if values is not None:
            return values
    from waifusync.cli import typed

    return typed.parse(table, request.words, request.arguments)


def _call(command: Command, values: Values) -> int:
    from waifusync.cli import commands, output

    if values.pop("quiet"):
        output.be_quiet()
    _, function = commands.load(command)
    return int(function(**values))
