"""Little that becomes much: in memory, on the disk, in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.hostile import packs
from tests.hostile.cases import Case, Fate, chained, device_of, entry, log_file, memory
from tests.hostile.remotes import FILE, FOLDER, Remote

_MEBIBYTE = 1 << 20


def _file(remote: Remote, *objects: packs.Packed) -> None:
    packs.put(remote, *objects)
    remote.push({"notes/large": (FILE, objects[-1].sha)})


def _bomb(remote: Remote, *, levels: int, wide: int) -> None:
    """Ten billion files out of ten objects."""
    tree = remote.tree([(FILE, b"x", remote.blob(b"x"))])
    for _ in range(levels):
        tree = remote.tree((FOLDER, b"%03d" % number, tree) for number in range(wide))
    remote.push({"notes": (FOLDER, tree)})


def _many(remote: Remote, count: int) -> None:
    blob = remote.blob(b"x")
    tree = remote.tree((FILE, b"%07d" % number, blob) for number in range(count))
    remote.push({"notes": (FOLDER, tree)})


def _line(body: str) -> Callable[[Remote], object]:
    device = device_of(9000)
    return lambda remote: remote.push({log_file(device): chained([body])})


def _log(content: Callable[[str], bytes], last: int = 1) -> Callable[[Remote], object]:
    device = device_of(9001)
    return lambda remote: remote.push({log_file(device, 1, last): content(device)})


def _fields(device: str, fields: dict[str, object]) -> str:
    return entry(1, "memories", f"{device[-8:]}-1", fields)


_REFUSED: dict[str, Callable[[Remote], object]] = {
    "a file above what hosts take": lambda remote: _file(remote, packs.zeros(101)),
    "a file of 300 mebibytes": lambda remote: _file(remote, packs.zeros(300)),
    "a file that says it is larger": lambda remote: _file(remote, packs.lie(8 << 30)),
    "a file that says it has more than there is": lambda remote: _file(remote, packs.lie(1 << 60)),
    "deltas that grow to a quarter of a gibibyte": lambda remote: _file(
        remote, *packs.growing(16, 16, 16, 16, 4)
    ),
    "folders of folders of folders": lambda remote: _bomb(remote, levels=10, wide=10),
    "folders of a hundred thousand": lambda remote: _bomb(remote, levels=2, wide=320),
    "folders five thousand deep": lambda remote: _bomb(remote, levels=5_000, wide=1),
    "a hundred thousand files": lambda remote: _many(remote, 100_000),
    "a quarter of a million files": lambda remote: _many(remote, 250_000),
    "attributes of two mebibytes": lambda remote: remote.push(
        {".gitattributes": b"x -text\n" * (_MEBIBYTE // 4)}
    ),
    "a device's file of two mebibytes": lambda remote: remote.push(
        {f"shared_memory/devices/{device_of(9002)}.json": b" " * 2 * _MEBIBYTE}
    ),
    "settings of a hundred kibibytes": lambda remote: remote.push({"waifusync.toml": b"# x\n" * (25 << 10)}),
}
_ASIDE: dict[str, Callable[[Remote], object]] = {
    "a line above what a line may be": _log(
        lambda device: chained([_fields(device, {"user_input": "x" * (49 * _MEBIBYTE)})])
    ),
    "a line of empty lists": _log(
        lambda device: chained([_fields(device, {"user_input": [[]] * (3 * _MEBIBYTE)})])
    ),
    "a line of short texts": _log(
        lambda device: chained([entry(1, "memories", "k", {}, z=["x"] * (2 * _MEBIBYTE))])
    ),
    "a line of keys": _log(lambda device: chained([_fields(device, {f"{n}": 1 for n in range(300_000)})])),
    "a line of a number": _log(
        lambda device: chained(
            [_fields(device, {}).replace("{}", '{"user_input":' + "9" * 900_000 + "}").encode()]
        )
    ),
    "a log of one line without end": _log(lambda device: b"x" * (90 * _MEBIBYTE)),
    "a log of line feeds": _log(lambda device: b"\n" * (90 * _MEBIBYTE), 1024),
    "a log that says it holds ten billion": lambda remote: remote.push(
        {log_file(device_of(9001)): b"", log_file(device_of(9001), 1, 2048): b"x"}
    ),
    "lists within lists": _line('{"n":1,"f":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "objects within objects": _line('{"n":1,"f":' + '{"a":' * 100_000 + "1" + "}" * 100_001),
}
_DATA: dict[str, Callable[[Remote], object]] = {
    "a memory of twenty mebibytes": _log(lambda device: chained([_fields(device, {"user_input": "x" * (20 * _MEBIBYTE)})])),
    "a thousand devices of one memory": lambda remote: remote.push(
        {log_file(device_of(n)): chained([memory(device_of(n), 1)]) for n in range(1000)}
    ),
}  # fmt: skip


def cases() -> Iterator[Case]:
    for fate, found in ((Fate.REFUSED, _REFUSED), (Fate.ASIDE, _ASIDE), (Fate.DATA, _DATA)):
        for name, make in found.items():
            yield Case("sizes", name, make, fate)
