"""Sessions made up for the laws: what devices wrote who knew of each other or did not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from waifusync.core.conversation import by_id
from waifusync.core.session import Session

DEVICES = ("laptop-7k3q9x2a", "jetson-b4n8w6zt", "phone-c5n8w6zt")


def message(turn: str, second: float | None = 0, role: str = "user", **more: Any) -> dict[str, Any]:
    times = {} if second is None else {"timestamp": second}
    return {"id": turn, "role": role, "content": f"what {turn} says", **times, **more}


def session(
    name: str, *messages: dict[str, Any], after: tuple[str, str | None] | None = None, **more: Any
) -> Session:
    continues = None if after is None else {"session_id": after[0], "turn": after[1]}
    value = {
        "format": 1,
        "session_id": name,
        "device": name.split("-")[0],
        "conversation": "c",
        "continues": continues,
        "created_at": 0,
        "messages": list(messages),
        **more,
    }
    return Session(value)


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Session]:
    """One conversation, gone on with here and there, sometimes from an older turn; clocks are anyhow."""
    found: dict[str, Session] = {}
    for number in range(1, draw(st.integers(1, 6)) + 1):
        name = f"{draw(st.sampled_from(DEVICES))}_session_{number:03}"
        after = None
        if found:
            before = found[draw(st.sampled_from(sorted(found)))]
            turns = [str(each["id"]) for each in before.messages] or [before.last_turn]
            after = (before.id, draw(st.sampled_from(turns)))
        count = draw(st.integers(0 if after else 1, 4))
        clock = draw(st.integers(0, 50))
        said = []
        for place in range(count):
            clock += draw(st.integers(-5, 10))
            role = draw(st.sampled_from(["user", "assistant"]))
            said.append(message(f"{number}.{place}", draw(st.sampled_from([clock, None])), role))
        found[name] = session(name, *said, after=after, created_at=clock)
    return by_id(found.values())
