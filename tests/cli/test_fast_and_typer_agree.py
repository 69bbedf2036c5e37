"""One declaration, two readers: whatever the fast parser understands, typer understands in the same way."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.cli.example import TABLE
from waifusync.cli import commands, declare, fast, typed
from waifusync.cli.declare import Argument, Command, Option, Parameter
from waifusync.errors import UsageError

WORDS = [
    "reader",
    "",
    "-",
    "--",
    "-C",
    "/tmp",
    "--times",
    "-n",
    "3",
    "-3",
    "1_0",
    " 7 ",
    "x",
    "--weight",
    "0.5",
    "nan",
]
WORDS += [
    "--tag",
    "--tag=a=b",
    "--tag=",
    "--tone",
    "cold",
    "tepid",
    "--tone=warm",
    "--json",
    "--json=1",
    "-q",
]
WORDS += [
    "--quiet",
    "-qn2",
    "-n2",
    "--tim",
    "--note",
    "--file",
    "é",
    "--file=",
    "-q=1",
    "-C=x",
    "--bogus",
    "--note=--",
]
EVERY = [*commands.COMMANDS.values(), TABLE["greet"], TABLE["device approve"], TABLE["fail"], TABLE["pour"]]


@given(st.lists(st.sampled_from(WORDS), max_size=6))
@example(["reader", "--times", "3", "--tag", "a", "--tag", "b", "-C", "/tmp", "--json", "-q", "--", "--note"])
def test_whatever_the_fast_parser_understands_typer_understands_alike(arguments: list[str]) -> None:
    assert _fast_or_none(TABLE["greet"], arguments) in (None, _typed_or_none(TABLE["greet"], arguments))


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command.name)
def test_every_command_is_read_alike_with_everything_it_takes(command: Command) -> None:
    arguments = _everything(declare.parameters(commands.load(command)[1]))
    values = _fast_or_none(command, arguments)
    assert values is not None
    assert values == _typed_or_none(command, arguments)


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command.name)
def test_every_command_is_read_alike_with_no_more_than_it_needs(command: Command) -> None:
    needed = [each for each in declare.parameters(commands.load(command)[1]) if each.is_required]
    values = _fast_or_none(command, _everything(needed))
    assert values is not None
    assert values == _typed_or_none(command, _everything(needed))


@pytest.mark.parametrize(
    "arguments", ["--help", "-h", "--tim 3 x", "-n2 x", "--tag", "--tag -x y", "--json=1 x", ""]
)
def test_the_fast_parser_leaves_what_it_is_not_sure_of(arguments: str) -> None:
    assert _fast_or_none(TABLE["greet"], arguments.split()) is None


def _everything(parameters: tuple[Parameter, ...] | list[Parameter]) -> list[str]:
    """Arguments that give every parameter a value, those that take many two of them."""
    given_by_place = [each for each in parameters if isinstance(each.marker, Argument)]
    by_name = [each for each in parameters if isinstance(each.marker, Option)]
    words = [text for each in given_by_place for text in _texts(each)]
    for each in by_name:
        assert isinstance(each.marker, Option)
        texts = [[]] if each.kind is bool else [[text] for text in _texts(each)]
        words += [word for text in texts for word in (each.marker.names[0], *text)]
    return words


def _texts(parameter: Parameter) -> list[str]:
    text = parameter.choices[-1] if parameter.choices else "7"
    return [text, text] if parameter.is_many else [text]


def _fast_or_none(command: Command, arguments: list[str]) -> str | None:
    values = fast.parse(declare.parameters(commands.load(command)[1]), arguments)
    return None if values is None else _canonical(values)


def _typed_or_none(command: Command, arguments: list[str]) -> str | None:
    table = {**TABLE, **commands.COMMANDS}
    try:
        values = typed.parse(table, command.name.split(), arguments)
    except UsageError:
        return None
    return None if isinstance(values, int) else _canonical(values)


def _canonical(values: dict[str, object]) -> str:
    return repr(sorted(values.items()))  # types show, and nan equals itself
