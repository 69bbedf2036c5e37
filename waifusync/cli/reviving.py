"""How forget, restore and undo report: a sentence for what went and what came back, or JSON of one shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waifusync.cli import output
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.workflows.forgetting import Changes


def report(changes: Changes, *, json: bool, is_undo: bool = False) -> int:
    """1 when a row is alive and could not take its place: that waits for a person."""
    if changes.aside:
        output.warn(
            f"{output.count(len(changes.aside), 'row')} came back but could not take its place: "
            "waifusync status says why"
        )
    if json:
        output.answer_json(_shape(changes, is_undo=is_undo))
    else:
        output.answer(f"{'Undid ' + changes.verb + ': ' if is_undo else ''}{_sentence(changes)}")
    return ExitCode.CONFLICTS if changes.aside else ExitCode.DONE


def _shape(changes: Changes, *, is_undo: bool) -> dict[str, object]:
    shape: dict[str, object] = {"undid": changes.verb} if is_undo else {}
    shape |= {"forgotten": changes.forgotten, "restored": changes.restored, "aside": changes.aside}
    taken_back = {"taken_back": changes.taken_back} if is_undo else {}
    return shape | {"unchanged": changes.unchanged, "left": changes.left} | taken_back


def _sentence(changes: Changes) -> str:
    back = len(changes.restored) + len(changes.aside)
    done = [
        f"forgot {_records(len(changes.forgotten))}" if changes.forgotten else "",
        f"brought back {_records(back)}" if back else "",
        f"{_records(len(changes.taken_back))} as before" if changes.taken_back else "",
        f"{_records(len(changes.unchanged))} {_was(len(changes.unchanged))} so already"
        if changes.unchanged
        else "",
        f"{_records(changes.left)} deleted before that {_was(changes.left)} left" if changes.left else "",
    ]
    text = ", ".join(part for part in done if part) or "nothing was to be done"
    return f"{text[0].upper()}{text[1:]}."


def _records(number: int) -> str:
    return output.count(number, "record")


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
