"""core.hooksPath that leads elsewhere: nobody's folder is written in, and everybody's hooks are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.automation.hooked import Laptop


def _husky(laptop: Laptop) -> Path:
    """As husky sets it up: generated files in .husky/_, called by git, call tracked ones in .husky."""
    folder = laptop.directory / ".husky"
    for name in ("post-commit", "pre-commit", "commit-msg"):
        laptop.foreign_hook(name, f'. "$(dirname "$0")/../{name}" # husky', folder=folder / "_")
    laptop.foreign_hook("post-commit", "echo post >>../husky", folder=folder)
    laptop.foreign_hook("pre-commit", "echo pre >>../husky; test ! -e refuse", folder=folder)
    laptop.foreign_hook("commit-msg", "cat $1 >>../husky", folder=folder)
    (folder / "_/.gitignore").write_text("*\n")
    laptop.git("add", ".husky")
    laptop.git("commit", "-q", "-m", "husky")
    laptop.git("config", "core.hooksPath", ".husky/_")
    return folder


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_huskys_hooks_are_all_called_and_none_is_touched(bare_laptop: Laptop) -> None:
    laptop = bare_laptop
    folder = _husky(laptop)
    config = laptop.directory / ".git/config"
    before, set_up = _contents(folder), config.read_bytes()
    told = laptop.call("hooks", "install")
    assert "core.hooksPath led to .husky/_, which is not ours to write in" in told.err
    laptop.say("one")
    laptop.commit()
    assert (laptop.world.folder / "husky").read_text() == "pre\nchange notes.md\npost\n"
    assert "one" in laptop.committed()
    (laptop.directory / "refuse").touch()
    (laptop.directory / "notes.md").write_text("refused\n")
    laptop.plain_git("commit", "-q", "-a", "-m", "refused", code=1)
    assert laptop.call("hooks", "install").out.startswith("All was installed")
    assert laptop.call("hooks", "status", "--json").json["passes_on"] == ".husky/_"
    laptop.call("hooks", "uninstall")
    assert _contents(folder) == before
    assert config.read_bytes() == set_up
    assert not (laptop.directory / ".git/waifusync/hooks").exists()


def test_husky_setting_its_path_again_is_seen_and_mended(bare_laptop: Laptop) -> None:
    """T18: what `npm install` does."""
    laptop = bare_laptop
    _husky(laptop)
    laptop.call("hooks", "install")
    laptop.git("config", "core.hooksPath", ".husky/_")
    told = laptop.call("hooks", "status", code=1).out
    assert "wrong: core.hooksPath leads to .husky/_ now, so ours are not asked\n" in told
    laptop.call("hooks", "install")
    laptop.say("one")
    laptop.commit()
    assert "one" in laptop.committed()
    laptop.git("config", "core.hooksPath", ".husky/_")
    laptop.call("hooks", "uninstall")
    assert laptop.git("config", "core.hooksPath") == ".husky/_"


def test_a_hook_that_comes_into_others_folder_later_is_told(bare_laptop: Laptop) -> None:
    laptop = bare_laptop
    folder = _husky(laptop)
    laptop.call("hooks", "install")
    laptop.foreign_hook("pre-push", "exit 1", folder=folder / "_")
    told = laptop.call("hooks", "status", code=1).out
    assert "pre-push came into .husky/_ later, and is not called yet" in told
    laptop.call("hooks", "install")
    laptop.call("hooks", "status")
    laptop.commit()
    laptop.plain_git("push", "-q", "origin", "main", code=1)


def test_a_persons_folder_for_all_repositories_is_left_alone(bare_laptop: Laptop) -> None:
    """T18: somebody else's core.hooksPath, for every repository of theirs."""
    laptop = bare_laptop
    folder = laptop.world.home / "my hooks"
    laptop.foreign_hook("post-commit", 'pwd >>"$HOME/ran"', folder=folder)
    laptop.git("config", "--global", "core.hooksPath", "~/my hooks")
    config = laptop.directory / ".git/config"
    before, set_up = _contents(folder), config.read_bytes()
    laptop.call("hooks", "install")
    laptop.say("one")
    laptop.commit()
    assert "one" in laptop.committed()
    assert (laptop.world.home / "ran").read_text() == f"{laptop.directory}\n"
    assert _contents(folder) == before
    laptop.call("hooks", "uninstall")
    assert config.read_bytes() == set_up


