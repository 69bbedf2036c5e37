"""Hooks where nobody watches: no environment, no program, a lock that is taken, a database that is broken."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.automation.hooked import Laptop, run
from tests.automation.watched import until

GIT = shutil.which("git")
# How long a command that a person typed waits for another.
_PATIENCE_OF_OTHERS = 30


def test_a_commit_from_an_empty_environment_has_its_hook(laptop: Laptop) -> None:
    """T18: no HOME, no PATH, nothing: the program is found all the same."""
    laptop.git("config", "user.name", "Ada")
    laptop.git("config", "user.email", "ada@example.org")
    laptop.say("one")
    command = ["env", "-i", str(GIT), "-C", str(laptop.directory), "commit", "--allow-empty", "-q", "-m", "x"]
    done = subprocess.run(command, env={}, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "waifusync: Committed 1 change.\n")
    assert "one" in laptop.committed()


def test_what_git_sets_for_its_hooks_reaches_no_git_of_ours(laptop: Laptop) -> None:
    """T18: `git commit FILE` names an index of its own, `git -C` and `--git-dir` a folder."""
    laptop.say("one")
    (laptop.directory / "README.md").write_text("staged, not committed\n")
    laptop.git("add", "README.md")
    (laptop.directory / "notes.md").write_text("committed\n")
    laptop.git("add", "notes.md")
    folder = ["--git-dir", str(laptop.directory / ".git"), "--work-tree", str(laptop.directory)]
    laptop.plain_git(*folder, "commit", "-q", "-m", "notes alone", "--", "notes.md")
    assert "one" in laptop.committed()
    assert laptop.git("status", "--porcelain").split() == ["A", "README.md"]


def test_a_program_that_is_gone_is_no_fault_of_gits(laptop: Laptop) -> None:
    laptop.program.rename(laptop.program.with_name("elsewhere"))
    told = laptop.commit()
    assert (told.out, told.err) == ("", "")
    status = laptop.run("hooks", "status", code=1)
    assert f"the program that they call is gone: {laptop.program}" in status.out
    laptop.run("hooks", "install")
    laptop.say("one")
    laptop.commit()
    assert "one" in laptop.committed()


def test_a_companion_that_is_gone_is_no_fault_of_gits(laptop: Laptop) -> None:
    shutil.rmtree(laptop.directory / ".git/waifusync")
    told = laptop.commit()
    assert (told.out, told.err) == ("", "")
    laptop.call("hooks", "uninstall")
    assert not (laptop.hooks / "post-commit").exists()


def test_a_repository_that_moved_takes_its_hooks_along(laptop: Laptop) -> None:
    moved = laptop.directory.with_name("moved here")
    laptop.directory.rename(moved)
    there = Laptop(laptop.world, "laptop", moved, laptop.program)
    there.say("one")
    there.commit()
    assert "one" in there.committed()


def test_a_lock_that_is_taken_gets_a_note_and_git_does_not_wait(laptop: Laptop) -> None:
    """T12: a sync is at work here, perhaps for long: the next hook does what this one could not."""
    laptop.say("one")
    state = laptop.directory / ".git/waifusync"
    with (state / "lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        began = time.monotonic()
        told = laptop.commit()
        assert time.monotonic() - began < _PATIENCE_OF_OTHERS / 2
        assert (told.out, told.err) == ("", "")
        assert (state / "note").read_text() == "git hook\n"
        assert "one" not in laptop.committed()
    laptop.commit()
    assert "one" in laptop.committed()
    assert not (state / "note").exists()


@pytest.mark.parametrize("ending", ["kill -9 $$", "exit 70"])
def test_a_hook_that_dies_leaves_gits_answer_as_it_was(bare_laptop: Laptop, ending: str) -> None:
    """T12: out of memory, for instance; and the hook that was there before still has its say."""
    laptop = bare_laptop
    laptop.foreign_hook("post-checkout", "exit 5")
    laptop.call("hooks", "install")
    laptop.program.write_text(f"#!/bin/sh\n{ending}\n")
    laptop.say("one")
    laptop.commit()
    laptop.plain_git("switch", "-q", "-c", "draft", code=1)
    laptop.run("sync")
    assert "one" in laptop.committed()


def test_a_database_that_cannot_be_read_is_told_and_stops_no_commit(laptop: Laptop) -> None:
    """T18: `status` turns red."""
    for file in (laptop.directory / ".git/waifusync").glob("memory.db*"):
        file.write_bytes(b"no database at all" * 100)
    told = laptop.commit()
    assert "see: waifusync status" in told.err
    assert laptop.git("log", "-1", "--format=%s") == "change notes.md"
    laptop.call("status", code=5)


def test_a_hook_that_pushes_starts_one_run_and_only_for_something_new(laptop: Laptop) -> None:
    """T28: git is through before the remote answers, and the run ends when git's caller is long gone."""
    laptop.call("hooks", "install", "--push")
    laptop.settled()
    laptop.commit()
    assert laptop.starts() == 0
    laptop.say("one")
    laptop.commit()
    until(lambda: laptop.world.remote_head() == laptop.head())
    assert "one" in laptop.world.git(laptop.world.remote, "grep", "one", "main", "--", "shared_memory/log")
    assert laptop.call("hooks", "status", "--json").json["pushes"]
    laptop.call("hooks", "install")
    assert laptop.call("hooks", "status", "--json").json["pushes"]
    laptop.call("hooks", "install", "--no-push")
    assert not laptop.call("hooks", "status", "--json").json["pushes"]
    laptop.call("hooks", "install", "--push", "--no-push", code=2)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc to find the run in")
