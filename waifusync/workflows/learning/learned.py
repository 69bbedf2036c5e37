"""What a companion learned, as a Python program sees it: a part of DistributedMemory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from waifusync.workflows.companion import Companion

if TYPE_CHECKING:
    from waifusync.core.learning.skill_view import Skill
    from waifusync.core.learning.taken import Taken
    from waifusync.workflows.learning.knowledge import Knowledge
    from waifusync.workflows.learning.skills import Skills


class Learned:
    """Skills and knowledge of a companion; each call is a transaction of its own."""

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