def test_a_repository_that_moved_keeps_what_it_passes_on_to(bare_laptop: Laptop) -> None:
    """git's setting names the old place: it is told, and mended without forgetting whose hooks are called."""
    laptop = bare_laptop
    _husky(laptop)
    laptop.call("hooks", "install")
    moved = laptop.directory.with_name("moved")
    laptop.directory.rename(moved)
    there = Laptop(laptop.world, "laptop", moved, laptop.program)
    there.call("hooks", "status", code=1)
    there.call("hooks", "install")
    there.say("one")
    there.commit()
    assert "one" in there.committed()
    assert (laptop.world.folder / "husky").read_text().endswith("post\n")
    there.call("hooks", "uninstall")
    assert there.git("config", "core.hooksPath") == ".husky/_"


def test_a_folder_within_gits_own_is_used_as_it_is(bare_laptop: Laptop) -> None:
    laptop = bare_laptop
    laptop.git("config", "core.hooksPath", ".git/more/hooks")
    laptop.call("hooks", "install")
    laptop.say("one")
    laptop.commit()
    assert "one" in laptop.committed()
    assert (laptop.directory / ".git/more/hooks/post-commit").exists()
    laptop.call("hooks", "uninstall")
    assert laptop.git("config", "core.hooksPath") == ".git/more/hooks"


def test_hooks_that_are_a_link_into_the_work_tree_are_not_written_to(bare_laptop: Laptop) -> None:
    laptop = bare_laptop
    tracked = laptop.directory / "githooks"
    laptop.foreign_hook("post-commit", "touch ../tracked", folder=tracked)
    laptop.hooks.symlink_to("../githooks")
    before = _contents(tracked)
    laptop.call("hooks", "install")
    laptop.say("one")
    laptop.commit()
    assert "one" in laptop.committed() and (laptop.world.folder / "tracked").exists()
    assert _contents(tracked) == before


def test_a_setting_that_wins_over_the_repositorys_own_is_refused(bare_laptop: Laptop) -> None:
    laptop = bare_laptop
    folder = laptop.world.folder / "team"
    folder.mkdir()
    laptop.git("config", "extensions.worktreeConfig", "true")
    laptop.git("config", "--worktree", "core.hooksPath", str(folder))
    refused = laptop.call("hooks", "install", code=3)
    assert f"core.hooksPath is {folder} in this work tree's own config" in refused.err
    assert list(folder.iterdir()) == []
    assert not (laptop.directory / ".git/waifusync/hooks").exists()


@pytest.mark.parametrize("where", ["main", "linked"])
def test_linked_work_trees_share_the_hooks_and_the_memory(laptop: Laptop, where: str) -> None:
    """A commit in the other work tree must not leave the one that shows the branch behind it."""
    linked = laptop.world.folder / "linked"
    laptop.git("worktree", "add", "-q", "-b", "draft", str(linked))
    laptop.say("one")
    place = laptop if where == "main" else Laptop(laptop.world, "linked", linked, laptop.program)
    place.commit("draft.md")
    assert "one" in laptop.committed("main")
    assert laptop.is_clean()
    revision = "HEAD" if where == "linked" else "HEAD~1"
    assert place.git("log", "-1", "--format=%s", revision) == "change draft.md"
    assert place.git("status", "--porcelain") == ""


def test_while_another_work_tree_rebases_the_branch_nothing_moves_it(laptop: Laptop) -> None:
    linked = laptop.world.folder / "linked"
    laptop.git("switch", "-q", "-c", "base")
    laptop.commit(text="of base\n")
    laptop.git("switch", "-q", "main")
    laptop.commit(text="of main\n")
    laptop.git("worktree", "add", "-q", "-b", "draft", str(linked))
    before = laptop.git("rev-parse", "main")
    laptop.plain_git("rebase", "-q", "base", code=1)
    laptop.say("during the rebase")
    Laptop(laptop.world, "linked", linked, laptop.program).commit("draft.md")
    assert laptop.git("rev-parse", "main") == before
    (laptop.directory / "notes.md").write_text("of both\n")
    laptop.git("add", "notes.md")
    laptop.plain_git("rebase", "--continue")
    assert "during the rebase" in laptop.committed()
    assert laptop.is_clean()
