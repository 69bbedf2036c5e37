"""T26: what is found in a text before it is pushed, and above all what is left alone."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from waifusync.core.learning.secrets import PERSONAL, SECRET, Kind, find, may_hold, redact

# Put together here, so that nobody who looks through this file for secrets finds one.
AWS = "AKIA" + "Q3EGRVZ7XK2LMN4P"
GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
SLACK = "xoxb-" + "123456789012-abcDEF456ghi"
OPENAI = "sk-proj-" + "Zx81hQpLw0Tn5vRk3YbC7sEd"
JWT = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0In0." + "dozjgNryP4J3jVmNHl0w5N"
RANDOM = "9fQ2xLm7TzR4vWb8KpYc3N"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc=\n-----END RSA PRIVATE KEY-----"

HOLDS = [
    (f"my key is {AWS}", Kind.ACCESS_KEY, AWS),
    (f"use {GITHUB}, please", Kind.TOKEN, GITHUB),
    (f"SLACK_TOKEN={SLACK}", Kind.TOKEN, SLACK),
    (f"OPENAI_API_KEY='{OPENAI}'", Kind.TOKEN, OPENAI),
    (f"Authorization: Bearer {JWT}", Kind.TOKEN, JWT),
    (f"Authorization: Bearer {RANDOM}", Kind.TOKEN, RANDOM),
    (f"here:\n{PEM}\nthanks", Kind.PRIVATE_KEY, PEM),
    ("-----BEGIN PRIVATE KEY-----\ncut sho", Kind.PRIVATE_KEY, "-----BEGIN PRIVATE KEY-----\ncut sho"),
    ("postgres://ada:hunter2x@db.local/x", Kind.PASSWORD, "hunter2x"),
    ("password: hunter2", Kind.PASSWORD, "hunter2"),
    ("the password is hunter2!", Kind.PASSWORD, "hunter2!"),
    ("Passwort: Sommer2024.", Kind.PASSWORD, "Sommer2024"),
    ("パスワードはkirin88です", Kind.PASSWORD, "kirin88です"),
    (json.dumps({"password": "tr0ub4dor&3"}), Kind.PASSWORD, "tr0ub4dor&3"),
    (f"secret key: {RANDOM}", Kind.TOKEN, RANDOM),
    (f"api_key = {RANDOM}", Kind.TOKEN, RANDOM),
    (f"newline before\n{GITHUB}\nand after", Kind.TOKEN, GITHUB),
]
PERSONAL_HOLDS = [
    ("write to mira.k+x@example.co.uk.", Kind.EMAIL, "mira.k+x@example.co.uk"),
    ("call +49 170 1234567", Kind.PHONE, "+49 170 1234567"),
    ("or (030) 1234567 then", Kind.PHONE, "(030) 1234567"),
    ("or 555-123-4567", Kind.PHONE, "555-123-4567"),
    ("visa 4111 1111 1111 1111 ok", Kind.CARD, "4111 1111 1111 1111"),
    ("5500005555555559", Kind.CARD, "5500005555555559"),
    ("amex 3782 822463 10005", Kind.CARD, "3782 822463 10005"),
]
PASSES = [
    "",
    "a < b && c > d",
    "two\nlines\r\nand\ta tab",
    "a plain number: 1234567890",
    "2026-11-21T20:15:00.000+00:00, 192.168.178.21:11434, v1.2.3",
    "3.14159265358979323846, 1,234,567,890.12",
    "4111111111111112 has the wrong sum; 0000000000000000 is a row of noughts",
    "id 7k3q9x2a-17 and 123e4567-e89b-12d3-a456-426614174000",
    "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "commit d7edb0093bd0a9f1c2d3e4f5a6b7c8d9e0f1a2b3",
    "git clone git@github.com:ada/companion.git, https://example.org:8080/a@b",
    "I forgot my password. A password should be long! password: required, Password: Pflicht",
    "the password is correct; is your token valid? the secret is love; a key of the piano",
    "password = input('Password: ')",
    'token = os.environ["TOKEN"]; password=${PASSWORD}; api_key = <your key>; password: ********',
    "max_tokens = 4096, token_count: 12345678901234567890",
    "postgres://user:password@localhost/x and http://[::1]:8080/",
    "scikit-learn's sk-learn-contrib-and-other-long-names-of-things",
    "asian food, hf_ and gh are no tokens; basket: key-value-store-of-many-things",
    "def f(x: int) -> str: return x[0] if x else None  # noqa: E501",
    "@ada was mentioned by @mira",
    "今日は散歩しました。パスワードを忘れた。",
    "👩‍👩‍👧 !!! ...",
    "He said so; she agreed. " * 500,
]


@pytest.mark.parametrize(("text", "kind", "held"), HOLDS + PERSONAL_HOLDS)
def test_what_should_not_be_read_by_a_host_is_found(text, kind, held):
    """T26"""
    found = find(text, kinds=frozenset(Kind))
    assert [(each.kind, text[each.start : each.end]) for each in found] == [(kind, held)]
    assert may_hold(text, kinds={kind})
    assert redact(text, found) == text.replace(held, f"[{kind.value}]")


@pytest.mark.parametrize("text", PASSES)
def test_what_people_and_programs_write_passes_untouched(text):
    """T26"""
    assert find(text, kinds=frozenset(Kind)) == []


@pytest.mark.parametrize(("text", "kind", "held"), PERSONAL_HOLDS)
def test_addresses_and_numbers_are_only_sought_where_that_was_asked_for(text, kind, held):
    assert find(text) == []
    assert find(text, kinds=SECRET | (PERSONAL - {kind})) == []


PIECES = st.sampled_from([text for text, _, _ in HOLDS + PERSONAL_HOLDS] + PASSES[1:12] + [" ", "\n", ": "])


@settings(max_examples=50)
@given(st.lists(PIECES | st.text(max_size=8), max_size=4).map("".join))
def test_what_was_redacted_holds_nothing_to_redact_and_the_rest_stays(text):
    found = find(text, kinds=frozenset(Kind))
    done = redact(text, found)
    assert find(done, kinds=frozenset(Kind)) == []
    ends = [0, *(each.end for each in found)]
    kept = "".join(text[a : each.start] for a, each in zip(ends, found, strict=False)) + text[ends[-1] :]
    for each in found:
        done = done.replace(f"[{each.kind.value}]", "", 1)
    assert done == kept


@settings(max_examples=50)
@given(st.lists(PIECES | st.text(max_size=20), max_size=4).map("".join))
def test_nothing_is_found_where_nothing_may_be_even_when_the_text_stands_in_json(text):
    """The quick look at whole lines must never spare what the slow one would find."""
    if find(text):
        assert may_hold(text)
        assert may_hold(json.dumps({"f": {"user_input": text}}, ensure_ascii=False))


@pytest.mark.parametrize(
    "piece",
    ["a", "1", "key", "://", "eyJ", "password ", "a@", "-----BEGIN PRIVATE KEY-----", "1 ", "+1 ", "a."],
)
def test_no_text_takes_long_to_look_through(piece):
    """T25"""
    begun = time.process_time()
    find(piece * (60_000 // len(piece)), kinds=frozenset(Kind))
    assert time.process_time() - begun < 1.0
