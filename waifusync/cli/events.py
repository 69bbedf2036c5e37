"""`waifusync events`: what happened here, and with --follow what happens."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.events import Event

EXAMPLES = (
    "waifusync events -n 20",
    "waifusync events --follow --json",
    "waifusync events --since 2026-01-31 --name 'merge.*'",
)
_LOOK_EVERY_SECONDS = 0.2


def events(
    *,
    follow: Annotated[bool, Option("--follow", "-f", help="Go on with what happens from now on.")] = False,
    since: Annotated[str | None, Option("--since", metavar="TIME", help="Not before.")] = None,
    most: Annotated[int | None, Option("-n", metavar="COUNT", help="Only the last so many.")] = None,
    name: Annotated[
        tuple[str, ...], Option("--name", metavar="NAME", help="Only these; 'merge.*' is all of a kind.")
    ] = (),
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """What happened on this device: counts and hashes, and no text. Kept for about the last 2,000 events.

    With --follow and neither --since nor -n, it begins with what happens now.
    """
    from waifusync.core.events import is_wanted
    from waifusync.events.record import Follower
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.past import moment

    if most is not None and most < 0:
        raise UsageError(f"-n {most} is less than nothing", hint="leave -n out to see everything")
    begin = None if since is None else moment(since)
    follower = Follower(Companion.find(directory).git.state_directory)
    found = [each for each in follower.everything() if is_wanted(each.name, name)]
    if since is not None or most is not None or not follow:
        wanted = [each for each in found if begin is None or each.at >= begin]
        _show(wanted[max(0, len(wanted) - most) :] if most is not None else wanted, is_json=json)
    while follow:
        _show([each for each in follower.new_events() if is_wanted(each.name, name)], is_json=json)
        _wait()
    return ExitCode.DONE


def _wait() -> None:
    import time

    time.sleep(_LOOK_EVERY_SECONDS)


def _show(found: Iterable[Event], *, is_json: bool) -> None:
    from waifusync.workflows.past import iso_milliseconds

    for event in found:
        at = iso_milliseconds(event.at)
        if is_json:
            output.answer_json({"event": event.name, "at": at, "facts": dict(event.facts)})
        else:
            facts = " ".join(f"{name}={value}" for name, value in event.facts.items() if value != 0)
            output.answer(output.plain(f"{at} {event.name} {facts}"))
    output.flush()
