"""`waifusync dedupe`: memories that say the same are shown as one; both stay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from waifusync.cli import output
from waifusync.cli.declare import Argument, DirectoryOption, JsonOption, Option
from waifusync.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from waifusync.core.matching.deciding import Decision
    from waifusync.memory.memory_rows import Row
    from waifusync.workflows.learning.comparing import Match
    from waifusync.workflows.learning.duplicates import Deduplicated

EXAMPLES = (
    "waifusync dedupe --dry-run",
    "waifusync dedupe --review",
    "waifusync dedupe --undo 7k3q9x2a-17",
)
_WIDTH = 100
# Below the threshold there is a grey zone, as deep as this.
_LOWEST = 0.1


def dedupe(
    keys: Annotated[tuple[str, ...], Argument("KEY...", help="With --undo or --join: which memories.")] = (),
    *,
    dry_run: Annotated[bool, Option("--dry-run", help="Only show what would be joined.")] = False,
    threshold: Annotated[
        float | None,
        Option("--threshold", metavar="X", help="From which likeness on, above 0.1 and up to 1 (0.9)."),
    ] = None,
    method: Annotated[
        Literal["jaccard", "embedding", "both"], Option("--method", help="Words, vectors, or both.")
    ] = "both",
    undo: Annotated[bool, Option("--undo", help="These are not the same, for good.")] = False,
    join: Annotated[bool, Option("--join", help="These are the same.")] = False,
    review: Annotated[bool, Option("--review", help="Show pairs that wait for a person.")] = False,
    groups: Annotated[bool, Option("--groups", help="Show what is shown as one.")] = False,
    directory: DirectoryOption = Path("."),
    json: JsonOption = False,
) -> int:
    """Find memories that say the same, and show each once. Nothing is deleted."""
    _check(keys, threshold, is_settling=undo or join, asked=[undo, join, review, groups, dry_run])
    if undo or join:
        return _settle(directory, keys, is_join=join, json=json)
    if review:
        return _review(directory, json=json)
    if groups:
        return _groups(directory, json=json)
    return _compare(directory, threshold, method, dry_run=dry_run, json=json)


def _check(keys: tuple[str, ...], threshold: float | None, *, is_settling: bool, asked: list[bool]) -> None:
    if sum(asked) > 1:
        raise UsageError("only one of --undo, --join, --review, --groups and --dry-run can be asked for")
    if is_settling and not keys:
        raise UsageError("which memories?", hint="waifusync dedupe --undo KEY [KEY], or --join KEY KEY")
    if keys and not is_settling:
        raise UsageError("a key is taken with --undo or --join only", hint="waifusync dedupe --undo KEY")
    if threshold is not None and not _LOWEST < threshold <= 1:
        raise UsageError(f"--threshold is {threshold:g}, and should be above {_LOWEST:g} and up to 1")


def _compare(directory: Path, threshold: float | None, method: str, *, dry_run: bool, json: bool) -> int:
    from waifusync.cli.progress import Progress
    from waifusync.core.matching.deciding import Method
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.comparing import Choices
    from waifusync.workflows.learning.duplicates import dedupe as run
    from waifusync.workflows.remembering import count_memories

    companion, choices = Companion.find(directory), Choices(threshold, Method(method))
    # Each is read once and compared once.
    with Progress("Comparing", total=2 * count_memories(companion)) as progress:
        found = run(companion, choices, is_dry_run=dry_run, on_step=progress.advance)
    if json:
        output.answer_json(_shape(found, dry_run=dry_run))
        return ExitCode.DONE
    if dry_run:
        for match in (*found.joined, *found.review):
            _show_pair(match.ours, match.theirs, "same" if match.is_same else _doubt(match.decision))
    output.answer(_sentence(found, dry_run=dry_run))
    return ExitCode.DONE


def _sentence(found: Deduplicated, *, dry_run: bool) -> str:
    if not found.compared:
        return "Every memory was compared before: nothing to do."
    would = "would be " if dry_run else ""
    parts = [f"Compared {output.count(found.compared, 'memory', 'memories')}"]
    parts.append(f"{output.count(len(found.joined), 'duplicate')} {would}joined")
    if found.review:
        parts.append(f"{output.count(len(found.review), 'pair')} {would}left to you")
    hint = " Look at them: waifusync dedupe --review" if found.review and not dry_run else ""
    return f"{', '.join(parts)}.{hint}"


def _settle(directory: Path, keys: tuple[str, ...], *, is_join: bool, json: bool) -> int:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.settling_duplicates import join, separate

    done = (join if is_join else separate)(Companion.find(directory), keys)
    word = "joined" if is_join else "separated"
    if json:
        output.answer_json({word: done})
    else:
        output.answer(f"{word.capitalize()} {output.count(done, 'pair')}.")
    return ExitCode.DONE


def _review(directory: Path, *, json: bool) -> int:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.settling_duplicates import waiting

    found = waiting(Companion.find(directory))
    for each in found:
        if json:
            output.answer_json(
                {"first": _memory(each.first), "second": _memory(each.second), **_facts(each.decision)}
            )
        else:
            _show_pair(each.first, each.second, _doubt(each.decision))
    if found:
        output.say("To settle one: waifusync dedupe --join KEY KEY, or --undo KEY KEY")
    else:
        output.say("Nothing waits for you.")
    return ExitCode.DONE


def _groups(directory: Path, *, json: bool) -> int:
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.learning.settling_duplicates import groups

    found = groups(Companion.find(directory))
    for each in found:
        if json:
            output.answer_json(each.fused.to_json())
            continue
        output.answer(f"{output.count(len(each.rows), 'memory', 'memories')}, shown as {each.fused.key}")
        for row in each.rows:
            _show(row)
    if not found:
        output.say("No memory is shown as one with another.")
    return ExitCode.DONE


def _show_pair(ours: Row, theirs: Row, what: str) -> None:
    output.answer(output.plain(what))
    for row in (ours, theirs):
        _show(row)


def _show(row: Row) -> None:
    facts = "  ".join(each for each in (row.key, row.created, row.device) if each)
    output.answer(f"  {output.paint(output.plain(facts), 'dim')}")
    for text in (row.said, row.answered):
        if text:
            output.answer(f"      {output.plain(text, width=_WIDTH)}")


def _doubt(decision: Decision) -> str:
    cosine = "" if decision.cosine is None else f", vectors {decision.cosine:.2f}"
    why = f", {decision.why}" if decision.why else ""
    return f"perhaps: words {decision.words:.2f}{cosine}{why}"


def _shape(found: Deduplicated, *, dry_run: bool) -> dict[str, object]:
    """The documented shape of `dedupe --json`."""
    space = found.space
    return {
        "compared": found.compared,
        "joined": [_pair(match) for match in found.joined],
        "review": [_pair(match) for match in found.review],
        "dry_run": dry_run,
        "method": found.choices.method.value,
        "threshold": found.choices.threshold,
        "source": space.source if space and found.choices.method.value != "jaccard" else None,
    }


def _pair(match: Match) -> dict[str, object]:
    first, second = sorted((match.ours.key, match.theirs.key))
    return {"first": first, "second": second, **_facts(match.decision)}


def _facts(decision: Decision) -> dict[str, object]:
    return {"words": decision.words, "cosine": decision.cosine, "why": decision.why}


def _memory(row: Row) -> dict[str, object]:
    texts = {"user_input": row.said, "ai_response": row.answered}
    return {"key": row.key, "timestamp": row.created, "device": row.device, **texts}
