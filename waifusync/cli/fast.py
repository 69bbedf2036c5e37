"""The fast parser: plain uses only, in less time than importing typer would take.

Whatever it is not sure of (an unknown option, --help, an abbreviation, a value that starts with a dash, one
that is missing or malformed) it leaves to typer by returning None: one place explains mistakes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from waifusync.cli.declare import Argument, Option, Parameter, Values


class _Unsure(Exception):
    """This needs the other parser."""


def parse(parameters: Sequence[Parameter], arguments: Sequence[str]) -> Values | None:
    """What the arguments mean, exactly as typer would say it; None when typer has to be asked."""
    given: dict[str, list[str]] = {}
    try:
        loose = _take_options(_options_by_name(parameters), iter(arguments), given)
        _take_arguments([each for each in parameters if isinstance(each.marker, Argument)], loose, given)
        return {each.name: _value(each, given.get(each.name)) for each in parameters}
    except (_Unsure, ValueError):  # ValueError: int("x"), float("x")
        return None


def _options_by_name(parameters: Sequence[Parameter]) -> dict[str, Parameter]:
    return {
        name: each for each in parameters if isinstance(each.marker, Option) for name in each.marker.names
    }


def _take_options(
    options: dict[str, Parameter], arguments: Iterator[str], given: dict[str, list[str]]
) -> list[str]:
    """Notes the options' texts in `given`; returns what was no option, in order."""
    loose: list[str] = []
    for argument in arguments:
        if argument == "--":
            return [*loose, *arguments]
        if argument == "-" or not argument.startswith("-"):
            loose.append(argument)
            continue
        name, equals, text = argument.partition("=")
        option = options.get(name)
        if option is None or (equals and (option.kind is bool or not name.startswith("--"))):
            raise _Unsure
        given.setdefault(option.name, []).append(text if equals else _next_text(option, arguments))
    return loose


def _next_text(option: Parameter, arguments: Iterator[str]) -> str:
    if option.kind is bool:
        return "true"
    text = next(arguments, "-")
    if text.startswith("-"):
        raise _Unsure
    return text


def _take_arguments(places: list[Parameter], loose: list[str], given: dict[str, list[str]]) -> None:
    for place in places:
        count = len(loose) if place.is_many else 1
        if loose:
            given[place.name] = loose[:count]
            del loose[:count]
    if loose:
        raise _Unsure


def _value(parameter: Parameter, texts: list[str] | None) -> object:
    if texts is None:
        if parameter.is_required:
            raise _Unsure
        return parameter.default
    if parameter.choices and not set(texts) <= set(parameter.choices):
        raise _Unsure
    values = [parameter.kind(text) for text in texts]
    return tuple(values) if parameter.is_many else values[-1]
