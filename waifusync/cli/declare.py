"""How a command declares what it takes: once, in its function's annotations, for both parsers.

    def push(url: Annotated[str, Argument("URL", help="where to")], *, json: JsonOption = False) -> int:

Read here without `inspect`, which alone would cost a third of an empty Python's start.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from waifusync.values import NamedTuple


class Option:
    """A value given by name: `Option("--device", "-d", metavar="NAME", help="…")`. A bool is a flag."""

    __slots__ = ("help", "metavar", "names")

    def __init__(self, *names: str, help: str, metavar: str | None = None) -> None:  # noqa: A002 - typer's word
        self.names = names
        self.help = help
        self.metavar = metavar


class Argument:
    """A value given by place: `Argument("URL", help="…")`. A tuple takes all that are left."""

    __slots__ = ("help", "metavar")

    def __init__(self, metavar: str, *, help: str) -> None:  # noqa: A002 - typer's word
        self.metavar = metavar
        self.help = help


class Parameter(NamedTuple):
    """One thing a command takes. `kind` makes a value out of a text; no `choices` means any will do."""

    name: str
    marker: Option | Argument
    kind: type[Any]  # any of str, int, float, Path and bool, each called with one text
    choices: tuple[str, ...]
    is_many: bool
    is_required: bool
    default: object


class Command(NamedTuple):
    """A row of the table: `name` may be two words, `function` is "module:name", imported when used."""

    name: str
    function: str
    help: str
    panel: str


Values = dict[str, Any]  # whatever the command's own annotations say

DirectoryOption = Annotated[Path, Option("-C", metavar="DIR", help="Run as if started in DIR.")]
JsonOption = Annotated[bool, Option("--json", help="Print the answer as JSON.")]

QUIET = Parameter(
    name="quiet",
    marker=Option("--quiet", "-q", help="Say nothing but the answer, warnings and errors."),
    kind=bool,
    choices=(),
    is_many=False,
    is_required=False,
    default=False,
)


def parameters(function: Callable[..., int]) -> tuple[Parameter, ...]:
    """What a command's function takes, in its order, and `--quiet`, which every command takes."""
    hints = get_type_hints(function, include_extras=True)
    defaults = _defaults(function)
    declared = tuple(_parameter(name, hints[name], defaults) for name in _names(function))
    return (*declared, QUIET)


def _names(function: Callable[..., int]) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _defaults(function: Callable[..., int]) -> dict[str, object]:
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    values = function.__defaults__ or ()
    return dict(zip(positional[len(positional) - len(values) :], values, strict=True)) | (
        function.__kwdefaults__ or {}
    )


def _parameter(name: str, hint: Any, defaults: dict[str, object]) -> Parameter:  # Any: an annotation
    annotated = _find_annotated(hint)
    kind, is_many = _without_tuple(_without_none(annotated.__origin__))
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    return Parameter(
        name=name,
        marker=annotated.__metadata__[0],
        kind=str if choices else kind,
        choices=choices,
        is_many=is_many,
        is_required=name not in defaults,
        default=defaults.get(name),
    )


def _find_annotated(hint: Any) -> Any:  # Any: an annotation
    """Python 3.10 wraps a parameter whose default is None into one more Optional."""
    if hasattr(hint, "__metadata__"):
        return hint
    return next(part for part in get_args(hint) if hasattr(part, "__metadata__"))


def _without_none(hint: Any) -> Any:  # Any: an annotation
    others = [part for part in get_args(hint) if part is not type(None)]
    return others[0] if type(None) in get_args(hint) else hint


def _without_tuple(hint: Any) -> tuple[Any, bool]:  # Any: an annotation
    return (get_args(hint)[0], True) if get_origin(hint) is tuple else (hint, False)
