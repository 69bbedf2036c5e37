"""Installing beside other hooks, and taking out again: what was there is called, and comes back whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.automation.hooked import Laptop, run

NAMES = ("post-commit", "post-merge", "post-checkout", "post-rewrite")


def _everything(laptop: Laptop) -> dict[str, tuple[int, bytes]]:
    """Hooks and config as they are: mode and bytes, links as where they lead."""
    files = [laptop.directory / ".git/config", *sorted(laptop.hooks.iterdir())]
    return {file.name: _file(file) for file in files}


def _file(file: Path) -> tuple[int, bytes]:
    content = os.readlink(file).encode() if file.is_symlink() else file.read_bytes()
    return file.lstat().st_mode, content


def test_install_twice_is_as_once_and_uninstall_leaves_every_byte(bare_laptop: Laptop) -> None:
    laptop = bare_laptop
    laptop.foreign_hook("post-commit", "exit 0 # a person's").chmod(0o750)
    (laptop.directory / "tracked-hook").write_text("#!/bin/sh\n")
    (laptop.hooks / "post-merge").symlink_to("../../tracked-hook")
    before = _everything(laptop)
    assert laptop.call("hooks", "install").out.startswith("Installed in ")
    once = _everything(laptop)
    assert laptop.call("hooks", "install").out.startswith("All was installed in ")
    assert _everything(laptop) == once != before
    assert laptop.call("hooks", "uninstall").out == (
        "Took out post-checkout, post-commit, post-merge, post-rewrite.\n"
    )
    assert _everything(laptop) == before
    assert not (laptop.directory / ".git/waifusync/hooks").exists()
    assert laptop.call("hooks", "uninstall").out == "Nothing of waifusync's was there.\n"


def test_a_folder_for_hooks_that_was_not_there_goes_again(bare_laptop: Laptop) -> None:
    assert not bare_laptop.hooks.exists()
    bare_laptop.call("hooks", "install")
    bare_laptop.say("one")
    bare_laptop.commit()
    assert "one" in bare_laptop.committed()
    bare_laptop.call("hooks", "uninstall")
    assert not bare_laptop.hooks.exists()


@pytest.mark.parametrize("status", [0, 3])
def test_a_hook_that_was_there_gets_all_it_got_before_and_its_answer_counts(
    bare_laptop: Laptop, status: int
) -> None:
    laptop = bare_laptop
    laptop.foreign_hook("post-checkout", f'echo "$#: $3" >>../checkouts; exit {status}')
    laptop.foreign_hook("post-rewrite", "echo $1 >>../rewrites; cat >>../rewrites")
    laptop.call("hooks", "install")
    laptop.plain_git("switch", "-q", "-c", "draft", code=min(status, 1))
    old = laptop.commit() and laptop.head()
    laptop.git("commit", "-q", "--amend", "-m", "again")
    assert (laptop.world.folder / "checkouts").read_text() == "3: 1\n"
    assert (laptop.world.folder / "rewrites").read_text() == f"amend\n{old} {laptop.head()}\n"


def test_a_hook_that_git_would_not_have_run_is_not_run(bare_laptop: Laptop) -> None:
    bare_laptop.foreign_hook("post-commit", "touch ../ran").chmod(0o644)
    bare_laptop.call("hooks", "install")
    bare_laptop.say("one")
    bare_laptop.commit()
    assert not (bare_laptop.world.folder / "ran").exists()
    assert "one" in bare_laptop.committed()


def test_a_hook_that_writes_over_ours_is_seen_and_then_called_first(laptop: Laptop) -> None:
    theirs = laptop.foreign_hook("post-commit", "touch ../theirs # lefthook")
    before = _file(theirs)
    found = laptop.call("hooks", "status", "--json", code=1).json
    assert found["problems"] == ["post-commit was overwritten by lefthook, and ours is not called"]
    assert found["next"] == "waifusync hooks install"
    laptop.call("hooks", "install")
    laptop.say("one")
    laptop.commit()
    assert (laptop.world.folder / "theirs").exists() and "one" in laptop.committed()
    assert {"name": "post-commit", "state": "installed", "by": "", "chained": True} in laptop.call(
        "hooks", "status", "--json"
    ).json["hooks"]
    laptop.call("hooks", "uninstall")
    assert _file(theirs) == before


def test_of_two_hooks_before_ours_the_later_is_called_and_the_earlier_kept(bare_laptop: Laptop) -> None:
    laptop = bare_laptop
    laptop.foreign_hook("post-commit", "touch ../earlier")
    laptop.call("hooks", "install")
    (laptop.hooks / "post-commit").unlink()
    later = laptop.foreign_hook("post-commit", "touch ../later")
    before = _file(later)
    laptop.call("hooks", "install")
    laptop.commit()
    assert (laptop.world.folder / "later").exists()
    assert not (laptop.world.folder / "earlier").exists()
    assert "earlier" in (laptop.hooks / "post-commit.before-waifusync.1").read_text()
    laptop.call("hooks", "uninstall")
    assert _file(later) == before


def test_pre_commit_moves_ours_and_calls_it_and_all_is_well(laptop: Laptop) -> None:
    """As pre-commit does: NAME.legacy is what it found, and its own hook calls that."""
    ours = laptop.hooks / "post-commit"
    ours.rename(ours.with_name("post-commit.legacy"))
    theirs = laptop.foreign_hook(
        "post-commit",
        '# File generated by pre-commit: https://pre-commit.com\n"$0.legacy" "$@"; touch ../pre',
    )
    laptop.say("one")
    laptop.commit()
    assert (laptop.world.folder / "pre").exists() and "one" in laptop.committed()
    assert "post-commit: installed, called by pre-commit" in laptop.call("hooks", "status").out
    assert laptop.call("hooks", "install").out.startswith("All was installed")
    before = _file(theirs)
    laptop.call("hooks", "uninstall")
    assert _file(theirs) == before
    assert not ours.with_name("post-commit.legacy").exists()


@pytest.mark.parametrize("fault", ["gone", "edited", "not executable"])
def test_what_is_wrong_is_told_and_install_mends_it(laptop: Laptop, fault: str) -> None:
    hook = laptop.hooks / "post-merge"
    if fault == "gone":
        hook.unlink()
    elif fault == "edited":
        hook.write_text(hook.read_text() + "echo more\n")
    else:
        hook.chmod(0o644)
    assert "post-merge" in laptop.call("hooks", "status", code=1).out
    laptop.call("hooks", "install")
    assert laptop.call("hooks", "status").out.endswith(f"All is well: {laptop.hooks}\n")


def test_status_says_that_none_are_there(bare_laptop: Laptop) -> None:
    told = bare_laptop.call("hooks", "status").out
    assert told == "No hooks of waifusync's are here; to have them: waifusync hooks install\n"
    assert bare_laptop.call("hooks", "status", "--json").json["installed"] is False


def test_without_a_companion_nothing_is_installed(bare_laptop: Laptop) -> None:
    other = bare_laptop.world.folder / "other"
    bare_laptop.git("init", "-q", str(other))
    command = [str(bare_laptop.program), "hooks", "install"]
    refused = run(command, where=other, home=bare_laptop.world.home, code=2)
    assert "holds no companion" in refused.err
    assert not (other / ".git/hooks/post-commit").exists()
