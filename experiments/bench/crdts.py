"""Libraries whose documents merge by themselves: each memory is a map of texts in one map of all memories.

They hold everything in memory; reading a document from its file and writing it again is in nobody's time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from experiments.bench.changes import SIDES, Changes, changes
from experiments.bench.data import Memory, memories

# A document with our changes in it, made anew, takes in theirs, and says how many memories there are.
Merge = Callable[[], Callable[[], int]]


def _fields(memory: Memory) -> dict[str, str]:
    return {name: value for name, value in memory._asdict().items() if value is not None}


def pycrdt_merge(rows: int, changed: int) -> Merge:
    import pycrdt

    def change(document: Any, done: Changes) -> None:
        top = document.get("memories", type=pycrdt.Map)
        with document.transaction():
            for row, text in done.edited.items():
                top[str(row)]["ai_response"] = text
            for row in done.deleted:
                del top[str(row)]
            for row, memory in done.inserted.items():
                top[str(row)] = pycrdt.Map(_fields(memory))

    def loaded(state: bytes) -> Any:
        document: Any = pycrdt.Doc()
        document.apply_update(state)
        return document

    begun: Any = pycrdt.Doc()
    change(begun, Changes({}, [], dict(enumerate(memories(rows, seed=rows), start=1))))
    base = begun.get_update()
    ours, theirs = loaded(base), loaded(base)
    change(ours, changes(SIDES[0], changed, rows))
    before = theirs.get_state()
    change(theirs, changes(SIDES[1], changed, rows))
    state, update = ours.get_update(), theirs.get_update(before)

    def merge() -> Callable[[], int]:
        document = loaded(state)

        def take_in() -> int:
            document.apply_update(update)
            return len(document.get("memories", type=pycrdt.Map))

        return take_in

    return merge


def loro_merge(rows: int, changed: int) -> Merge:
    import loro

    def change(document: Any, done: Changes) -> None:
        top = document.get_map("memories")
        for row, text in done.edited.items():
            top.get(str(row)).container.insert("ai_response", text)
        for row in done.deleted:
            top.delete(str(row))
        for row, memory in done.inserted.items():
            made = top.insert_container(str(row), loro.LoroMap())
            for name, value in _fields(memory).items():
                made.insert(name, value)
        document.commit()

    def loaded(state: bytes) -> Any:
        document = loro.LoroDoc()
        document.import_(state)
        return document

    begun = loro.LoroDoc()
    change(begun, Changes({}, [], dict(enumerate(memories(rows, seed=rows), start=1))))
    base = begun.export(loro.ExportMode.Snapshot())
    ours, theirs = loaded(base), loaded(base)
    change(ours, changes(SIDES[0], changed, rows))
    before = theirs.oplog_vv
    change(theirs, changes(SIDES[1], changed, rows))
    state, update = ours.export(loro.ExportMode.Snapshot()), theirs.export(loro.ExportMode.Updates(before))

    def merge() -> Callable[[], int]:
        document = loaded(state)

        def take_in() -> int:
            document.import_(update)
            return len(document.get_map("memories").keys())

        return take_in

    return merge
