"""What holds for every input of each parser: it refuses in its own words, or what it read can be trusted."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from waifusync import config
from waifusync.core import (
    clock,
    definitions,
    entry,
    events,
    expression,
    segments,
    session,
    strict_json,
    tables,
    tokens,
    values,
)
from waifusync.core.hand_over import waiting
from waifusync.core.learning import (
    collections,
    knowledge,
    memory_facts,
    personality,
    personality_fold,
    skills,
    states,
)
from waifusync.core.matching import links
from waifusync.errors import UntrustedError
from waifusync.log import source, vectors
from waifusync.log.exchange import export_lines, read_export
from waifusync.log.reading import read_all
from waifusync.merging import arrays, sessions
from waifusync.merging import sqlite as databases
from waifusync.merging.files import CannotMerge, Versions
from waifusync.repository import incoming, paths, urls
from waifusync.repository.objects import parse_tree
from waifusync.workflows import device_facts
from waifusync.workflows.syncing.devices import created_in, with_labels

DEVICE = "twin-evilevil"
# What git takes for the name of a program.
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9+.-]*::|::")
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u202a-\\u202e]")


def log_line(data: bytes) -> None:
    """What was read is written again, and read again as the same."""
    with suppress(entry.MalformedLine):
        found = entry.parse_line(data, "evilevil")
        line, chain = entry.format_line(found, "")
        assert entry.is_chained(line.encode(), "") and entry.line_chain(line.encode()) == chain
        if found.fields is not None:
            [_stored_again(value) for value in found.fields.values()]
        assert entry.parse_line(line.encode(), "evilevil") == found


def _stored_again(value: values.Travel) -> None:
    if values.reference_key(value) is None and values.vector_address(value) is None:
        again = values.to_travel(values.to_stored(value))
        assert repr(again) == repr(value) or isinstance(value, dict), (value, again)


def log_file(data: bytes) -> None:
    """Nothing is raised, and what was read is as many lines as there are."""
    faults: list[object] = []
    lines = max(1, min(data.count(b"\n"), segments.FULL_SPAN))
    made = source.DictSource({source.log_path(DEVICE, 1, lines): data})
    found = list(read_all(made, faults=faults))  # type: ignore[arg-type]  # whatever they are
    assert len(found) == lines or faults
    assert [line.entry.number for line in found] == list(range(1, len(found) + 1))


def exported(data: bytes) -> None:
    """What was taken is written again as the same files."""
    with suppress(UntrustedError):
        files = read_export(data.splitlines(keepends=True))
        again = read_export(export_lines(files))
        assert {path: again.blob(path) for path in again.paths()} == {
            path: files.blob(path) for path in files.paths()
        }


def vector_header(data: bytes) -> None:
    """Rows and columns are what the file has bytes for."""
    with suppress(vectors.MalformedArray):
        rows, dimension, offset = vectors.parse_npy_header(data)
        assert rows * dimension * 4 == len(data) - offset
        assert vectors.parse_npy_header(vectors.npy_header(rows, dimension) + data[offset:])[:2] == (
            rows,
            dimension,
        )


def session_file(data: bytes) -> None:
    """What was read answers whatever is asked of it."""
    with suppress(ValueError):
        found = session.read_session(data)
        told = (found.id, found.folder, found.conversation, found.model, found.continues, found.merges)
        assert told and found.time == found.time
        assert found.last_turn is None or isinstance(found.last_turn, str)
        assert isinstance(found.checkpoints, Mapping)
        with suppress(ValueError):
            found.held()


def packed_tokens(data: bytes) -> None:
    """What was unpacked is packed into as much."""
    with suppress(ValueError):
        packed, _ = strict_json.load_object(data, most_bytes=1 << 16)
        with suppress(ValueError):
            found = tokens.unpack(packed)
            assert tokens.unpack(tokens.pack(found)) == found


def settings(data: bytes) -> None:
    """A mistake is one line."""
    try:
        config.parse(data.decode("utf-8", "replace"))
    except config.ConfigError as error:
        assert error.message


def table(data: bytes) -> None:
    """What a table's description becomes is one statement, which leaves every other table as it was."""
    fields = _fields(data)
    with suppress(ValueError):
        shape, _ = tables.harmless(tables.from_fields("made", fields))
        again = tables.from_fields("made", tables.to_fields(shape))
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("CREATE TABLE memories (id INTEGER PRIMARY KEY)")
            with suppress(sqlite3.Error):
                connection.execute(tables.create_statement(again))
            names = {
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            assert "memories" in names and names <= {"memories", "made", "sqlite_sequence"}


def _fields(data: bytes) -> dict[str, values.Travel]:
    """As an entry would bring them: an object of values that travel."""
    try:
        found = entry.parse_line(
            b'{"n":1,"t":"019b000000000000","c":"c","k":"k","f":' + data + b"}", "evilevil"
        )
    except entry.MalformedLine:
        return {}
    return dict(found.fields or {})


def check(data: bytes) -> None:
    """What was written anew is harmless once more."""
    with suppress(expression.UnsafeExpression):
        found = expression.render(data.decode("utf-8", "replace"), ["a", "b c"])
        assert expression.render(found, ["a", "b c"]) == found


def definition(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    definitions.meaning(text)
    expression.generated_columns(text)
    expression.checks(text)
    with suppress(definitions.Unreadable):
        definitions.parse(text)


def learned(data: bytes) -> None:
    """What is malformed counts as not said; what is left can be written, and is then read as the same."""
    fields = _fields(data)
    for key in ("skill:a:b:c", "skill-gone:a:b:c", "knowledge:a:b", "knowledge-link:a:b", "merged:a:1"):
        records = [(key, fields)]
        for _, word in skills.read_records(records):
            ((_, again),) = skills.read_records([(key, word.to_fields())])
            assert again == word
        skills.living([word for _, word in skills.read_records(records)])
        for _, voice in knowledge.read_voices(records):
            assert voice.stance and 0 <= voice.confidence <= 1 and voice.as_of >= 0
        list(knowledge.read_links(records))
        change = personality.change_of(key, fields)
        personality_fold.fold_personality([change] if change else [])
        states.head_of(key, fields)
        collections.merging_entry(key)
    memory_facts.MemoryFacts.from_fields(fields)
    link = links.Link.from_fields(fields)
    links.groups([link] if link else [], {})
    [collections.merged_of(value) for value in fields.values()]


def device_file(data: bytes) -> None:
    """Never raises, and nothing of it is a terminal's command."""
    facts = device_facts.facts_in(data, DEVICE, "twin")
    assert all(
        text.isprintable() for text in (facts.endpoint, facts.ssh, facts.model, *facts.models, *facts.aliases)
    )
    names = with_labels({"evilevil": "twin"}, {DEVICE: data})
    assert names["evilevil"].isprintable()
    assert created_in(data) <= 1 << 62
    waiting({"evilevil": device_facts.members(data)})


def event(data: bytes) -> None:
    found = events.from_line(data)
    assert found is None or events.from_line(events.to_line(found)) == found


def name(data: bytes) -> None:
    """A path is a log's only where nothing else could be meant; what may come in stays inside."""
    text = data.decode("utf-8", "surrogateescape")
    for found in (source.log_segment(text), source.vector_segment(text)):
        assert found is None or (".." not in text.split("/") and found[1].first <= found[1].last)
    if paths.reason_to_refuse(text) is None:
        parts = text.casefold().split("/")
        assert not {".git", "..", ".", "", ".gitmodules"} & set(parts) and not _CONTROL.search(text)
    with suppress(ValueError):
        assert clock.to_text(clock.from_text(text)) == text


def attributes(data: bytes) -> None:
    with suppress(UntrustedError):
        incoming.check_attributes(".gitattributes", data)


def address(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    with suppress(urls.UsageError):
        urls.check_url(text)
        assert not _HELPER.match(text) and not text.startswith("-")


def git_tree(data: bytes) -> None:
    with suppress(ValueError):
        parse_tree(data, like="0" * 40)


def merged_sessions(data: bytes) -> None:
    """As theirs, against what is well: merged, or refused."""
    _merge(sessions.merge, "json", data)


def merged_arrays(data: bytes) -> None:
    _merge(arrays.merge, "npy", data)


def merged_databases(data: bytes) -> None:
    _merge(databases.merge, "db", data)


def _merge(merge, ending: str, data: bytes) -> None:  # type: ignore[no-untyped-def]  # each takes Versions and a path
    good = (Path(__file__).parent / "good" / f"good.{ending}").read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        base, ours, theirs, out = (
            Path(folder) / f"{each}.{ending}" for each in ("base", "ours", "theirs", "out")
        )
        base.write_bytes(good)
        ours.write_bytes(good)
        theirs.write_bytes(data)
        with suppress(CannotMerge):
            merge(Versions(base, ours, theirs), out)
            assert out.exists()
        assert ours.read_bytes() == good and theirs.read_bytes() == data


def loose_json(data: bytes) -> None:
    """A key twice, NaN and depth are refused; what is left is written and read as the same."""
    with suppress(ValueError):
        found, _ = strict_json.load_object(data, most_bytes=1 << 16)
        assert json.loads(json.dumps(found)) == found
