"""Wrong skills and wrong knowledge of every kind: the path of the field, and nothing half-applied."""

from __future__ import annotations

import math

import pytest

from tests.learning.minds import minds
from waifusync.core.learning.knowledge_intake import read_knowledge
from waifusync.core.learning.skill_intake import read_skill
from waifusync.core.learning.taken import Came
from waifusync.errors import UsageError
from waifusync.workflows.learning.knowledge import take_in_knowledge
from waifusync.workflows.learning.skills import take_in_skill

WRONG = [
    ([], "data: expected an object, found a list"),
    ({}, "data.name: missing"),
    ({"name": ""}, "data.name: the text is empty"),
    ({"name": 3}, "data.name: expected a text, found a number"),
    ({"name": "x" * 201}, "data.name: the text has 201 characters, and may have 200"),
    ({"name": "\ud800"}, "data.name: the text is not UTF-8"),
    ({"name": "tea", "proficency": 1}, "data.proficency: unknown"),
    ({"name": "tea", "skillId": "a", "skill_id": "a"}, "data.skill_id: said twice"),
    ({"name": "tea", "proficiency": 1.2}, "data.proficiency: 1.2 is not between 0 and 1"),
    ({"name": "tea", "proficiency": -1}, "data.proficiency: -1 is not between 0 and 1"),
    ({"name": "tea", "proficiency": True}, "data.proficiency: expected a number, found true or false"),
    ({"name": "tea", "proficiency": "0.5"}, "data.proficiency: expected a number, found a text"),
    ({"name": "tea", "proficiency": math.nan}, "data.proficiency: nan is not a number"),
    ({"name": "tea", "proficiency": math.inf}, "data.proficiency: inf is not a number"),
    ({"name": "tea", "proficiency": 10**400}, "data.proficiency: the number is too large"),
    ({"name": "tea", "acquired": "soon"}, "data.acquired: expected a time, found a text"),
    ({"name": "tea", "acquired": 1e300}, "data.acquired: expected a time, found a number"),
    ({"name": "tea", "usage": 3}, "data.usage: expected an object, found a number"),
    (
        {"name": "tea", "usage": {"total_invocations": 1.5}},
        "data.usage.total_invocations: 1.5 is not",
    ),
    ({"name": "tea", "usage": {"total_invocations": -1}}, "data.usage.total_invocations: -1 is not"),
    ({"name": "tea", "usage": {"successRate": 2}}, "data.usage.success_rate: 2 is not between 0 and 1"),
    ({"name": "tea", "usage": {"contexts": "club"}}, "data.usage.contexts: expected a list, found a text"),
    ({"name": "tea", "usage": {"contexts": ["a", 3]}}, "data.usage.contexts[1]: expected a text"),
    ({"name": "tea", "prerequisites": ["a"] * 1001}, "data.prerequisites: the list has 1001 items"),
    (
        {"name": "tea", "learning_curve": [["2026-01-01"]]},
        "data.learning_curve[0]: expected a time",
    ),
    ({"name": "tea", "learning_curve": [{"timestamp": 1}]}, "data.learning_curve[0].proficiency: missing"),
    ({"name": "tea", "learning_curve": [[1, 2]]}, "data.learning_curve[0][1]: 2 is not between 0 and 1"),
    ({"name": "tea", "removed": "yes"}, "data.removed: expected true or false, found a text"),
]


@pytest.mark.parametrize(("data", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_is_wrong_is_told_with_its_path(data, message):
    with pytest.raises(UsageError) as caught:
        read_skill(data, "data", source="bot", as_of=1)
    assert caught.value.message.startswith(message)
    assert message.startswith(str(caught.value.facts["path"]))


WRONG_KNOWLEDGE = [
    ("tea", "data: expected an object, found a text"),
    ({}, "data.content: missing"),
    ({"content": " \n"}, "data.content: the text is empty"),
    ({"content": ["tea"]}, "data.content: expected a text, found a list"),
    ({"content": "x" * 20_001}, "data.content: the text has 20001 characters"),
    ({"content": "\udfff"}, "data.content: the text is not UTF-8"),
    ({"content": "tea", "confidence": 1.01}, "data.confidence: 1.01 is not between 0 and 1"),
    ({"content": "tea", "confidence": math.nan}, "data.confidence: nan is not a number"),
    ({"content": "tea", "verified": "yes"}, "data.verified: expected true or false"),
    ({"content": "tea", "verified": True, "refuted": True}, "data.refuted: said together with verified"),
    ({"content": "tea", "sources": "Mika"}, "data.sources: expected a list, found a text"),
    ({"content": "tea", "sources": [{}]}, "data.sources[0]: expected a text, found an object"),
    ({"content": "tea", "contradicts": [""]}, "data.contradicts[0]: the text is empty"),
    ({"content": "tea", "contradicts": ["x", " tea "]}, "data.contradicts[1]: the statement itself"),
    ({"content": "tea", "secret\x1b": 1}, "data.secret?: unknown"),
]


@pytest.mark.parametrize(
    ("data", "message"), WRONG_KNOWLEDGE, ids=[message for _, message in WRONG_KNOWLEDGE]
)
def test_wrong_knowledge_is_told_with_its_path(data, message):
    with pytest.raises(UsageError) as caught:
        read_knowledge(data, "data", source="bot", as_of=1)
    assert caught.value.message.startswith(message)
    assert caught.value.facts["path"] == message.split(":")[0]


@pytest.mark.parametrize("take_in", [take_in_skill, take_in_knowledge])
def test_a_delivery_with_one_wrong_word_leaves_nothing_behind(tmp_path, take_in):
    [device] = minds(tmp_path, 1)
    before, good = device.digest(), {"name": "tea"} if take_in is take_in_skill else {"content": "tea"}
    with pytest.raises(UsageError), device.lesson() as learning:
        assert take_in(learning, good, source="bot", as_of=1).came is Came.ADDED
        take_in(learning, {**good, "no": 1}, source="bot", as_of=1)
    assert device.digest() == before
    device.stop()
