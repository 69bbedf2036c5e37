"""Names and kinds of files that must not come into a work tree."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.cases import EVIL, Case, Fate, log_file, pushed
from tests.hostile.remotes import FILE, FOLDER, Content, Remote

_HOOK = b"#!/bin/sh\ntouch ../canary\n"
_LINK, _SUBMODULE = "120000", "160000"
_SOMEWHERE = "0123456789abcdef0123456789abcdef01234567"
_DEVICE = f"twin-{EVIL}evil"

# Each is one file of that name, beside what is good.
_NAMES: dict[str, str] = {
    "up and out": "../canary",
    "up from a folder": "notes/../../canary",
    "here": "./canary",
    "a hook": ".git/hooks/post-checkout",
    "git's settings": ".git/config",
    "a hook in capitals": ".GIT/hooks/post-checkout",
    "git's folder below": "notes/.git/config",
    "git's folder in capitals below": "notes/.Git/config",
    "a short name of NTFS": "git~1/config",
    "a later short name of NTFS": "GIT~4/config",
    "a stream of NTFS": ".git::$INDEX_ALLOCATION/config",
    "a stream of a file": "notes/a.txt:hidden",
    "a dot at the end": ".git./config",
    "a space at the end": ".git /config",
    "dots and spaces at the end": ".git . ./config",
    "what HFS+ does not see": ".g\u200cit/config",
    "what HFS+ does not see at the end": ".git\u200f/config",
    "a byte order mark that HFS+ does not see": "\ufeff.git/config",
    "a backslash": "..\\canary",
    "a backslash to git's folder": ".git\\hooks\\post-checkout",
    "a drive": "C:/canary",
    "a device of Windows": "notes/con",
    "a device of Windows with an ending": "notes/aux.txt",
    "a serial port": "COM1",
    "a line feed": "notes/a\nb",
    "a carriage return": "notes/a\rb",
    "a terminal's command": "notes/\x1b[2J\x1b[31mowned",
    "a terminal's title": "notes/\x1b]0;owned\x07",
    "a bell": "notes/\x07",
    "one byte that is a command": "notes/\x9b31m",
    "letters backwards": "notes/\u202egnp.exe",
    "bytes that are no UTF-8": "notes/\udcff\udcfe",
    "a long name": "notes/" + "x" * 256,
    "a long path": "notes/" + "/".join("x" * 200 for _ in range(6)),
    "two thousand letters": "notes/" + "y" * 2_000,
    "a dot at the end of a file": "notes/file.",
    "submodules named": ".gitmodules",
    "submodules by a short name": "GITMOD~1",
    "submodules hidden": ".gitmodule\u200ds",
    "the live database": "shared_memory/memory.db",
    "the live database's journal": "shared_memory/memory.db-journal",
    "the live database's log": "shared_memory/memory.db-wal",
    "the live database in capitals": "shared_memory/MEMORY.DB",
    "another database's log": "shared_memory/other.db-wal",
    "this device's status": "shared_memory/sync_status.json",
    "our folder in capitals": "Shared_Memory/log/x",
    "our folder's folder in capitals": "shared_memory/LOG/x",
    "a stray file among logs": "shared_memory/log/canary.sh",
    "a log of a device that is none": "shared_memory/log/../../canary/0000/0000000001-0000000001.jsonl",
    "a device of path letters": "shared_memory/log/..%2f..-evilevil/0000/0000000001-0000000001.jsonl",
    "a device of capitals": f"shared_memory/log/TWIN-{EVIL.upper()}EVIL/0000/0000000001-0000000001.jsonl",
    "a log in another folder": f"shared_memory/log/{_DEVICE}/0007/0000000001-0000000001.jsonl",
    "a log that ends before it begins": f"shared_memory/log/{_DEVICE}/0000/0000000009-0000000001.jsonl",
    "a log that says another stretch": f"shared_memory/log/{_DEVICE}/0000/0000000001-0000000001.{_DEVICE[-8:]}-00001.jsonl",
    "a log that says another device": f"shared_memory/log/{_DEVICE}/0000/0000000001-0000000001.7k3q9x2a-00000.jsonl",
    "a log from nothing": f"shared_memory/log/{_DEVICE}/0000/0000000000-0000000001.jsonl",
    "vectors of no group": f"shared_memory/vectors/{_DEVICE}/..-4/0000000000-0000000000.npy",
    "a device's file of no device": "shared_memory/devices/evil.json",
    "a device's file of a path": f"shared_memory/devices/..-{EVIL}evil.json",
}  # fmt: skip


_LINKS: dict[str, dict[str, Content]] = {
    "a link out": {"notes/link": (_LINK, b"../canary")},
    "a link to hooks": {"hooks": (_LINK, b".git/hooks")},
    "a link to everything": {"notes": (_LINK, b"/")},
    "a link as the log": {"shared_memory/log": (_LINK, b"../canary")},
    "a link in the log": {f"shared_memory/log/{_DEVICE}": (_LINK, b"../canary")},
    "a link as a file of the log": {log_file(_DEVICE): (_LINK, b"../canary")},
    "a link as the database": {"shared_memory/memory.db": (_LINK, b"../canary")},
    "a link as all memory": {"shared_memory": (_LINK, b"../canary")},
    "a link as a page of notes": {"device_contexts/LAPTOP_CONTEXT.md": (_LINK, b"../canary")},
    "a link as the settings": {"waifusync.toml": (_LINK, b"../canary")},
    "a link as attributes": {".gitattributes": (_LINK, b"../canary")},
    "a link as what is ignored": {".gitignore": (_LINK, b"../canary")},
    "a submodule": {"notes/sub": (_SUBMODULE, _SOMEWHERE)},
    "a submodule as the log": {"shared_memory/log": (_SUBMODULE, _SOMEWHERE)},
    "a folder's mode for a file": {"notes/x": (FOLDER, b"x")},
    "a device of the system": {"notes/x": ("060000", b"x")},
    "names that differ by case": {"notes/Readme": b"1", "notes/README": b"2"},
    "folders that differ by case": {"Notes/a": b"1", "notes/b": b"2"},
    "names that differ by their form": {"notes/caf\u00e9": b"1", "notes/cafe\u0301": b"2"},
    "a file that differs from a folder by case": {"NOTES": b"1", "notes/a": b"2"},
}


def _odd(remote: Remote, *entries: tuple[str, bytes, str]) -> str:
    """A tree of the good files, and then these, however they stand."""
    kept = remote.git("ls-tree", remote.good).splitlines()
    good = [
        (facts.split()[0].lstrip("0"), name.encode(), facts.split()[2])
        for facts, name in (k.split("\t") for k in kept)
    ]
    return remote.point(remote.commit(remote.tree([*good, *entries])))


_ODD = {
    "an empty name": lambda remote: _odd(remote, (FILE, b"", remote.blob(b"x"))),
    "a slash in a name": lambda remote: _odd(remote, (FILE, b"z/../../canary", remote.blob(b"x"))),
    "an absolute name": lambda remote: _odd(remote, (FILE, b"/canary", remote.blob(b"x"))),
    "one name twice": lambda remote: _odd(
        remote, (FILE, b"z", remote.blob(b"1")), (FILE, b"z", remote.blob(b"2"))
    ),
    "names out of order": lambda remote: _odd(remote, (FILE, b"a", remote.blob(b"1"))),
    "a folder that is a file": lambda remote: _odd(remote, (FOLDER, b"z", remote.blob(b"x"))),
    "a file that is a folder": lambda remote: _odd(remote, (FILE, b"z", remote.tree_of({"x": b"x"}))),
    "an object that is nowhere": lambda remote: _odd(remote, (FILE, b"z", _SOMEWHERE)),
    "an object of zeros": lambda remote: _odd(remote, (FILE, b"z", "0" * 40)),
    "a mode of zeros before it": lambda remote: _odd(remote, ("0100644", b"z", remote.blob(b"x"))),
    "a tree of no entries that can be read": lambda remote: remote.point(
        remote.commit(remote.write("tree", b"100644 canary"))
    ),
}


def cases() -> Iterator[Case]:
    yield from pushed("trees", {name: {path: _HOOK} for name, path in _NAMES.items()})
    yield from pushed("trees", _LINKS)
    for name, make in _ODD.items():
        yield Case("trees", name, make)
    # git's programs are the person's, so a hook as a plain file is a file.
    harmless: dict[str, dict[str, Content]] = {
        "a folder of hooks": {".githooks/post-checkout": _HOOK},
        "a file that all may write": {"notes/x": ("100777", b"x")},
    }
    yield from pushed("trees", harmless, Fate.DATA)
