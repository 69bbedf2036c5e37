"""The statements that bring rows of theirs into `main`, as the work table has them."""

from __future__ import annotations

from waifusync.merging.sqlite.changes import ADDED, EDITED
from waifusync.merging.sqlite.deciding import work_table
from waifusync.merging.sqlite.plan import Joint
from waifusync.merging.sqlite.shape import quote


def update_statement(joint: Joint, mask: str, where: str = "") -> str:
    """The fields of the mask from theirs, for all rows that have this mask."""
    taken = [field for field, is_theirs in zip(joint.fields, mask) if is_theirs == "1"]
    settings = ", ".join(f"{quote(field.name)} = {joint.theirs(field, 't')}" for field in taken)
    here = " AND ".join(f"o.{quote(field.name)} = w.m{place}" for place, field in enumerate(joint.key))
    return (
        f"UPDATE OR ABORT {joint.source('ours')} AS o SET {settings} FROM {_from_theirs(joint)}"
        f" WHERE {here} AND w.what = {EDITED} AND w.mask = ?{where}"
    )


def _from_theirs(joint: Joint) -> str:
    there = " AND ".join(f"{field.on('theirs', 't')} = w.r{place}" for place, field in enumerate(joint.key))
    return f"{work_table(joint)} AS w JOIN {joint.source('theirs')} AS t ON {there}"


def insert_statement(joint: Joint, where: str = "") -> str:
    """New rows of theirs, under the numbers they have here."""
    names = ", ".join(quote(field.name) for field in joint.fields)
    keys = {field.name: f"w.m{place}" for place, field in enumerate(joint.key)}
    values = ", ".join(keys.get(field.name) or joint.theirs(field, "t") for field in joint.fields)
    return (
        f"INSERT OR ABORT INTO {joint.source('ours')} ({names}) SELECT {values} FROM {_from_theirs(joint)}"
        f" WHERE w.what = {ADDED}{where} ORDER BY w.place"
    )
