"""Experiences as the tests tell them."""

from __future__ import annotations

from typing import Any

SECOND = 1_767_225_600  # 2026-01-01


def event(number: int = 1, *, at: int | None = None, **more: Any) -> dict[str, Any]:
    """A memory of `instance-123`; `data` and every other field may be given."""
    told: dict[str, Any] = {
        "event_id": f"e{number}",
        "timestamp": SECOND + (number if at is None else at),
        "source_instance": "instance-123",
        "event_type": "memory",
        "priority": 0.8,
        "data": {"content": f"text {number}"},
        "context": {"trigger": "user", "environment": "kitchen"},
    }
    return {name: value for name, value in {**told, **more}.items() if value is not ...}


def batch(name: str = "b1", **sections: Any) -> dict[str, Any]:
    return {"batch_id": name, "source_instance": "instance-123", "timestamp": SECOND, **sections}


def state(at: int = 0, **sections: Any) -> dict[str, Any]:
    return {"instance_id": "instance-123", "timestamp": SECOND + at, **sections}
