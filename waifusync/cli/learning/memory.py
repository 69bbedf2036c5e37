"""`waifusync memory`: what is known of a memory beside its words, and how near it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.workflows.learning.rating import Rated

EXAMPLES = ("waifusync memory show 7k3q9x2a-17", "waifusync memory rate 7k3q9x2a-17 --importance 0.9 --pin")
KeyArgument = Annotated[str, Argument("KEY", help="Which memory, as `search` names it.")]


def show(key: KeyArgument, *, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """What is known of a memory beside its words, and its tier."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.rating import show as look

    return _tell(look(Companion.find(directory), key), json=json)


def rate(
    key: KeyArgument,
    *,
    importance: Annotated[
        float | None,
        Option("--importance", metavar="0..1", help="How much it matters; above 0.8 it stays near."),
    ] = None,
    tag: Annotated[
        tuple[str, ...], Option("--tag", metavar="WORD", help="A word to file it under; may be repeated.")
    ] = (),
    pin: Annotated[bool, Option("--pin", help="Keep it near for good: a core memory.")] = False,
    unpin: Annotated[bool, Option("--unpin", help="It need not be kept near any more.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Say how much a memory matters, on all devices."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.rating import Rating
    from waifusync.workflows.learning.rating import rate as say

    if pin and unpin:
        raise UsageError("--pin and --unpin say the contrary of each other")
    rating = Rating(importance, tag, pin if pin or unpin else None)
    if rating == Rating():
        raise UsageError("nothing was said of it", hint="--importance, --tag, --pin or --unpin")
    return _tell(say(Companion.find(directory), key, rating), json=json)


def tiers(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """How near each memory is kept: core, long-term, working and short-term."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.rating import tiers as look

    found = {tier.word: keys for tier, keys in look(Companion.find(directory)).items()}
    if json:
        output.answer_json(found)
    else:
        output.answer_table(("tier", "memories"), [(word, f"{len(keys):,}") for word, keys in found.items()])
    return ExitCode.DONE


def _tell(rated: Rated, *, json: bool) -> int:
    shape = rated.to_json()
    if json:
        output.answer_json(shape)
        return ExitCode.DONE
    shown = {**shape, "tags": ", ".join(rated.facts.tags), "pinned": "yes" if rated.facts.pinned else ""}
    width = max(map(len, shown))
    for name, value in shown.items():
        if value not in (None, ""):
            output.answer(f"{name:<{width}}  {output.plain(str(value))}")
    return ExitCode.DONE
