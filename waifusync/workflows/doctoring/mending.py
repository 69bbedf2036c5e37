"""`doctor --fix`: what a check offers to do is done, then everything is looked at again."""

from __future__ import annotations

from collections.abc import Sequence

from waifusync.values import NamedTuple
from waifusync.workflows.doctoring.check import Check
from waifusync.workflows.doctoring.examining import CANNOT_LOOK, Asked, Report, Told, examine


class Done(NamedTuple):
    """What was done about a finding; or, where it failed, why."""

    told: Told
    what: str
    is_failure: bool = False


class Mended(NamedTuple):
    """Before and after, and what was done between."""

    before: Report
    done: list[Done]
    after: Report

    @property
    def gone(self) -> list[Told]:
        """What is no longer found."""
        left = {(each.check.name, each.finding.text) for each in self.after.told}
        return [each for each in self.before.findings if (each.check.name, each.finding.text) not in left]


def mend(asked: Asked, checks: Sequence[Check]) -> Mended:
    """Looks, mends, looks again. Raises only where no companion is."""
    before = examine(asked, checks)
    done = [_mended(before, each) for each in before.findings if each.finding.remedy]
    return Mended(before, done, examine(asked, checks))


def _mended(report: Report, told: Told) -> Done:
    assert told.check.fix is not None
    try:
        return Done(told, told.check.fix(report.patient, told.finding))
    except CANNOT_LOOK as error:
        hint = getattr(error, "hint", "")
        return Done(told, f"{error}" + (f" ({hint})" if hint else ""), is_failure=True)
