"""`waifusync resolve`: decides conflicts, one by one with a person, or by an option."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.conflicts import Conflict
    from waifusync.workflows.resolving import Resolution

EXAMPLES = (
    "waifusync resolve",
    "waifusync resolve k3q9x2ab --theirs",
    "waifusync resolve k3q9x2ab --edit 'The cat is called Mo.'",
    "waifusync resolve --all --ours",
)
_QUESTION = "[o]urs, [t]heirs, [b]oth, [e]dit, [s]kip, [q]uit? "


def resolve(
    ids: Annotated[tuple[str, ...], Argument("[ID...]", help="Which, as `conflicts` names them.")] = (),
    *,
    ours: Annotated[bool, Option("--ours", help="What this device wrote, else what stands now.")] = False,
    theirs: Annotated[bool, Option("--theirs", help="The other side.")] = False,
    both: Annotated[bool, Option("--both", help="Two texts as one.")] = False,
    edit: Annotated[str | None, Option("--edit", metavar="TEXT", help="This instead.")] = None,
    everything: Annotated[bool, Option("--all", help="Every conflict there is.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Decide which side of a conflict stands, on every device. Without an option: show each, and ask.

    The decision goes with the next push, and `waifusync undo` takes it back.
    """
    from waifusync.workflows.companion import Companion

    chosen = [
        name
        for name, is_given in (("ours", ours), ("theirs", theirs), ("both", both), ("edit", edit is not None))
        if is_given
    ]
    _check(ids, chosen, everything=everything, is_json=json)
    companion = Companion.find(directory)
    if not chosen:
        return _ask(companion, ids)
    from waifusync.workflows.resolving import Choice
    from waifusync.workflows.resolving import resolve as decide

    done = decide(companion, ids, Choice(chosen[0]), text=edit or "", everything=everything)
    if json:
        output.answer_json(_to_json(done))
    else:
        output.answer(_sentence(done))
    return ExitCode.CONFLICTS if done.waiting else ExitCode.DONE


def _check(ids: tuple[str, ...], chosen: list[str], *, everything: bool, is_json: bool) -> None:
    if len(chosen) > 1:
        raise UsageError(f"--{chosen[0]} and --{chosen[1]} exclude each other")
    if everything and ids:
        raise UsageError("--all and an ID exclude each other")
    if chosen and not ids and not everything:
        raise UsageError(
            "which conflicts?", hint="name them by their ids (waifusync conflicts), or say --all"
        )
    if chosen == ["edit"] and (everything or len(ids) > 1):
        raise UsageError("--edit is for one conflict")
    if not chosen and (is_json or everything or not sys.stdin.isatty()):
        raise UsageError(
            "there is nobody to ask here", hint="say --ours, --theirs, --both or --edit TEXT, and which"
        )


def _to_json(done: Resolution) -> dict[str, object]:
    resolved = [
        {"id": each.id, "table": each.table, "key": each.key, "field": each.field or None}
        for each in done.resolved
    ]
    return {"resolved": resolved, "aside": done.aside, "left": done.left, "waiting": done.waiting}


def _sentence(done: Resolution) -> str:
    count = output.count(len(done.resolved), "conflict")
    text = f"Settled {count}; it goes to the other devices with the next push."
    if done.aside:
        text += f" {output.count(len(done.aside), 'row')} cannot stand in its table: waifusync status."
    return f"{text} {output.count(done.left, 'conflict')} left." if done.left else text


def _ask(companion: Companion, ids: tuple[str, ...]) -> int:
    """Each in turn; what was decided stays decided when the person stops."""
    from waifusync.cli.conflicts import show
    from waifusync.workflows.resolving import Resolution, chosen_of

    whole, skipped = Resolution(), set[str]()
    wanted = {each.id for each in chosen_of(companion, ids)} if ids else None
    while waiting := _waiting(companion, wanted, skipped):
        output.say(f"{output.count(len(waiting), 'conflict')} to decide")
        show(waiting[0])
        output.flush()
        answer = _decided(companion, waiting[0], whole)
        if answer == "q":
            break
        skipped.add(waiting[0].id)
    return _farewell(companion, whole)


def _waiting(companion: Companion, wanted: set[str] | None, skipped: set[str]) -> list[Conflict]:
    """Listed anew each time: a decision changes other conflicts of its field."""
    from waifusync.workflows.resolving import chosen_of

    known = [each for each in chosen_of(companion, ()) if each.id not in skipped]
    return known if wanted is None else [each for each in known if each.id in wanted]


def _decided(companion: Companion, conflict: Conflict, whole: Resolution) -> str:
    """Asks until there is an answer that can be carried out; the letter of it."""
    from waifusync.workflows.resolving import Choice
    from waifusync.workflows.resolving import resolve as decide

    choices = {"o": Choice.OURS, "t": Choice.THEIRS, "b": Choice.BOTH, "e": Choice.EDIT}
    while (letter := _reply(_QUESTION)) not in ("s", "q"):
        if letter not in choices:
            continue
        text = _reply("The text: ", is_letter=False) if letter == "e" else ""
        try:
            done = decide(companion, [conflict.id], choices[letter], text=text)
        except UsageError as error:
            output.warn(f"{error.message}; {error.hint}")
            continue
        whole.resolved += done.resolved
        whole.aside += done.aside
        break
    return letter


def _farewell(companion: Companion, whole: Resolution) -> int:
    from waifusync.workflows.resolving import chosen_of

    left = chosen_of(companion, ())
    whole.left, whole.waiting = len(left), sum(each.strategy == "manual_review" for each in left)
    if whole.resolved or whole.left:
        output.answer(_sentence(whole) if whole.resolved else f"{output.count(whole.left, 'conflict')} left.")
    else:
        output.answer("No conflicts: nothing was overruled.")
    return ExitCode.CONFLICTS if whole.waiting else ExitCode.DONE


def _reply(question: str, *, is_letter: bool = True) -> str:
    """What the person typed; the end of the input means to stop."""
    sys.stderr.write(question)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        return "q"
    return line.strip().lower()[:1] if is_letter else line.rstrip("\n")
