"""`drivers install` and `uninstall`: twice is as once, others' settings stay, and nothing is left behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.companions import INSTALLED, World
from tests.merging.drivers.repository import Repository
from waifusync.repository import driver_settings as settings
from waifusync.repository.foreign_attributes import foreign_lines

FILES = ("config", "info/attributes", "info/exclude")
LINES = st.lists(
    st.sampled_from(
        [
            "[core]",
            "\tbare = false",
            '[merge "ours"]',
            "\tdriver = true",
            '\tdriver = "x"',
            "# waifusync",
            "",
            "*.db merge=lfs",
            "\tname = Ada",
            "é \udcff",
        ]
    ),
    max_size=8,
)
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, LINES, st.sampled_from(["", "\n"]))
WORDS = st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1), min_size=1)


@given(TEXTS, WORDS)
def test_what_is_put_into_a_config_can_be_taken_out_to_the_byte(text: str, command: list[str]) -> None:
    once = settings.with_sections(text, command)
    assert settings.has_sections(once, command)
    assert settings.with_sections(once, command) == once
    assert settings.without_sections(once) == text
    assert settings.without_sections(text) == text


@given(TEXTS, LINES)
def test_what_is_put_into_attributes_can_be_taken_out_to_the_byte(text: str, lines: list[str]) -> None:
    once = settings.with_block(text, lines)
    assert settings.with_block(once, lines) == once
    assert settings.without_block(once) == text
    assert settings.without_block(text) == text


@given(WORDS)
def test_the_command_that_a_config_names_is_read_back_as_it_was(command: list[str]) -> None:
    assert settings.command_in(settings.sections(command)) == tuple(command)
    assert settings.command_of(settings.driver_of(command)) == tuple(command)


def test_install_twice_is_as_once_and_uninstall_leaves_every_byte(unregistered: Repository) -> None:
    before = _contents(unregistered)
    assert unregistered.run("drivers", "install").out.startswith("Registered in ")
    once = _contents(unregistered)
    assert unregistered.run("drivers", "install").out.startswith("All was registered ")
    assert _contents(unregistered) == once != before
    unregistered.run("drivers", "uninstall")
    assert _contents(unregistered) == before
    assert unregistered.run("drivers", "uninstall").out == "Nothing of waifusync's was there.\n"


def test_uninstall_takes_out_the_rows_that_git_remembers_for_its_diffs(repository: Repository) -> None:
    repository.commit("more", second="two")
    repository.git("show")
    repository.git("show-ref", "--verify", "-q", "refs/notes/textconv/waifusync-sqlite")
    repository.run("drivers", "uninstall")
    repository.git("show-ref", "--verify", "-q", "refs/notes/textconv/waifusync-sqlite", code=1)


def test_uninstall_takes_out_ours_alone_whatever_came_after_it(repository: Repository) -> None:
    repository.git("config", "merge.ours.driver", "true")
    repository.git("remote", "add", "origin", "https://example.org/x")
    with (repository.directory / ".git/info/attributes").open("a") as file:
        file.write("*.lock merge=ours\n")
    repository.run("drivers", "uninstall")
    assert "waifusync" not in "".join(text or "" for text in _contents(repository).values())
    assert repository.git("config", "merge.ours.driver").out == "true\n"
    assert repository.git("remote").out == "origin\n"
    assert "*.lock merge=ours" in (_contents(repository)["info/attributes"] or "")


def test_git_taking_a_section_away_takes_nothing_of_ours_with_it(unregistered: Repository) -> None:
    """git removes the comments that follow a section together with it."""
    unregistered.git("config", "branch.main.remote", "origin")
    unregistered.run("drivers", "install")
    unregistered.git("config", "branch.more.remote", "origin")
    unregistered.git("config", "--remove-section", "branch.main")
    unregistered.git("config", "--remove-section", "branch.more")
    unregistered.run("drivers", "check")


def test_a_driver_of_another_name_is_kept_and_said(unregistered: Repository) -> None:
    """Our attributes win over .gitattributes: what they say of others' files must be said again."""
    folder = unregistered.directory / "sub dir"
    folder.mkdir()
    (unregistered.directory / ".gitattributes").write_text("big.db filter=lfs diff=lfs merge=lfs -text\n")
    (folder / ".gitattributes").write_text("*.sqlite merge=theirs-driver\n")
    unregistered.commit("somebody's settings")
    told = unregistered.run("drivers", "install")
    assert "kept: big.db diff=lfs merge=lfs (from .gitattributes)" in told.err
    asked = unregistered.git(
        "check-attr", "merge", "--", "big.db", "sub dir/a.sqlite", "sub dir/b/c.sqlite", "a.sqlite"
    )
    values = [line.rpartition(": ")[2] for line in asked.out.splitlines()]
    assert values == ["lfs", "theirs-driver", "theirs-driver", "waifusync-sqlite"]


