"""`waifusync route report`: what was asked where, drawn as bars; aligned words where a program reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption
from waifusync.errors import ExitCode

if TYPE_CHECKING:
    from waifusync.workflows.asking.reporting import Report

EXAMPLES = ("waifusync route report", "waifusync route report --json")
_BAR = 12


def report(*, directory: DirectoryOption = Path("."), json: JsonOption = False) -> int:
    """What this machine asked whom, how long it took, and what the router would do at other thresholds."""
    from waifusync.workflows.asking.reporting import report_routes
    from waifusync.workflows.companion import Companion

    found = report_routes(Companion.find(directory))
    if json:
        output.answer_json(found.to_json())
    elif not found.calls:
        output.answer("Nothing was asked from here yet.")
    else:
        _draw(found)
    return ExitCode.DONE


def _draw(found: Report) -> None:
    most = max(share.calls for share in found.shares)
    output.answer_table(
        ("device", "model", "", "asked", "answered", "first word", "whole", "tokens/s"),
        [
            (
                share.device,
                share.model or "-",
                _bar(share.calls, most),
                str(share.calls),
                str(share.answered),
                _seconds(share.first_seconds),
                _seconds(share.seconds),
                "-" if share.tokens_per_second is None else f"{share.tokens_per_second:.1f}",
            )
            for share in found.shares
        ],
    )
    output.answer("")
    tasks = found.thresholds[0].strong + found.thresholds[0].weak
    output.answer(f"Of {output.count(tasks, 'task')}, to the strong device first:")
    output.answer_table(
        ("threshold", "", "strong", "weak", ""),
        [
            (
                f"{each.threshold:g}",
                _bar(each.strong, tasks),
                str(each.strong),
                str(each.weak),
                "now" if each.threshold == found.threshold else "",
            )
            for each in found.thresholds
        ],
    )


def _bar(value: int, most: int) -> str:
    return "█" * max(1, round(_BAR * value / most)) if value else "·"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
