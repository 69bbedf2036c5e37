"""`waifusync search`: looks for words in the memories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

EXAMPLES = (
    "waifusync search birthday cake",
    "waifusync search '\"black cat\"' --device jetson --since 2026-01-01",
    "waifusync search 'astro*' --json",
)
_WIDTH = 100


def search(
    words: Annotated[
        tuple[str, ...],
        Argument("WORDS...", help='All must occur; "a phrase" in quotes, a star after a beginning.'),
    ],
    *,
    device: Annotated[
        str | None, Option("--device", "-d", metavar="NAME", help="Only what was said on this device.")
    ] = None,
    conversation: Annotated[
        str | None, Option("--conversation", metavar="ID", help="Only in this conversation.")
    ] = None,
    since: Annotated[
        str | None,
        Option("--since", metavar="DATE", help="Not before this date or time (UTC without a zone)."),
    ] = None,
    until: Annotated[
        str | None, Option("--until", metavar="DATE", help="Not after this date or time.")
    ] = None,
    limit: Annotated[int, Option("--limit", "-n", metavar="N", help="At most so many.")] = 20,
    every: Annotated[bool, Option("--every", help="Duplicates too, which are else shown as one.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Look for words in the memories of all devices, and this one's private ones; the best first."""
    from waifusync.memory.search import Wanted
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.searching import instant, search_memories

    if limit < 1:
        raise UsageError(f"--limit is {limit}, and should be at least 1")
    wanted = Wanted(
        query=" ".join(words),
        limit=limit,
        device=device,
        conversation=conversation,
        since=instant(since) if since is not None else None,
        until=instant(until, is_end=True) if until is not None else None,
    )
    results = search_memories(Companion.find(directory), wanted, every=every)
    for warning in results.warnings:
        output.warn(output.plain(warning))
    for shape in results.shapes():
        output.answer_json(shape) if json else _show(shape)
    if not results.found:
        output.say("Nothing found.")
    if results.shelved:
        older = output.count(results.shelved, "older memory", "older memories")
        output.say(
            f"{older} in the log only, and not looked through; for all of them: waifusync retention off"
        )
    return ExitCode.DONE


def _show(shape: dict[str, object]) -> None:
    private = ["private"] if shape["private"] else []
    facts = [str(shape[name]) for name in ("key", "timestamp", "device", "conversation") if shape[name]]
    output.answer(output.paint(output.plain("  ".join([*facts, *private])), "dim"))
    if shape["duplicates"]:
        count = len(list(shape["duplicates"]))  # type: ignore[call-overload]  # a list in this shape
        output.answer(f"    and {output.count(count, 'duplicate')}")
    for name in ("user_input", "ai_response", "facts_extracted"):
        if shape[name]:
            output.answer(f"    {output.plain(str(shape[name]), width=_WIDTH)}")
