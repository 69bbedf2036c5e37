"""`waifusync init`: makes a companion's repository, or settles into one that exists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.cli.shared_options import DeviceOption
from waifusync.errors import ExitCode

EXAMPLES = (
    "waifusync init companion --device laptop --remote git@example.org:me/companion.git",
    "waifusync init --device laptop --adopt old_memory.db",
)


def init(
    place: Annotated[Path, Argument("DIR", help="Where the companion's repository is to be.")] = Path("."),
    *,
    device: DeviceOption,
    remote: Annotated[str | None, Option("--remote", metavar="URL", help="Where to push to.")] = None,
    adopt: Annotated[
        Path | None, Option("--adopt", metavar="FILE.db", help="Take in the rows of this database.")
    ] = None,
    live: Annotated[
        Path | None,
        Option("--live", metavar="FILE.db", help="Leave the live database where a program keeps it."),
    ] = None,
    layout: Annotated[
        Literal["log", "database"], Option("--layout", help="What git keeps: logs, or memory.db itself.")
    ] = "log",
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Make a companion's repository in DIR, with its live database and this device's identity."""
    from waifusync.config import Layout
    from waifusync.workflows.importing import import_database
    from waifusync.workflows.init import init as settle

    settled = settle(
        directory / place,
        device,
        remote=remote,
        live=live and directory / live,
        asked_in=directory,
        layout=Layout(layout),
    )
    for warning in settled.warnings:
        output.warn(warning)
    taken = import_database(settled.companion, directory / adopt) if adopt else None
    state = settled.companion.state
    if json:
        output.answer_json(
            {
                "device": state.name,
                "id": state.id,
                "directory": str(settled.companion.root),
                "live": str(settled.companion.live_path),
                "new": settled.is_new,
                "adopted": taken.added if taken else {},
            }
        )
    elif settled.is_new:
        output.answer(f"{state.name} is set up: programs write to {settled.companion.live_path}")
    else:
        output.answer(f"{state.name} was set up already: nothing was changed.")
    return ExitCode.DONE
