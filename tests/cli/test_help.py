"""What --help shows, through real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.example import TABLE
from waifusync.cli.commands import index

ROOT = Path(__file__).parent.parent.parent


def help_of(*arguments: str) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "tests.cli.example", *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize("arguments", ["", "--help", "-h", "help"])
def test_the_programs_help_lists_commands_under_their_headings(arguments: str) -> None:
    shown = help_of(*arguments.split())
    for text in ("Every day", "Greet somebody.", "Memories", "device", "--version", "-C"):
        assert text in shown


@pytest.mark.parametrize("arguments", ["greet --help", "greet -h", "help greet", "greet x --times 3 --help"])
def test_a_commands_help_shows_what_it_takes_and_examples(arguments: str) -> None:
    shown = help_of(*arguments.split())
    texts = [
        "waifusync greet",
        "Greet somebody, and others.",
        "Who is greeted [by name].",
        "--times",
        "--json",
        "-C",
    ]
    texts += [
        "warm|cold",
        "Examples:",
        "waifusync greet reader --times 2 --tag [a] --tag b",
        "[default: 1]",
        "--quiet",
    ]
    for text in texts:
        assert text in shown


@pytest.mark.parametrize("arguments", ["device", "device --help", "help device"])
def test_a_groups_help_lists_its_commands(arguments: str) -> None:
    assert "Approve a device." in help_of(*arguments.split())


def test_the_installed_command_and_the_module_are_one_program() -> None:
    installed = Path(sys.executable).parent / "waifusync"
    by_name = subprocess.run([installed, "--help"], capture_output=True, text=True, check=True)
    by_module = subprocess.run(
        [sys.executable, "-m", "waifusync", "--help"], capture_output=True, text=True, check=True
    )
    assert by_name.stdout == by_module.stdout != ""


def test_a_name_taken_twice_is_a_mistake_in_the_table() -> None:
    with pytest.raises(ValueError, match="two commands have one name"):
        index([*TABLE.values(), TABLE["greet"]])
