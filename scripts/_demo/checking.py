"""What must be true at the end of the demo; the part that says no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chat_program import ChatProgram
    from telling import Teller

_MEMORIES = "SELECT user_input, ai_response, device_id FROM memories ORDER BY 1"
_FACTS = "SELECT m.user_input, f.fact FROM facts AS f JOIN memories AS m ON m.id = f.source_memory_id"


@dataclass(frozen=True, slots=True)
class Mind:
    """What one device holds, without the local numbers of rows; `facts` are by the words they come from."""

    digest: str
    conflicts: int
    pushed: bool
    memories: Mapping[str, tuple[str, str]]
    facts: Mapping[str, str]

    @classmethod
    def read(cls, teller: Teller, device: str, program: ChatProgram) -> Mind:
        """After one more sync, which must find nothing to do."""
        told = json.loads(teller.waifusync(f"-C {device} sync --json", quietly=True))
        return cls(
            digest=told["digest"],
            conflicts=told["conflicts"],
            pushed=told["pushed"],
            memories={str(user): (str(answer), str(born)) for user, answer, born in program.rows(_MEMORIES)},
            facts={str(user): str(fact) for user, fact in program.rows(_FACTS)},
        )


def faults(laptop: Mind, jetson: Mind, *, expected: Mapping[str, str]) -> list[str]:
    """Everything that is not as it must be; `expected` are the user's words, and the fact of each."""
    found = []
    if laptop.digest != jetson.digest:
        found.append(f"the digests differ: {laptop.digest} and {jetson.digest}")
    if laptop.memories != jetson.memories:
        found.append("the rows of memories differ")
    for name, mind in (("laptop", laptop), ("jetson", jetson)):
        missing = [user for user in expected if user not in mind.memories]
        found += [f"the {name} lacks {user!r}" for user in missing]
        found += [f"the {name} still has {user!r}" for user in mind.memories if user not in expected]
        if mind.facts != dict(expected):
            found.append(f"the facts on the {name} are not all under their own memories")
        if mind.conflicts != 1:
            found.append(f"the {name} counts {mind.conflicts} conflicts, not 1")
        if not mind.pushed:
            found.append(f"the {name} could not see that the remote has everything")
    return found
