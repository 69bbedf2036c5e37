"""The full parser: the same declarations as a typer app, for --help and for what the fast parser leaves.

Only the command asked for is imported; the others appear in the list of commands by their row in the table.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape

# Vendored by typer, and reachable by no public name; the bounds on typer in pyproject.toml hold it still.
from typer._click.exceptions import UsageError as ClickUsageError
from typer.main import get_command

from waifusync.cli import commands
from waifusync.cli.declare import Command, Option, Parameter, Values, parameters
from waifusync.cli.output import ReaderGone
from waifusync.errors import ExitCode, UsageError

PROGRAM = "waifusync"
ABOUT = "One mind for a companion that lives on several devices, carried by git."


def parse(table: Mapping[str, Command], words: Sequence[str], arguments: Sequence[str]) -> Values | int:
    """What the arguments of the command `words` mean, or an exit code when help was all that was asked for.

    Raises UsageError, saying what was wrong and where to read on.
    """
    found: list[Values] = []
    app = get_command(build(table, " ".join(words), found.append))
    try:
        status = app.main([*words, *arguments], prog_name=PROGRAM, standalone_mode=False)
    except ClickUsageError as error:
        raise _usage_error(error, words) from None
    except SystemExit:  # what typer makes of a broken pipe
        raise ReaderGone from None
    return found[0] if found else int(status or ExitCode.DONE)


def build(table: Mapping[str, Command], asked: str, receive: Callable[[Values], None]) -> typer.Typer:
    """A typer app of the whole table, which hands what it parsed for the command `asked` to `receive`."""
    app = _group(ABOUT)
    app.callback(epilog="'waifusync COMMAND --help' says more of each.")(_main_options)
    groups: dict[str, typer.Typer] = {}
    for command in table.values():
        first, _, second = command.name.rpartition(" ")
        if first and first not in groups:
            groups[first] = _group(commands.GROUPS.get(first, ""))
            app.add_typer(groups[first], name=first, rich_help_panel=command.panel)
        _add(groups.get(first, app), second, command, receive if command.name == asked else None)
    return app


def _group(about: str) -> typer.Typer:
    return typer.Typer(
        help=about,
        add_completion=False,
        no_args_is_help=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["--help", "-h"]},
    )


def _main_options(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    directory: Annotated[str, typer.Option("-C", metavar="DIR", help="Run as if started in DIR.")] = ".",
) -> None:
    """Shown in the help; main.py has dealt with both before typer is asked."""


def _add(app: typer.Typer, name: str, command: Command, receive: Callable[[Values], None] | None) -> None:
    if receive is None:
        app.command(name, help=escape(command.help), rich_help_panel=command.panel)(lambda: None)
        return
    module, function = commands.load(command)
    epilog = _examples(getattr(module, "EXAMPLES", ()))
    text = escape(inspect.getdoc(function) or command.help)
    app.command(name, help=text, epilog=epilog, rich_help_panel=command.panel)(
        _receiver(parameters(function), receive)
    )


def _examples(lines: Sequence[str]) -> str:
    return escape("\n".join(["Examples:", *(f"  {line}" for line in lines)])) if lines else ""


def _receiver(declared: Sequence[Parameter], receive: Callable[[Values], None]) -> Callable[..., None]:
    """A function with the signature that typer reads, which only reports what it was called with."""
    many = {each.name: each.default for each in declared if each.is_many}

    def received(**values: Any) -> None:  # Any: typer's, as declared
        receive(
            {name: _as_tuple(value, many[name]) if name in many else value for name, value in values.items()}
        )

    received.__signature__ = inspect.Signature([_typer_parameter(each) for each in declared])  # type: ignore[attr-defined]  # a function may carry one
    received.__annotations__ = {each.name: _annotation(each) for each in declared}
    return received


def _as_tuple(value: Sequence[object] | None, default: object) -> object:
    return tuple(value) if value else (default or ())


def _typer_parameter(parameter: Parameter) -> inspect.Parameter:
    default = inspect.Parameter.empty if parameter.is_required else parameter.default
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=list(default) if isinstance(default, tuple) else default,
        annotation=_annotation(parameter),
    )


def _annotation(parameter: Parameter) -> Any:  # Any: a type made at run time
    kind: Any = Literal[parameter.choices] if parameter.choices else parameter.kind  # Any: as above
    if parameter.is_many:
        kind = list[kind]
    elif parameter.default is None and not parameter.is_required:
        kind = kind | None
    return Annotated[kind, _typer_marker(parameter)]


def _typer_marker(parameter: Parameter) -> Any:  # Any: what typer.Option says it returns
    marker = parameter.marker
    if isinstance(marker, Option):
        shows_default = parameter.default not in (None, False, (), "")
        return typer.Option(
            *marker.names, metavar=marker.metavar, help=escape(marker.help), show_default=shows_default
        )
    return typer.Argument(metavar=marker.metavar, help=escape(marker.help), show_default=False)


def _usage_error(error: ClickUsageError, words: Sequence[str]) -> UsageError:
    message = error.format_message().rstrip(".")
    if message.startswith("Got unexpected extra argument"):
        # They may be the words of a memory that somebody forgot to quote, so they are not repeated.
        message = "too many arguments (a text of several words needs quotes around it)"
    return UsageError(message[:1].lower() + message[1:], hint=f"see '{' '.join([PROGRAM, *words])} --help'")
