"""`waifusync state …`: named vectors; each device's own word, and what all of them come to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.core.learning.states import Head

EXAMPLES = (
    "waifusync state put mood mood.npy",
    "waifusync state get mood -o merged.npy",
    "waifusync state merge mood",
    "waifusync state diff mood --device jetson",
)

NameArgument = Annotated[str, Argument("NAME", help="What the state is called.")]
SourceOption = Annotated[
    str | None, Option("--device", "-d", metavar="NAME", help="Only what this device or source said.")
]


def put(
    name: NameArgument,
    file: Annotated[Path, Argument("FILE", help="A .npy file with one row of numbers.")],
    *,
    confidence: Annotated[
        float, Option("--confidence", metavar="SHARE", help="How much it weighs: above 0, up to 1.")
    ] = 1.0,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Tell this device's own vector. Only the blocks that changed go to the other devices."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.state_files import read_vector
    from waifusync.workflows.learning.states import put_state

    companion = Companion.find(directory)
    done = put_state(companion, name, read_vector(file), confidence=confidence, path=str(file))
    if json:
        told = {"new": done.is_new, "blocks": done.blocks, "ended": done.ended or None}
        output.answer_json({**head_json(done.head, companion.state.name), **told})
        return ExitCode.DONE
    if not done.is_new:
        output.answer(f"{name} says so already.")
        return ExitCode.DONE
    if done.ended:
        output.warn(f"a vector of another length or kind: epoch {done.head.number} of {name} begins")
    blocks = output.count(done.blocks, "block")
    output.answer(f"Put {_what(done.head)}: {blocks} of {len(done.head.block_keys())} changed.")
    output.say("The other devices know with the next push.")
    return ExitCode.DONE


def get(
    name: NameArgument,
    *,
    to: Annotated[Path | None, Option("-o", "--output", metavar="FILE", help="Write a .npy file.")] = None,
    device: SourceOption = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """The merged vector, or with --device one device's own: its numbers one to a line, or a file."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.looking_at_states import look
    from waifusync.workflows.learning.state_files import write_vector

    seen = look(Companion.find(directory), name, device)
    if to is not None:
        write_vector(to, seen.values)
    if json:
        numbers = {} if to else {"values": seen.values.tolist()}
        output.answer_json({**head_json(seen.head, seen.source), "digest": seen.digest, **numbers})
    elif to is not None:
        output.answer(f"Wrote {_what(seen.head)} to {to}.")
    else:
        for number in seen.values.tolist():
            output.answer(repr(number))
    return ExitCode.DONE


def merge(
    name: Annotated[str | None, Argument("[NAME]", help="One state; all if left out.")] = None,
    *,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """What the merged state is made of: who said what when, and what share it has. Changes nothing."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.looking_at_states import all_merged
    from waifusync.workflows.learning.sources import Sources

    companion = Companion.find(directory)
    found, sources = all_merged(companion, name), Sources(companion)
    for each in found:
        parts = [{**head_json(head, sources.name(head.source)), "share": share} for head, share in each.parts]
        if json:
            whole = {"name": each.name, "epoch": each.head.number, "digest": each.digest}
            output.answer_json({**whole, "parts": parts})
        else:
            output.answer(output.plain(f"{_what(each.head)}, {each.digest[:16]}"))
            rows = [
                (str(p["source"]), f"{p['share']:.3f}", str(p["confidence"]), str(p["time"])) for p in parts
            ]
            output.answer_table(("from", "share", "confidence", "said"), rows)
    if not found and not json:
        output.answer("No states yet: waifusync state put NAME FILE.npy")
    return ExitCode.DONE


def diff(
    name: NameArgument,
    *,
    device: SourceOption = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """How far each device's word is from the merged one. Exit code 0 whether they differ or not."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.looking_at_states import differences

    found = differences(Companion.find(directory), name, device)
    if json:
        for each in found:
            output.answer_json(each._asdict())
        return ExitCode.DONE
    rows = [
        (
            each.source,
            f"{each.differing} of {each.dimension}",
            f"{each.distance:.6g}",
            f"{each.largest:.6g}",
            "-" if each.cosine is None else f"{each.cosine:.6f}",
        )
        for each in found
    ]
    output.answer_table(("from", "numbers differ", "distance", "largest", "cosine"), rows)
    return ExitCode.DONE


def list_states(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """Every word of every state, those of older epochs too."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.looking_at_states import all_heads
    from waifusync.workflows.learning.sources import Sources

    companion = Companion.find(directory)
    found, sources = all_heads(companion), Sources(companion)
    if json:
        for head, counts in found:
            output.answer_json({**head_json(head, sources.name(head.source)), "counts": counts})
        return ExitCode.DONE
    rows = [
        (
            head.name,
            str(head.number),
            _kind(head),
            sources.name(head.source),
            _time(head),
            "" if counts else "older",
        )
        for head, counts in found
    ]
    if rows:
        output.answer_table(("state", "epoch", "numbers", "from", "said", ""), rows)
    else:
        output.answer("No states yet: waifusync state put NAME FILE.npy")
    return ExitCode.DONE


def remove(
    name: NameArgument,
    *,
    device: SourceOption = None,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Take a state away on every device, all epochs of it, or what one device said of it."""
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.looking_at_states import source_of
    from waifusync.workflows.learning.states import remove_state

    companion = Companion.find(directory)
    removed = remove_state(companion, name, source=source_of(companion, name, device))
    if json:
        output.answer_json({"name": name, "removed": removed})
    else:
        output.answer(output.plain(f"Removed {output.count(removed, 'word')} of {name}."))
        output.say("The other devices know with the next push.")
    return ExitCode.DONE


def head_json(head: Head, source: str) -> dict[str, object]:
    """The documented shape of what is said of a vector beside its numbers."""
    return {
        "name": head.name,
        "epoch": head.number,
        "dtype": head.dtype,
        "dimension": head.dimension,
        "source": source,
        "confidence": head.confidence,
        "time": _time(head),
        "digest": head.digest,
    }


def _time(head: Head) -> str:
    from waifusync.workflows.past import iso_milliseconds

    return iso_milliseconds(head.as_of)


def _kind(head: Head) -> str:
    return f"{head.dimension} {head.dtype}"


def _what(head: Head) -> str:
    return f"{head.name} (epoch {head.number}, {_kind(head)})"
