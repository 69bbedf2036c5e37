"""Laws of comparing: normal forms, likeness, groups of links and what they are shown as."""

from __future__ import annotations

import json
from itertools import combinations, permutations

from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.matching.deciding import decide_texts
from waifusync.core.matching.fused import Member, fuse
from waifusync.core.matching.likeness import cosine, jaccard, likeness
from waifusync.core.matching.links import Link, groups, hashes, link_fields, link_key
from waifusync.core.matching.prefixes import fewest, most, prefix_length
from waifusync.core.matching.words import normal, read

TEXTS = st.text(max_size=40) | st.lists(
    st.sampled_from(["tea", "cat", "not", "3", "猫", "好", "😀", ".", "a"]), max_size=8
).map(" ".join)
KEYS = st.sampled_from("abcdef")
HASHES = st.sampled_from(["1", "2"])


@given(TEXTS)
def test_a_normal_form_is_its_own_normal_form(text):
    assert normal(normal(text)) == normal(text)
    assert read(text).hash == read(normal(text)).hash


@given(TEXTS, TEXTS)
def test_likeness_and_decisions_are_the_same_from_either_side(ours, theirs):
    assert likeness(read(ours), read(theirs)) == likeness(read(theirs), read(ours))
    assert decide_texts(ours, theirs) == decide_texts(theirs, ours)


@given(TEXTS)
def test_a_text_with_a_word_is_the_same_as_itself_and_one_without_is_like_nothing(text):
    assert likeness(read(text), read(text)).is_exact == bool(read(text).words)


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), st.floats(0.1, 10))
def test_the_cosine_of_a_vector_with_a_longer_one_of_its_direction_is_one(vector, factor):
    found = cosine(vector, [factor * each for each in vector])
    assert found == 0.0 or abs(found - 1) < 1e-6


SETS = st.frozensets(st.integers(0, 12), max_size=10)


@given(SETS, SETS, st.sampled_from([0.3, 0.5, 0.7, 0.75, 0.8, 0.9, 1.0]), st.permutations(range(13)))
def test_two_sets_that_are_alike_share_a_word_of_their_prefixes_in_any_order(ours, theirs, threshold, order):
    if ours and theirs and jaccard(ours, theirs) + 1e-9 >= threshold:
        ranked = [sorted(each, key=order.index) for each in (ours, theirs)]
        mine, others = (each[: prefix_length(len(each), threshold)] for each in ranked)
        assert set(mine) & set(others)
        assert fewest(len(ours), threshold) <= len(theirs) <= most(len(ours), threshold)


@st.composite
def a_link(draw):
    """As one device tells it: a key, and some of its fields."""
    ours, theirs = draw(st.lists(st.tuples(KEYS, HASHES), min_size=2, max_size=2, unique_by=lambda it: it[0]))
    told = draw(
        st.sampled_from([{}, {"same": 1}, {"review": 1}, {"verdict": "joined"}, {"verdict": "separated"}])
    )
    fields = {name: hashes(ours, theirs) if value == 1 else value for name, value in told.items()}
    if fields.get("verdict") == "joined":
        fields["same"] = hashes(ours, theirs)
    return link_key(ours[0], theirs[0]), link_fields(ours, theirs, **fields)


LINKS = st.lists(a_link(), max_size=14)
LIVING = st.dictionaries(KEYS, HASHES)


def parsed(told):
    """Through a log's line and back."""
    lines = [json.dumps(fields) for _, fields in told]
    return [link for line in lines if (link := Link.from_fields(json.loads(line)))]


@given(LINKS, LIVING, st.randoms())
def test_groups_are_the_same_for_any_order_and_any_repetition_of_links(told, living, random):
    shuffled = [*told, *told]
    random.shuffle(shuffled)
    assert groups(parsed(shuffled), living) == groups(parsed(told), living)


@given(LINKS, LIVING)
def test_groups_hold_living_memories_as_they_read_now_and_each_only_once(told, living):
    found = groups(parsed(told), living)
    keys = [key for group in found for key in group]
    assert len(keys) == len(set(keys))
    assert set(keys) <= set(living)


