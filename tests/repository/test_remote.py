"""Fetching and pushing against real remotes."""

from __future__ import annotations

from pathlib import Path

import pytest

from waifusync.errors import UsageError
from waifusync.repository.git import Git, GitUnreachable, NoSuchBranch
from waifusync.repository.objects import ls_tree
from waifusync.repository.private_refs import mend_private_refs
from waifusync.repository.refs import read_refs
from waifusync.repository.remote import FETCHED, PushOutcome, check_url, fetch, push, remote_tip

from .conftest import Commit, git_by_hand

TRACKING = "refs/remotes/origin/main"


@pytest.mark.parametrize(
    "url",
    [
        "https://host/a.git",
        "https://user:token@host:8443/a",
        "ssh://git@host:22/a",
        "git@host:a/b.git",
        "host:a",
        "[::1]:a",
        "ssh://[::1]/a",
        "file:///srv/a",
        "/srv/a b",
        "../a",
        "a",
        "./-a",
        "http://localhost:3000/a",
        "git://127.0.0.1:9418/a",
        "http://127.0.0.1/a",
        "http://[::1]:80/a",
    ],
)
def test_a_plain_address_is_accepted(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-uhelper",
        "--upload-pack=x",
        "ext::sh -c x",
        "EXT::sh",
        "fd::7",
        "git://host/a",
        "ftp://host/a",
        "http://host/a",
        "http://localhost@evil/a",
        "http://127.0.0.1.evil/a",
        "http://localhost\\@evil/a",
        "ssh://-oProxyCommand=x/a",
        "ssh://git@-oProxyCommand=x/a",
        "-oProxyCommand=x:a",
        "git@-oProxyCommand=x:a",
        "host:-a",
        "https:///a",
        "https://host/a\nb",
        "a\0b",
    ],
)
def test_an_address_that_could_run_something_is_refused(url: str) -> None:
    """T25: option injection, helpers that run programs, plain http."""
    with pytest.raises(UsageError):
        check_url(url)


def test_a_commit_goes_there_and_comes_back(git: Git, remote: Git, commit: Commit) -> None:
    address = str(remote.directory)
    assert remote_tip(git, address, "main") is None
    one = commit({"a": b"1"})
    assert push(git, address, one, "main").outcome == PushOutcome.ACCEPTED
    assert push(git, address, one, "main").outcome == PushOutcome.ACCEPTED
    assert remote_tip(git, address, "main") == one
    assert fetch(git, address, "main") == one
    assert fetch(git, address, "main") == one


def test_a_branch_that_only_ends_alike_is_another(git: Git, remote: Git, commit: Commit) -> None:
    push(git, str(remote.directory), commit({"a": b"1"}), "refs/heads/main")
    assert remote_tip(git, str(remote.directory), "main") is None


def test_the_persons_tracking_branch_and_fetch_head_stay(git: Git, remote: Git, commit: Commit) -> None:
    git_by_hand(git.directory, "remote", "add", "origin", str(remote.directory))
    one = commit({"a": b"1"})
    push(git, str(remote.directory), one, "main")
    git_by_hand(remote.directory, "tag", "v1", one)
    assert fetch(git, "origin", "main") == one
    assert read_refs(git, FETCHED, TRACKING, "refs/tags/v1").shas == {
        FETCHED: one,
        TRACKING: None,
        "refs/tags/v1": None,
    }
    assert not (git.git_dir / "FETCH_HEAD").exists()


def test_a_lost_race_is_told_from_a_refusal(git: Git, remote: Git, commit: Commit) -> None:
    """T17: two devices push in the same second."""
    address = str(remote.directory)
    base = commit({"a": b"1"})
    push(git, address, base, "main")
    push(git, address, commit({"b": b"1"}, parent=base), "main")
    lost = push(git, address, commit({"c": b"1"}, parent=base), "main")
    assert lost.outcome == PushOutcome.REJECTED_RACE
    hook = remote.directory / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'GH006: protected branch' >&2\nexit 1\n")
    hook.chmod(0o755)
    tip = remote_tip(git, address, "main")
    refused = push(git, address, commit({"d": b"1"}, parent=tip), "main")
    assert refused.outcome == PushOutcome.REFUSED_BY_SERVER
    assert refused.reason == "the branch is protected on the server: GH006: protected branch"


