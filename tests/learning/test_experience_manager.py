"""`ExperienceSyncManager`: when what is taken in, and that nothing is lost meanwhile, by a clock of ours."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from contextlib import asynccontextmanager, closing

import pytest

from tests.companions import World
from tests.learning.told import batch, event, state
from waifusync import ExperienceSyncManager, events
from waifusync.core.learning.gathered import delivery_of
from waifusync.core.learning.sync_settings import Protocol
from waifusync.errors import RefusedError, UsageError
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.blocked import read_blocked
from waifusync.workflows.learning.experiences import deliver
from waifusync.workflows.learning.instances import UnknownInstance
from waifusync.workflows.learning.queue import ExperienceQueue

NAME = "instance-123"
HOUR = 3_600_000
SIX = 1_767_247_200_000  # 2026-01-01T06:00Z


class Clock:
    """Milliseconds since 1970, as a test says."""

    def __init__(self):
        self.now = SIX - HOUR

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return World(tmp_path_factory.mktemp("companions")).device("laptop").directory


@pytest.fixture
def folder(original, tmp_path):
    """A companion's folder of its own for each test: the same one, before anything happened."""
    found = tmp_path / "companion"
    shutil.copytree(original, found, symlinks=True)
    return found


@pytest.fixture
def clock():
    return Clock()


@asynccontextmanager
async def manager(folder, clock, config=None, protocol=None, **more):
    """Its own task sleeps as soon as there is nothing to do: what a test does is done by `deliver_due`."""
    sync = ExperienceSyncManager(folder, clock=clock)
    await sync.initialize_sync(NAME, protocol, config, **more)
    try:
        yield sync
    finally:
        await sync.close()


def said(folder):
    with closing(sqlite3.connect(folder / "shared_memory/memory.db")) as connection:
        return [text for (text,) in connection.execute("SELECT user_input FROM memories ORDER BY id")]


async def waits(sync):
    return (await sync.get_sync_status(NAME))["waiting"]


def test_the_last_event_of_a_quiet_day_is_taken_in_after_its_interval(folder, clock):
    async def run():
        async with manager(folder, clock, {"streaming": {"interval_ms": 400}}) as sync:
            accepted = await sync.stream_event(NAME, event(1))
            assert (accepted.protocol, accepted.is_new) == (Protocol.STREAMING, True)
            await sync.deliver_due()
            assert said(folder) == []
            clock.now += 400
            await sync.deliver_due()
            assert said(folder) == ["text 1"]
            assert await sync.deliver_due() is None

    asyncio.run(run())


def test_as_many_as_a_batch_holds_wait_no_longer(folder, clock):
    async def run():
        async with manager(folder, clock, {"streaming": {"batch_size": 3, "interval_ms": 60_000}}) as sync:
            for number in (1, 2):
                await sync.stream_event(NAME, event(number))
            await sync.deliver_due()
            assert said(folder) == []
            await sync.stream_event(NAME, event(3))
            await sync.deliver_due()
            assert said(folder) == ["text 1", "text 2", "text 3"]

    asyncio.run(run())


def test_what_matters_less_waits_for_the_lumped_batch_and_is_not_dropped(folder, clock):
    async def run():
        async with manager(folder, clock, {"lumped": {"batch_interval": "2h"}}) as sync:
            await sync.stream_event(NAME, event(1, priority=0.49))
            await sync.stream_event(NAME, event(2, priority=0.5))
            clock.now += 1000
            await sync.deliver_due()
            assert said(folder) == ["text 2"]
            assert await waits(sync) == {"streaming": 0, "lumped": 1, "check_in": 0}
            clock.now += 2 * HOUR
            await sync.deliver_due()
            assert said(folder) == ["text 2", "text 1"]

    asyncio.run(run())