@given(LINKS, LIVING)
def test_what_a_person_separated_is_in_no_group_together(told, living):
    links = parsed(told)
    apart = {(link.first, link.second) for link in links if link.verdict == "separated"}
    for group in groups(links, living):
        assert not apart & set(combinations(group, 2))


@given(LINKS, LIVING)
def test_without_a_separation_every_link_of_what_is_read_now_joins(told, living):
    links = [link for link in parsed(told) if link.verdict != "separated"]
    found = groups(links, living)
    for link in links:
        if link.readings and all(living.get(key) == text for key, text in link.readings):
            assert any({link.first, link.second} <= set(group) for group in found)


def test_those_that_were_like_one_that_is_gone_or_edited_stay_together():
    told = [link_fields(("a", "1"), (each, "1"), same="1 1") for each in "bcd"]
    links = [Link.from_fields(each) for each in told]
    assert groups(links, dict.fromkeys("abcd", "1")) == [("a", "b", "c", "d")]
    assert groups(links, dict.fromkeys("bcd", "1")) == [("b", "c", "d")]
    assert groups(links, {**dict.fromkeys("bcd", "1"), "a": "2"}) == [("b", "c", "d")]


def test_where_not_all_can_be_joined_a_person_comes_first_and_then_the_order_of_the_keys():
    apart = Link("a", "b", verdict="separated")
    by_rule = Link("a", "c", same="1 1")
    texts = dict.fromkeys("abc", "1")
    for other, group in (
        (Link("b", "c", same="1 1", verdict="joined"), ("b", "c")),
        (Link("b", "c", same="1 1"), ("a", "c")),
    ):
        for order in permutations((apart, by_rule, other)):
            assert groups(order, texts) == [group]


def test_a_link_that_says_nothing_that_can_be_read_links_nothing():
    for fields in ({}, {"first": "a"}, {"first": "b", "second": "a"}, {"first": 1, "second": 2}):
        assert Link.from_fields(fields) is None
    assert groups([Link.from_fields({"first": "a", "second": "b", "same": 7})], {"a": "1", "b": "1"}) == []


MEMBERS = st.lists(
    st.builds(
        Member,
        key=KEYS,
        created=st.sampled_from([None, "2026-01-01", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59", "soon"]),
        source=st.sampled_from(["", "x", "y"]),
        tags=st.lists(st.sampled_from("pq"), max_size=2).map(tuple),
        importance=st.none() | st.floats(0, 1),
        confidence=st.none() | st.floats(0, 1),
    ),
    min_size=1,
    max_size=6,
)


@given(MEMBERS, st.randoms())
def test_a_fused_view_is_the_same_for_any_order_and_any_repetition(members, random):
    shuffled = [*members, *members]
    random.shuffle(shuffled)
    assert fuse(shuffled) == fuse(members)


@given(MEMBERS)
def test_a_fused_view_has_all_tags_and_sources_and_is_no_less_sure_than_any(members):
    fused = fuse(members)
    assert set(fused.tags) == {tag for each in members for tag in each.tags}
    assert set(fused.sources) == {each.source for each in members} - {""}
    for each in members:
        assert each.importance is None or (fused.importance or 0) >= each.importance
        assert each.confidence is None or (fused.confidence or 0) >= each.confidence - 1e-12


def test_of_a_group_the_earliest_is_shown_whatever_zone_it_was_written_in():
    later, earlier = Member("a", "2026-01-01T00:00:00+00:00"), Member("b", "2026-01-01T00:30:00+01:00")
    fused = fuse([later, earlier])
    assert (fused.key, fused.created) == ("b", earlier.created)


def test_a_source_that_says_the_same_twice_makes_nothing_surer_and_two_sources_do():
    twice = [Member("a", source="x", confidence=0.5), Member("b", source="x", confidence=0.5)]
    assert fuse(twice).confidence == 0.5
    assert fuse([*twice, Member("c", source="y", confidence=0.5)]).confidence == 0.75