def test_a_branch_checked_out_at_the_remote_is_not_overwritten(
    git: Git, commit: Commit, tmp_path: Path
) -> None:
    git_by_hand(tmp_path, "init", "-q", "-b", "main", "other")
    result = push(git, str(tmp_path / "other"), commit({"a": b"1"}), "main")
    assert result.outcome == PushOutcome.REFUSED_BY_SERVER
    assert "checked out" in result.reason


def test_a_rewritten_history_is_fetched_beside_ours(git: Git, remote: Git, commit: Commit) -> None:
    """T10: what the remote had is still here, for the caller to compare."""
    address = str(remote.directory)
    push(git, address, commit({"a": b"1"}), "main")
    old = fetch(git, address, "main")
    rewritten = commit({"z": b"1"})
    git_by_hand(git.directory, "push", "-q", "--force", address, f"{rewritten}:refs/heads/main")
    assert fetch(git, address, "main") == rewritten
    assert list(ls_tree(git, old)) == ["a"]


def test_an_unreachable_remote_is_told_from_a_missing_branch(git: Git, remote: Git, commit: Commit) -> None:
    """T28: exit 4, never a traceback."""
    for call in (remote_tip, fetch):
        with pytest.raises(GitUnreachable):
            call(git, str(remote.directory) + "-gone", "main")
        with pytest.raises(GitUnreachable):
            call(git, "http://127.0.0.1:9/x", "main")
    with pytest.raises(GitUnreachable):
        push(git, str(remote.directory) + "-gone", commit({"a": b"1"}), "main")
    with pytest.raises(NoSuchBranch):
        fetch(git, str(remote.directory), "main")


def test_http_to_this_machine_works_by_name_and_elsewhere_is_refused(git: Git) -> None:
    git_by_hand(git.directory, "remote", "add", "here", "http://127.0.0.1:9/x")
    git_by_hand(git.directory, "remote", "add", "there", "http://host.invalid/x")
    with pytest.raises(GitUnreachable):
        remote_tip(git, "here", "main")
    with pytest.raises(UsageError):
        remote_tip(git, "there", "main")


def test_a_configured_helper_never_runs(git: Git, tmp_path: Path) -> None:
    """T25: an address in the configuration that names a program."""
    git_by_hand(git.directory, "config", "remote.origin.url", f"ext::touch {tmp_path}/ran")
    git_by_hand(git.directory, "config", "protocol.ext.allow", "always")
    with pytest.raises(Exception, match="ext"):
        fetch(git, "origin", "main")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "branch", ["", "-x", "a:b", "a b", "a..b", "a\0b", "a\n", "x.lock", "a/", "@{-1}", "HEAD"]
)
def test_a_branch_name_cannot_say_anything_else(git: Git, remote: Git, branch: str) -> None:
    """T25: a refspec or an option in the place of a name."""
    with pytest.raises(UsageError):
        fetch(git, str(remote.directory), branch)


def test_what_a_power_cut_left_of_a_private_ref_is_mended(git: Git, remote: Git, commit: Commit) -> None:
    """T20: an empty ref, a lock file that nobody holds."""
    one = commit({"a": b"1"})
    push(git, str(remote.directory), one, "main")
    fetch(git, str(remote.directory), "main")
    (git.git_dir / FETCHED).write_bytes(b"")
    lock = git.git_dir / (FETCHED + ".lock")
    lock.touch()
    assert mend_private_refs(git) == (FETCHED,)
    assert lock.exists()
    assert mend_private_refs(git, now=lock.stat().st_mtime - 601) == (FETCHED + ".lock",)
    assert fetch(git, str(remote.directory), "main") == one


def test_everything_works_from_a_linked_work_tree(
    git: Git, remote: Git, commit: Commit, tmp_path: Path
) -> None:
    one = commit({"a": b"1"}, show=True)
    git_by_hand(git.directory, "worktree", "add", "-q", "-b", "other", str(tmp_path / "linked"))
    linked = Git(tmp_path / "linked")
    assert push(linked, str(remote.directory), one, "main").outcome == PushOutcome.ACCEPTED
    assert fetch(linked, str(remote.directory), "main") == one
    assert read_refs(git, FETCHED)[FETCHED] == one