def test_a_batch_waits_for_the_lumped_batch_packed_where_that_is_asked_for(folder, clock):
    told = batch(memories=[{"content": f"over and over {n}"} for n in range(50)])

    async def run(compression):
        config = {"lumped": {"compression": compression, "max_batch_size": 60}}
        async with manager(folder, clock, config) as sync:
            await sync.send_batch(NAME, {**told, "batch_id": str(compression)})
            (waiting,) = await sync.get_sync_backlog()
            assert (waiting["events"], waiting["protocol"], waiting["refused"]) == (50, "lumped", None)
            clock.now += HOUR
            await sync.deliver_due()
            assert await sync.get_sync_backlog(NAME) == []
            return waiting["bytes"]

    assert asyncio.run(run(True)) * 3 < asyncio.run(run(False))
    assert len(said(folder)) == 100


def test_a_check_in_takes_in_what_is_new_and_all_that_waits(folder, clock):
    async def run():
        async with manager(folder, clock) as sync:
            await sync.stream_event(NAME, event(1, priority=0.1))
            told = state(0, memories=[{"content": "a"}], interactions=[{"user_input": "b"}], tasks=["t"])
            merged = await sync.check_in(NAME, told)
            assert (merged.received, merged.memories_added) == (3, 3)
            later = state(
                60, memories=[{"content": "a"}, {"content": "c"}], interactions=[{"user_input": "b"}]
            )
            assert (await sync.check_in(NAME, later)).to_json()["memories"]["added"] == 1
            assert (await sync.check_in(NAME)).received == 0
            assert sorted(said(folder)) == ["a", "b", "c", "text 1"]

    asyncio.run(run())


def test_a_check_in_that_is_not_full_takes_no_memories(folder, clock):
    async def run():
        async with manager(folder, clock, {"check_in": {"include_full_state": False}}) as sync:
            assert (await sync.check_in(NAME, state(memories=[{"content": "a"}], tasks=[1]))).received == 0
            assert said(folder) == []

    asyncio.run(run())


@pytest.mark.parametrize("is_async", [False, True])
def test_an_instance_is_asked_for_its_state_when_the_schedule_says_so(folder, clock, is_async):
    asked = []

    def report():
        asked.append(clock.now)
        return state(len(asked), memories=[{"content": f"at {len(asked)}"}])

    async def report_later():
        return report()

    async def run():
        chosen = report_later if is_async else report
        async with manager(folder, clock, protocol="check_in", report=chosen) as sync:
            assert (await sync.get_sync_status(NAME))["next_check_in"] == "2026-01-01T06:00:00.000Z"
            await sync.stream_event(NAME, event(1, priority=0.2))
            await sync.deliver_due()
            assert (asked, said(folder)) == ([], [])
            clock.now = SIX
            await sync.deliver_due()
            await sync.deliver_due()
            assert asked == [SIX]
            assert sorted(said(folder)) == ["at 1", "text 1"]

    asyncio.run(run())


def test_a_report_that_fails_is_told_and_stops_nothing(folder, clock):
    def report():
        raise ZeroDivisionError("a text of a memory")

    async def run():
        async with manager(folder, clock, report=report) as sync:
            clock.now = SIX
            await sync.stream_event(NAME, event(1))
            clock.now += 10_000
            await sync.deliver_due()
            failure = (await sync.get_sync_status(NAME))["failure"]
            assert failure is None or failure["message"] == "ZeroDivisionError"
            clock.now += 10_000
            await sync.deliver_due()
            assert said(folder) == ["text 1"]

    asyncio.run(run())


def test_the_same_event_again_is_one_memory_also_for_a_manager_that_starts_anew(folder, clock):
    async def run(expected):
        async with manager(folder, clock) as sync:
            await sync.stream_event(NAME, event(1))
            assert not (await sync.stream_event(NAME, event(1))).is_new
            clock.now += 1000
            await sync.deliver_due()
            merged = (await sync.get_sync_status(NAME))["merged"]
            assert (merged["memories"]["added"], merged["unchanged"]) == expected

    asyncio.run(run((1, 0)))
    asyncio.run(run((0, 1)))
    assert said(folder) == ["text 1"]


