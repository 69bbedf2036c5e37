"""All rows of all tables: what changed, who is who, what becomes of it; and only then the first write."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import ExitStack

from waifusync.core.three_way import Decision, Strategies
from waifusync.merging.sqlite.absence import refuse_absent_keys, refuse_false_absence
from waifusync.merging.sqlite.applying import apply
from waifusync.merging.sqlite.changes import list_changes
from waifusync.merging.sqlite.counting import Counting
from waifusync.merging.sqlite.deciding import decide
from waifusync.merging.sqlite.hints import Hints
from waifusync.merging.sqlite.joining import Schema
from waifusync.merging.sqlite.newcomers import groups, make_tables, number_newcomers
from waifusync.merging.sqlite.parents import keep_parents
from waifusync.merging.sqlite.plan import Kind, make_plan
from waifusync.merging.sqlite.reused import tell_reused_apart


def merge_rows(
    connection: sqlite3.Connection, schema: Schema, strategies: Strategies, *, keyed: Collection[str] = ()
) -> Iterator[Decision]:
    """`main` has the merged tables with the rows of ours; returns what was decided."""
    joints = list(make_plan(schema, keyed))
    make_tables(connection)
    with ExitStack() as stack:
        hints = Hints(connection, schema, stack)
        for place, joint in enumerate(joints):
            refuse_absent_keys(joint)
            near = {side: hints.of(joint.name, side) for side in ("ours", "theirs")}
            joint = joints[place] = joint._replace(untouched=hints.untouched(joint.name, near))
            for side in near:
                list_changes(connection, joint, side, near[side])
            refuse_false_absence(connection, joint, hints)
    for group in groups(joints):
        for joint in group:
            tell_reused_apart(connection, joints, joint)
        yield from number_newcomers(connection, group)
    for joint in joints:
        if joint.kind is not Kind.COUNTED:
            yield from decide(connection, joint, strategies)
    counted = {joint.name: Counting(connection, joint) for joint in joints if joint.kind is Kind.COUNTED}
    for counting in counted.values():
        yield from counting.remove()
    for joint in joints:
        if not joint.only_without_key:
            yield from apply(connection, joint, counted.get(joint.name), joints)
    yield from keep_parents(connection, joints, schema.tables["main"])
