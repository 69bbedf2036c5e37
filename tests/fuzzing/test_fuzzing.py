"""Whatever any of these inputs once reached or broke, is read again; and the search finds what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import waifusync
from tests.fuzzing.covering import search
from tests.fuzzing.parsers import PARSERS, Parser

_PACKAGE = Path(waifusync.__file__).parent
_READS_BYTES = re.compile(
    r"json\.loads|raw_decode|tomllib\b|from_bytes|a2b_base64|b64decode|frombuffer|load_object|struct\.unpack"
)
# What these read was written here: by this device into its own database, or by git on this machine.
_OF_OUR_OWN = re.compile(r"memory/|repository/(?!objects|paths|urls|incoming)|automation/|cli/|events/")
_READ_ELSEWHERE = {
    "core/digest.py": "sums of what was read",
    "core/ngrams.py": "texts that were read",
    "core/weighing.py": "vectors that were read",
    "core/learning/check_in_times.py": "times out of a file of this device's own",
    "sessions/http.py": "a model's server, tested where it is asked",
    "sessions/model_memory.py": "a cache of this machine's",
    "sessions/older_ctx.py": "a file that a person hands over",
    "workflows/distributed_memory.py": "this device's own status",
    "workflows/conflicts.py": "values that were read",
    "workflows/local_state.py": "this device's own state",
    "workflows/known_devices.py": "one member of a line that was read",
    "workflows/asking/call_record.py": "this device's own calls",
    "workflows/layouts/unpacking.py": "a note of this device's own",
    "workflows/learning/experience_views.py": "values that were read",
    "workflows/learning/importing_experiences.py": "a file that a person hands over",
    "workflows/learning/queue.py": "this device's own queue",
    "workflows/retaining/choosing.py": "this device's own choice",
    "workflows/sessions/saving.py": "a file that a person hands over",
    "workflows/syncing/last_sync.py": "this device's own note",
}


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_what_once_reached_or_broke_something_holds_to_the_law(parser: Parser) -> None:
    """T24: T25: nothing is raised but the parser's own words, and what was read is read again as the same."""
    assert parser.corpus
    for file in parser.corpus:
        parser.law(file.read_bytes())


def test_every_module_that_reads_what_others_wrote_has_a_parser_here() -> None:
    watched = {module for parser in PARSERS for module in parser.modules}
    readers = {
        str(path.relative_to(_PACKAGE))
        for path in _PACKAGE.rglob("*.py")
        if _READS_BYTES.search(path.read_text(encoding="utf-8"))
    }
    bare = {each for each in readers - watched - set(_READ_ELSEWHERE) if not _OF_OUR_OWN.match(each)}
    assert not bare
    assert all((_PACKAGE / module).is_file() for module in watched | set(_READ_ELSEWHERE))


def test_the_search_finds_a_mistake_that_lies_behind_several_conditions() -> None:
    def law(data: bytes) -> None:
        from waifusync.core import clock

        if data.startswith(b"0") and len(data) == 16:
            assert clock.from_text(data.decode("latin-1")) != 16, "found"

    parser = Parser("planted", law, ("core/clock.py",), (b"0000000000000010",))
    found = search(parser, seconds=60, seed=1, starts=[b""], most=3000)
    assert [str(each.error).splitlines()[0] for each in found.failed if "found" in str(each.error)]
