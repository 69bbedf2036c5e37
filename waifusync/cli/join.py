"""`waifusync join`: settles into a companion that other devices have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.cli.shared_options import DeviceOption
from waifusync.errors import ExitCode

EXAMPLES = (
    "waifusync join git@example.org:me/companion.git companion --device jetson",
    "waifusync join --device jetson      (inside a plain git clone of a companion)",
)


def join(
    url: Annotated[str | None, Argument("URL", help="The remote that holds the companion.")] = None,
    place: Annotated[Path | None, Argument("DIR", help="Where to put it.")] = None,
    *,
    device: DeviceOption,
    live: Annotated[
        Path | None,
        Option("--live", metavar="FILE.db", help="Leave the live database where a program keeps it."),
    ] = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Clone a companion, build its memory on this device, and register the device."""
    from waifusync.workflows.join import join as settle

    where = directory / (place or _folder_of(url)) if url else directory
    settled = settle(where, device, url=url, live=live and directory / live, asked_in=directory)
    for warning in settled.outcome.warnings:
        output.warn(output.plain(warning))
    state, counts = settled.companion.state, settled.outcome.received
    if json:
        output.answer_json(
            {"device": state.name, "id": state.id, "new": settled.is_new, **settled.outcome.to_json()}
        )
    elif settled.is_new:
        came = ", ".join(f"{count:,} from {name}" for name, count in sorted(counts.items()))
        output.answer(
            f"{state.name} has joined in {settled.companion.root}: took in {came or 'nothing yet'}."
        )
    else:
        output.answer(f"{state.name} was set up already: nothing was changed.")
    return ExitCode.DONE


def _folder_of(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git") or "companion"
