"""One line of a device's log: what was done to one record, and its place in the chain.

A line's hash covers the line before it, so the number and hash of the last line vouch for the whole log.
docs/formats.md specifies the same in words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from waifusync.core import clock
from waifusync.core.values import Travel, check_travel
from waifusync.values import dataclass, field

CHAIN_LENGTH = 16
# `,"h":"0123456789abcdef"}`, the same length in every line, which is what makes it easy to take off.
_SUFFIX_LENGTH = len(',"h":""}') + CHAIN_LENGTH
# A row of this size is a file, not a memory; and hosts refuse files above 100 MB.
LONGEST_LINE_BYTES = 48 * 1024 * 1024
# Of a long line nearly everything is text within quotes. Objects take twenty times the bytes of their JSON,
# so without this a line of empty lists would fill a small board's memory.
_LONG_LINE_BYTES = _LONGEST_SKELETON_BYTES = 1024 * 1024
# Far below where any Python's parser gives up, so that all devices refuse the same lines.
_DEEPEST = 32
# The most columns that any SQLite was ever built for.
_MOST_FIELDS = 32_767
# An integer of so many digits that Python takes no time for it.
_OF_PYTHON = "Exceeds the limit"
_MEMBERS = frozenset(("n", "t", "c", "k", "s", "f", "d", "a", "h"))

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Entry:
    """What one device did to one record. `fields` is None for a deletion; `seen` tells succession from
    concurrency: the last entry of each device, touching this record, that the writer knew."""

    device: str
    number: int
    time: int
    collection: str
    key: str
    fields: Mapping[str, Travel] | None
    seen: Mapping[str, int] = field(default_factory=dict)
    adopted: bool = False

    @property
    def rank(self) -> tuple[int, str, int]:
        """Decides between two entries that had not seen each other. Adopted rows lose to everything."""
        return (0 if self.adopted else self.time, self.device, self.number)


class MalformedLine(ValueError):
    """A line that no waifusync could have written."""


def format_line(entry: Entry, previous_chain: str) -> tuple[str, str]:
    """The line without its newline, and the chain hash that the next line builds on."""
    members: dict[str, object] = {"n": entry.number, "t": clock.to_text(entry.time)}
    members |= {"c": entry.collection, "k": entry.key}
    if entry.seen:
        members["s"] = dict(sorted(entry.seen.items()))
    if entry.adopted:
        members["a"] = 1
    if entry.fields is None:
        members["d"] = 1
    else:
        members["f"] = entry.fields
    body = _encode(members)
    chain = chain_hash(previous_chain, body.encode())
    return f'{body[:-1]},"h":"{chain}"}}', chain


def chain_hash(previous_chain: str, body: bytes) -> str:
    """The hash of a line's body (the line without its `h`), building on the line before."""
    return hashlib.sha256(previous_chain.encode() + body).hexdigest()[:CHAIN_LENGTH]


def rechained(line: str, previous_chain: str) -> tuple[str, str]:
    """The same line after another one, and its chain hash."""
    body = line[:-_SUFFIX_LENGTH] + "}"
    chain = chain_hash(previous_chain, body.encode())
    return f'{body[:-1]},"h":"{chain}"}}', chain


def line_chain(line: bytes) -> str:
    """The chain hash that a line claims."""
    return line[-CHAIN_LENGTH - 2 : -2].decode("ascii", "replace")


def is_chained(line: bytes, previous_chain: str) -> bool:
    """Whether a line (without its newline) is what was written after `previous_chain`."""
    body, suffix = line[:-_SUFFIX_LENGTH], line[-_SUFFIX_LENGTH:]
    return suffix == b',"h":"%b"}' % chain_hash(previous_chain, body + b"}").encode()


def parse_line(line: bytes, device: str) -> Entry:
    """Raises MalformedLine; the chain is not looked at here."""
    try:
        return _entry_of(_members(line), device)
    except RecursionError:
        raise MalformedLine("nested too deeply") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        is_ours = type(error) is ValueError and not str(error).startswith(_OF_PYTHON)
        raise MalformedLine(str(error) if is_ours else "not a log line") from None


def _members(line: bytes) -> dict[str, object]:
    if len(line) > _LONG_LINE_BYTES:
        _check_skeleton(line)
    text = line.decode()
    members, end = _decode(text)
    if end != len(text) or not isinstance(members, dict):
        raise ValueError("not one JSON object")
    if not _MEMBERS.issuperset(members):
        _check_depth(members, _DEEPEST)
    if "\\ud" in text or "\\uD" in text:
        _encode(members).encode()  # raises for half a surrogate pair, which no database would take
    return members


def _check_skeleton(line: bytes) -> None:
    """Counts what lies outside of quotes."""
    plain = line.replace(b"\\\\", b"").replace(b'\\"', b"")
    few = plain.count(b'"') <= _LONGEST_SKELETON_BYTES
    if not few or sum(map(len, plain.split(b'"')[::2])) > _LONGEST_SKELETON_BYTES:
        raise ValueError("too many values")


def _check_depth(value: object, levels: int) -> None:
    if levels == 0:
        raise ValueError("nested too deeply")
    if isinstance(value, (dict, list)):
        for part in value.values() if isinstance(value, dict) else value:
            _check_depth(part, levels - 1)


def _entry_of(members: dict[str, object], device: str) -> Entry:
    number, collection, key = members["n"], members["c"], members["k"]
    if type(number) is not int or type(collection) is not str or type(key) is not str:
        raise ValueError("a member of the wrong type")
    return Entry(
        device=device,
        number=number,
        time=clock.from_text(members["t"]),  # type: ignore[arg-type]  # a wrong type raises TypeError, caught above
        collection=collection,
        key=key,
        fields=None if "d" in members else _checked_fields(members["f"]),
        seen=_checked_seen(members.get("s")),
        adopted="a" in members,
    )


def _checked_fields(fields: object) -> Mapping[str, Travel]:
    if not isinstance(fields, dict):
        raise ValueError("fields that are not an object")
    if len(fields) > _MOST_FIELDS:
        raise ValueError("more fields than a table has columns")
    for value in fields.values():
        if type(value) is not str:  # most are, and a call costs
            check_travel(value)
    return fields


def _checked_seen(seen: object) -> Mapping[str, int]:
    if seen is None:
        return {}
    if (
        not isinstance(seen, dict)
        or len(seen) > _MOST_FIELDS
        or any(type(number) is not int for number in seen.values())
    ):
        raise ValueError("a malformed list of what was seen")
    return seen


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number that travels")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode
