"""docs/formats.md is true: its examples hold, and a reader made from it alone reads what is written."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest

from tests.log import independent_reader
from tests.log.making import JETSON, LAPTOP, head_of, make_lines, push, push_vectors
from waifusync.core import clock
from waifusync.core.entry import Entry, MalformedLine, format_line, parse_line
from waifusync.core.fold import fold
from waifusync.core.segments import Segment
from waifusync.core.values import Travel
from waifusync.core.vectors import group_name, vector_digest
from waifusync.log.exchange import export_lines, read_export
from waifusync.log.reading import heads, read_all, read_log
from waifusync.log.source import DictSource, devices, log_path, log_segment, vector_path, vector_segment
from waifusync.log.vectors import npy_bytes, parse_npy_header

DOCUMENT = (Path(__file__).parents[2] / "docs" / "formats.md").read_text("utf-8")
ID = LAPTOP[-8:]


def _example(kind: str) -> list[str]:
    (block,) = re.findall(rf"^```{kind}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    return block.splitlines()


def test_the_paths_are_log_and_vector_files() -> None:
    *logs, vectors, older = _example("paths")
    for path in logs:
        found = log_segment(path)
        assert found is not None
        assert log_path(found[0], found[1].first, found[1].last) == path
    assert vector_segment(vectors) is not None
    another = JETSON[-8:]
    assert log_segment(logs[0].replace(f".{ID}-", f".{another}-")) is None
    assert vector_segment(vectors.replace(f".{ID}-", f".{another}-")) is None
    assert log_segment(older) == (LAPTOP, Segment(17, 32, older))


def test_the_example_log_is_read_and_written_byte_for_byte() -> None:
    lines = _example("log")
    files = {log_path(LAPTOP, 1, len(lines)): "".join(line + "\n" for line in lines).encode()}
    read = list(read_log(DictSource(files), LAPTOP, faults=[]))
    assert make_lines(line.entry for line in read) == list(enumerate(lines, 1))
    assert heads(DictSource(files)) == {ID: head_of(list(enumerate(lines, 1)))}
    state = independent_reader.state([(ID, each) for each in independent_reader.read(files, LAPTOP)])
    ((_, fields),) = state.items()
    assert (fields["content"], fields["importance"]) == ("Mika likes green tea", 0.75)


def _line_of(value: str) -> bytes:
    line, _ = format_line(Entry(ID, 1, 1, "c", "k", {"x": "VALUE"}), "")
    return line.replace('"VALUE"', value).encode()


@pytest.mark.parametrize("value", _example("values"))
def test_the_values_are_values(value: str) -> None:
    assert parse_line(_line_of(value), ID).fields.keys() == {"x"}


@pytest.mark.parametrize("value", _example("refused"))
def test_the_refused_values_are_refused(value: str) -> None:
    with pytest.raises(MalformedLine):
        parse_line(_line_of(value), ID)


def test_the_code_says_what_is_so() -> None:
    code = "\n".join(_example("python"))
    assert "\nassert " in code
    exec(code, {})


def test_the_time_is_what_is_said() -> None:
    assert clock.to_text(clock.at_milliseconds(1767225600000) + 1) == "019b76daa8000001"
    assert f"{clock.LATEST:016x}" == "4000000000000000"


def test_the_groups_are_named_so() -> None:
    for line in _example("groups"):
        model, dimension, name = line.split()
        assert group_name(model, int(dimension)) == name


def test_the_vector_file_is_one() -> None:
    header, text = _example("npy")
    data = bytes.fromhex(text)
    rows, dimension, offset = parse_npy_header(data)
    assert data[10:offset].decode().rstrip(" \n") == header
    assert npy_bytes([data[offset:]], dimension) == data
    files = {vector_path(LAPTOP, "all-minilm-4", 0, rows - 1): data}
    address = ast.literal_eval(_example("values")[-1])["v"]
    assert independent_reader.read_vector(files, LAPTOP, address) == (0.25, -1.5, 0, 2)


def test_the_export_is_read_and_written_byte_for_byte() -> None:
    lines = [f"{line}\n".encode() for line in _example("export")]
    assert list(export_lines(read_export(lines), companion="mika")) == lines


def _thousand_entries(chance: random.Random) -> dict[str, list[Entry]]:
    """What two devices did to fifty records, each now and then knowing what the other did."""
    made: dict[str, list[Entry]] = {LAPTOP: [], JETSON: []}
    known: dict[str, dict[str, dict[str, int]]] = {LAPTOP: {}, JETSON: {}}
    for n in range(1000):
        folder, other = chance.sample([LAPTOP, JETSON], 2)
        key = f"{ID}-{chance.randrange(50)}"
        if chance.random() < 0.5:
            known[folder][key] = known[folder].get(key, {}) | known[other].get(key, {})
        vector: Travel = {"v": ["bge-4", n, vector_digest(_vector(n))]}
        fields = (
            None
            if chance.random() < 0.1
            else {chance.choice("abc"): chance.choice([n, None, 0.5, "é\0\n"]), "e": vector}
        )
        seen = dict(known[folder].get(key, {}))
        entry = Entry(folder[-8:], len(made[folder]) + 1, (n + 1) << 16, "memories", key, fields, seen)
        made[folder].append(entry)
        known[folder][key] = seen | {entry.device: entry.number}
    return made


def _vector(n: int) -> bytes:
    return n.to_bytes(4, "little") * 4


def test_an_independent_reader_reads_a_thousand_lines_and_comes_to_the_same_state() -> None:
    source = DictSource()
    for folder, entries in _thousand_entries(random.Random(2)).items():
        push(source, folder, make_lines(entries), [1] * 40 + [30] * 10)
        push_vectors(source, folder, "bge-4", [_vector(n) for n in range(1000)], [7] * 100)
    ours = [line.entry for line in read_all(source, faults=[])]
    theirs = [
        (folder[-8:], each)
        for folder in devices(source)
        for each in independent_reader.read(source.files, folder)
    ]
    assert len(ours) == len(theirs) == 1000
    state = independent_reader.state(theirs)
    assert state == _state(ours)
    for folder in devices(source):
        for entry in independent_reader.read(source.files, folder):
            if "f" in entry:
                assert independent_reader.read_vector(source.files, folder, entry["f"]["e"]["v"])


def _state(entries: list[Entry]) -> dict[tuple[str, str], dict[str, Travel]]:
    records: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        records.setdefault((entry.collection, entry.key), []).append(entry)
    folded = {place: fold(about) for place, about in records.items()}
    return {
        place: {name: winner.fields[name] for name, winner in each.winners.items()}  # type: ignore[index]  # edits
        for place, each in folded.items()
        if each.alive
    }