def test_gits_own_ways_of_keeping_one_side_are_replaced(unregistered: Repository) -> None:
    """T1: `*.db binary` is what people write to be safe, and it is what drops the other side."""
    (unregistered.directory / ".gitattributes").write_text("*.db binary\n")
    unregistered.commit("as people do")
    unregistered.run("drivers", "install")
    unregistered.part({"mine": "2"}, {"yours": "3"})
    unregistered.git("merge", "-q", "other", "-m", "both")
    assert unregistered.rows() == {"first": "one", "mine": "2", "yours": "3"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("*.db merge=lfs", ["*.db merge=lfs"]),
        ("*.db diff=sqlite3 merge=binary", ["*.db diff=sqlite3"]),
        ('"a b.db" merge=x', ['"a b.db" merge=x']),
        ("* merge=x", ["* merge=x"]),
        ("*.txt merge=x", []),
        ("*.db binary", []),
        ("*.db merge=union", []),
        ("*.db merge=waifusync-sqlite", []),
        ("# *.db merge=x", []),
        ("[attr]x.db merge=x", []),
    ],
)
def test_which_lines_are_somebody_elses(line: str, expected: list[str]) -> None:
    assert [kept.line for kept in foreign_lines(line, source="f")] == expected


def test_a_pattern_of_a_folder_is_said_from_the_top() -> None:
    found = foreign_lines("*.db merge=x\n/y/*.db merge=x\n", source="f", folder="a/")
    assert [kept.line for kept in found] == ["/a/**/*.db merge=x", "/a/y/*.db merge=x"]


def test_a_global_installation_serves_every_repository_and_goes_without_a_trace(world: World) -> None:
    home = {path: path.read_bytes() for path in world.home.rglob("*") if path.is_file()}
    made = Repository.begin(world)
    made.run("drivers", "install", "--global")
    made.part({"mine": "2"}, {"yours": "3"})
    made.git("merge", "-q", "other", "-m", "both")
    assert made.rows() == {"first": "one", "mine": "2", "yours": "3"}
    made.run("drivers", "check")
    made.run("drivers", "uninstall", "--global")
    assert {path: path.read_bytes() for path in world.home.rglob("*") if path.is_file()} == home


def test_a_program_with_quotes_blanks_and_percents_in_its_path_is_found_by_git(world: World) -> None:
    folder = world.folder / 'it\'s 100% "new" $HOME'
    folder.mkdir()
    program = folder / "waifusync"
    shutil.copy(INSTALLED, program)
    made = Repository.begin(world)
    import subprocess

    from tests.companions import clean_environment

    subprocess.run(
        [program, "drivers", "install"], cwd=made.directory, env=clean_environment(world.home), check=True
    )
    made.run("drivers", "check")
    made.part({"mine": "2"}, {"yours": "3"})
    made.git("merge", "-q", "other", "-m", "both")
    assert made.rows() == {"first": "one", "mine": "2", "yours": "3"}


def test_a_config_that_another_git_holds_is_left_alone_and_said(unregistered: Repository) -> None:
    """T1: and no file is promised to a driver that is not there."""
    (unregistered.directory / ".git/config.lock").touch()
    before = _contents(unregistered)
    refused = unregistered.run("drivers", "install", code=3)
    assert "config is held by another git program" in refused.err
    assert _contents(unregistered) == before


def _contents(repository: Repository) -> dict[str, str | None]:
    files: dict[str, Path] = {name: repository.directory / ".git" / name for name in FILES}
    return {name: file.read_text() if file.exists() else None for name, file in files.items()}
