"""What is wrong with a companion on this machine: problems need a person, warnings do not."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from waifusync.config import Layout, Strategy
from waifusync.errors import ExitCode
from waifusync.memory.standing import FORMAT, Standing
from waifusync.repository.lock import lock_holder
from waifusync.values import NamedTuple
from waifusync.workflows.companion import LINK, Companion
from waifusync.workflows.syncing.last_sync import LastSync

if TYPE_CHECKING:
    from waifusync.workflows.known_devices import Known

_DAY_MILLISECONDS = 24 * 60 * 60 * 1000
# A device may well be away from its remote for a while; after this long somebody should know.
_LONGEST_UNREACHED = 7 * _DAY_MILLISECONDS
BEHIND = "the live database is older than what this device holds in git"


class Problem(NamedTuple):
    """What a person is to do something about; `command` is what to run, "" when the hint is no command."""

    text: str
    hint: str
    code: int
    command: str = ""


def find_problems(
    companion: Companion, layout: Layout, standing: Standing | None, last: LastSync, *, now: int
) -> list[Problem]:
    """The gravest first."""
    return [
        *of_database(companion, standing),
        *of_link(companion, layout),
        *of_last_sync(last, now=now),
        *of_conflicts(companion, standing),
    ]


def gravest(codes: Iterable[int]) -> ExitCode:
    """Damage before what was refused before what can wait; a code of any other trouble counts as refused."""
    found = set(codes) - {ExitCode.DONE}
    order = (ExitCode.UNTRUSTED, ExitCode.REFUSED, ExitCode.CONFLICTS, ExitCode.UNREACHABLE)
    return next((code for code in order if code in found), ExitCode.REFUSED if found else ExitCode.DONE)


def of_last_sync(last: LastSync, *, now: int) -> list[Problem]:
    """What it found in the logs, and what stopped it."""
    verify = "waifusync verify"
    found = [Problem(text, f"run: {verify}", ExitCode.UNTRUSTED, verify) for text in last.untrusted]
    if last.error is not None and (problem := _failure(last, now)) is not None:
        found.append(problem)
    return found


def of_conflicts(companion: Companion, standing: Standing | None) -> list[Problem]:
    """Those that nobody but a person may settle."""
    manual = _to_settle(companion, standing) if standing else 0
    if not manual:
        return []
    text = f"{manual} conflicts wait for a person (manual_review)"
    return [Problem(text, "run: waifusync conflicts", ExitCode.CONFLICTS, "waifusync conflicts")]


def of_database(companion: Companion, standing: Standing | None) -> list[Problem]:
    """The live database is not there, or not this device's, or made by a newer waifusync."""
    path, rebuild = companion.live_path, "waifusync rebuild"
    if not path.exists():
        return [Problem(f"the live database is gone: {path}", f"run: {rebuild}", ExitCode.REFUSED, rebuild)]
    if standing is None:
        return []
    if standing.format > FORMAT:
        return [
            Problem(
                f"the live database has format {standing.format}, and this waifusync reads up to {FORMAT}",
                "upgrade waifusync on this device",
                ExitCode.REFUSED,
            )
        ]
    if standing.device != companion.state.id:
        text = "the live database is another device's: it was copied here"
        return [Problem(text, "run: waifusync sync", ExitCode.REFUSED, "waifusync sync")]
    return []


def replaced(companion: Companion) -> Problem:
    """For a file that is a database, but not waifusync's."""
    return Problem(
        f"another database was put in the live one's place: {companion.live_path}",
        "run: waifusync rebuild (it keeps that file, moved aside)",
        ExitCode.REFUSED,
        "waifusync rebuild",
    )


def of_link(companion: Companion, layout: Layout) -> list[Problem]:
    """Whether programs that open shared_memory/memory.db write where they should."""
    link = companion.root / LINK
    if layout is Layout.DATABASE:
        return []
    if os.path.realpath(link) == os.path.realpath(companion.live_path):
        return []
    command = f"waifusync init --device {companion.state.name}"
    if os.path.lexists(link) and not link.is_symlink():
        text = f"{LINK} is a file of its own, so what programs write there goes nowhere"
        hint = f"stop the program, run: {command}, then import the file that it moved aside"
    else:
        how = "leads elsewhere" if link.is_symlink() else "is gone"
        text = f"{LINK}, the link to the live database, {how}"
        hint = f"run: {command}"
    return [Problem(text, hint, ExitCode.REFUSED, command)]


def _failure(last: LastSync, now: int) -> Problem | None:
    """A remote that is away is not a person's business until it has been away for long."""
    error = last.error
    assert error is not None
    if error.will_last:
        text = f"the last {error.purpose} failed: {error.error}"
        return Problem(text, error.hint, error.code, "waifusync sync")
    began = last.success or error.since
    if now - began > _LONGEST_UNREACHED:
        days = (now - began) // _DAY_MILLISECONDS
        text = f"nothing has reached the remote for {days} days: {error.error}"
        return Problem(text, error.hint, error.code, "waifusync sync")
    return None


def _to_settle(companion: Companion, standing: Standing) -> int:
    conflicts = companion.config.conflicts
    return sum(
        count
        for (table, field), count in standing.clashes.items()
        if conflicts.strategy_for(table, field) is Strategy.MANUAL_REVIEW
    )


def find_warnings(companion: Companion, standing: Standing | None, known: Known, last: LastSync) -> list[str]:
    """What a person may want to know."""
    found = list(last.warnings)
    if last.error is not None and not last.error.will_last:
        found.append(f"the last {last.error.purpose} did not reach the remote: {last.error.error}")
    found += [f"the branch lacks {count} entries of {folder}" for folder, count in known.branch_lacks.items()]
    if known.under_way:
        found.append(f"a {known.under_way} is going on in this repository")
    holder = lock_holder(companion.git.state_directory)
    if holder is not None:
        found.append(f"process {holder[0]} is at work here ({holder[1]})")
    if standing is not None:
        found += _of_database(standing, known)
    return found


def is_behind(standing: Standing, known: Known) -> bool:
    """Whether git holds more than was put into the live database."""
    return known.held is not None and standing.applied != known.held


def _of_database(standing: Standing, known: Known) -> list[str]:
    found = []
    if is_behind(standing, known):
        found.append(BEHIND)
    if standing.schema_changed:
        found.append("tables or columns changed since the last look")
    if standing.set_aside:
        found.append(f"{len(standing.set_aside)} rows could not stand in their tables and are kept aside")
    return found
