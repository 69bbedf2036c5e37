"""How the experiences of an instance come here: what a program may choose, and what holds unless it did.

streaming   as they come, a few at a time, those that matter
lumped      many at once, after a while
check_in    all that an instance has, by the clock
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from waifusync.core.durations import seconds_of, written
from waifusync.core.learning.check_in_times import Times, times_of
from waifusync.core.learning.reading_json import Fields, kind_of, wrong
from waifusync.core.learning.settings import Aggregation, check_threshold
from waifusync.errors import UsageError
from waifusync.values import dataclass, field

_DAY_MILLISECONDS = 86_400_000


class Protocol(str, Enum):
    """One of the three ways."""

    STREAMING = "streaming"
    LUMPED = "lumped"
    CHECK_IN = "check_in"


class ConflictResolution(str, Enum):
    """What becomes of an instance's new word about a memory that was edited here meanwhile."""

    LATEST_WINS = "latest_wins"
    WEIGHTED_MERGE = "weighted_merge"
    MANUAL_REVIEW = "manual_review"


@dataclass(frozen=True, slots=True)
class Streaming:
    """`interval_ms` runs from the first event that waits."""

    enabled: bool = True
    interval_ms: int = 500
    batch_size: int = 10
    priority_threshold: float = 0.5

    @classmethod
    def of(cls, path: str, value: object) -> Streaming:
        fields = Fields({} if value is None else value, path)
        found = cls(
            enabled=fields.flag("enabled", default=cls().enabled),
            interval_ms=fields.whole("interval_ms", least=1, most=_DAY_MILLISECONDS, default=500),
            batch_size=fields.whole("batch_size", least=1, most=10_000, default=10),
            priority_threshold=_given(fields.share("priority_threshold", 0.5)),
        )
        fields.finish()
        return found


@dataclass(frozen=True, slots=True)
class Lumped:
    """`batch_interval` is in seconds; `compression` is of what waits on the disk."""

    enabled: bool = True
    batch_interval: float = 3600.0
    max_batch_size: int = 1000
    compression: bool = True

    @classmethod
    def of(cls, path: str, value: object) -> Lumped:
        fields = Fields({} if value is None else value, path)
        found = cls(
            enabled=fields.flag("enabled", default=True),
            batch_interval=_seconds(*fields.take("batch_interval"), default=3600.0),
            max_batch_size=fields.whole("max_batch_size", least=1, most=100_000, default=1000),
            compression=fields.flag("compression", default=True),
        )
        fields.finish()
        return found


@dataclass(frozen=True, slots=True)
class CheckIn:
    """Not `include_full_state`: of a check-in only tasks, errors and metrics are taken."""

    enabled: bool = True
    times: Times = field(default_factory=Times)
    include_full_state: bool = True

    @classmethod
    def of(cls, path: str, value: object) -> CheckIn:
        fields = Fields({} if value is None else value, path)
        found = cls(
            enabled=fields.flag("enabled", default=True),
            times=times_of(fields.take("schedule"), fields.take("time_zone")),
            include_full_state=fields.flag("include_full_state", default=True),
        )
        fields.finish()
        return found


