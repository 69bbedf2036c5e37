"""Running git: what it sees, how long it may take, and what its complaints become."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from waifusync.errors import ExitCode, UnreachableError, UntrustedError
from waifusync.repository.environment import scrubbed_environment
from waifusync.repository.git import Git, GitError, NotARepository, check_git_version, discover, git_version
from waifusync.repository.trouble import explain, without_credentials

from .conftest import Commit, git_by_hand


def test_the_environment_of_a_hook_does_not_reach_git() -> None:
    """T18: a hook runs with GIT_DIR set; a desktop with an askpass window."""
    found = scrubbed_environment(
        {
            "GIT_DIR": "/x",
            "GIT_INDEX_FILE": "/y",
            "GIT_CONFIG_PARAMETERS": "'a'",
            "SSH_ASKPASS": "window",
            "LANGUAGE": "de",
        }
    )
    assert not {"GIT_DIR", "GIT_INDEX_FILE", "GIT_CONFIG_PARAMETERS", "LANGUAGE"} & set(found)
    assert (found["GIT_TERMINAL_PROMPT"], found["GIT_ASKPASS"], found["SSH_ASKPASS"]) == ("0", "", "false")


def test_git_is_found_and_works_without_path_and_home(git: Git) -> None:
    """T18: a timer starts programs with an empty environment."""
    code = (
        "import sys, pathlib; from waifusync.repository.git import discover\n"
        "print(discover(pathlib.Path(sys.argv[1])).run('version').text)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(git.directory)],
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert done.stdout.startswith("git version"), done.stderr


def test_what_takes_too_long_is_ended_with_everything_it_started(git: Git, tmp_path: Path) -> None:
    """T28: the program that git started is gone as well, not left behind."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    alias = f"alias.x=!exec > '{pipe}'; echo started; tail -f /dev/null & wait"
    said = b""
    for seconds in (0.3, 3.0, 30.0):  # on a busy machine it may not even start in the first
        with pytest.raises(UnreachableError, match="took longer than"):
            git.run("x", config=(alias,), timeout_seconds=seconds)
        os.set_blocking(reader, True)
        said = os.read(reader, 100)
        if said:
            break
    assert said == b"started\n"
    assert select.select([reader], [], [], 20)[0]
    assert os.read(reader, 100) == b""  # the end of the pipe: nobody has it open any more
    os.close(reader)


def test_endless_output_is_refused(git: Git) -> None:
    with pytest.raises(UntrustedError):
        git.run("x", config=("alias.x=!yes",), max_output_bytes=1 << 20)


def test_hooks_of_the_repository_never_run(git: Git, commit: Commit) -> None:
    hook = git.git_dir / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{git.directory}/ran'\n")
    hook.chmod(0o755)
    commit({"a": b"1"}, show=True)
    assert not (git.directory / "ran").exists()


def test_a_large_input_does_not_block(git: Git) -> None:
    sha = git.run("hash-object", "-w", "--stdin", stdin=b"x" * 5_000_000).text.strip()
    assert len(git.run("cat-file", "blob", sha).stdout) == 5_000_000


def test_the_repository_is_found_from_below(git: Git) -> None:
    below = git.directory / "a" / "b"
    below.mkdir(parents=True)
    assert discover(below).directory == git.directory.resolve()


def test_no_repository_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(NotARepository) as caught:
        discover(tmp_path)
    assert caught.value.code == ExitCode.USAGE


def test_a_linked_work_tree_shares_our_state(git: Git, commit: Commit, tmp_path: Path) -> None:
    commit({"a": b"1"}, show=True)
    git_by_hand(git.directory, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    linked = discover(tmp_path / "linked")
    assert linked.common_dir == git.common_dir
    assert linked.git_dir != git.git_dir
    assert linked.git_dir == Path(linked.run("rev-parse", "--path-format=absolute", "--git-dir").text.strip())


def test_a_bare_repository_is_known(remote: Git) -> None:
    assert discover(remote.directory).is_bare


def test_the_version_is_read() -> None:
    assert git_version() >= (2, 34, 0)
    check_git_version()


def test_a_password_never_leaves_an_error() -> None:
    text = "fatal: unable to access 'https://me:hunter2@host/x.git?token=abc': Could not resolve host: host"
    error = explain("fetch", text, 128)
    assert "hunter2" not in error.message
    assert "abc" not in error.message
    assert error.code == ExitCode.UNREACHABLE
    assert without_credentials("ssh://git@host/x") == "ssh://git@host/x"
    assert without_credentials("ssh://git:pw@host/x") == "ssh://git@host/x"


@pytest.mark.parametrize(
    ("stderr", "code"),
    [
        ("git@host: Permission denied (publickey).\nfatal: Could not read from remote repository.", 4),
        ("fatal: could not read Username for 'https://host': terminal prompts disabled", 4),
        ("fatal: Unable to create '/x/.git/index.lock': File exists.", 3),
        ("error: object file .git/objects/aa/bb is empty\nfatal: loose object aabb is corrupt", 5),
        ("fatal: transport 'ext' not allowed", 3),
        ("fatal: something new", 3),
    ],
)
def test_a_complaint_becomes_an_exit_code(stderr: str, code: int) -> None:
    error = explain("fetch", stderr, 128)
    assert isinstance(error, GitError)
    assert error.code == code


def test_nothing_heavy_is_imported() -> None:
    heavy = "{'numpy', 'git', 'typer', 'rich', 'sqlite_utils', 'asyncio', 'tempfile', 'shutil'}"
    code = (
        "import sys, pkgutil, importlib, waifusync.repository as r\n"
        "for m in pkgutil.iter_modules(r.__path__, 'waifusync.repository.'):\n"
        "    importlib.import_module(m.name)\n"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]", done.stderr
