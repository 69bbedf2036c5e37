"""The queue on the disk: what it returned for is there, in its order, and never more than may be."""

from __future__ import annotations

import sqlite3

import pytest

from waifusync.core.learning.intake import Limits
from waifusync.core.learning.sync_settings import Protocol
from waifusync.core.learning.waiting import Waiting
from waifusync.workflows.learning.queue import ExperienceQueue, QueueFull, TooManyAtOnce


def delivery(number, *, instance="i", protocol=Protocol.STREAMING, events=1, text=""):
    name = f"{instance}-{number}"
    return Waiting(
        0, instance, protocol, name, events, 100 + number, 600 + number, content={"n": number, "t": text}
    )


@pytest.fixture
def queue(tmp_path):
    queue = ExperienceQueue(tmp_path / "q.db", most_events=10, most_bytes=10_000)
    yield queue
    queue.close()


def numbers(found):
    return [each.content["n"] for each in found]


def test_what_was_put_is_there_in_its_order_after_it_was_opened_again(tmp_path):
    queue = ExperienceQueue(tmp_path / "q.db")
    for number in range(3):
        assert queue.put(delivery(number), pack=number == 1)
    queue.close()
    again = ExperienceQueue(tmp_path / "q.db")
    assert numbers(again.first("i", Protocol.STREAMING, 10)) == [0, 1, 2]
    assert [(each.events, each.accepted, each.due) for each in again.lanes()] == [(3, 100, 600)]
    again.close()


def test_the_same_waits_once(queue):
    assert queue.put(delivery(1))
    assert not queue.put(delivery(1))
    assert len(queue.all()) == 1


def test_a_full_queue_refuses_and_drops_nothing(queue):
    for number in range(10):
        queue.put(delivery(number))
    with pytest.raises(QueueFull) as raised:
        queue.put(delivery(11))
    assert raised.value.facts["waiting"] == 10
    assert numbers(queue.first("i", Protocol.STREAMING, 100)) == list(range(10))
    queue.remove(queue.first("i", Protocol.STREAMING, 1))
    assert queue.put(delivery(11))


def test_bytes_are_bounded_too_and_packing_makes_room(queue):
    with pytest.raises(QueueFull):
        queue.put(delivery(1, text="a" * 20_000))
    assert queue.put(delivery(1, text="a" * 20_000), pack=True)
    assert queue.all()[0].bytes < 200
    assert queue.first("i", Protocol.STREAMING, 1)[0].content["t"] == "a" * 20_000


def test_as_many_come_out_as_go_together_and_at_least_one(queue):
    for number, events in enumerate((2, 2, 5)):
        queue.put(delivery(number, events=events))
    assert numbers(queue.first("i", Protocol.STREAMING, 4)) == [0, 1]
    assert numbers(queue.first("i", Protocol.STREAMING, 1)) == [0]
    assert numbers(queue.first("i", Protocol.STREAMING, 100)) == [0, 1, 2]


def test_instances_and_protocols_wait_apart(queue):
    queue.put(delivery(1))
    queue.put(delivery(2, protocol=Protocol.LUMPED))
    queue.put(delivery(3, instance="j"))
    assert numbers(queue.first("i", Protocol.STREAMING, 9)) == [1]
    assert [(each.instance, each.protocol) for each in queue.lanes()] == [
        ("i", Protocol.STREAMING),
        ("i", Protocol.LUMPED),
        ("j", Protocol.STREAMING),
    ]
    assert [each.name for each in queue.all("j")] == ["j-3"]


def test_what_was_set_aside_is_kept_with_the_reason_counts_and_holds_nobody_up(queue):
    for number in range(10):
        queue.put(delivery(number))
    first = queue.first("i", Protocol.STREAMING, 1)
    queue.set_aside(first[0], "data.content: is empty")
    queue.remove(first)
    assert numbers(queue.first("i", Protocol.STREAMING, 100)) == list(range(1, 10))
    assert [each.refused for each in queue.all()].count("data.content: is empty") == 1
    assert not queue.put(delivery(0))
    with pytest.raises(QueueFull):
        queue.put(delivery(11))


def test_the_fingerprints_of_a_state_are_those_of_the_last_one(queue):
    queue.put(delivery(1), said=["a", "b"])
    queue.put(delivery(2), said=["b", "c"])
    assert queue.said("i") == {"b", "c"}
    assert queue.said("j") == set()


def test_a_full_queue_remembers_nothing_of_a_state_that_it_refused(queue):
    queue.put(delivery(1), said=["a"])
    with pytest.raises(QueueFull):
        queue.put(delivery(2, events=100), said=["b"])
    assert queue.said("i") == {"a"}


def test_every_commit_is_on_the_disk_before_it_is_acknowledged(queue):
    connection = queue._connection
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_was_put_by_another_program_meanwhile_is_seen(queue, tmp_path):
    other = ExperienceQueue(tmp_path / "q.db")
    other.put(delivery(5))
    other.close()
    assert numbers(queue.first("i", Protocol.STREAMING, 1)) == [5]
    with sqlite3.connect(tmp_path / "q.db") as reader:
        assert reader.execute("SELECT sum(events) FROM counts").fetchone() == (1,)


def test_an_instance_that_brings_too_much_is_refused_until_time_has_passed_and_others_are_not(tmp_path):
    queue = ExperienceQueue(tmp_path / "q.db", limits=Limits(burst=3, per_second=1000))
    assert queue.put(delivery(0, events=3))
    with pytest.raises(TooManyAtOnce):
        queue.put(delivery(0.5))
    assert queue.put(delivery(0.5, instance="another"))
    assert queue.put(delivery(2, events=2))
    assert numbers(queue.first("i", Protocol.STREAMING, 10)) == [0, 2]
    queue.close()