@dataclass(frozen=True, slots=True)
class MergeStrategy:
    """None where the companion's own settings count, in waifusync.toml."""

    conflict_resolution: ConflictResolution = ConflictResolution.LATEST_WINS
    memory_deduplication: bool = True
    skill_aggregation: Aggregation | None = None
    knowledge_verification_threshold: float | None = None

    @classmethod
    def of(cls, path: str, value: object) -> MergeStrategy:
        fields = Fields({} if value is None else value, path)
        none = cls()
        found = cls(
            fields.choice("conflict_resolution", ConflictResolution, none.conflict_resolution),
            fields.flag("memory_deduplication", default=True),
            _aggregation(fields, "skill_aggregation"),
            _threshold(*fields.take("knowledge_verification_threshold")),
        )
        fields.finish()
        return found


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """All of it. Not `enabled`: nothing is taken in from this instance."""

    enabled: bool = True
    default_protocol: Protocol = Protocol.STREAMING
    streaming: Streaming = Streaming()
    lumped: Lumped = Lumped()
    check_in: CheckIn = CheckIn()
    merge_strategy: MergeStrategy = MergeStrategy()

    @classmethod
    def from_json(cls, value: object = None, path: str = "") -> SyncSettings:
        """Names in snake_case or camelCase. Raises UsageError with the path of what is wrong."""
        if isinstance(value, cls):
            value = value.to_json()
        fields = Fields({} if value is None else value, path)
        enabled = fields.flag("enabled", default=True)
        chosen = fields.take("default_protocol")
        streaming = Streaming.of(*fields.take("streaming"))
        lumped = Lumped.of(*fields.take("lumped"))
        check_in = CheckIn.of(*fields.take("check_in"))
        strategy = MergeStrategy.of(*fields.take("merge_strategy"))
        fields.finish()
        found = cls(enabled, Protocol.STREAMING, streaming, lumped, check_in, strategy)
        return found.with_default(*chosen)

    def with_default(self, path: str, value: object) -> SyncSettings:
        """Another protocol of its own, which has to be enabled; None: the one it has, or the first one."""
        from waifusync.values import replace

        if value is None:
            enabled = [each for each in Protocol if self.has(each)]
            known = self.default_protocol in enabled or not enabled
            return self if known else replace(self, default_protocol=enabled[0])
        fields = Fields({"protocol": value})
        try:
            protocol = fields.choice("protocol", Protocol)
        except UsageError as error:
            raise wrong(path, error.message.partition(": ")[2], hint=error.hint) from None
        if self.enabled and not self.has(protocol):
            raise wrong(path, f"{protocol.value} is not enabled")
        return replace(self, default_protocol=protocol)

    def has(self, protocol: Protocol) -> bool:
        """Whether this way is open."""
        enabled = {Protocol.STREAMING: self.streaming.enabled, Protocol.LUMPED: self.lumped.enabled}
        return enabled.get(protocol, self.check_in.enabled)

    def to_json(self) -> dict[str, Any]:  # Any: JSON
        """What from_json reads."""
        streaming, lumped, strategy = self.streaming, self.lumped, self.merge_strategy
        return {
            "enabled": self.enabled,
            "default_protocol": self.default_protocol.value,
            "streaming": {name: getattr(streaming, name) for name in Streaming.__slots__},
            "lumped": {
                **{name: getattr(lumped, name) for name in Lumped.__slots__},
                "batch_interval": written(lumped.batch_interval),
            },
            "check_in": {
                "enabled": self.check_in.enabled,
                "schedule": self.check_in.times.schedule,
                "time_zone": self.check_in.times.time_zone,
                "include_full_state": self.check_in.include_full_state,
            },
            "merge_strategy": {
                "conflict_resolution": strategy.conflict_resolution.value,
                "memory_deduplication": strategy.memory_deduplication,
                "skill_aggregation": strategy.skill_aggregation and strategy.skill_aggregation.value,
                "knowledge_verification_threshold": strategy.knowledge_verification_threshold,
            },
        }


def _given(share: float | None) -> float:
    assert share is not None  # it has a default
    return share


def _seconds(path: str, value: object, *, default: float) -> float:
    if value is None:
        return default
    if not isinstance(value, str):
        raise wrong(path, f"expected a length of time, found {kind_of(value)}", hint="such as 30m or 1h")
    try:
        return seconds_of(value, option=path)
    except UsageError as error:
        raise wrong(path, "is no length of time up to a year", hint=error.hint) from None


def _aggregation(fields: Fields, name: str) -> Aggregation | None:
    if fields.has(name):
        return fields.choice(name, Aggregation)
    return None


def _threshold(path: str, value: object) -> float | None:
    """From one on it counts sources, and there are no halves of them."""
    try:
        return None if value is None else check_threshold(value)
    except ValueError as error:
        raise wrong(path, str(error).partition(", found")[0]) from None