def test_a_batch_again_changes_nothing_whatever_it_holds(folder, clock):
    async def run():
        async with manager(folder, clock) as sync:
            told = batch(memories=[{"content": "a"}], stats={"n": 1})
            assert (await sync.merge_experience_batch(NAME, told)).memories_added == 1
            more = batch(memories=[{"content": "a"}, {"content": "b"}])
            assert (await sync.merge_experience_batch(NAME, more)).unchanged == 2
            assert said(folder) == ["a"]

    asyncio.run(run())


def test_a_failed_flush_keeps_its_events_and_says_so(folder, clock):
    """T12: another program holds the database; what was accepted goes in when it lets go."""
    blocked = sqlite3.connect(folder / "shared_memory/memory.db", check_same_thread=False)
    blocked.execute("BEGIN IMMEDIATE")
    let_go = threading.Event()

    async def run():
        async with manager(folder, clock) as sync:
            await sync.stream_event(NAME, event(1))
            clock.now += 1000
            for _ in range(400):
                status = await sync.get_sync_status(NAME)
                if status["failure"]:
                    break
                sync._wake()
                await asyncio.sleep(0.05)
            assert "was locked by another program" in status["failure"]["message"]
            assert status["waiting"]["streaming"] == 1
            blocked.rollback()
            let_go.set()
            clock.now += 61_000
            await sync.deliver_due()
            assert said(folder) == ["text 1"]
            assert (await sync.get_sync_status(NAME))["failure"] is None

    asyncio.run(run())
    assert let_go.is_set()
    blocked.close()


def test_what_was_taken_in_and_not_yet_out_of_the_queue_when_the_program_died_is_known(folder, clock):
    """T20: the database has it, and the queue still does."""

    async def run():
        async with manager(folder, clock) as sync:
            await sync.stream_event(NAME, event(1))
            with closing(ExperienceQueue(folder / ".git/waifusync/experiences.db")) as queue:
                (waiting,) = queue.first(NAME, Protocol.STREAMING, 1)
            deliver(Companion.find(folder), [delivery_of(waiting.content)])
            clock.now += 1000
            await sync.deliver_due()
            status = await sync.get_sync_status(NAME)
            assert (status["merged"]["unchanged"], status["waiting"]["streaming"]) == (1, 0)

    asyncio.run(run())
    assert said(folder) == ["text 1"]


def test_what_nobody_can_take_in_is_set_aside_and_the_rest_goes_on(folder, clock):
    async def run():
        async with manager(folder, clock) as sync:
            for number in (1, 2, 3):
                await sync.stream_event(NAME, event(number))
            with closing(sqlite3.connect(folder / ".git/waifusync/experiences.db")) as queue, queue:
                queue.execute("UPDATE waiting SET content = replace(content, 'text 2', '') WHERE id = 2")
            clock.now += 1000
            await sync.deliver_due()
            assert said(folder) == ["text 1", "text 3"]
            merged = (await sync.get_sync_status(NAME))["merged"]
            assert (merged["received"], merged["blocked"]) == (3, 1)
            (aside,) = await sync.get_sync_backlog()
            assert aside["refused"] == "data.content: is empty"

    asyncio.run(run())


def test_several_companions_on_one_machine_never_see_each_others_memories(folder, tmp_path, clock):
    (tmp_path / "other").mkdir()
    other = World(tmp_path / "other").device("jetson")

    async def run():
        async with manager(folder, clock) as one, manager(other.directory, clock) as two:
            await one.stream_event(NAME, event(1))
            await two.stream_event(NAME, event(2))
            clock.now += 1000
            await one.deliver_due()
            await two.deliver_due()

    asyncio.run(run())
    assert (said(folder), said(other.directory)) == (["text 1"], ["text 2"])


def test_the_agent_of_a_companion_is_the_first_that_was_named_there(folder, clock):
    async def run():
        async with manager(folder, clock, source_agent={"name": "Aria"}) as sync:
            await sync.initialize_sync("another", source_agent="Aria")
            with pytest.raises(UsageError, match="source_agent: this folder holds the companion of another"):
                await sync.initialize_sync("third", source_agent="Bea")
            with pytest.raises(UsageError, match="source_agent: expected a name"):
                await sync.initialize_sync("third", source_agent=7)

    asyncio.run(run())


