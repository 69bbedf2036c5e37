"""What is read of an event, a batch and a state, and what is refused with its path."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.learning.told import batch, event, state
from waifusync.core.learning.experience import Context, EventType, ExperienceEvent
from waifusync.core.learning.gathered import ExperienceBatch, InstanceState, delivery_of
from waifusync.errors import ExitCode, UsageError
from waifusync.workflows.learning.experiences import check

NAMES = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
EVENTS = st.builds(
    ExperienceEvent,
    event_id=NAMES,
    timestamp=st.integers(10**11, 4 * 10**12),
    source_instance=NAMES,
    event_type=st.sampled_from(EventType),
    data=st.dictionaries(NAMES, st.integers() | st.text() | st.booleans(), min_size=1, max_size=3),
    priority=st.floats(0, 1),
    context=st.builds(Context, trigger=NAMES, environment=NAMES, task_id=NAMES, conversation_id=NAMES),
)

WRONG = {
    "event_id": ("missing", event(event_id=...)),
    "event_id ": ("expected a text, found a number", event(event_id=7)),
    "event_id  ": ("expected a name that can be printed", event(event_id="a\nb")),
    "event_id   ": ("is longer than 200 characters", event(event_id="e" * 201)),
    "timestamp": ("expected a time", event(timestamp="yesterday")),
    "timestamp ": ("missing", event(timestamp=...)),
    "timestamp  ": ("expected a time", event(timestamp=float("nan"))),
    "timestamp   ": ("expected a time", event(timestamp=-5)),
    "source_instance": ("missing", event(source_instance=None)),
    "event_type": ("unknown: dream", event(event_type="dream")),
    "event_type ": ("missing", event(event_type=...)),
    "priority": ("1.5 is not between 0 and 1", event(priority=1.5)),
    "priority ": ("expected a number, found true or false", event(priority=True)),
    "priority  ": ("is no number that can be kept", event(priority=float("nan"))),
    "data": ("missing", event(data=...)),
    "data ": ("expected an object with something in it", event(data={})),
    "data  ": ("holds what is no JSON", event(data={"content": "x", "facts": {"a": float("inf")}})),
    "data.content": ("missing", event(data={"kind": "fact"})),
    "data.content ": ("is empty", event(data={"content": " \n"})),
    "data.content  ": ("holds half a character", event(data={"content": "\ud800"})),
    "data.importance": ("1.2 is not between 0 and 1", event(data={"content": "x", "importance": 1.2})),
    "data.tags": ("expected a list, found a text", event(data={"content": "x", "tags": "home"})),
    "data.tags[1]": ("expected a text, found a number", event(data={"content": "x", "tags": ["a", 1]})),
    "data.memory_id": (
        "does not go with private",
        event(data={"content": "x", "memory_id": "m", "private": True}),
    ),
    "data.private": (
        "expected true or false, found a text",
        event(data={"content": "x", "private": "yes"}),
    ),
    "data.surprise": ("unknown field", event(data={"content": "x", "surprise": 1})),
    "data.user_input": ("missing", event(event_type="interaction", data={"ai_response": "x"})),
    "context": ("expected an object, found a text", event(context="user")),
    "context.trigger": ("expected a text, found a list", event(context={"trigger": []})),
    "context.mood": ("unknown field", event(context={"trigger": "a", "environment": "b", "mood": "c"})),
    "colour": ("unknown field", event(colour="red")),
    "eventId": ("is there twice", {**event(), "eventId": "e2"}),
    "batch_id": ("missing", {**batch(), "batch_id": None}),
    "memories[0].content": ("missing", batch(memories=[{"importance": 0.5}])),
    "memories[1].importance": (
        "2 is not between 0 and 1",
        batch(memories=[{"content": "a"}, {"content": "b", "importance": 2}]),
    ),
    "memories[0]": ("expected an object, found a text", batch(memories=["a text"])),
    "memories[0].event_type": ("is skill in a list of memory", batch(memories=[event(event_type="skill")])),
    "memories[0].source_instance": (
        "is not the instance that all of this comes from",
        batch(memories=[event(source_instance="another")]),
    ),
    "interactions[0].data.user_input": (
        "missing",
        batch(interactions=[event(event_type="interaction", data={"ai_response": "x"})]),
    ),
    "memories": ("expected a list, found an object", batch(memories={})),
    "stats": ("expected an object, found a number", batch(stats=4)),
    "tasks": ("expected a list, found a text", state(tasks="none")),
    "metrics": ("expected an object, found a list", state(metrics=[])),
}


@pytest.mark.parametrize("path", WRONG)
def test_what_is_wrong_is_told_with_its_path_and_without_a_text(path):
    message, value = WRONG[path]
    with pytest.raises(UsageError) as raised:
        check(delivery_of(value))
    assert raised.value.code == ExitCode.USAGE
    assert raised.value.message == f"{path.strip()}: {message}"
    assert raised.value.facts["path"] == path.strip()


def test_no_message_holds_a_text_that_was_given():
    with pytest.raises(UsageError) as raised:
        check(delivery_of(event(data={"content": "x", "importance": "my secret"})))
    assert "secret" not in str(raised.value)


@given(EVENTS)
def test_an_event_told_and_read_again_is_the_same(told):
    through = json.loads(json.dumps(told.to_json()))
    assert ExperienceEvent.from_json(through) == told == ExperienceEvent.checked(told)


def test_camel_case_is_read_as_snake_case():
    camel = {
        "eventId": "e1",
        "timestamp": event()["timestamp"],
        "sourceInstance": "instance-123",
        "eventType": "memory",
        "priority": 0.8,
        "data": {"content": "text 1"},
        "context": {"trigger": "user", "environment": "kitchen", "taskId": "t", "conversationId": "c"},
    }
    snake = event(
        context={"trigger": "user", "environment": "kitchen", "task_id": "t", "conversation_id": "c"}
    )
    assert ExperienceEvent.from_json(camel) == ExperienceEvent.from_json(snake)


def test_what_says_nothing_of_its_priority_is_of_middle_priority():
    assert ExperienceEvent.from_json(event(priority=...)).priority == 0.5
    assert ExperienceEvent.from_json(event(priority=0)).priority == 0


def test_a_batch_is_the_same_events_each_time_it_is_read():
    told = batch(memories=[{"content": "a"}, event(7), {"eventId": "own", "content": "c"}], stats={"n": 3})
    first = ExperienceBatch.from_json(told)
    assert [part.event.event_id for part in first.parts] == ["b1/memories/0", "e7", "own"]
    assert ExperienceBatch.from_json(json.loads(json.dumps(first.to_json()))).delivery().events == (
        first.delivery().events
    )
    assert first.delivery().batch == "batch:instance-123:b1"


def test_all_sections_become_events_of_their_type():
    told = batch(
        memories=[{"content": "a"}],
        skills=[{"name": "tea"}],
        knowledge=[{"content": "k"}],
        characteristics=[{"name": "warmth"}],
        interactions=[{"user_input": "hello", "ai_response": "hi"}],
    )
    assert {part.event.event_type for part in ExperienceBatch.from_json(told).parts} == set(EventType)


def test_a_memory_in_a_later_state_is_the_same_event_and_a_skill_is_a_later_word():
    def ids(at):
        told = state(at, memories=[{"content": "a"}], skills=[{"name": "tea"}])
        return [part.event.event_id for part in InstanceState.from_json(told).parts]

    (memory, skill), (later_memory, later_skill) = ids(0), ids(60)
    assert memory == later_memory
    assert skill != later_skill


def test_of_a_state_only_what_is_new_since_the_last_is_told():
    first = InstanceState.from_json(state(0, memories=[{"content": "a"}], skills=[{"name": "tea"}]))
    told = state(60, memories=[{"content": "a"}, {"content": "b"}], skills=[{"name": "tea"}], tasks=[1])
    second = InstanceState.from_json(told).news_since(first.fingerprints)
    assert [part.event.data for part in second.parts] == [{"content": "b"}]
    assert second.delivery().report["tasks"] == "[1]"
