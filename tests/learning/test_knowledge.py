"""Laws of knowledge: in whatever order, grouping and repetition voices come, the same is known as surely."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.learning.minds import HEARING, live
from waifusync.core.learning.alike import Alike, alike, relations
from waifusync.core.learning.collections import KNOWLEDGE
from waifusync.core.learning.knowledge import (
    Link,
    Relation,
    plain_content,
    read_links,
    read_voices,
    statement_id,
    voices_by_statement,
)
from waifusync.core.learning.knowledge_intake import read_knowledge
from waifusync.core.learning.knowledge_view import Piece, Status, pieces
from waifusync.workflows.learning.knowledge import take_in_knowledge

TEA, TEA_AGAIN, NO_TEA = "Mika likes green tea", "mika likes green tea!", "Mika does not like green tea"
TWO, THREE = "Mika takes two sugars", "Mika takes 3 sugars"
CONTENTS = st.sampled_from([TEA, TEA_AGAIN, NO_TEA, TWO, THREE])
DATA = st.fixed_dictionaries(
    {"content": CONTENTS},
    optional={
        "confidence": st.sampled_from([0.0, 0.25, 0.5, 1.0]),
        "sources": st.lists(st.sampled_from(["a book", "Mika"]), max_size=2),
    },
)
FLAGS = st.sampled_from([{}, {"verified": True}, {"refuted": True}, {"withdrawn": True}])
# What a source said, when, and to which of the devices it was delivered.
WORD = st.tuples(
    st.builds(lambda data, flags: {**data, **flags}, DATA, FLAGS),
    st.sampled_from(["bot", "desk", "cat"]),
    st.integers(1, 5),
    st.integers(0, 4),
)
LINKS = st.lists(
    st.builds(
        lambda pair, relation: Link.of(*map(identify, pair), relation),
        st.sampled_from(list(combinations([TEA, TEA_AGAIN, NO_TEA, TWO], 2))),
        st.sampled_from(Relation),
    ),
    max_size=3,
    unique_by=lambda link: link.key,
)
THRESHOLDS = st.sampled_from([0.5, 0.8, 1, 2, 3])


def identify(content: str) -> str:
    return statement_id(plain_content(content))


def records(words, links=()):
    """As they stand in a log, and come back out of it."""
    voices = [read_knowledge(data, "data", source=source, as_of=at)[0] for data, source, at, *_ in words]
    told = [(each.key("llllllll"), each.to_fields()) for each in voices]
    return json.loads(json.dumps([*told, *((link.key, link.to_fields()) for link in links)]))


def known(found, threshold: float = 0.8) -> tuple[Piece, ...]:
    voices = voices_by_statement(voice for _, voice in read_voices(found))
    return pieces(voices, read_links(found), relations, threshold=threshold)


@given(st.lists(WORD, max_size=8), LINKS, st.randoms(), THRESHOLDS)
def test_any_order_and_any_repetition_show_the_same_knowledge(words, links, random, threshold):
    found = records(words, links)
    shuffled = [*found, *found]
    random.shuffle(shuffled)
    assert known(shuffled, threshold) == known(found, threshold)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(WORD, HEARING), max_size=10))
def test_devices_that_hear_each_other_at_any_time_end_with_one_digest_and_one_view(steps):
    said = known(records([step for step in steps if len(step) == 4]))
    for learned in live(steps, take_in_knowledge, KNOWLEDGE):
        assert known(learned.items()) == said


@given(st.lists(WORD, max_size=8), LINKS)
def test_each_source_has_one_voice_and_what_contradicts_is_never_one_piece(words, links):
    found = known(records(words, links))
    for piece in found:
        sources = [voice.source for voice in piece.voices]
        assert sorted(set(sources)) == sources
        assert 0 <= piece.confidence <= 1
        assert piece.statement not in piece.contradicts
        for other in piece.contradicts:
            [back] = [each for each in found if each.statement == other]
            assert piece.statement in back.contradicts
    assert {identify(word[0]["content"]) for word in words} >= {
        each for piece in found for each in (piece.statement, *piece.same)
    }


def one(*words, threshold: float = 0.8) -> Piece:
    [piece] = known(
        records([({"content": TEA, **data}, source, at) for data, source, at in words]), threshold
    )
    return piece


def test_below_one_the_threshold_is_a_confidence_made_of_independent_sources():
    half = {"confidence": 0.5}
    assert one((half, "bot", 1), (half, "desk", 1)).confidence == 0.75
    assert one((half, "bot", 1), (half, "desk", 1)).status is Status.PENDING
    assert one((half, "bot", 1), (half, "desk", 1), (half, "cat", 1)).status is Status.VERIFIED
    assert one(({"verified": True}, "bot", 1)).status is Status.VERIFIED


def test_from_one_on_the_threshold_counts_sources_and_one_that_says_it_twice_is_one():
    stated, verified = ({}, "bot", 1), ({"verified": True}, "bot", 2)
    assert one(stated, verified, threshold=2).status is Status.PENDING
    assert one(stated, verified, ({}, "desk", 1), threshold=2).status is Status.VERIFIED
    against = ({"refuted": True, "confidence": 0.1}, "cat", 1)
    assert one(verified, ({}, "desk", 1), against, threshold=2).status is Status.PENDING


def test_a_word_that_comes_late_changes_only_what_nothing_newer_was_said_of():
    late = {"content": TEA, "sources": ["Mika"]}
    steps = [({"content": TEA, "withdrawn": True}, "bot", 5, 0), (late, "bot", 3, 0), (late, "desk", 1, 0)]
    for learned in live(steps, take_in_knowledge, KNOWLEDGE):
        [piece] = known(learned.items())
        assert piece.sources == ("desk",)


def test_what_is_refuted_keeps_what_was_said_for_it():
    piece = one(({"confidence": 0.6}, "bot", 1), ({"refuted": True}, "desk", 1))
    assert (piece.status, piece.confidence) == (Status.REFUTED, 0.06)
    assert (piece.sources, piece.refuted_by) == (("bot",), ("desk",))
    assert one(({"confidence": 0.9}, "bot", 1), ({"refuted": True}, "desk", 1)).status is Status.PENDING


def test_a_source_may_change_its_mind_and_take_back_what_it_said():
    assert one(({}, "bot", 1), ({"refuted": True}, "bot", 2)).refuted_by == ("bot",)
    assert (
        known(records([({"content": TEA}, "bot", 1), ({"content": TEA, "withdrawn": True}, "bot", 2)])) == ()
    )


def test_one_sentence_in_two_spellings_is_one_piece_with_one_voice_of_each_source():
    """T19: deduplication destroys memories."""
    words = [
        ({"content": TEA}, "bot", 1),
        ({"content": TEA_AGAIN}, "bot", 2),
        ({"content": TEA_AGAIN}, "desk", 1),
    ]
    [piece] = known(records(words), threshold=2)
    assert (piece.content, len(piece.voices), piece.status) == (TEA_AGAIN, 2, Status.VERIFIED)
    assert piece.same == (identify(TEA),)


@pytest.mark.parametrize(("first", "second"), [(TEA, TEA_AGAIN), (TEA_AGAIN, TEA)])
def test_of_what_a_source_says_in_two_spellings_the_newest_counts(first, second):
    words = [({"content": first}, "bot", 1), ({"content": second, "refuted": True}, "bot", 2)]
    [piece] = known(records(words))
    assert (piece.sources, piece.refuted_by) == ((), ("bot",))


def test_a_negation_and_a_changed_number_are_linked_and_never_one():
    """T19: "likes" folds into "hates"."""
    found = known(records([({"content": each}, "bot", 1) for each in (TEA, NO_TEA, TWO, THREE)]))
    against = {
        each.content: [other.content for other in found if other.statement in each.contradicts]
        for each in found
    }
    assert against == {TEA: [NO_TEA], NO_TEA: [TEA], TWO: [THREE], THREE: [TWO]}


def test_what_a_person_says_stands_above_what_it_looks_like():
    words = [({"content": each}, "bot", 1) for each in (TEA, TEA_AGAIN, NO_TEA)]
    apart = Link.of(identify(TEA), identify(TEA_AGAIN), Relation.DIFFERENT)
    none = Link.of(identify(TEA), identify(NO_TEA), Relation.DIFFERENT)
    assert len(known(records(words))) == 2
    assert len(known(records(words, [apart]))) == 3
    [tea] = [each for each in known(records(words[::2], [none])) if each.content == TEA]
    assert tea.contradicts == ()


def test_statements_that_are_said_to_be_apart_are_not_joined_by_way_of_a_third():
    words = [({"content": each}, "bot", 1) for each in (TEA, NO_TEA, TWO)]
    links = [Link.of(identify(TWO), identify(each), Relation.SAME) for each in (TEA, NO_TEA)]
    found = known(records(words, links))
    assert len(found) == 2
    assert all(piece.contradicts for piece in found)


@pytest.mark.parametrize(
    ("ours", "theirs", "what"),
    [
        (TEA, "Green tea: Mika likes it", Alike.SIMILAR),
        ("Mika has a cat", "Mika has a cat.", Alike.SAME),
        ("Mika has a cat", "Mika has no cat", Alike.AGAINST),
        ("Mika has the cat", "Mika has not the cat", Alike.AGAINST),
        ("She cannot swim well", "She can't swim well", Alike.NOTHING),
        ("the train leaves at 17:30", "the train leaves at 17:45", Alike.AGAINST),
        ("Mika wohnt in Berlin", "Mika wohnt nicht in Berlin", Alike.AGAINST),
        ("猫が好き", "猫が好き。", Alike.SAME),
        ("!!!", "???", Alike.NOTHING),
        ("I like tea", "I like teak", Alike.NOTHING),
        ("cat", "concatenate the cat", Alike.NOTHING),
    ],
)
def test_what_two_statements_are_to_each_other(ours, theirs, what):
    assert alike(ours, theirs) is alike(theirs, ours) is what


TOKENS = ["tea", "green", "likes", "not", "no", "2", "3", "mika", "cat", "does"]
WORDS = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=6)


@given(st.lists(WORDS.map(" ".join), max_size=12))
def test_no_pair_is_missed_by_comparing_only_some(texts):
    contents = {f"{place:02}": text for place, text in enumerate(texts)}
    every = [
        (*pair, alike(contents[pair[0]], contents[pair[1]])) for pair in combinations(sorted(contents), 2)
    ]
    assert list(relations(contents)) == [each for each in every if each[2] is not Alike.NOTHING]


def test_what_another_device_wrote_wrongly_counts_as_not_said():
    """T25: malicious repository content."""
    key, statement = f"knowledge:{identify(TEA)}:bot:llllllll", identify(TEA)
    good = {"statement": statement, "source": "bot", "content": TEA, "stance": '[1,"for"]'}
    assert len(known([(key, good)])) == 1
    for name, value in [
        ("content", "Mika hates green tea"),
        ("content", "\ud800"),
        ("stance", '[1,"maybe"]'),
        ("stance", "[1,[]]"),
        ("stance", '["1","for"]'),
        ("source", 3),
        ("statement", None),
    ]:
        assert known([(key, {**good, name: value})]) == (), (name, value)
    [piece] = known([(key, {**good, "confidence": "[1,7]", "cites": "[1,[3]]"})])
    assert (piece.confidence, piece.cites) == (0.5, ())
    two = (f"knowledge:{identify(TWO)}:bot:l", {**good, "statement": identify(TWO), "content": TWO})
    one, other = sorted((statement, identify(TWO)))
    turned = ("knowledge-link:a:b", {"one": other, "other": one, "relation": "same"})
    assert len(known([(key, good), two, turned])) == 2
    link = {"one": statement, "other": "f" * 16, "relation": "contradicts"}
    for wrong in (link, {**link, "relation": "x"}, {**link, "one": 3}, {**link, "one": "g", "other": "a"}):
        assert len(known([(key, good), ("knowledge-link:a:b", wrong)])) == 1
