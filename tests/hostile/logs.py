"""Logs that no waifusync wrote: lines that do not parse, do not follow from each other, or lie about themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tests.hostile.cases import Case, Fate, Shared, chained, device_of, entry, log_file, memory
from tests.hostile.remotes import Content, Remote

# Each makes, for a device, the content of its log's one file; before it stands one good memory.
_LINES: Mapping[str, Callable[[str], bytes]] = {
    "no JSON": lambda device: b"this is no line of a log",
    "an empty line": lambda device: b"",
    "a byte of zero": lambda device: memory(device, 2).replace("good", "go\0od").encode(),
    "bytes that are no UTF-8": lambda device: memory(device, 2).encode().replace(b"good", b"\xff\xfe"),
    "a byte order mark": lambda device: b"\xef\xbb\xbf" + memory(device, 2).encode(),
    "a carriage return": lambda device: memory(device, 2).encode() + b"\r",
    "white space around it": lambda device: b" " + memory(device, 2).encode(),
    "two objects": lambda device: memory(device, 2).encode() + memory(device, 3).encode(),
    "a list": lambda device: b'["n",2]',
    "a text": lambda device: b'"n"',
    "conflict markers": lambda device: b"<<<<<<< HEAD",
    "no number": lambda device: memory(device, 2).replace('"n":2', '"m":2').encode(),
    "a number that is a text": lambda device: entry(2, "memories", "k", {}, n="2").encode(),
    "a number that is true": lambda device: entry(2, "memories", "k", {}, n=True).encode(),
    "a number that is a fraction": lambda device: entry(2, "memories", "k", {}, n=2.0).encode(),
    "another number": lambda device: memory(device, 3).encode(),
    "a number below nothing": lambda device: entry(2, "memories", "k", {}, n=-2).encode(),
    "a number of thousands of digits": lambda device: b'{"n":' + b"9" * 5000 + b"}",
    "one number twice": lambda device: memory(device, 1).encode(),
    "no time": lambda device: memory(device, 2).replace('"t":', '"u":').encode(),
    "a time that is a number": lambda device: entry(2, "memories", "k", {}, t=1).encode(),
    "a time of capitals": lambda device: entry(2, "memories", "k", {}, t="019B000000000000").encode(),
    "a time with an underscore": lambda device: entry(2, "memories", "k", {}, t="019b_00000000000").encode(),
    "a time after the end of time": lambda device: entry(2, "memories", "k", {}, t="f" * 16).encode(),
    "a time before the beginning": lambda device: entry(
        2, "memories", "k", {}, t="-000000000000001"
    ).encode(),
    "a collection that is a list": lambda device: entry(2, "memories", "k", {}, c=["memories"]).encode(),
    "a key that is null": lambda device: entry(2, "memories", "k", {}, k=None).encode(),
    "fields that are a list": lambda device: entry(2, "memories", "k", {}, f=[1]).encode(),
    "fields that are a text": lambda device: entry(2, "memories", "k", {}, f="x").encode(),
    "no fields at all": lambda device: entry(2, "memories", "k", None).replace(',"d":1', "").encode(),
    "seen that is a list": lambda device: entry(2, "memories", "k", {}, s=["a"]).encode(),
    "seen that is a text": lambda device: entry(2, "memories", "k", {}, s={"a": "1"}).encode(),
    "seen that is true": lambda device: entry(2, "memories", "k", {}, s={"a": True}).encode(),
}
# What stands in the place of one value of a good memory.
_VALUES: Mapping[str, str] = {
    "not a number": "NaN",
    "a number without end": "Infinity",
    "a number that overflows": "1e999",
    "an integer of more than 64 bits": "9223372036854775808",
    "an integer of thousands of digits": "9" * 5000,
    "true": "true",
    "a list as a value": "[1]",
    "an object of nothing": "{}",
    "an object of two": '{"b":"","t":""}',
    "an object of no kind that is known": '{"z":"x"}',
    "bytes that are no base64": '{"b":"A"}',
    "bytes of base64 twice": '{"b":"QQ==QQ=="}',
    "bytes with letters between": '{"b":"Q!Q=="}',
    "text that need not be packed": '{"t":"QUJD"}',
    "an infinity of another name": '{"r":"nan"}',
    "a reference to a number": '{"k":1}',
    "a vector of no place": '{"v":["x"]}',
    "a vector below nothing": '{"v":["x",-1,"y"]}',
    "a vector far beyond": '{"v":["x",99999999999999999999,"y"]}',
    "a vector that is an object": '{"v":{"x":1}}',
    "half a surrogate pair": '"\\ud800"',
    "half a surrogate pair in capitals": '"\\uDC00"',
    "a letter that is no escape": '"\\x41"',
    "a text without end": '"x',
    "a key that is half a pair": '{"\\ud800":1}',
    "nested too deeply": "[" * 40 + "]" * 40,
}


def _after_good(device: str, line: bytes) -> dict[str, Content]:
    return {log_file(device, 1, 2): chained([memory(device, 1), line])}


def _valued(device: str, value: str) -> bytes:
    return memory(device, 2).replace(f'"good of {device}"', value).encode()


def _files(device: str) -> dict[str, dict[str, Content]]:
    """Harm that is not in one line."""
    good = chained([memory(device, 1), memory(device, 2)])
    first, second = good.splitlines(keepends=True)
    long = chained(memory(device, number) for number in range(1, 4))
    return {
        "no line at all": {log_file(device, 1, 2): b""},
        "a line without its end": {log_file(device, 1, 2): good[:-1]},
        "a line cut in the middle": {log_file(device, 1, 2): good[:-30]},
        "more lines than the name says": {log_file(device, 1, 2): long},
        "fewer lines than the name says": {log_file(device, 1, 3): good},
        "lines in another order": {log_file(device, 1, 2): second + first},
        "a wrong chain": {log_file(device, 1, 2): good.replace(b"good", b"evil", 1)},
        "a wrong last chain": {log_file(device, 1, 2): good[:-10] + b"0" * 7 + good[-3:]},
        "a chain of capitals": {log_file(device, 1, 2): first + second.upper()},
        "a gap": {log_file(device, 1): first, log_file(device, 3, 3): long.splitlines(keepends=True)[2]},
        "it begins in the middle": {log_file(device, 2, 2): second},
        "two files that say otherwise": {
            log_file(device, 1, 2): good,
            log_file(device, 2, 3): chained([memory(device, 2, "other"), memory(device, 3)]),
        },
        "two logs of one device": {
            log_file(device, 1, 2): good,
            log_file(f"again-{device[-8:]}", 1, 2): good,
        },
        "compressed": {log_file(device, 1, 2): b"\x1f\x8b\x08\x00" + bytes(60)},
        "a database": {log_file(device, 1, 2): b"SQLite format 3\0" + bytes(4080)},
        "two encodings": {log_file(device, 1, 2): good.decode().encode("utf-16")},
    }


def shared() -> Iterator[Shared]:
    """Met in one pull: each log ends where it is wrong, and all others go on."""
    lines = dict(_LINES)
    lines |= {name: (lambda device, value=value: _valued(device, value)) for name, value in _VALUES.items()}  # type: ignore[misc]
    number = 1
    for name, make in lines.items():
        device = device_of(number)
        yield Shared("logs", name, _after_good(device, make(device)), device, f"good of {device}")
        number += 1
    for name in _files(device_of(0)):
        device = device_of(number)
        yield Shared("logs", name, _files(device)[name], device)
        number += 1


def _of_the_laptop(remote: Remote) -> tuple[str, bytes]:
    """The victim's own log: where it lies, and what is in it."""
    path = next(path for path in remote.files if path.startswith("shared_memory/log/laptop-"))
    return path, remote.git("cat-file", "blob", remote.files[path][1]).encode()


def _altered(remote: Remote) -> None:
    path, content = _of_the_laptop(remote)
    remote.push({path: content.replace(b"of the laptop", b"of the attacker")})


def _removed(remote: Remote) -> None:
    path, _ = _of_the_laptop(remote)
    kept = {name: entry for name, entry in remote.files.items() if name != path}
    remote.point(remote.commit(remote.tree_of(kept)))


def _emptied(remote: Remote) -> None:
    remote.push({_of_the_laptop(remote)[0]: b""})


def cases() -> Iterator[Case]:
    """Harm to the victim's own log: it is told, put back, and nothing is lost."""
    yield Case("logs", "the victim's own log, altered", _altered, Fate.ASIDE)
    yield Case("logs", "the victim's own log, emptied", _emptied, Fate.ASIDE)
    yield Case("logs", "the victim's own log, removed", _removed, Fate.MENDED)
