"""What is said on the two devices, and what must be known on both in the end."""

from __future__ import annotations

from dataclasses import dataclass

FACTS_TABLE = """CREATE TABLE IF NOT EXISTS facts (
    id INTEGER PRIMARY KEY, source_memory_id INTEGER REFERENCES memories(id), fact TEXT)"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """One turn; `id` is the number that its device gives the row, `fact` what is learnt from it."""

    id: int
    user: str
    answer: str
    fact: str


CONVERSATIONS = {
    "laptop": (
        Conversation(1, "No sugar in my tea", "Noted: tea, no sugar.", "takes tea without sugar"),
        Conversation(2, "My sister Hana visits", "I look forward to it.", "has a sister, Hana"),
    ),
    "jetson": (
        Conversation(1, "That plant is a fern", "I will have it watered.", "owns a fern"),
        Conversation(2, "Play rain at night", "From ten o'clock on?", "sleeps to rain"),
    ),
}

_TELL = """INSERT INTO memories (timestamp, device_id, conversation_id, user_input, ai_response, model_used)
    VALUES (datetime('now'), ?, 'everyday', ?, ?, 'phi3:mini')"""
_ANSWER = "UPDATE memories SET ai_response = ? WHERE user_input = 'My sister Hana visits'"
EDITS = {
    "laptop": (_ANSWER, "Shall we bake for her?"),
    "jetson": (_ANSWER, "I will tidy up first."),
}
FORGOTTEN = (
    "DELETE FROM facts WHERE fact = 'sleeps to rain'",
    "DELETE FROM memories WHERE user_input = 'Play rain at night'",
)
# What was said and not forgotten: user's words to the fact that was learnt from them.
KEPT = {
    each.user: each.fact
    for device in CONVERSATIONS.values()
    for each in device
    if each.user != "Play rain at night"
}


def memory_statement(device: str, said: Conversation) -> tuple[str, ...]:
    """As a chat program that knows nothing of waifusync writes a turn of a conversation."""
    return (_TELL, device, said.user, said.answer)
