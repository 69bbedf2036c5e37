"""What a companion has come to know and to be able to do, as the strategy of one instance sees it."""

from __future__ import annotations

from collections import Counter

from waifusync.core.learning.settings import LearningSettings
from waifusync.core.learning.sync_settings import MergeStrategy
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.knowledge import read_all
from waifusync.workflows.learning.skills import read_skills
from waifusync.workflows.learning.terms import completed


def learned(companion: Companion, strategy: MergeStrategy) -> dict[str, object]:
    """The documented shape; reads all skills and all knowledge."""
    as_chosen = companion._replace(config=companion.config._replace(learning=_settings(companion, strategy)))
    with companion.memory() as memory:
        skills = read_skills(memory.connection, as_chosen)
        knowledge = read_all(memory.connection, as_chosen)
    statuses = Counter(piece.status.value for piece in knowledge.pieces)
    levels = {each.name: each.proficiency for each in skills.skills.values()}
    return {"skills": levels, "capability": skills.capability, "knowledge": dict(sorted(statuses.items()))}


def _settings(companion: Companion, strategy: MergeStrategy) -> LearningSettings:
    known = companion.config.learning
    chosen = completed(strategy, known)
    return known._replace(
        skill_aggregation=chosen.skill_aggregation or known.skill_aggregation,
        knowledge_verification_threshold=chosen.knowledge_verification_threshold or 0.0,
    )
