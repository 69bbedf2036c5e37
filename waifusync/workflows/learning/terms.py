"""By which choices experiences are taken in: an instance's, and where it made none, the companion's."""

from __future__ import annotations

from waifusync.config import Config
from waifusync.core.learning.personality_settings import PersonalitySettings
from waifusync.core.learning.settings import LearningSettings
from waifusync.core.learning.sync_settings import MergeStrategy, SyncSettings
from waifusync.values import NamedTuple, replace


class Terms(NamedTuple):
    """`agent` names the companion that is told."""

    agent: str
    strategy: MergeStrategy = MergeStrategy()
    adaptation_rate: float = PersonalitySettings().adaptation_rate

    @property
    def threshold(self) -> float:
        """From which on something counts as known."""
        chosen = self.strategy.knowledge_verification_threshold
        return LearningSettings().knowledge_verification_threshold if chosen is None else chosen


def terms_of(config: Config, strategy: MergeStrategy | None = None) -> Terms:
    """What was not chosen is the companion's."""
    rate = config.personality.adaptation_rate
    return Terms(config.companion, completed(strategy or MergeStrategy(), config.learning), rate)


def settled(settings: SyncSettings, config: Config) -> SyncSettings:
    """Likewise, of all that an instance chose."""
    return replace(settings, merge_strategy=completed(settings.merge_strategy, config.learning))


def completed(strategy: MergeStrategy, learning: LearningSettings) -> MergeStrategy:
    """With nothing left to choose."""
    aggregation, threshold = strategy.skill_aggregation, strategy.knowledge_verification_threshold
    return replace(
        strategy,
        skill_aggregation=aggregation or learning.skill_aggregation,
        knowledge_verification_threshold=(
            learning.knowledge_verification_threshold if threshold is None else threshold
        ),
    )