WRONG = [
    ("event_id: missing", "stream_event", event(event_id=...)),
    ("source_instance: is not the instance", "stream_event", event(source_instance="another")),
    ("data.importance: 2 is not between", "stream_event", event(data={"content": "x", "importance": 2})),
    (r"memories\[0\].content: is empty", "send_batch", batch(memories=[{"content": ""}])),
    ("instance_id: is not the instance", "check_in", {**state(), "instance_id": "another"}),
    (r"skills\[0\]: expected an object", "merge_experience_batch", batch(skills=[1])),
]


def test_what_is_wrong_is_told_when_it_is_handed_in_and_leaves_nothing(folder, clock):
    async def run():
        async with manager(folder, clock) as sync:
            for message, verb, given in WRONG:
                with pytest.raises(UsageError, match=f"^{message}"):
                    await getattr(sync, verb)(NAME, given)
            assert await sync.get_sync_backlog() == []
            with pytest.raises(UnknownInstance):
                await sync.stream_event("nobody", event(1))

    asyncio.run(run())
    assert said(folder) == []


def test_a_configuration_that_is_wrong_or_closed_is_told_with_its_path(folder, clock):
    async def run():
        async with manager(folder, clock) as sync:
            for message, config, protocol in (
                (r"config\.streaming\.batchSize: 0", {"streaming": {"batchSize": 0}}, None),
                ("protocol: lumped is not enabled", {"lumped": {"enabled": False}}, "lumped"),
                ("protocol: unknown: pigeon", None, "pigeon"),
            ):
                with pytest.raises(UsageError, match=f"^{message}"):
                    await sync.initialize_sync("other", protocol, config)
            await sync.initialize_sync("off", None, {"enabled": False})
            with pytest.raises(UsageError, match=r"^enabled: "):
                await sync.stream_event("off", event(1, source_instance="off"))
            await sync.initialize_sync("still", None, {"check_in": {"enabled": False}})
            with pytest.raises(UsageError, match=r"^check_in\.enabled"):
                await sync.check_in("still")

    asyncio.run(run())


def test_all_types_are_taken_in_and_seen_as_the_strategy_says(folder, clock):
    told = {
        "b1": {
            "skills": [{"name": "tea", "proficiency": 0.2}],
            "knowledge": [{"content": "a", "confidence": 0.6}],
        },
        "b2": {
            "skills": [{"name": "tea", "proficiency": 0.6}],
            "knowledge": [{"content": "b", "confidence": 0.9}],
        },
    }

    async def run():
        async with manager(folder, clock) as sync:
            for instance, (name, sections) in zip(("one", "two"), told.items()):
                await sync.initialize_sync(instance, None, {"merge_strategy": strategies[instance]})
                given = {**batch(name, **sections), "source_instance": instance}
                assert (await sync.merge_experience_batch(instance, given)).adds_up
            feeling = batch("b3", characteristics=[{"name": "warmth", "delta": 0.1}])
            assert (await sync.merge_experience_batch(NAME, feeling)).characteristics_updated == 1
            seen = await sync.get_learned("one"), await sync.get_learned("two")
            gone = {**batch("b4", skills=[{"name": "tea", "removed": True}]), "source_instance": "two"}
            assert (await sync.merge_experience_batch("two", gone)).skills_removed == 1
            return seen

    strategies = {
        "one": {"skill_aggregation": "max", "knowledge_verification_threshold": 0.5},
        "two": {"skill_aggregation": "average", "knowledge_verification_threshold": 0.8},
    }
    one, two = asyncio.run(run())
    assert (one["skills"], two["skills"]) == ({"tea": 0.6}, {"tea": 0.4})
    assert one["knowledge"] == {"verified": 2}
    assert two["knowledge"] == {"pending": 1, "verified": 1}


