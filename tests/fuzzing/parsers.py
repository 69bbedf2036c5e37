"""Which parsers there are: the law of each, the modules whose lines count, and what is read first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.fuzzing import laws

CORPUS = Path(__file__).parent / "corpus"


class Parser(NamedTuple):
    """`words` are what its inputs are made of, which chance alone would take long to find."""

    name: str
    law: Callable[[bytes], None]
    modules: tuple[str, ...]
    words: tuple[bytes, ...] = ()

    @property
    def corpus(self) -> list[Path]:
        """In the order of their names."""
        return sorted((CORPUS / self.name).glob("*")) if (CORPUS / self.name).is_dir() else []


_JSON = (
    b"{}",
    b"[]",
    b'""',
    b"null",
    b"true",
    b"1e999",
    b"NaN",
    b"-1",
    b"1.5",
    b"\\ud800",
    b"\\u0000",
    b"9" * 5000,
    b"[" * 2000,
    b",",
    b":",
)
_FIELDS = (b'"f":{', b'{"b":"QQ=="}', b'{"t":"/w=="}', b'{"r":"inf"}', b'{"k":"x"}', b'{"v":["g-4",0,"00"]}')
_SQL = (
    b"CHECK",
    b"AS (",
    b"GENERATED ALWAYS",
    b"--",
    b"/*",
    b"*/",
    b"'",
    b'"',
    b"`",
    b"[",
    b"]",
    b"(",
    b")",
    b"CASE WHEN",
    b"END",
    b"x'00'",
    b"PRIMARY KEY",
)

PARSERS = (
    Parser("log_line", laws.log_line, ("core/entry.py", "core/values.py", "core/clock.py"), (*_JSON, *_FIELDS, b'"n":', b'"s":{', b'"d":1', b'"a":1')),
    Parser("log_file", laws.log_file, ("log/reading.py", "log/source.py", "core/segments.py"), (b"\n", b'"h":"', b"{")),
    Parser("export", laws.exported, ("log/exchange.py", "log/vectors.py"), (*_JSON, b'{"device":', b'{"vectors":', b'{"end":', b"\n")),
    Parser("vector_header", laws.vector_header, ("log/vectors.py", "core/vectors.py"), (b"\x93NUMPY\x01\x00", b"'shape': (1, 4), }", b"\n", b"9999999999")),
    Parser("session", laws.session_file, ("core/session.py", "core/strict_json.py", "core/moments.py"), (*_JSON, b'"messages":[', b'"continues":{', b'"merges":[', b'"checkpoints":{', b'"context_tokens":{')),
    Parser("tokens", laws.packed_tokens, ("core/tokens.py",), (*_JSON, b'"count":', b'"bits":', b'"data":"')),
    Parser("json", laws.loose_json, ("core/strict_json.py",), _JSON),
    Parser("settings", laws.settings, ("config/checking.py", "config/mistakes.py", "config/reading.py"), (b"[conflicts.tables]\n", b"[ask]\n", b"[vectors]\n", b"[learning]\n", b"exclude = [", b'"', b"\n", b" = ", b"nan", b"[" * 3000)),
    Parser("table", laws.table, ("core/tables.py", "core/expression.py", "core/sql_text.py"), (*_JSON, *_SQL, b'\\"columns\\":', b'\\"name\\":', b'"column:x":"')),
    Parser("check", laws.check, ("core/expression.py",), _SQL),
    Parser("definition", laws.definition, ("core/definitions.py", "core/expression.py"), _SQL),
    Parser("learned", laws.learned, ("core/learning/skills.py", "core/learning/knowledge.py", "core/learning/personality.py", "core/learning/states.py", "core/learning/said.py", "core/learning/collections.py", "core/learning/memory_facts.py", "core/matching/links.py"), (*_JSON, b'"skill":"a"', b'"source":"b"', b'"curve":"[[1,0.5]]"', b'"statement":"', b'"stance":"')),
    Parser("device", laws.device_file, ("workflows/device_facts.py", "workflows/syncing/devices.py", "core/hand_over.py"), (*_JSON, b'"name":"', b'"created":', b'"capabilities":{', b'"hand_over":{"at":"2026-01-01T00:00:00Z"', b'"picked_up":{')),
    Parser("event", laws.event, ("core/events.py",), _JSON),
    Parser("name", laws.name, ("repository/paths.py", "log/source.py", "core/segments.py", "core/clock.py"), (b"shared_memory/log/", b"shared_memory/vectors/", b"0000000001-0000000001.jsonl", b"0000000001-0000000001.evilevil-00000.jsonl", b".npy", b"..", b"/", b".git", b"\xe2\x80\x8b", b"con", b":")),
    Parser("attributes", laws.attributes, ("repository/incoming.py",), (b"filter=", b"[attr]", b"shared_memory/log/**", b"-text", b"\n", b'"')),
    Parser("address", laws.address, ("repository/urls.py",), (b"ssh://", b"https://", b"ext::", b"-o", b"@", b"[::1]", b":", b"file://", b"..")),
    Parser("tree", laws.git_tree, ("repository/objects.py",), (b"100644 x\0", b"40000 y\0")),
    Parser("merged_sessions", laws.merged_sessions, ("merging/sessions/reading.py", "merging/sessions/turns.py", "merging/sessions/weaving.py", "merging/sessions/deciding.py", "merging/sessions/caches.py", "merging/sessions/fields.py", "merging/sessions/__init__.py"), (*_JSON, b'"messages":[', b'"id":"', b'"context_tokens":[')),
    Parser("merged_arrays", laws.merged_arrays, ("merging/arrays/npy.py", "merging/arrays/ids_files.py", "merging/arrays/tables.py", "merging/arrays/columns.py"), (b"\x93NUMPY\x01\x00", b"'shape': (", b"'descr': '<f4'", b"'|O'", b"True", b"-1")),
    Parser("merged_databases", laws.merged_databases, ("merging/sqlite/opening.py", "merging/sqlite/pages.py", "merging/sqlite/whole_pages.py", "merging/sqlite/hints.py", "merging/sqlite/shape.py"), (b"SQLite format 3\0", b"CREATE TABLE", b"\x0d\x00", b"\xff\xff")),
)  # fmt: skip
