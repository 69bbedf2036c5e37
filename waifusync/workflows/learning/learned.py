"""What a companion learned, as a Python program sees it: a part of DistributedMemory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from waifusync.workflows.companion import Companion

if TYPE_CHECKING:
    from waifusync.core.learning.personality_fold import Personality, Step
    from waifusync.core.learning.skill_view import Skill
    from waifusync.core.learning.state_merging import Merged
    from waifusync.core.learning.taken import Taken
    from waifusync.workflows.learning.knowledge import Knowledge
    from waifusync.workflows.learning.skills import Skills
    from waifusync.workflows.learning.states import Put


class Learned:
    """Skills, knowledge, personality and states of a companion; each call is a transaction of its own."""

    companion: Companion

    def skills(self) -> Skills:
        """What the companion can do, as all its devices and instances tell."""
        from waifusync.workflows.learning.skills import all_skills

        return all_skills(self.companion)

    def use_skill(self, name: str, *, is_success: bool = True, contexts: Iterable[str] = ()) -> Skill:
        """Counts one use on this device. Raises UsageError where there is no such skill."""
        from waifusync.workflows.learning.using_skills import use_skill

        return use_skill(self.companion, name, is_success=is_success, contexts=contexts)

    def learn_skill(self, data: Mapping[str, Any], *, source: str = "") -> Taken:  # Any: as JSON has it
        """What this device, or the source named, says of a skill. Raises UsageError with the path."""
        from waifusync.workflows.learning.using_skills import add_skill

        return add_skill(self.companion, data, source=source)

    def knowledge(self) -> Knowledge:
        """What is known, who says so, and whether it counts."""
        from waifusync.workflows.learning.knowledge import all_knowledge

        return all_knowledge(self.companion)

    def learn_knowledge(self, data: Mapping[str, Any], *, source: str = "") -> Taken:  # Any: likewise
        """What this device, or the source named, says is so. Raises UsageError with the path."""
        from waifusync.workflows.learning.knowledge import add_knowledge

        return add_knowledge(self.companion, data, source=source)

    def personality(self) -> Personality:
        """Its traits and emotions, and all that changed them."""
        from waifusync.workflows.learning.personality import read_personality

        return read_personality(self.companion)

    def adapt(self, data: Mapping[str, Any]) -> Step:  # Any: likewise
        """Moves a trait or emotion on this device, and on the others by a share. Raises UsageError."""
        from waifusync.workflows.learning.personality import adapt

        return adapt(self.companion, data)

    def put_state(self, name: str, vector: object, *, confidence: float = 1.0) -> Put:
        """This device's own vector: an array, or a list of numbers. Raises UsageError."""
        from waifusync.workflows.learning.states import put_state

        return put_state(self.companion, name, vector, confidence=confidence)

    def state(self, name: str) -> Merged:
        """What all devices' vectors come to. Raises UsageError where there is none."""
        from waifusync.workflows.learning.reading_states import reading_states

        with reading_states(self.companion) as read:
            return read.merged(name)
