"""The invented conversations of the sample companion: who said what, where, and when (UTC)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn on one device; `fact` is what the companion learnt from it, "" for nothing."""

    moment: str
    conversation: str
    user: str
    answer: str
    fact: str = ""


MODELS = {"laptop": "llama3.1:70b", "jetson": "phi3:mini"}

# What each device wrote before it next met the other, in rounds.
ROUNDS: tuple[dict[str, tuple[Turn, ...]], ...] = (
    {
        "laptop": (
            Turn(
                "2026-03-01T08:02:11",
                "morning",
                "Good morning. I slept badly, the wind kept me up.",
                "Then let us go slowly today. Shall I move the first call to the afternoon?",
            ),
            Turn(
                "2026-03-01T08:03:40",
                "morning",
                "Yes please. And no sugar in my tea from now on.",
                "Moved to two o'clock. Tea without sugar, I will remember.",
                "takes tea without sugar",
            ),
            Turn(
                "2026-03-01T20:15:02",
                "thesis",
                "Chapter two is done. Forty pages about tide pools!",
                "Forty pages! The anemones would be flattered. What comes next?",
                "writes a thesis about tide pools",
            ),
        ),
        "jetson": (
            Turn(
                "2026-03-01T18:30:27",
                "plants",
                "The fern by the kitchen window looks thirsty.",
                "I will remind you to water it on Mondays and Thursdays.",
                "has a fern by the kitchen window",
            ),
            Turn(
                "2026-03-01T22:41:09",
                "night",
                "Play some rain until I am asleep.",
                "Rain on a tin roof, fading out at midnight. Good night.",
            ),
        ),
    },
    {
        "laptop": (
            Turn(
                "2026-03-02T09:12:55",
                "family",
                "My sister Hana is coming on Friday, by train.",
                "How nice! Her train from the coast gets in at 17:20 if it is on time.",
                "has a sister called Hana",
            ),
            Turn(
                "2026-03-02T09:14:20",
                "family",
                "She is allergic to walnuts, in case you suggest a recipe.",
                "No walnuts, then. Lemon cake?",
                "Hana must not eat walnuts",
            ),
        ),
        "jetson": (
            Turn(
                "2026-03-02T07:05:13",
                "plants",
                "I watered the fern.",
                "It is Monday, so it was expecting you.",
            ),
            Turn(
                "2026-03-02T19:48:31",
                "kitchen",
                "How long does the lemon cake stay in the oven?",
                "About 45 minutes at 170 degrees, until a skewer comes out dry.",
            ),
            Turn("2026-03-02T19:49:02", "kitchen", "Testing, testing.", "I hear you."),
        ),
    },
    {
        "laptop": (
            Turn(
                "2026-03-03T16:20:44",
                "thesis",
                "My supervisor likes chapter two. She wants a map of the coast.",
                "Congratulations! The survey you read in January has one that may be reprinted.",
            ),
        ),
        "jetson": (
            Turn(
                "2026-03-03T21:10:18",
                "kitchen",
                "The cake is in the tin. Do not let me eat it before Friday.",
                "I cannot stop you, but I can mention Hana each time you open the tin.",
            ),
            Turn(
                "2026-03-03T21:55:36",
                "night",
                "Rain again, please, but quieter.",
                "Quieter rain it is. Sleep well.",
                "falls asleep to the sound of rain",
            ),
        ),
    },
)

# Said on the jetson only to try the microphone, and deleted in the next round.
FORGOTTEN = "Testing, testing."
