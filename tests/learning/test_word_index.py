"""The index of words against comparing everything with everything: it misses nothing and invents nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.learning import measuring_duplicates
from waifusync.core.matching.likeness import jaccard
from waifusync.memory.word_index import WordIndex

WORDS = st.sampled_from("abcdefghijkl")
SETS = st.frozensets(WORDS, max_size=9)
THRESHOLDS = st.sampled_from([0.5, 2 / 3, 0.7, 0.75, 0.8, 0.9, 1.0])


def made(connection, first, later, floor):
    """Some sets are known when the order of the words is made, others come afterwards."""
    index = WordIndex(connection, floor)
    index.create(Counter(word for words in first for word in words))
    for doc, words in enumerate([*first, *later]):
        index.put(doc, words)
    return index


@settings(max_examples=300)
@given(
    st.lists(SETS, max_size=12),
    st.lists(SETS, max_size=12),
    SETS | st.frozensets(st.text(max_size=2)),
    THRESHOLDS,
)
def test_the_index_finds_exactly_what_comparing_with_all_finds(first, later, asked, threshold):
    with closing(sqlite3.connect(":memory:")) as connection:
        index = made(connection, first, later, 0.5)
        found = list(index.alike(asked, threshold))
    expected = {
        doc: jaccard(asked, words)
        for doc, words in enumerate([*first, *later])
        if words and asked and jaccard(asked, words) + 1e-9 >= threshold
    }
    assert dict(found) == expected
    assert [each.likeness for each in found] == sorted(expected.values(), reverse=True)


@given(st.lists(SETS, min_size=1, max_size=8), st.lists(SETS, min_size=1, max_size=8), THRESHOLDS)
def test_what_was_edited_or_is_gone_is_found_as_it_is_now(before, after, threshold):
    with closing(sqlite3.connect(":memory:")) as connection:
        index = made(connection, before, [], 0.5)
        for doc, words in enumerate(after):
            index.put(doc, words)
        index.forget([0])
        for asked in after:
            found = {doc for doc, _ in index.alike(asked, threshold)}
            now = dict(enumerate([*after, *before[len(after) :]]))
            expected = {
                doc for doc in now if doc and now[doc] and jaccard(asked, now[doc]) + 1e-9 >= threshold
            }
            assert found == expected


def test_a_thousand_copies_are_one_set():
    with closing(sqlite3.connect(":memory:")) as connection:
        index = made(connection, [frozenset("abc")] * 1000, [], 0.7)
        assert connection.execute("SELECT count(*) FROM sets").fetchone() == (1,)
        assert len(list(index.alike(frozenset("abc"), 0.9))) == 1000


def test_in_a_larger_store_nothing_is_missed_either():
    assert measuring_duplicates.words(1500, times=1).recall == 1.0
    assert measuring_duplicates.vectors(1500, times=1).recall == 1.0
