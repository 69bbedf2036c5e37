"""`waifusync watch`: syncs by itself, as things change here and on the remote, until it is told to stop."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.automation.watch.telling import Event

EXAMPLES = ("waifusync watch", "waifusync watch --interval 30 --json", "waifusync watch --once")
_LONGEST_INTERVAL_SECONDS = 86_400
_WARNINGS = ("failed", "warning", "polling")


def watch(
    *,
    directory: DirectoryOption = Path("."),
    interval: Annotated[
        float, Option("--interval", metavar="SECONDS", help="How long a change may wait, here or there.")
    ] = 5.0,
    low_power: Annotated[bool, Option("--low-power", help="Six times the interval, battery or not.")] = False,
    once: Annotated[bool, Option("--once", help="One exchange, then exit.")] = False,
    json: JsonOption = False,
) -> int:
    """Sync by itself, as things change here and on the remote, until it is told to stop.

    Many changes in a row go together. Where the remote is away, all is committed here, and sent later.
    """
    if not 0 < interval <= _LONGEST_INTERVAL_SECONDS:
        most = f"{_LONGEST_INTERVAL_SECONDS:,}"
        raise UsageError(f"--interval takes seconds above 0 and up to {most}, found {interval:g}")
    if once:
        return _once(directory, is_json=json)
    return _for_ever(directory, interval=interval, is_low_power=low_power, is_json=json)


def _once(directory: Path, *, is_json: bool) -> int:
    from waifusync.automation.watch.telling import Event
    from waifusync.cli import syncing, watching

    outcome = watching.find(directory).run_exchange(with_remote=True)
    events = [Event("repaired", each) for each in outcome.repaired]
    events += [Event("warning", each) for each in (*outcome.warnings, *outcome.untrusted)]
    events.append(Event("synced", syncing.sentence("sync", outcome), facts=outcome.to_json()))
    for event in events:
        _tell(event, is_json=is_json)
    return syncing.exit_code(outcome)


def _for_ever(directory: Path, *, interval: float, is_low_power: bool, is_json: bool) -> int:
    import random
    import signal

    from waifusync.automation.watch.pace import Pace
    from waifusync.automation.watch.running import keep_watching
    from waifusync.automation.watch.waking import Waker
    from waifusync.cli import watching
    from waifusync.cli.by_itself import tell_desktop

    def tell(event: Event) -> None:
        _tell(event, is_json=is_json)
        if event.kind == "failed":
            tell_desktop(state_directory, event.text)

    found = watching.find(directory)
    root, state_directory = found.root, found.state_directory
    waker = Waker()
    keep_watching(
        lambda: watching.find_at(root),
        pace=Pace(interval, random.uniform, is_low_power=is_low_power),
        waker=waker,
        tell=tell,
    )
    return ExitCode.INTERRUPTED if waker.asked_by == signal.SIGINT else ExitCode.DONE


def _tell(event: Event, *, is_json: bool) -> None:
    """At once, also where nobody watches: a journal is read while it is written."""
    if is_json:
        _tell_program(event)
    else:
        _tell_person(event)
    output.flush()


def _tell_program(event: Event) -> None:
    from waifusync.workflows.known_devices import iso

    hint = {"hint": event.hint} if event.hint else {}
    at = iso(int(time.time() * 1000))
    output.answer_json({"event": event.kind, "at": at, "text": event.text, **hint, **event.facts})


def _tell_person(event: Event) -> None:
    text = output.plain(event.text)
    if event.kind == "synced":
        output.answer(text)
    elif event.kind in _WARNINGS:
        output.warn(text)
        if event.hint:
            output.say(f"hint: {output.plain(event.hint)}")
    else:
        output.say(f"repaired: {text}" if event.kind == "repaired" else text)
