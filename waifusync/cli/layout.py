"""`waifusync layout`: what git keeps of the memory, and how to change that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption
from waifusync.errors import ExitCode, RefusedError

if TYPE_CHECKING:
    from waifusync.workflows.changing_layout import Standing

EXAMPLES = ("waifusync layout", "waifusync layout database", "waifusync layout log")


def layout(
    wanted: Annotated[
        Literal["log", "database"] | None, Argument("log|database", help="The one to change to.")
    ] = None,
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Say which layout the companion has and what a commit costs in it, or change it.

    In the layout log, git keeps files that only grow; in the layout database, memory.db itself. Changing
    makes one commit; the other devices follow when they take it in.
    """
    from waifusync.config import Layout
    from waifusync.workflows.changing_layout import change_layout, standing
    from waifusync.workflows.companion import Companion

    companion = Companion.find(directory)
    outcome = change_layout(companion, Layout(wanted)) if wanted else None
    for told in (*outcome.repaired, *outcome.warnings, *outcome.untrusted) if outcome else ():
        output.warn(output.plain(told))
    found = standing(companion)
    if wanted is not None and found.layout.value != wanted:
        raise RefusedError(
            f"the layout is {found.layout.value} still: the commit of the new one could not be shown here",
            hint="when what is said above is out of the way, run the command again",
        )
    if json:
        output.answer_json({**found.to_json(), "changed": outcome is not None})
    elif outcome is not None:
        output.answer(
            f"The layout is {found.layout.value} now: waifusync sync takes it to the other devices."
        )
    else:
        output.answer(_sentence(found))
    return ExitCode.UNTRUSTED if outcome and outcome.untrusted else ExitCode.DONE


def _sentence(found: Standing) -> str:
    kept = f"{found.repository / 1e6:,.1f} MB in .git"
    if found.snapshot is None:
        return f"log: a commit adds what is new, and no more ({kept})."
    size = f"{found.snapshot / 1e6:,.1f} MB"
    return f"database: each commit adds all of memory.db, {size} before compression ({kept})."
