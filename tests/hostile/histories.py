"""Commits, refs, packs and settings of the remote that are not what git would have made."""

from __future__ import annotations

import shutil
import stat
import zlib
from collections.abc import Callable, Iterator

from tests.hostile.cases import Case, Fate
from tests.hostile.remotes import Remote

_ESCAPES = "\x1b[2J\x1b]0;owned\x07\x1b[31m\u202egnp"
_RUN = "touch ../canary"
_MAIN = "refs/heads/main"


def _head(author: str = "Eve <eve@example.org> 1800000000 +0000", committer: str = "", more: str = "") -> str:
    return f"author {author}\ncommitter {committer or 'Eve <eve@example.org> 1800000000 +0000'}\n{more}"


def _by(**commit: str) -> Callable[[Remote], object]:
    return lambda remote: remote.push({"notes/x": b"x"}, **commit)


def _at(make: Callable[[Remote], str]) -> Callable[[Remote], object]:
    return lambda remote: remote.point(make(remote))


def _raw_commit(text: str) -> Callable[[Remote], object]:
    return lambda remote: remote.point(
        remote.write("commit", text.replace("TREE", _good_tree(remote)).encode())
    )


def _good_tree(remote: Remote) -> str:
    return remote.git("rev-parse", f"{remote.good}^{{tree}}").strip()


# Plain history as far as git goes: it is taken in, and what is shown of it is harmless.
_TAKEN: dict[str, Callable[[Remote], object]] = {
    "a message of terminal commands": _by(told=_ESCAPES),
    "a message of a mebibyte": _by(told="x" * (1 << 20)),
    "a message that is no UTF-8": _by(told="\udcff\udcfe"),
    "an author of terminal commands": _by(head=_head(f"{_ESCAPES} <eve@example.org> 1800000000 +0000")),
    "a date in the far future": _by(head=_head("Eve <e@example.org> 99999999999 +0000", "Eve <e@example.org> 99999999999 +0000")),
    "a date in 1970": _by(head=_head("Eve <e@example.org> 0 +0000", "Eve <e@example.org> 0 +0000")),
    "a signature that is none": _by(head=_head(more="gpgsig -----BEGIN PGP SIGNATURE-----\n \n nothing\n")),
    "an encoding that nobody has": _by(head=_head(more="encoding x-owned\n")),
    "a name of a branch that is an option": lambda remote: remote.point(remote.good, "refs/heads/--upload-pack=x"),
    "a thousand branches": lambda remote: [remote.point(remote.good, f"refs/heads/b{n}") for n in range(1000)],
    "a branch of terminal commands": lambda remote: remote.point(remote.good, "refs/heads/\x1b[31mowned"),
    "a branch beside, of nothing": lambda remote: (remote.path / "refs/heads/other").write_text("nothing\n"),
    "a tag named like the branch": lambda remote: remote.point(remote.good, "refs/tags/main"),
    "a tag that goes round": lambda remote: (remote.path / "refs/tags/x").write_text("ref: refs/tags/x\n"),
    "a ref of ours": lambda remote: remote.point(remote.push({"notes/x": b"x"}), "refs/waifusync/held"),
    "a HEAD that goes nowhere": lambda remote: (remote.path / "HEAD").write_text("ref: refs/heads/nowhere\n"),
    "a program for packing": lambda remote: _set(remote, f'[uploadpack]\n\tpackObjectsHook = "{_RUN}"\n', also=True),
    "a program that watches files": lambda remote: _set(remote, f'[core]\n\tfsmonitor = "{_RUN}"\n', also=True),
    "a program for ssh": lambda remote: _set(remote, f'[core]\n\tsshCommand = "{_RUN}"\n', also=True),
    "a program for a proxy": lambda remote: _set(remote, f'[core]\n\tgitProxy = "{_RUN}"\n', also=True),
    "another folder of hooks": lambda remote: _set(remote, "[core]\n\thooksPath = hooks\n", also=True),
    "an alias for what is asked": lambda remote: _set(remote, f'[alias]\n\tupload-pack = "!{_RUN}"\n', also=True),
    "a pager": lambda remote: _set(remote, f'[core]\n\tpager = "{_RUN}"\n\teditor = "{_RUN}"\n', also=True),
    "hooks of its own": lambda remote: _hooks(remote),
}  # fmt: skip