@pytest.mark.parametrize("wanted", [True, False])
def test_what_says_the_same_is_linked_where_the_strategy_wants_it(folder, clock, wanted):
    text = "the lamp in the hall is broken and nobody mends it"

    async def run():
        config = {"merge_strategy": {"memory_deduplication": wanted}}
        async with manager(folder, clock, config) as sync:
            first = await sync.merge_experience_batch(NAME, batch("b1", memories=[{"content": text}]))
            again = batch("b2", memories=[{"content": text.upper() + "!"}, {"content": "tea is hot"}])
            return first, await sync.merge_experience_batch(NAME, again)

    first, second = asyncio.run(run())
    assert (first.memories_added, first.memories_deduplicated) == (1, 0)
    assert (second.memories_added, second.memories_deduplicated) == ((1, 1) if wanted else (2, 0))
    assert second.adds_up
    assert len(said(folder)) == 3


def test_what_may_not_come_in_is_counted_and_listed_and_the_rest_goes_on(folder, clock):
    async def run():
        async with manager(folder, clock) as sync:
            told = batch(
                memories=[{"content": "a < b\n\tand a long answer " * 500}, {"content": "\x1b[2Jgone"}]
            )
            return await sync.merge_experience_batch(NAME, told)

    merged = asyncio.run(run())
    assert (merged.received, merged.memories_added, merged.blocked) == (2, 1, 1)
    assert len(said(folder)) == 1
    (listed,) = read_blocked(Companion.find(folder))
    assert (listed.source, listed.reason) == (NAME, "control characters")


def test_a_private_experience_stays_on_this_device_and_nothing_that_travels_tells_of_it(folder, clock):
    secret = "the key lies under the third stone"

    async def run():
        async with manager(folder, clock) as sync:
            told = event(1, data={"content": secret, "private": True}, context={"trigger": "whisper"})
            await sync.stream_event(NAME, told)
            clock.now += 1000
            await sync.deliver_due()
            again = batch(memories=[told, event(2)])
            return await sync.merge_experience_batch(NAME, again)

    merged = asyncio.run(run())
    assert (merged.memories_added, merged.unchanged) == (1, 1)
    assert said(folder) == ["text 2"]
    with closing(sqlite3.connect(folder / "shared_memory/memory.db")) as connection:
        assert connection.execute("SELECT user_input FROM private_memories").fetchall() == [(secret,)]
        lines = str(connection.execute("SELECT line FROM waifusync_outbox").fetchall())
    assert "text 2" in lines
    assert not any(word in lines for word in (secret, "whisper", '"e1"'))


def test_who_watches_sees_each_at_its_moment_and_no_text(folder, clock):
    seen = []

    async def run():
        async with manager(folder, clock) as sync:
            await sync.stream_event(NAME, event(1, data={"content": "a text of a memory"}))
            await sync.send_batch(NAME, batch(skills=[{"name": "tea", "proficiency": 0.5}]))
            clock.now += HOUR
            await sync.deliver_due()
            await sync.check_in(NAME, state(knowledge=[{"content": "tea is hot"}]))

    with events.subscribe(seen.append):
        asyncio.run(run())
    names = [each.name for each in seen]
    assert set(names) == {
        "sync.init",
        "sync.event",
        "sync.batch",
        "sync.check_in",
        "merge.memories",
        "merge.skills",
        "merge.knowledge",
        "match.memories",
    }
    assert names.index("sync.event") < names.index("merge.memories")
    assert names.index("sync.check_in") < names.index("merge.knowledge")
    assert next(each.facts for each in seen if each.name == "merge.skills")["added"] == 1
    assert "text of a memory" not in str(seen)


def edit(folder, text):
    with closing(sqlite3.connect(folder / "shared_memory/memory.db")) as connection, connection:
        connection.execute("UPDATE memories SET user_input = ?", (text,))