def test_the_run_that_a_hook_starts_holds_nothing_of_gits(laptop: Laptop) -> None:
    """T28: whoever reads git's output to its end is not kept waiting by a remote that hangs."""
    laptop.call("hooks", "install", "--push")
    hangs = laptop.foreign_hook("ssh", "exec sleep 60", folder=laptop.world.folder)
    laptop.git("config", "core.sshCommand", str(hangs))
    laptop.git("remote", "set-url", "origin", "ssh://example.org/companion.git")
    laptop.say("one")
    began = time.monotonic()
    laptop.commit()
    assert time.monotonic() - began < _PATIENCE_OF_OTHERS
    said = laptop.directory / ".git/waifusync/hooks/pushing"
    until(said.exists)
    until(lambda: _ended_runs(laptop))


def _ended_runs(laptop: Laptop) -> bool:
    """Ends the runs that hooks of this laptop started; whether there was one."""
    found = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if str(laptop.directory).encode() in (words := _words(folder)) and b"--after-hook" in words
    ]
    for number in found:
        with contextlib.suppress(ProcessLookupError):
            assert os.getsid(number) == number
            os.kill(number, signal.SIGTERM)
    return bool(found)


def _words(folder: Path) -> bytes:
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""


def test_the_remote_is_never_asked(laptop: Laptop) -> None:
    """T28: a hook that waited for the network would make every commit wait."""
    asked = laptop.world.folder / "asked"
    ssh = laptop.foreign_hook("ssh", f"touch '{asked}'; exit 1", folder=laptop.world.folder)
    laptop.git("remote", "set-url", "origin", "ssh://example.org/companion.git")
    laptop.say("one")
    (laptop.directory / "notes.md").write_text("x\n")
    laptop.git("add", "notes.md")
    laptop.plain_git("commit", "-q", "-m", "x", GIT_SSH_COMMAND=f"'{ssh}'")
    assert "one" in laptop.committed()
    assert not asked.exists()


def test_our_own_git_runs_no_hook(bare_laptop: Laptop) -> None:
    """T18: otherwise a sync would start itself again and again."""
    laptop = bare_laptop
    ran = laptop.world.folder / "ran"
    for name in ("post-commit", "post-merge", "post-checkout", "reference-transaction", "pre-push"):
        laptop.foreign_hook(name, f"echo {name} >>'{ran}'")
    laptop.call("hooks", "install")
    laptop.say("one")
    laptop.jetson.say("two")
    laptop.jetson.sync()
    laptop.call("sync")
    laptop.call("hooks", "run", "post-commit")
    assert not ran.exists()
    laptop.commit()
    assert "post-commit" in ran.read_text()


def test_a_companion_that_is_a_submodule_has_hooks_of_its_own(laptop: Laptop) -> None:
    outer = laptop.world.folder / "outer"
    laptop.git("init", "-q", "-b", "main", str(outer))
    add = ["-c", "protocol.file.allow=always", "-C", str(outer), "submodule", "--quiet", "add"]
    laptop.git(*add, str(laptop.world.remote), "mind")
    laptop.world.run("join", "--device", "inner", where=outer / "mind")
    inner = Laptop(laptop.world, "inner", outer / "mind", laptop.program)
    inner.call("hooks", "install")
    assert (outer / ".git/modules/mind/hooks/post-commit").exists()
    assert not (outer / ".git/hooks/post-commit").exists()
    inner.say("one")
    inner.commit()
    assert "one" in inner.committed()


def test_a_home_and_a_folder_that_cannot_be_written_stop_no_commit(laptop: Laptop) -> None:
    folder = laptop.directory / ".git/waifusync/hooks"
    shutil.rmtree(folder)
    folder.write_text("in the way\n")
    laptop.commit()
    refused = run(
        [str(laptop.program), "hooks", "install"], where=laptop.directory, home=Path(os.devnull), code=3
    )
    assert "Traceback" not in refused.err
