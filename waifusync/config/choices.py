"""What waifusync.toml can say, as values."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType

from waifusync.core.ask_settings import AskSettings
from waifusync.core.embed_settings import EmbedSettings
from waifusync.core.learning.personality_settings import PersonalitySettings
from waifusync.core.learning.settings import LearningSettings
from waifusync.core.safety_settings import SafetySettings
from waifusync.values import NamedTuple


class Strategy(str, enum.Enum):
    """How two edits of one field that had not seen each other are settled."""

    LATEST_WINS = "latest_wins"
    WEIGHTED_MERGE = "weighted_merge"
    MANUAL_REVIEW = "manual_review"


class Layout(str, enum.Enum):
    """What git keeps of the memory: the devices' logs, or one SQLite file that carries them."""

    LOG = "log"
    DATABASE = "database"


class Conflicts(NamedTuple):
    """The strategy of everything, and of single tables and fields ("table" or "table.column")."""

    default: Strategy = Strategy.LATEST_WINS
    tables: Mapping[str, Strategy] = MappingProxyType({})

    def strategy_for(self, table: str, column: str) -> Strategy:
        """The field's own strategy, else its table's, else the default."""
        return self.tables.get(f"{table}.{column}") or self.tables.get(table) or self.default


class Config(NamedTuple):
    """All of waifusync.toml. `vectors` gives the column that names the model, "" where there is none."""

    companion: str
    layout: Layout = Layout.LOG
    exclude: tuple[str, ...] = ()
    atomic: tuple[str, ...] = ()
    remote_timeout_seconds: float = 120.0
    vectors: Mapping[str, str] = MappingProxyType({"memories.embeddings": "model_used"})
    references: Mapping[str, str] = MappingProxyType({})
    conflicts: Conflicts = Conflicts()
    ask: AskSettings = AskSettings()
    embed: EmbedSettings = EmbedSettings()
    safety: SafetySettings = SafetySettings()
    personality: PersonalitySettings = PersonalitySettings()
    learning: LearningSettings = LearningSettings()
