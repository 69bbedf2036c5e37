"""`waifusync remember`: writes a memory, as a chat program would."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

EXAMPLES = (
    'waifusync remember "my sister is called Mira"',
    'waifusync remember "what is my sister called?" --answer "Mira" --conversation family',
    'waifusync remember "never wake me before nine" --importance 0.9 --tag sleep --pin',
    'waifusync remember --private "the code of the safe is in the blue book"',
)
_SHARED = "Remembered; it goes to the other devices with the next push."
_PRIVATE = "Remembered on this device alone: it goes nowhere, and into no backup that git is."


def remember(
    text: Annotated[tuple[str, ...], Argument("TEXT...", help="What was said.")],
    *,
    answer: Annotated[
        str | None, Option("--answer", metavar="TEXT", help="What the companion answered.")
    ] = None,
    conversation: Annotated[
        str | None, Option("--conversation", metavar="ID", help="The conversation it belongs to.")
    ] = None,
    model: Annotated[str | None, Option("--model", metavar="NAME", help="The model that answered.")] = None,
    importance: Annotated[
        float | None,
        Option("--importance", metavar="0..1", help="How much it matters; above 0.8 it stays near."),
    ] = None,
    tag: Annotated[
        tuple[str, ...], Option("--tag", metavar="WORD", help="A word to file it under; may be repeated.")
    ] = (),
    pin: Annotated[bool, Option("--pin", help="Keep it near for good: a core memory.")] = False,
    private: Annotated[
        bool, Option("--private", help="Keep it on this device: it never leaves it, and no other has a copy.")
    ] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Write a memory, and print the key by which every device knows it."""
    from waifusync.workflows import remembering
    from waifusync.workflows.companion import Companion

    said = " ".join(text)
    if not said.strip():
        raise UsageError("there is nothing to remember in an empty text", hint="waifusync remember TEXT")
    values = {
        "user_input": said,
        "ai_response": answer,
        "conversation_id": conversation,
        "model_used": model,
    }
    facts = None
    if importance is not None or tag or pin:
        from waifusync.workflows.learning.rating import facts_of

        facts = facts_of(importance, tag, pin=pin)
    if private:
        if facts is not None:
            raise UsageError("a private memory has no importance, tags or pin", hint="leave them out")
        remembered = remembering.remember_private(Companion.find(directory), values)
    else:
        remembered = remembering.remember(Companion.find(directory), values, facts=facts)
    if json:
        output.answer_json({"key": remembered.key, "row": remembered.row})
    else:
        output.answer(remembered.key)
        output.say(_PRIVATE if private else _SHARED)
    return ExitCode.DONE