@pytest.mark.parametrize(
    ("strategy", "at", "confidence", "expected"),
    [
        ("latest_wins", 2_000_000_000, None, ("theirs", 1, 0)),
        ("latest_wins", 100, None, ("mine", 1, 0)),
        ("weighted_merge", 100, 1.0, ("mine", 1, 0)),
        ("weighted_merge", 2_000_000_000, 0.9, ("theirs", 1, 0)),
        ("manual_review", 2_000_000_000, 1.0, ("mine", 0, 1)),
    ],
)
def test_a_memory_that_was_edited_here_meanwhile_is_settled_by_the_strategy(
    folder, clock, strategy, at, confidence, expected
):
    async def run():
        config = {"merge_strategy": {"conflict_resolution": strategy}}
        async with manager(folder, clock, config) as sync:
            data = {"content": "first", "memory_id": "m"}
            await sync.merge_experience_batch(NAME, batch("b1", memories=[data]))
            edit(folder, "mine")
            news = event(2, at=at, data={**data, "content": "theirs", "confidence": confidence})
            return await sync.merge_experience_batch(NAME, batch("b2", memories=[news]))

    merged = asyncio.run(run())
    text, resolved, queued = expected
    assert said(folder) == [text]
    assert (merged.conflicts_resolved, merged.conflicts_queued, merged.conflicts_total) == (
        resolved,
        queued,
        1,
    )
    assert merged.adds_up
    if text == "mine":
        with closing(sqlite3.connect(folder / "shared_memory/memory.db")) as connection:
            assert connection.execute("SELECT field FROM waifusync_clashes").fetchall() == [("user_input",)]


def test_of_an_exchange_only_what_was_edited_here_is_in_dispute(folder, clock):
    async def run():
        config = {"merge_strategy": {"conflict_resolution": "manual_review"}}
        async with manager(folder, clock, config) as sync:
            data = {"user_input": "who", "ai_response": "me", "memory_id": "m"}
            await sync.merge_experience_batch(NAME, batch("b1", interactions=[data]))
            edit(folder, "who?")
            news = {"user_input": "whoever", "ai_response": "I", "memory_id": "m", "timestamp": SIX}
            merged = await sync.merge_experience_batch(NAME, batch("b2", interactions=[news]))
            assert (merged.unchanged, merged.conflicts_queued) == (1, 1)
            agreed = {**news, "user_input": "who?", "timestamp": SIX + 1}
            merged = await sync.merge_experience_batch(NAME, batch("b3", interactions=[agreed]))
            assert (merged.memories_updated, merged.conflicts_total) == (1, 0)

    asyncio.run(run())
    with closing(sqlite3.connect(folder / "shared_memory/memory.db")) as connection:
        assert connection.execute("SELECT user_input, ai_response FROM memories").fetchall() == [
            ("who?", "I")
        ]


def test_a_memory_that_was_forgotten_stays_forgotten(folder, clock):
    async def run():
        async with manager(folder, clock) as sync:
            data = {"content": "first", "memory_id": "m"}
            await sync.merge_experience_batch(NAME, batch("b1", memories=[data]))
            with closing(sqlite3.connect(folder / "shared_memory/memory.db")) as connection, connection:
                connection.execute("DELETE FROM memories")
            again = batch("b2", memories=[event(2, data={**data, "content": "second"})])
            assert (await sync.merge_experience_batch(NAME, again)).unchanged == 1

    asyncio.run(run())
    assert said(folder) == []


def test_a_queue_that_is_full_refuses(folder, clock):
    async def run():
        async with manager(folder, clock) as sync:
            sync._instances.reception.queue._most_events = 1
            await sync.stream_event(NAME, event(1, priority=0))
            with pytest.raises(RefusedError, match="no more may wait"):
                await sync.stream_event(NAME, event(2, priority=0))
            assert len(await sync.get_sync_backlog()) == 1

    asyncio.run(run())


def test_a_manager_goes_on_in_another_loop(folder, clock):
    sync = ExperienceSyncManager(folder, clock=clock)
    asyncio.run(sync.initialize_sync(NAME))
    asyncio.run(sync.stream_event(NAME, event(1)))

    async def end():
        await sync.close()

    asyncio.run(end())
    assert said(folder) == ["text 1"]
