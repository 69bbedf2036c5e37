"""The configuration of an instance: every field changes something, and a wrong one is told with its path."""

from __future__ import annotations

import pytest

from waifusync.core.learning.check_in_times import Times
from waifusync.core.learning.sync_settings import MergeStrategy, Protocol, SyncSettings
from waifusync.core.learning.waiting import Lane, at_once, due_at, way_of_batch, way_of_event
from waifusync.errors import UsageError

DEFAULTS = {
    "enabled": True,
    "default_protocol": "streaming",
    "streaming": {"enabled": True, "interval_ms": 500, "batch_size": 10, "priority_threshold": 0.5},
    "lumped": {"enabled": True, "batch_interval": "1h", "max_batch_size": 1000, "compression": True},
    "check_in": {"enabled": True, "schedule": "0 */6 * * *", "time_zone": "UTC", "include_full_state": True},
    "merge_strategy": {
        "conflict_resolution": "latest_wins",
        "memory_deduplication": True,
        "skill_aggregation": None,
        "knowledge_verification_threshold": None,
    },
}
HOUR = 3_600_000


def of(**value):
    return SyncSettings.from_json(value)


def test_the_defaults_are_those_that_are_documented():
    assert SyncSettings.from_json().to_json() == SyncSettings.from_json({}).to_json() == DEFAULTS


def test_a_configuration_told_and_read_again_is_the_same():
    told = {
        "defaultProtocol": "check_in",
        "streaming": {"intervalMs": 20, "batchSize": 3, "priorityThreshold": 0.25},
        "lumped": {"enabled": False, "batchInterval": "90s", "maxBatchSize": 7, "compression": False},
        "checkIn": {"schedule": "5 4 * * 1", "timeZone": "Europe/Berlin", "includeFullState": False},
        "mergeStrategy": {
            "conflictResolution": "manual_review",
            "memoryDeduplication": False,
            "skillAggregation": "max",
            "knowledgeVerificationThreshold": 3,
        },
    }
    read = SyncSettings.from_json(told)
    assert SyncSettings.from_json(read.to_json()) == read
    assert read.merge_strategy.knowledge_verification_threshold == 3
    assert read.to_json()["lumped"]["batch_interval"] == "90s"


WRONG = [
    ("streaming.interval_ms", {"streaming": {"interval_ms": 0}}, "0 is not a whole number between"),
    ("streaming.interval_ms", {"streaming": {"interval_ms": "500ms"}}, "expected a number, found a text"),
    ("streaming.batchSize", {"streaming": {"batchSize": 2.5}}, "2.5 is not a whole number"),
    (
        "streaming.priority_threshold",
        {"streaming": {"priority_threshold": -0.1}},
        "-0.1 is not between 0 and 1",
    ),
    ("streaming.enabled", {"streaming": {"enabled": "yes"}}, "expected true or false, found a text"),
    ("streaming.speed", {"streaming": {"speed": 1}}, "unknown field"),
    ("streaming", {"streaming": True}, "expected an object, found true or false"),
    ("lumped.batch_interval", {"lumped": {"batch_interval": 3600}}, "expected a length of time"),
    ("lumped.batch_interval", {"lumped": {"batch_interval": "1 week"}}, "is no length of time"),
    ("lumped.batch_interval", {"lumped": {"batch_interval": "0s"}}, "is no length of time"),
    ("lumped.max_batch_size", {"lumped": {"max_batch_size": 0}}, "0 is not a whole number"),
    ("lumped.compression", {"lumped": {"compression": 1}}, "expected true or false, found a number"),
    ("check_in.schedule", {"check_in": {"schedule": "* * * *"}}, "is not five fields of cron"),
    ("check_in.schedule", {"check_in": {"schedule": "* * * * * *"}}, "is not five fields of cron"),
    ("check_in.schedule", {"check_in": {"schedule": "0 0 30 2 *"}}, "is not five fields of cron"),
    ("check_in.schedule", {"check_in": {"schedule": "@daily"}}, "is not five fields of cron"),
    ("check_in.time_zone", {"check_in": {"time_zone": "Mars/Olympus"}}, "is no time zone"),
    ("check_in.time_zone", {"check_in": {"time_zone": "../etc/passwd"}}, "is no time zone"),
    (
        "merge_strategy.conflict_resolution",
        {"merge_strategy": {"conflict_resolution": "coin"}},
        "unknown: coin",
    ),
    ("merge_strategy.skill_aggregation", {"merge_strategy": {"skill_aggregation": "min"}}, "unknown: min"),
    (
        "merge_strategy.knowledge_verification_threshold",
        {"merge_strategy": {"knowledge_verification_threshold": 1.5}},
        "expected a confidence between 0 and 1, or a whole number of sources",
    ),
    ("default_protocol", {"default_protocol": "pigeon"}, "unknown: pigeon"),
    (
        "default_protocol",
        {"default_protocol": "lumped", "lumped": {"enabled": False}},
        "lumped is not enabled",
    ),
    ("colour", {"colour": 1}, "unknown field"),
]


