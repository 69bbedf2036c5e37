"""What a remote may not put into a companion."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waifusync.errors import UntrustedError
from waifusync.repository import layout
from waifusync.repository.git import Git
from waifusync.repository.incoming import MAX_FILES, check_attributes, check_changes, check_incoming
from waifusync.repository.objects import MAX_BLOB_BYTES, Change
from waifusync.repository.paths import reason_to_refuse

from .conftest import Commit

DEVICE = "laptop-7k3q9x2a"
LOG = f"shared_memory/log/{DEVICE}/0000/0000000001-0000000016.jsonl"


def added(path: str, mode: str = "100644") -> Change:
    return Change(path, "000000", mode, None, "a" * 40)


@pytest.mark.parametrize(
    "path",
    [
        LOG,
        f"shared_memory/log/{DEVICE}/0001/0000065537-0000065537.jsonl",
        f"shared_memory/vectors/{DEVICE}/nomic-embed-text-768/0000000000-0000000003.npy",
        f"shared_memory/log/{DEVICE}/0001/0000065537-0000065540.{DEVICE[-8:]}-01000.jsonl",
        f"shared_memory/vectors/{DEVICE}/bge-4/0000001024-0000001024.{DEVICE[-8:]}-00001.npy",
        f"shared_memory/devices/{DEVICE}.json",
        f"shared_memory/context_tokens/{DEVICE}_session_001.json",
        "device_contexts/LAPTOP_CONTEXT.md",
        "waifusync.toml",
        ".gitattributes",
        ".gitignore",
        "notes/größe 日本.md",
        "notes/console.md",
    ],
)
def test_what_waifusync_and_people_write_comes_in(path: str) -> None:
    check_changes([added(path)], {})


@pytest.mark.parametrize(
    "path",
    [
        "shared_memory/memory.db",
        "shared_memory/memory.db-wal",
        "Shared_Memory/MEMORY.DB",
        "shared_memory/x/chat.db-wal",
        "shared_memory/a-journal",
        "shared_memory/a-SHM",
        "shared_memory/sync_status.json",
        "../a",
        "a/../b",
        "/a",
        "a//b",
        ".git/config",
        "a/.GIT/hooks/x",
        ".g\u200cit/config",
        "git~1/config",
        ".git./config",
        ".git /config",
        ".git::$INDEX_ALLOCATION/x",
        ".gitmodules",
        ".GitModules",
        "a\\b",
        "C:a",
        "a\nb",
        "a\x7fb",
        "a.",
        "a ",
        "aux",
        "x/NUL.txt",
        "com1.md",
        "a" * 256,
        "/".join(["abcd"] * 300),
        "bad\udcff",
        f"shared_memory/log/{DEVICE}/0000/0000000002-0000000001.jsonl",
        f"shared_memory/log/{DEVICE}/0001/0000000001-0000000016.jsonl",
        f"shared_memory/log/{DEVICE}/0000/0000000000-0000000016.jsonl",
        f"shared_memory/log/{DEVICE}/x.jsonl",
        f"shared_memory/log/{DEVICE}/0000/0000000001-0000000016.{DEVICE[-8:]}-00001.jsonl",
        f"shared_memory/log/{DEVICE}/0000/0000000001-0000000016.{DEVICE[-8:]}-000000.jsonl",
        f"shared_memory/log/{DEVICE}/0000/0000000001-0000000016.b4n8w6zt-00000.jsonl",
        f"shared_memory/vectors/{DEVICE}/bge-4/0000000000-0000000003.{DEVICE[-8:]}-00001.npy",
        f"shared_memory/vectors/{DEVICE}/bge-4/0000000000-0000000003.b4n8w6zt-00000.npy",
        f"shared_memory/vectors/{DEVICE}/bge-4/0000000004-0000000003.npy",
        "shared_memory/log/.gitattributes",
        "shared_memory/log",
        "shared_memory/Log/x",
        "shared_memory/devices/Laptop-7k3q9x2a.json",
        "Device_contexts/x.md",
    ],
)
def test_what_is_not_plain_is_refused_by_name(path: str) -> None:
    """T25: links, escapes, names for other file systems, files that SQLite would read."""
    with pytest.raises(UntrustedError) as caught:
        check_changes([added(path)], {})
    assert caught.value.facts["path"] == path


@pytest.mark.parametrize("mode", ["120000", "160000", "040000", "100664"])
def test_only_plain_files_come_in(mode: str) -> None:
    with pytest.raises(UntrustedError):
        check_changes([added("a", mode)], {})


def test_sizes_and_counts_are_bounded() -> None:
    """T25: memory stays bounded."""
    with pytest.raises(UntrustedError, match="larger"):
        check_changes([added("a")], {"a" * 40: MAX_BLOB_BYTES + 1})
    for path in (".gitattributes", "waifusync.toml", f"shared_memory/devices/{DEVICE}.json"):
        with pytest.raises(UntrustedError, match="larger"):
            check_changes([added(path)], {"a" * 40: (1 << 20) + 1})
    with pytest.raises(UntrustedError, match="at once"):
        check_changes([added("a")] * (MAX_FILES + 1), {})


@pytest.mark.parametrize(
    ("first", "second"),
    [("a/Notes", "a/notes"), ("A/x", "a/y"), ("caf\u00e9", "cafe\u0301"), ("stra\u00dfe", "STRASSE")],
)
def test_two_names_for_one_file_are_refused(first: str, second: str) -> None:
    """T29: case and Unicode form."""
    with pytest.raises(UntrustedError, match="cannot be told from"):
        check_changes([added(first), added(second)], {})
    with pytest.raises(UntrustedError, match="cannot be told from"):
        check_changes([added(second)], {}, existing=[first])
    removed = Change(first, "100644", "000000", "a" * 40, None)
    check_changes([removed, added(second)], {}, existing=[first])


def test_a_removal_is_not_judged_by_its_name() -> None:
    check_changes([Change("shared_memory/memory.db", "100644", "000000", "a" * 40, None)], {})


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (".gitattributes", "shared_memory/log/** filter=x"),
        (".gitattributes", "/experiments/* eol=crlf"),
        ("shared_memory/.gitattributes", "log/** text"),
        ("experiments/.gitattributes", "* merge=ours"),
    ],
)
def test_attributes_that_change_our_bytes_are_refused(path: str, line: str) -> None:
    with pytest.raises(UntrustedError):
        check_attributes(path, line.encode())


def test_attributes_of_the_persons_own_files_are_theirs() -> None:
    check_attributes(
        ".gitattributes", b"# shared_memory/log text\n* text=auto\n*.npy filter=lfs\nnotes/** eol=lf\n\n"
    )


def test_a_real_tree_is_checked(git: Git, commit: Commit) -> None:
    one = commit({LOG: b"{}\n", "a": b"1", ".gitattributes": b"* text=auto\n"})
    assert len(check_incoming(git, None, one)) == 3
    two = commit({".gitattributes": b"/shared_memory/log/** filter=x\n"}, parent=one)
    with pytest.raises(UntrustedError, match="gitattributes"):
        check_incoming(git, one, two)


@given(st.text(max_size=40))
@settings(deadline=None)
def test_a_name_that_is_accepted_stays_inside(path: str) -> None:
    if reason_to_refuse(path) is None:
        parts = path.casefold().split("/")
        assert not {"", ".", "..", ".git"} & set(parts)
        assert "\\" not in path


def test_own_paths_are_known() -> None:
    assert layout.is_own(LOG)
    assert layout.is_own("experiments/x/y")
    assert not layout.is_own("shared_memory/logbook")
    assert not layout.is_own("waifusync.toml")
    assert not layout.is_machine_written("experiments/x")
    assert layout.is_ignored("shared_memory/memory.db-wal")
