"""Laws of the weighted merge: a function of the set of edits, exact, and never beyond what was said."""

from __future__ import annotations

import random
import struct
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from waifusync.core.weighing import Said, merged, weights

DAY = 24 * 3600 * 1000
NUMBERS = st.integers(-(1 << 63), (1 << 63) - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = NUMBERS | st.text(max_size=8) | st.none()


def words(values, ages=None, confidences=None):
    """Each said by a device of its own, so many days before the newest."""
    ages = ages or [0] * len(values)
    confidences = confidences or [1] * len(values)
    return [
        Said((100 * DAY - age * DAY, f"d{place}", place), value, 100 * DAY - age * DAY, Fraction(sure))
        for place, (value, age, sure) in enumerate(zip(values, ages, confidences, strict=True))
    ]


@given(st.lists(VALUES, min_size=1, max_size=5), st.randoms(use_true_random=False), st.text(max_size=8))
def test_the_order_in_which_edits_came_does_not_matter(values, chance: random.Random, base):
    """T8"""
    said = words(values, [chance.randrange(90) for _ in values])
    shuffled = list(said)
    chance.shuffle(shuffled)
    assert merged(shuffled, base) == merged(said, base)


@given(st.lists(NUMBERS, min_size=1, max_size=5), st.data())
def test_a_mean_lies_between_what_was_said_and_integers_stay_integers(values, data):
    shares = data.draw(st.lists(st.floats(0, 1), min_size=len(values), max_size=len(values)))
    found = merged(words(values, confidences=shares), None).value
    assert min(values) <= found <= max(values)
    assert isinstance(found, int) == all(isinstance(each, int) for each in values)


@given(VALUES, st.integers(2, 5))
def test_what_all_say_stands(value, count):
    found = merged(words([value] * count), None)
    assert found.value == value


def test_confidence_and_age_weigh():
    assert merged(words([1.0, 0.0]), None).value == 0.5
    assert merged(words([1.0, 0.0], confidences=[Fraction(3, 4), Fraction(1, 4)]), None).value == 0.75
    assert merged(words([0.0, 1.0], ages=[30, 0]), None).value == 2 / 3
    assert weights(words([1, 2], confidences=[0, 0])) == [1, 1]


def test_vectors_of_one_model_are_mixed_and_others_never_are():
    """T15"""

    def vector(group, *numbers):
        content = struct.pack(f"<{len(numbers)}f", *numbers)
        return {"v": [group, 0, "0" * 16]}, content

    def said(*vectors):
        return [
            each._replace(value=value, content=content)
            for each, (value, content) in zip(words([0] * len(vectors)), vectors, strict=True)
        ]

    one, two = vector("m-4", 1, 0, 0, 1), vector("m-4", 0, 1, 0, 3)
    assert struct.unpack("<4f", merged(said(one, two), None).content) == (0.5, 0.5, 0, 2)
    other = vector("n-4", 0, 1, 0, 3)
    assert merged(said(one, other), None) == (other[0], other[1], True)
    longer = vector("m-4", 0, 1, 0, 3, 5)
    assert merged(said(one, longer), None).value == longer[0]
    greatest = vector("m-4", *[3.4028234e38] * 4)
    assert struct.unpack("<4f", merged(said(greatest, greatest, greatest), None).content)[0] > 3e38


def test_texts_are_woven_and_json_never_is():
    assert merged(words(["A2. B.", "A. B2."]), "A. B.").value == "A2. B2."
    assert merged(words(['{"a": 2}. B.', '{"a": 1}. B2.']), '{"a": 1}. B.').value == '{"a": 1}. B2.'
    assert merged(words(["A2. B.", "A. B2."]), "A. B.", weaves=False).value == "A. B2."
    assert merged(words(["A2. B.", "A. B2."]), None) == ("A. B2.", None, True)
