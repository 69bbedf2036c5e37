"""`route report`: what the record of calls teaches, and what the router would do at other thresholds."""

from __future__ import annotations

from waifusync.core.calls import AtThreshold, Call, Share, at_thresholds, shares
from waifusync.values import NamedTuple
from waifusync.workflows.asking.call_record import read_calls
from waifusync.workflows.companion import Companion

_THRESHOLDS = tuple(step / 10 for step in range(1, 10))


class Report(NamedTuple):
    """`calls` from the oldest to the newest; `thresholds` has the one that is set among the others."""

    threshold: float
    calls: list[Call]
    shares: list[Share]
    thresholds: list[AtThreshold]

    def to_json(self) -> dict[str, object]:
        """The documented shape."""
        return {
            "threshold": self.threshold,
            "calls": [{**each._asdict(), "outcome": each.outcome.value} for each in self.calls],
            "shares": [each._asdict() for each in self.shares],
            "thresholds": [each._asdict() for each in self.thresholds],
        }


def report_routes(companion: Companion) -> Report:
    """Of the calls that this machine made."""
    calls = read_calls(companion.git.state_directory)
    chosen = companion.config.ask.threshold
    return Report(chosen, calls, shares(calls), at_thresholds(calls, sorted({*_THRESHOLDS, chosen})))
