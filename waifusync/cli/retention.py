"""`waifusync retention …`: how much of the past this device keeps, and bringing all of it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError
from waifusync.patterns import pattern

if TYPE_CHECKING:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.retaining.applying import Applied
    from waifusync.workflows.retaining.choosing import Retention, Sizes

EXAMPLES = ("waifusync retention set --days 90 --repository 500MB", "waifusync retention apply --dry-run")
_OFF = "off"
_SIZE = pattern(r"([0-9]+(?:\.[0-9]+)?) ?([kMGT]?)B?")
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def show(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """What was chosen, and what is there. Exit code 1 where a limit is not kept."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.retaining.choosing import read_retention, read_shelved, sizes_of

    companion = Companion.find(directory)
    chosen, sizes = read_retention(companion.git.state_directory), sizes_of(companion)
    shelved = read_shelved(companion)
    if json:
        output.answer_json(_state(companion.git.common_dir, chosen, sizes, shelved=shelved))
    else:
        _show(chosen, sizes, shelved=shelved)
    return ExitCode.CONFLICTS if sizes.over(chosen) else ExitCode.DONE


def choose(
    *,
    directory: DirectoryOption = Path("."),
    days: Annotated[
        int | None, Option("--days", metavar="N", help="Keep so many days of git's history.")
    ] = None,
    repository: Annotated[
        str | None, Option("--repository", metavar="SIZE", help="Keep less, if .git takes more than this.")
    ] = None,
    database: Annotated[
        str | None,
        Option(
            "--database",
            metavar="SIZE",
            help="Keep older memories in the log only, if the live database takes more; off: all come back.",
        ),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Choose for this device alone, such as --days 90 --repository 500MB. Frees nothing yet."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.retaining.choosing import choose as note_choice
    from waifusync.workflows.retaining.choosing import read_retention, read_shelved, sizes_of

    companion = Companion.find(directory)
    back = _bring_rows_back(companion) if database == _OFF else None
    limit = None if database == _OFF else _bytes(database)
    if back is None or days is not None or repository is not None:
        note_choice(companion, days=days, repository=_bytes(repository), database=limit)
    chosen = read_retention(companion.git.state_directory)
    if json:
        state = _state(companion.git.common_dir, chosen, sizes_of(companion), shelved=read_shelved(companion))
        output.answer_json(state)
        return ExitCode.DONE
    if back is not None:
        came = f"{_rows(back)} back; the" if back else "The"
        output.answer(f"{came} live database may grow as it likes.")
    if chosen.is_chosen:
        output.answer(f"Chosen for this device: {_words(chosen)}; next: waifusync retention apply")
    return ExitCode.DONE


def apply(
    *,
    directory: DirectoryOption = Path("."),
    dry_run: Annotated[bool, Option("--dry-run", help="Say what would go, and change nothing.")] = False,
    json: JsonOption = False,
) -> int:
    """Cut off history that the remote keeps, and keep old memories in the log only, as was chosen.

    Exit code 1 where a limit is still not kept.
    """
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.retaining.applying import apply as cut

    done = cut(Companion.find(directory), is_rehearsal=dry_run)
    if json:
        output.answer_json(_applied(done, dry_run=dry_run))
    else:
        _tell(done, dry_run=dry_run)
    return ExitCode.CONFLICTS if done.over else ExitCode.DONE


def off(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Bring all history and all memories back, and choose nothing any more."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.retaining.applying import bring_back

    done = bring_back(Companion.find(directory))
    if json:
        output.answer_json({"brought_back": done.history or done.rows > 0, "rows": done.rows})
        return ExitCode.DONE
    if done.history:
        output.answer("All of the history is here again.")
    if done.rows:
        output.answer(f"{_rows(done.rows)} back in the live database.")
    if not done.history and not done.rows:
        output.answer("Nothing was chosen, and nothing is lacking.")
    return ExitCode.DONE


def _bring_rows_back(companion: Companion) -> int:
    from waifusync.workflows.retaining.applying import bring_rows_back

    return bring_rows_back(companion)


def _rows(count: int) -> str:
    return f"{output.count(count, 'row')} {'is' if count == 1 else 'are'}"


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    found = _SIZE.fullmatch(text)
    if found is None or float(found[1]) == 0:
        raise UsageError(f"{text!r} is not a size", hint="write it as 500MB or 1.5GB")
    return int(float(found[1]) * _UNITS[found[2]])


def _state(
    git_directory: Path, chosen: Retention, sizes: Sizes, *, shelved: dict[str, int]
) -> dict[str, object]:
    return {
        **chosen._asdict(),
        "sizes": sizes._asdict(),
        "shortened": (git_directory / "shallow").exists(),
        "shelved": shelved,
        "over": sizes.over(chosen),
    }


def _applied(done: Applied, *, dry_run: bool) -> dict[str, object]:
    sizes = {"before": done.before._asdict(), "after": done.after._asdict()}
    return {**done._asdict(), **sizes, "dry_run": dry_run}


def _words(chosen: Retention) -> str:
    limits = (("repository", chosen.repository_bytes), ("database", chosen.database_bytes))
    days = [f"{output.count(chosen.days, 'day')} of history"] if chosen.days is not None else []
    told = [*days, *(f"{name} up to {_size(limit)}" for name, limit in limits if limit is not None)]
    return ", ".join(told) or "everything is kept"


def _size(count: int) -> str:
    return f"{count / 10**6:,.1f} MB" if count >= 10**6 else f"{count / 10**3:,.0f} kB"


def _show(chosen: Retention, sizes: Sizes, *, shelved: dict[str, int]) -> None:
    output.answer(f"chosen: {_words(chosen)}")
    output.answer(
        f"repository: {_size(sizes.repository)}, database: {_size(sizes.database)}, "
        f"of which {_size(sizes.used)} are used, search index: {_size(sizes.search)}"
    )
    for table, count in shelved.items():
        output.answer(f"in the log only: {output.count(count, 'row')} of {output.plain(table)}")
    _tell_over(sizes.over(chosen))


def _tell(done: Applied, *, dry_run: bool) -> None:
    if not done.commits and not done.dropped_index and not done.shelved:
        output.answer("Nothing to cut off.")
    if done.commits:
        verb = "Would cut off" if dry_run else "Cut off"
        commits = output.count(done.commits, "commit")
        room = "" if dry_run else f": {_size(done.before.repository)} became {_size(done.after.repository)}"
        output.answer(f"{verb} {commits} older than {output.count(done.days or 0, 'day')}{room}.")
    if done.shelved:
        output.answer(_shelved(done, dry_run=dry_run))
    if done.dropped_index:
        output.answer(
            f"{'Would drop' if dry_run else 'Dropped'} the search index, {_size(done.before.search)}."
        )
    if done.why_not:
        output.say(done.why_not)
    if not dry_run:
        _tell_over(done.over)


def _shelved(done: Applied, *, dry_run: bool) -> str:
    older = output.count(done.shelved, "older memory", "older memories")
    if dry_run:
        return f"Would keep about {older} in the log only."
    room = f"{_size(done.before.used)} of the database in use became {_size(done.after.used)}"
    return f"Keeps {older} in the log only: {room}."


def _tell_over(over: list[str]) -> None:
    for name in over:
        output.answer(f"{output.paint('too large:', 'yellow')} the {name} takes more than was chosen")