_REFUSED: dict[str, Callable[[Remote], object]] = {
    "no author": _raw_commit("tree TREE\ncommitter Eve <e@example.org> 1 +0000\n\nx\n"),
    "no committer": _raw_commit("tree TREE\nauthor Eve <e@example.org> 1 +0000\n\nx\n"),
    "no tree": _raw_commit("author Eve <e@example.org> 1 +0000\ncommitter Eve <e@example.org> 1 +0000\n\nx\n"),
    "a parent that is no name": _raw_commit("tree TREE\nparent ../../canary\nauthor E <e@x> 1 +0000\n\nx\n"),
    "a date that overflows": _by(head=_head("Eve <e@example.org> 99999999999999999999 +0000")),
    "a date before 1970": _by(head=_head("Eve <e@example.org> -1 +0000")),
    "a date that is none": _by(head=_head("Eve <e@example.org> soon +0000")),
    "a name with a byte of zero": _by(head=_head("E\0ve <e@example.org> 1 +0000")),
    "a name with lines": _by(head=_head("Eve <e@example.org\ncanary> 1 +0000")),
    "a commit of nothing": lambda remote: remote.point(remote.write("commit", b"")),
    "another history": _at(lambda r: r.commit(r.tree_of({"notes/x": b"x"}), parents=[])),
    "a history that was forced": _at(lambda r: r.commit(_good_tree(r), parents=r.git("rev-parse", f"{r.good}~1").split())),
    "a history put back": _at(lambda r: r.git("rev-parse", f"{r.good}~1").strip()),
    "a branch that is gone": lambda remote: (remote.path / _MAIN).unlink(),
    "a branch that is a file": _at(lambda r: r.blob(b"x")),
    "a branch that is a folder": _at(lambda r: _good_tree(r)),
    "a branch that is a tag": _at(lambda r: r.write("tag", f"object {r.good}\ntype commit\ntag x\ntagger E <e@x> 1 +0000\n\nx\n".encode())),
    "a branch that is nowhere": _at(lambda r: "0123456789" * 4),
    "a branch of zeros": _at(lambda r: "0" * 40),
    "a branch of letters": lambda remote: (remote.path / _MAIN).write_text("z" * 40 + "\n"),
    "a branch that goes round": lambda remote: (remote.path / _MAIN).write_text(f"ref: {_MAIN}\n"),
    "a branch that goes out": lambda remote: (remote.path / _MAIN).write_text("ref: ../../canary\n"),
    "a branch that is a link": lambda remote: _linked(remote, _MAIN),
    "a list of refs that is none": lambda remote: (remote.path / "packed-refs").write_bytes(b"\0\x1b[31m" * 99),
    "a commit in another's place": lambda remote: _swapped(remote),
    "an object of noise": lambda remote: _noise(remote, b"\xff" * 100),
    "an object that ends early": lambda remote: _noise(remote, zlib.compress(b"commit 500\0tree "), cut=6),
    "an object that says it is larger": lambda remote: _noise(remote, zlib.compress(b"commit 99999999999\0tree ")),
    "an object of no kind": lambda remote: _noise(remote, zlib.compress(b"canary 4\0tree")),
    "one that takes the place of a good one": lambda remote: _replaced(remote),
    "a parent grafted on": lambda remote: _grafted(remote),
    "objects from elsewhere": lambda remote: _elsewhere(remote, "../../elsewhere/objects\n"),
    "objects from itself, round and round": lambda remote: _elsewhere(remote, str(remote.path / "objects") + "\n"),
    "settings that are none": lambda remote: _set(remote, "[core\n"),
    "a version of git's from the future": lambda remote: _set(remote, "[core]\n\trepositoryFormatVersion = 99\n"),
    "an extension that nobody has": lambda remote: _set(remote, "[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\towned = true\n"),
    "no objects at all": lambda remote: shutil.rmtree(remote.path / "objects"),
    "no repository": lambda remote: [shutil.rmtree(remote.path), remote.path.mkdir()],
    "a file in its place": lambda remote: [shutil.rmtree(remote.path), remote.path.write_bytes(b"# v2 git bundle\n\x1b[31m\n")],
}  # fmt: skip


def _linked(remote: Remote, ref: str) -> None:
    (remote.path / ref).unlink()
    (remote.path / ref).symlink_to("/etc/hostname")


def _swapped(remote: Remote) -> None:
    honest = remote.push({"notes/x": b"x"})
    _noise(remote, (remote.path / "objects" / honest[:2] / honest[2:]).read_bytes())


def _noise(remote: Remote, packed: bytes, *, cut: int = 0) -> None:
    """Bytes under the name of an object that nobody has yet, which main points to."""
    name = "ab" * 20
    remote.write_as(name, packed[: len(packed) - cut])
    remote.point(name)


def _replaced(remote: Remote) -> None:
    """git shows another commit in the place of the newest, whose parent is not there."""
    newest = remote.push({"notes/x": b"x"})
    other = remote.commit(remote.tree_of({"../canary": b"x"}), parents=[])
    remote.point(other, f"refs/replace/{newest}")
    remote.point(other)


def _grafted(remote: Remote) -> None:
    newest = remote.commit(remote.tree_of({"notes/x": b"x"}), parents=[])
    (remote.path / "info").mkdir(exist_ok=True)
    (remote.path / "info/grafts").write_text(f"{newest} {remote.good}\n")
    remote.point(newest)


def _elsewhere(remote: Remote, told: str) -> None:
    (remote.path / "objects/info").mkdir(exist_ok=True)
    (remote.path / "objects/info/alternates").write_text(told * 3)
    remote.point("0123456789" * 4)


def _set(remote: Remote, text: str, *, also: bool = False) -> None:
    with (remote.path / "config").open("a") as file:
        file.write(text)
    if also:
        remote.push({"notes/x": b"x"})


def _hooks(remote: Remote) -> None:
    (remote.path / "hooks").mkdir(exist_ok=True)
    for name in (
        "pre-receive",
        "update",
        "post-receive",
        "post-update",
        "post-checkout",
        "reference-transaction",
    ):
        hook = remote.path / "hooks" / name
        hook.write_text(f"#!/bin/sh\n{_RUN}\n")
        hook.chmod(hook.stat().st_mode | stat.S_IXUSR)
    remote.push({"notes/x": b"x"})


def cases() -> Iterator[Case]:
    for name, make in _REFUSED.items():
        yield Case("histories", name, make)
    for name, make in _TAKEN.items():
        yield Case("histories", name, make, Fate.DATA)
