"""`waifusync secrets`: what looked like a secret and was kept back, and what becomes of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.workflows.learning.withheld import Answered, Waiting
    from waifusync.workflows.syncing.letting_out import Answer

EXAMPLES = ("waifusync secrets list", "waifusync secrets redact 7k3q9x2a-17", "waifusync secrets send --all")
Keys = Annotated[tuple[str, ...], Argument("KEY...", help="Which, as `secrets list` names them.")]
All = Annotated[bool, Option("--all", help="Everything that waits.")]


def list_secrets(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """What was kept back on this device because it looks like a secret: where it is, never what it says."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.withheld import look

    found = look(Companion.find(directory))
    output.answer_json(found.to_json()) if json else _show(found)
    return ExitCode.DONE


def _show(found: Waiting) -> None:
    rows = [
        (each.key, each.collection, field, ", ".join(kinds))
        for each in found.waiting
        for field, kinds in each.found.items()
    ]
    if rows:
        output.answer_table(("key", "in", "field", "looks like"), rows)
        output.say("To answer: waifusync secrets redact, keep or send KEY.")
    else:
        output.answer("Nothing waits.")
    if found.redacted:
        output.say(f"Redacted here, and can be taken back with send: {', '.join(sorted(found.redacted))}")


def redact(
    keys: Keys = (),
    *,
    all_of_them: All = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Take the secret out of the text, on all devices. What stood there stays here, and `send` undoes it."""
    from waifusync.workflows.syncing.letting_out import Answer

    return _answer(directory, None if all_of_them else keys, Answer.REDACT, json=json)


def keep(
    keys: Keys = (),
    *,
    all_of_them: All = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Keep whole memories on this device, as private ones."""
    from waifusync.workflows.syncing.letting_out import Answer

    return _answer(directory, None if all_of_them else keys, Answer.KEEP, json=json)


def send(
    keys: Keys = (),
    *,
    all_of_them: All = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Let it go as it is, here and wherever the same text stands; also what was redacted before."""
    from waifusync.workflows.syncing.letting_out import Answer

    return _answer(directory, None if all_of_them else keys, Answer.SEND, json=json)


def _answer(directory: Path, keys: tuple[str, ...] | None, answer: Answer, *, json: bool) -> int:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.withheld import give_answer

    if keys == ():
        raise UsageError("which?", hint="name keys that waifusync secrets list shows, or --all")
    answered = give_answer(Companion.find(directory), keys, answer)
    if json:
        output.answer_json(answered.to_json())
    else:
        output.answer(_sentence(answered))
    return ExitCode.DONE


def _sentence(answered: Answered) -> str:
    told = output.count(len(answered.keys), "record")
    kept = ", ".join(f"{key} as {private}" for key, private in answered.kept.items())
    left = f" {output.count(len(answered.waiting), 'record')} still wait." if answered.waiting else ""
    done = {
        "redact": f"Redacted {told}; it goes with the next push.",
        "keep": f"Kept {kept or told} on this device.",
        "send": f"Let {told} go with the next push.",
    }
    return done[answered.answer.value] + left
