"""`waifusync restore`: brings back what was deleted, here or elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from waifusync.cli import reviving
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import UsageError

EXAMPLES = ("waifusync restore 7k3q9x2a-17", "waifusync restore --table memories")


def restore(
    keys: Annotated[tuple[str, ...], Argument("KEY...", help="Which records.")] = (),
    *,
    table: Annotated[
        str | None,
        Option(
            "--table",
            metavar="NAME",
            help="What this table lost since the last commit; if nothing, all it ever lost.",
        ),
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Bring back deleted records as they were, on every device."""
    from waifusync.workflows import forgetting
    from waifusync.workflows.companion import Companion

    if bool(keys) == (table is not None):
        raise UsageError(
            "name the records by their keys, or one table", hint="see 'waifusync restore --help'"
        )
    companion = Companion.find(directory)
    if table is not None:
        return reviving.report(forgetting.restore_table(companion, table), json=json)
    return reviving.report(forgetting.restore(companion, keys), json=json)
