"""`waifusync doctor`: what is wrong here, why it matters, and what is done about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from waifusync.cli import output
from waifusync.cli.declare import DirectoryOption, JsonOption, Option

if TYPE_CHECKING:
    from waifusync.workflows.doctoring.examining import Report, Told
    from waifusync.workflows.doctoring.mending import Mended

EXAMPLES = ("waifusync doctor", "waifusync doctor --fix", "waifusync doctor --deep --offline --json")


def doctor(
    *,
    directory: DirectoryOption = Path("."),
    fix: Annotated[bool, Option("--fix", help="Mend what can be mended, then look again.")] = False,
    offline: Annotated[bool, Option("--offline", help="Do not ask the remote.")] = False,
    deep: Annotated[bool, Option("--deep", help="Read everything, in git and in the database.")] = False,
    json: JsonOption = False,
) -> int:
    """What is wrong with the companion on this machine, why it matters, and what --fix would do.

    Without --fix it changes nothing. With it, nothing is deleted: what is in the way is moved aside.
    """
    from waifusync.cli.by_itself import of_schedule
    from waifusync.workflows.doctoring.checks import CHECKS
    from waifusync.workflows.doctoring.examining import Asked, examine
    from waifusync.workflows.doctoring.mending import mend
    from waifusync.workflows.doctoring.showing import to_json

    asked = Asked(directory, is_offline=offline, is_deep=deep, by_itself=of_schedule)
    mended = mend(asked, CHECKS) if fix else None
    report = mended.after if mended else examine(asked, CHECKS)
    if json:
        output.answer_json(to_json(report, mended.done, mended.gone) if mended else to_json(report))
        return report.exit_code
    for line in (*(_of_mending(mended) if mended else ()), *lines(report, was_fixed=fix)):
        output.answer(line)
    return report.exit_code


def lines(report: Report, *, was_fixed: bool = False) -> Iterator[str]:
    """The report as a person reads it: what is wrong, then notes, then the sum."""
    for each in report.findings:
        yield from _of_finding(each)
    for unlooked in report.unlooked:
        reason = output.plain(unlooked.reason)
        yield f"{output.paint('cannot look:', 'yellow')} {unlooked.check.name}: {reason}"
    for each in report.notes:
        yield f"{output.paint('note:', 'blue')} {output.plain(each.finding.text)}"
        if each.finding.hint:
            yield f"   hint: {output.plain(each.finding.hint)}"
    yield _sum(report, was_fixed=was_fixed)


def _of_finding(told: Told) -> Iterator[str]:
    finding = told.finding
    yield f"{output.paint('wrong:', 'red')} {output.plain(finding.text)}"
    yield f"   why: {told.check.why}"
    if finding.hint:
        yield f"   hint: {output.plain(finding.hint)}"
    if finding.remedy:
        yield f"   --fix: {finding.remedy}"


def _of_mending(mended: Mended) -> Iterator[str]:
    for each in mended.done:
        word = output.paint("not mended:", "red") if each.is_failure else output.paint("done:", "green")
        what = f"{each.told.finding.text}: {each.what}" if each.is_failure else each.what
        yield f"{word} {output.plain(what)}"
    for told in mended.gone:
        yield f"{output.paint('gone:', 'green')} {output.plain(told.finding.text)}"


def _sum(report: Report, *, was_fixed: bool) -> str:
    count = len(report.findings)
    looked = output.count(report.looked, "check")
    if not count and not report.unlooked:
        return f"All is well: {looked}, nothing wrong."
    text = f"{looked}: {output.count(count, 'thing is', 'things are')} wrong"
    if report.unlooked:
        text += f", and {output.count(len(report.unlooked), 'check')} could not look"
    mendable = sum(bool(each.finding.remedy) for each in report.findings)
    return (
        f"{text}; to mend {mendable} of them: waifusync doctor --fix"
        if mendable and not was_fixed
        else f"{text}."
    )
