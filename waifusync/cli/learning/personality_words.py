"""A personality and what changed it, as lines and as the documented JSON."""

from __future__ import annotations

from waifusync.core.learning.personality import Act, Kind
from waifusync.core.learning.personality_fold import Personality, Step
from waifusync.workflows.learning.sources import Sources

Told = dict[str, object]


def value_json(personality: Personality, kind: Kind, name: str, *, source: str) -> Told:
    """One trait or emotion, as this source shows it."""
    value = personality.values[kind, name]
    shown = value.shown(source)
    lean = value.leans.get(source, 0.0)
    return {"kind": kind.value, "name": name, "shared": value.core, "own": lean, "shown": shown}


def step_json(step: Step, sources: Sources) -> Told:
    """One change; what does not apply to it is null."""
    change = step.change
    is_rollback = change.act is Act.ROLLBACK
    return {
        "key": change.key,
        "time": change.time_text,
        "source": sources.name(change.source),
        "act": change.act.value,
        "kind": None if is_rollback else change.kind.value,
        "name": None if is_rollback else change.name,
        "target": change.target,
        "delta": change.delta,
        "rate": None if is_rollback else change.rate,
        "why": change.why,
        "shared": step.core,
        "shown": step.own,
        "until": change.until_text if is_rollback else None,
        "voided_by": step.voided_by or None,
    }


def step_line(step: Step, sources: Sources) -> str:
    """One change in one line."""
    change = step.change
    why = f" ({change.why})" if change.why else ""
    voided = f"; voided by {step.voided_by}" if step.voided_by else ""
    what = f"{change.time_text}  {change.key}  {sources.name(change.source)}"
    return f"{what}: {step_words(step)}{why}{voided}"


def step_words(step: Step) -> str:
    """What it did, or was meant to do where it is voided."""
    change = step.change
    if change.act is Act.ROLLBACK:
        return f"rolled back to {change.until_text}"
    wanted = f"by {change.delta:+.3g}" if change.delta is not None else f"to {change.target:.3g}"
    words = f"{change.kind.value} {change.name} {wanted}"
    if step.core is None or step.own is None:
        return words
    return f"{words}: shared {_moved(step.core)}, shown {_moved(step.own)}"


def _moved(span: tuple[float, float]) -> str:
    return f"{span[0]:.3f} to {span[1]:.3f}"
