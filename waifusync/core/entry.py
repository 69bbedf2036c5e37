"""One line of a device's log: what was done to one record, and its place in the chain.

A line's hash covers the line before it, so the number and hash of the last line vouch for the whole log.
docs/formats.md specifies the same in words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from waifusync.core import clock
from waifusync.core.values import Travel, check_travel

CHAIN_LENGTH = 16
# `,"h":"0123456789abcdef"}`, the same length in every line, which is what makes it easy to take off.
_SUFFIX_LENGTH = len(',"h":""}') + CHAIN_LENGTH
# A row of this size is a file, not a memory; and hosts refuse files above 100 MB.
LONGEST_LINE_BYTES = 48 * 1024 * 1024

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


def line_chain(line: bytes) -> str:
    """The chain hash that a line claims."""
    return line[-CHAIN_LENGTH - 2 : -2].decode("ascii", "replace")


def is_chained(line: bytes, previous_chain: str) -> bool:
    """Whether a line (without its newline) is what was written after `previous_chain`."""
    return line_chain(line) == chain_hash(previous_chain, line[:-_SUFFIX_LENGTH] + b"}")


def parse_line(line: bytes, device: str) -> Entry:
    """Raises MalformedLine; the chain is not looked at here."""
    try:
        members = json.loads(line, parse_constant=_refuse_constant)
        return _entry_of(members, device)
    except RecursionError:
        raise MalformedLine("nested too deeply") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MalformedLine(str(error) if type(error) is ValueError else "not a log line") from None


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
    for value in fields.values():
        check_travel(value)
    return fields


def _checked_seen(seen: object) -> Mapping[str, int]:
    if seen is None:
        return {}
    if not isinstance(seen, dict) or any(type(number) is not int for number in seen.values()):
        raise ValueError("a malformed list of what was seen")
    return seen


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number that travels")
