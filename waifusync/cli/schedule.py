"""`waifusync schedule …`: a sync by the clock, by the user's systemd or crontab."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.automation.schedule.rhythm import Rhythm
    from waifusync.automation.schedule.scheduling import Plan
    from waifusync.automation.schedule.showing import Schedule

EXAMPLES = (
    "waifusync schedule install",
    "waifusync schedule install --every 1h --dry-run",
    'waifusync schedule install --cron "30 7,19 * * *"',
    "waifusync schedule show",
)


def install(
    *,
    directory: DirectoryOption = Path("."),
    every: Annotated[
        str | None, Option("--every", metavar="TIME", help="How often, such as 15m (the default), 1h or 1d.")
    ] = None,
    cron: Annotated[
        str | None, Option("--cron", metavar="FIELDS", help="When, as the five fields of a crontab.")
    ] = None,
    limit: Annotated[str, Option("--limit", metavar="TIME", help="How long one run may take.")] = "5m",
    starter: Annotated[
        Literal["systemd", "crontab"] | None,
        Option("--with", help="Who starts it; by itself: systemd, if it runs."),
    ] = None,
    dry_run: Annotated[bool, Option("--dry-run", help="Only show what would be written.")] = False,
    json: JsonOption = False,
) -> int:
    """Sync by the clock: a timer of the user's systemd, else a line in the user's crontab.

    Again is as once. What the run needs (the ssh agent, HOME, PATH) is written down as it is here and now.
    """
    from waifusync.automation.schedule.environment_file import completed
    from waifusync.automation.schedule.scheduling import Wish, perform, plan
    from waifusync.core.durations import seconds_of
    from waifusync.repository.driver_registration import running_command
    from waifusync.workflows.companion import Companion, wall_clock

    rhythm = _rhythm(every, cron)
    seconds_of(limit, option="--limit")
    git = Companion.find(directory).git
    around = completed(os.environ, {})
    planned = plan(git, Wish(rhythm, limit, running_command(), starter), around, now=wall_clock())
    is_new = not dry_run and perform(git, planned, around)
    if json:
        output.answer_json(_plan_as_json(planned, is_new=is_new, is_dry=dry_run))
    elif dry_run:
        _show_plan(planned, git.state_directory)
    else:
        _tell(planned, is_new=is_new)
    return ExitCode.DONE


def _rhythm(every: str | None, cron: str | None) -> Rhythm:
    from waifusync.automation.schedule import rhythm

    if every is not None and cron is not None:
        raise UsageError("--every and --cron are two answers to one question", hint="give one of them")
    return rhythm.cron(cron) if cron is not None else rhythm.every(every or "15m")


def _plan_as_json(planned: Plan, *, is_new: bool, is_dry: bool) -> dict[str, object]:
    return {
        "schedule": planned.record._asdict(),
        "files": {str(path): text for path, text in planned.files.items()},
        "crontab": planned.block or None,
        "left_out": list(planned.environment.left_out),
        "new": is_new,
        "dry_run": is_dry,
    }


def _show_plan(planned: Plan, state: Path) -> None:
    from waifusync.automation.schedule.environment_file import text_of

    there = {state / "environment.json": text_of(planned.environment), **planned.files}
    for path, text in there.items():
        output.answer(f"{output.plain(str(path))}:\n{_indented(text)}")
    if planned.block:
        output.answer(f"in the crontab:\n{_indented(planned.block)}")
    else:
        output.answer(f"then: systemctl --user enable --now {planned.record.name}.timer")


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())


def _tell(planned: Plan, *, is_new: bool) -> None:
    from waifusync.automation.schedule.record import SYSTEMD
    from waifusync.automation.schedule.showing import notes

    record = planned.record
    for name in planned.environment.left_out:
        output.warn(f"{name} looks as if it held a secret, and was not written down")
    for note in notes(record):
        output.say(note)
    where = f"the timer {record.name}" if record.kind == SYSTEMD else "your crontab"
    verb = "Installed" if is_new else "All was installed"
    output.answer(f"{verb}: {record.rhythm}, by {where}.")


def show(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """The next run, how the last one went, and what is wrong. Exit code 1: it does not run as it should."""
    from waifusync.automation.schedule.environment_file import completed
    from waifusync.automation.schedule.showing import show as look
    from waifusync.workflows.companion import Companion, wall_clock

    found = look(Companion.find(directory).git, completed(os.environ, {}), now=wall_clock())
    if json:
        output.answer_json(_as_json(found))
    elif found is None:
        output.answer("No schedule is installed here; to have one: waifusync schedule install")
    else:
        _show(found)
    return found.exit_code if found else ExitCode.DONE


def _as_json(found: Schedule | None) -> dict[str, object]:
    from waifusync.automation.schedule.showing import INSTALL
    from waifusync.workflows.known_devices import iso

    if found is None:
        return {"installed": False, "next": INSTALL, "code": 0}
    last = found.last
    return {
        "installed": True,
        **found.record._asdict(),
        "installed_at": iso(found.record.installed),
        "next_run": iso(found.next_run),
        "last_run": {"began": iso(last.began), "code": last.code, "line": last.line} if last else None,
        "wrong": found.wrong,
        "notes": found.notes,
        "next": INSTALL if found.wrong else None,
        "code": int(found.exit_code),
    }


def _show(found: Schedule) -> None:
    from waifusync.automation.schedule.showing import INSTALL
    from waifusync.workflows.known_devices import iso

    record = found.record
    output.answer(f"{record.rhythm}, by {record.kind}: {record.name}")
    output.answer(f"starts: {output.plain(found.command)}")
    output.answer(f"last run: {_last(found)}")
    output.answer(f"next run: {iso(found.next_run) or 'never, as things are'}")
    for note in found.notes:
        output.answer(f"note: {note}")
    for wrong in found.wrong:
        output.answer(f"{output.paint('wrong:', 'red')} {output.plain(wrong)}")
    if found.wrong:
        output.answer(f"next: {INSTALL}")


def _last(found: Schedule) -> str:
    from waifusync.workflows.known_devices import iso

    if found.last is None:
        return "none yet"
    began = iso(found.last.began)
    if found.last.code is None:
        return f"{began}, which goes on, or was ended by force"
    return f"{began}, exit {found.last.code}: {output.plain(found.last.line or '')}"


def remove(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Take the schedule out. What others have in the crontab stays as it is."""
    from waifusync.automation.schedule.environment_file import completed
    from waifusync.automation.schedule.scheduling import remove as take_out
    from waifusync.repository.git import discover

    done = take_out(discover(directory), completed(os.environ, {}))
    if json:
        output.answer_json({"removed": done})
    else:
        output.answer(
            f"Took out {output.plain(' and '.join(done))}." if done else "No schedule of ours was there."
        )
    return ExitCode.DONE
