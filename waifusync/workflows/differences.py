"""`diff`: the records that one point in the companion's history knows more of than another.

A point is a device (what it had when it last pushed; this one: what it has now), a commit, or a date. Logs
only grow, so the difference is the entries by which one is longer, and costs as much as there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from waifusync.core.entry import Entry
from waifusync.errors import UsageError
from waifusync.log.source import device_id
from waifusync.repository.refs import read_refs
from waifusync.values import dataclass, field
from waifusync.workflows.companion import HELD, SEEN, Companion
from waifusync.workflows.history import text_of
from waifusync.workflows.log_trees import LogTrees
from waifusync.workflows.past import Past, moment, open_past, what_was_done

_MOST_COMMITS = 10_000


@dataclass(slots=True)
class Difference:
    """What the entries that only one side has did to a record; `what` is that of all of them together."""

    table: str
    key: str
    what: str
    fields: set[str] = field(default_factory=set)
    devices: set[str] = field(default_factory=set)
    text: str = ""

    def to_json(self) -> dict[str, object]:
        """The documented shape of a line of `diff --json`, but for the text."""
        return {
            "table": self.table,
            "key": self.key,
            "what": self.what,
            "fields": sorted(self.fields),
            "devices": sorted(self.devices),
        }


@dataclass(frozen=True, slots=True)
class Point:
    """How far each device's log went there, by device id, and the commit that holds it."""

    commit: str
    numbers: dict[str, int]


def differences(companion: Companion, one: str | None, other: str | None) -> Iterator[Difference]:
    """What `other` (this device unless named) has that `one` (the remote, as last seen) has not."""
    with open_past(companion) as past:
        before = _remote(companion, past) if one is None else find_point(companion, past, one)
        after = _here(past) if other is None else find_point(companion, past, other)
    with open_past(companion, after.commit) as past:
        yield from _collected(past, _lacking(past, before, after))


def _lacking(past: Past, before: Point, after: Point) -> Iterator[Entry]:
    for device, last in sorted(after.numbers.items()):
        for number in range(before.numbers.get(device, 0) + 1, last + 1):
            entry = past.entry(device, number)
            if entry is not None:
                yield entry


def _collected(past: Past, entries: Iterator[Entry]) -> Iterator[Difference]:
    found: dict[tuple[str, str], Difference] = {}
    for entry in sorted(entries, key=lambda each: each.time):
        what = what_was_done(entry)
        if what == "described":
            continue
        known = found.setdefault((entry.collection, entry.key), Difference(entry.collection, entry.key, what))
        known.what = what if what == "deleted" or known.what == "deleted" else known.what
        known.fields |= set(entry.fields or ())
        known.devices.add(past.name(entry.device))
        known.text = text_of(entry) or known.text
    yield from (found[place] for place in sorted(found))


def _here(past: Past) -> Point:
    numbers = {device_id(f): max(each.last for each in segments) for f, segments in past.segments.items()}
    own = past.companion.state.id
    numbers[own] = max([numbers.get(own, 0), *past.outbox])
    return Point(past.commit or "", numbers)


def _remote(companion: Companion, past: Past) -> Point:
    seen = read_refs(companion.git, SEEN)[SEEN]
    return Point("", {}) if seen is None else _at(past, seen)


def find_point(companion: Companion, past: Past, text: str) -> Point:
    """A device's name, a date or a commit, in this order. Raises UsageError."""
    named = {device for device, name in past.names.items() if text in (name, device)}
    if companion.state.id in named:
        return _here(past)
    if named:
        return _at(past, _last_commit_of(past, text))
    if _is_date(text):
        commit = _commit_before(companion, past, text)
        return _at(past, commit) if commit else Point("", {})
    found = companion.git.run(
        "rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}", check=False
    )
    if found.status != 0:
        names = ", ".join(sorted(past.names.values()))
        raise UsageError(
            f"{text!r} is neither a device, nor a date, nor a commit", hint=f"devices known here: {names}"
        )
    return _at(past, found.text.strip())


def _at(past: Past, commit: str) -> Point:
    numbers = LogTrees(past.companion.git, past.reader).last_numbers(commit)
    return Point(commit, {device_id(folder): number for folder, number in numbers.items()})


def _last_commit_of(past: Past, name: str) -> str:
    author = f"{past.names.get(name, name)} (waifusync)"
    if past.commit is not None:
        for commit in LogTrees(past.companion.git, past.reader).history(past.commit, most=_MOST_COMMITS):
            if commit.author == author:
                return commit.sha
    raise UsageError(f"no commit of {name} is known here", hint="run: waifusync pull")


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def _commit_before(companion: Companion, past: Past, text: str) -> str:
    """The last commit made on that day, or by that time, in what this device holds; "" before the first."""
    seconds = moment(text, is_end=True) // 1000
    found = companion.git.run("rev-list", "-1", f"--before={seconds}", past.commit or HELD)
    return found.text.strip()
