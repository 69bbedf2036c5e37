"""`waifusync embed`: a vector for each memory that lacks one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode

EXAMPLES = ("waifusync embed", "waifusync embed --model nomic-embed-text")


def embed(
    *,
    model: Annotated[
        str | None, Option("--model", metavar="NAME", help="The model, instead of the one in waifusync.toml.")
    ] = None,
    here: Annotated[bool, Option("--here", help="Compute here, though another device was chosen.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Compute the vectors that are missing, with Ollama or without any model. Interrupted, it goes on."""
    from waifusync.cli.progress import Progress
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.embedding import embed as fill
    from waifusync.workflows.remembering import count_memories

    companion = Companion.find(directory)
    with Progress("Embedding", total=count_memories(companion)) as progress:
        done = fill(companion, model=model, here=here, on_look=progress.advance)
    if json:
        output.answer_json(done._asdict())
    elif done.elsewhere:
        output.answer(output.plain(f"{done.elsewhere} computes them; they come with the next pull."))
    else:
        made = output.count(done.made, "vector")
        removed = (
            f", {output.count(done.removed, 'vector')} of deleted memories removed" if done.removed else ""
        )
        output.answer(output.plain(f"Made {made} with {done.model}, {done.known:,} were there{removed}."))
    return ExitCode.DONE