@pytest.mark.parametrize(("path", "value", "message"), WRONG)
def test_a_wrong_configuration_is_told_with_its_path(path, value, message):
    with pytest.raises(UsageError) as raised:
        SyncSettings.from_json(value)
    assert raised.value.message.startswith(f"{path}: {message}")


def test_an_equal_priority_passes_and_what_is_below_waits_for_the_lumped_batch():
    assert way_of_event(of(), 0.5) is Protocol.STREAMING
    assert way_of_event(of(), 0.49) is Protocol.LUMPED
    assert way_of_event(of(streaming={"priority_threshold": 0.2}), 0.49) is Protocol.STREAMING


def test_what_may_not_stream_waits_for_the_protocol_of_the_instance_or_one_that_is_enabled():
    assert way_of_event(of(streaming={"enabled": False}), 1.0) is Protocol.LUMPED
    assert way_of_event(of(default_protocol="check_in"), 0.1) is Protocol.CHECK_IN
    assert way_of_event(of(lumped={"enabled": False}), 0.1) is Protocol.CHECK_IN
    alone = of(lumped={"enabled": False}, check_in={"enabled": False})
    assert way_of_event(alone, 0.0) is Protocol.STREAMING
    assert way_of_batch(of()) is Protocol.LUMPED


def test_each_protocol_has_its_own_time_to_wait():
    assert due_at(of(), Protocol.STREAMING, 1000) == 1500
    assert due_at(of(streaming={"interval_ms": 20}), Protocol.STREAMING, 1000) == 1020
    assert due_at(of(), Protocol.LUMPED, 0) == HOUR
    assert due_at(of(lumped={"batch_interval": "250ms"}), Protocol.LUMPED, 0) == 250
    assert due_at(of(), Protocol.CHECK_IN, HOUR) == 6 * HOUR
    assert due_at(of(check_in={"schedule": "30 1 * * *"}), Protocol.CHECK_IN, 0) == HOUR * 3 // 2


def test_the_first_of_a_lane_waits_no_longer_when_enough_wait():
    def wait(protocol, events, now=1000, **value):
        return Lane("i", protocol, events, 1000, 6000).wait_milliseconds(of(**value), now)

    assert wait(Protocol.STREAMING, 9) == 5000
    assert wait(Protocol.STREAMING, 10) == 0
    assert wait(Protocol.STREAMING, 3, streaming={"batch_size": 3}) == 0
    assert wait(Protocol.LUMPED, 999) == 5000
    assert wait(Protocol.LUMPED, 7, lumped={"max_batch_size": 7}) == 0
    assert wait(Protocol.CHECK_IN, 100_000) == 5000
    assert wait(Protocol.LUMPED, 1, now=6000) == wait(Protocol.LUMPED, 1, now=7000) == 0


def test_a_clock_that_went_back_keeps_nothing_waiting():
    """T7: a Jetson that boots in 1970 finds what it accepted in 2026."""
    assert Lane("i", Protocol.LUMPED, 1, HOUR, 2 * HOUR).wait_milliseconds(of(), 0) == 0


def test_what_streams_starts_early_enough_to_be_there_in_time():
    lane = Lane("i", Protocol.STREAMING, 1, 0, 500)
    assert lane.wait_milliseconds(of(), 0, lead=100) == 400
    assert lane.wait_milliseconds(of(), 0, lead=9000) == 250
    assert Lane("i", Protocol.LUMPED, 1, 0, 500).wait_milliseconds(of(), 0, lead=100) == 500


def test_how_many_go_together_is_the_size_of_the_batch():
    assert at_once(of(streaming={"batch_size": 3}), Protocol.STREAMING) == 3
    assert at_once(of(lumped={"max_batch_size": 7}), Protocol.LUMPED) == 7


def test_a_schedule_is_kept_in_its_time_zone_also_when_the_clocks_change():
    daily = Times("30 2 * * *", "Europe/Berlin")
    winter = 1_767_225_600_000  # 2026-01-01T00:00Z
    assert daily.next_after(winter) == winter + HOUR * 3 // 2
    summer = 1_782_864_000_000  # 2026-07-01T00:00Z
    assert daily.next_after(summer) == summer + HOUR // 2
    before_the_gap = 1_774_746_000_000  # 2026-03-29T01:00Z, when 2:00 becomes 3:00
    assert daily.next_after(before_the_gap - HOUR) - before_the_gap <= HOUR


def test_the_default_strategy_is_the_documented_one():
    assert SyncSettings().merge_strategy == MergeStrategy()
