"""The entry through real processes: which stream, which exit code, and never a traceback."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAM = [sys.executable, "-m", "tests.cli.example"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_answer_is_on_stdout_and_the_conversation_on_stderr() -> None:
    result = run("greet", "reader")
    assert (result.returncode, result.stdout, result.stderr) == (0, "hello reader\n", "greeting\n")


def test_quiet_leaves_the_answer() -> None:
    result = run("greet", "reader", "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "hello reader\n", "")


def test_the_exit_code_is_what_the_command_returns() -> None:
    assert run("device", "approve", "x").returncode == 1


@pytest.mark.parametrize("arguments", ["-C {0} greet reader --json", "greet reader --json -C {0}"])
def test_the_directory_stands_before_or_after_the_command(arguments: str, tmp_path: Path) -> None:
    result = run(*arguments.format(tmp_path).split())
    assert json.loads(result.stdout)["directory"] == str(tmp_path)


FAILURES = [
    ("fail refused", 3, "it could cost data", "do something else"),
    ("fail unreachable", 4, "no route to jetson", ""),
    (
        "fail full",
        3,
        "no space left on the device: /some/file",
        "make room, then run the command again: nothing was lost",
    ),
    ("fail readonly", 3, "the file system is read-only", "mount it writable, or work in another place"),
    ("fail denied", 3, "permission denied: /some/\ufffdfile", "check who owns the file and its directory"),
    ("fail memory", 3, "there is not enough memory", "close other programs, then run the command again"),
    (
        "fail sqlite",
        5,
        "the file is not an SQLite database, or it is encrypted",
        "check that this is the file you meant",
    ),
    ("fail interrupt", 130, "interrupted", ""),
    ("gret x", 2, "'gret' is not a waifusync command", "did you mean 'waifusync greet'?"),
    ("zzzzz", 2, "'zzzzz' is not a waifusync command", "see 'waifusync --help'"),
    (
        "device aprove",
        2,
        "'device aprove' is not a waifusync command",
        "did you mean 'waifusync device approve'?",
    ),
    ("greet", 2, "missing argument 'NAME'", "see 'waifusync greet --help'"),
    (
        "greet x --times y",
        2,
        "invalid value for '--times' / '-n': 'y' is not a valid int",
        "see 'waifusync greet --help'",
    ),
    (
        "device approve my diary",
        2,
        "too many arguments (a text of several words needs quotes around it)",
        "see 'waifusync device approve --help'",
    ),
]


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"), FAILURES, ids=[each[0] for each in FAILURES]
)
def test_a_failure_is_told_once_with_its_exit_code(
    arguments: str, code: int, message: str, hint: str
) -> None:
    result = run(*arguments.split())
    expected = f"error: {message}\n" + (f"hint: {hint}\n" if hint else "")
    assert (result.returncode, result.stdout, result.stderr) == (code, "", expected)


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"), FAILURES, ids=[each[0] for each in FAILURES]
)
def test_with_json_a_failure_is_the_answer(arguments: str, code: int, message: str, hint: str) -> None:
    result = run(*arguments.split(), "--json")
    assert (result.returncode, result.stderr) == (code, "")
    assert json.loads(result.stdout) == {"error": message, "hint": hint, "code": code}


def test_a_bug_leaves_a_report_with_the_companion_and_quotes_nothing(tmp_path: Path) -> None:
    state = tmp_path / ".git" / "waifusync"
    (tmp_path / "inner").mkdir()
    state.mkdir(parents=True)
    result = run("-C", str(tmp_path / "inner"), "fail", "bug")
    [report] = state.iterdir()
    assert result.returncode == 70
    assert result.stderr.startswith("error: internal error: ValueError in tests/cli/example.py line ")
    assert str(report) in result.stderr
    assert "command: fail\n" in report.read_text()
    assert "Traceback" not in result.stderr
    assert "diary" not in result.stderr + report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600


def test_a_bug_that_is_its_own_cause_is_told_once(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.cli.example", "fail", "circle"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    [report] = tmp_path.iterdir()
    assert (result.returncode, report.read_text().count("ValueError")) == (70, 1)


def test_a_bug_with_nowhere_to_write_is_still_told() -> None:
    # No file may grow beyond 0 bytes; a directory that is absent would only send tempfile to the next one.
    command = f'ulimit -f 0; exec "{sys.executable}" -m tests.cli.example fail bug'
    result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 70
    assert result.stderr.startswith("error: internal error: ValueError in ")
    assert result.stderr.endswith("hint: this is a bug in waifusync; please report this line\n")


def test_a_command_that_cannot_be_imported_is_a_bug_of_ours_only_when_used(tmp_path: Path) -> None:
    assert run("--help").returncode == 0
    assert run("broken", TMPDIR=str(tmp_path)).returncode == 70


def test_a_broken_pipe_of_git_is_not_taken_for_a_reader_that_left(tmp_path: Path) -> None:
    assert run("fail", "git's pipe", TMPDIR=str(tmp_path)).returncode == 70


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", ["pour", "--help", "greet reader --json -q"])
def test_a_reader_that_has_left_is_met_with_silence(arguments: str, unbuffered: str) -> None:
    result = _run_without_reader(arguments, unbuffered)
    assert (result.returncode, result.stderr) == (141, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_error_as_json_that_nobody_reads_is_told_on_stderr(unbuffered: str) -> None:
    result = _run_without_reader("fail refused --json", unbuffered)
    assert (result.returncode, result.stderr) == (3, "error: it could cost data\nhint: do something else\n")


def _run_without_reader(arguments: str, unbuffered: str) -> subprocess.CompletedProcess[str]:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        return _run_into(writing, arguments, unbuffered)
    finally:
        os.close(writing)


@pytest.mark.parametrize("closed", ["1>&-", "2>&-", "1>&- 2>&-"])
def test_closed_streams_are_no_error(closed: str) -> None:
    command = f'exec "{sys.executable}" -m tests.cli.example greet reader {closed}'
    result = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", ["pour", "greet reader", "greet reader --json", "greet --help"])
def test_a_full_disk_behind_stdout_is_told(arguments: str, unbuffered: str) -> None:
    with open("/dev/full", "w") as full:
        result = _run_into(full, arguments, unbuffered)
    assert result.returncode == 3
    assert "error: no space left on the device\n" in result.stderr
    assert "Exception" not in result.stderr and "Traceback" not in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_error_as_json_that_stdout_does_not_take_is_told_on_stderr(unbuffered: str) -> None:
    with open("/dev/full", "w") as full:
        result = _run_into(full, "fail refused --json", unbuffered)
    assert (result.returncode, result.stderr) == (3, "error: it could cost data\nhint: do something else\n")


def _run_into(stdout: int | IO[str], arguments: str, unbuffered: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments.split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_an_interrupt_ends_with_130_and_one_line() -> None:
    process = subprocess.Popen(
        [*PROGRAM, "fail", "sleep"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "sleeping\n"
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=30)
    assert (process.returncode, rest) == (130, "error: interrupted\n")


def test_a_table_for_a_program_is_aligned_and_obeys_nobody() -> None:
    result = run("draw", PYTHONIOENCODING="ascii:strict")
    lines = result.stdout.splitlines()
    assert lines[:2] == ["device       unsent", "laptop       3"]
    assert "\033" not in result.stdout
    assert lines[-1] == "caf\\xe9 \\udcff"
    assert result.stderr == "warning: look here\n"


@pytest.mark.parametrize(("environment", "is_coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals_that_want_it(environment: dict[str, str], is_coloured: bool) -> None:
    shown = _on_a_terminal("draw", **environment)
    assert ("\033[33mwarning:" in shown) == is_coloured
    assert "\033[31mson" not in shown
    assert "unsent" in shown


@pytest.mark.parametrize(("arguments", "is_drawn"), [("work", True), ("work --quiet", False)])
def test_progress_is_drawn_on_a_terminal_after_a_second_unless_quiet(arguments: str, is_drawn: bool) -> None:
    assert ("Working" in _on_a_terminal(*arguments.split())) == is_drawn


def test_progress_is_not_drawn_for_a_program() -> None:
    assert run("work").stderr == ""


def _on_a_terminal(*arguments: str, **environment: str) -> str:
    ours, theirs = pty.openpty()
    unwanted = {"NO_COLOR", "FORCE_COLOR"}
    inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=ROOT,
        env={**inherited, "TERM": "xterm-256color", **environment},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # how Linux says that the other end was closed
        pass
    os.close(ours)
    assert process.wait() == 0
    return shown.decode()
