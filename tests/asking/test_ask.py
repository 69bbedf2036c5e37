"""`waifusync ask`: who answers, who stands in, and that nothing false is ever remembered."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.asking.conftest import EASY, HARD, Both

ANSWER = "yes indeed"


def test_hard_tasks_go_to_the_strong_device_and_easy_ones_to_the_weak_one(both: Both) -> None:
    assert both.laptop.run("ask", HARD).out == f"{ANSWER}\n"
    assert both.laptop.run("ask", *EASY.split()).out == f"{ANSWER}\n"
    assert both.answers() == [("jetson", "small", ANSWER), ("laptop", "large", ANSWER)]
    assert [body["model"] for body in both.large.asked("/api/chat")] == ["large"]
    assert both.small.asked("/api/chat")[0]["options"]["num_ctx"] == 4096


def test_an_answer_reaches_the_other_devices_under_whom_it_came_from(both: Both) -> None:
    key = both.laptop.run("ask", EASY, "--json", "--conversation", "morning").json["answers"][0]["key"]
    both.laptop.run("push")
    both.jetson.run("pull")
    said = both.jetson.contents()[key]
    assert {"jetson", "small", EASY, ANSWER, "morning"} <= set(said)


TROUBLE: list[tuple[str, dict[str, Any], str, str]] = [
    ("out of memory", {"status": 500, "error": "model requires more system memory"}, "failed", "more system"),
    ("silent", {"silence_seconds": 30.0}, "away", "in time"),
    ("dripping", {"answer": "a " * 400, "pause_seconds": 1.0, "breaks_off_after": 2}, "away", "broke off"),
    ("garbage", {"garbage": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>hi!"}, "garbage", "no model"),
    ("no message", {"answer": "\ud800"}, "garbage", "does not answer as"),
    ("failing midway", {"answer": "one two", "fails_after": 1, "error": "ran out"}, "failed", "ran out"),
    ("saying nothing", {"answer": ""}, "empty", "said nothing"),
]


@pytest.mark.parametrize(
    ("behaviour", "outcome", "words"), [each[1:] for each in TROUBLE], ids=[each[0] for each in TROUBLE]
)
def test_another_device_stands_in_and_nothing_false_is_remembered(
    both: Both, behaviour: dict[str, Any], outcome: str, words: str
) -> None:
    """T28: the strong device has trouble of some kind; the weak one answers within the time limit."""
    for name, value in behaviour.items():
        setattr(both.large.behaviour, name, value)
    begun = time.monotonic()
    ran = both.laptop.run("ask", HARD, "--json")
    assert time.monotonic() - begun < 20
    [answer] = ran.json["answers"]
    assert (answer["device"], answer["answer"]) == ("jetson", ANSWER)
    failed, answered = ran.json["attempts"]
    assert (failed["device"], failed["model"], failed["outcome"]) == ("laptop", "large", outcome)
    assert words in failed["reason"]
    assert (answered["device"], answered["outcome"], answered["reason"]) == ("jetson", "answered", "")
    assert "warning: laptop (large) gave no answer" in ran.err
    assert both.answers() == [("jetson", "small", ANSWER)]


def test_a_device_that_is_down_is_asked_last_for_a_while(both: Both) -> None:
    both.large.is_dead = True
    assert both.laptop.run("ask", HARD, "--json").json["answers"][0]["device"] == "jetson"
    both.large.requests.clear()
    assert both.laptop.run("ask", HARD, "--json").json["answers"][0]["device"] == "jetson"
    assert both.large.requests == []
    assert "failed a moment ago: away" in both.laptop.run("ask", "--explain", HARD).out


def test_a_server_without_the_model_answers_with_another_one_unless_a_person_chose(both: Both) -> None:
    both.large.models["big"] = both.large.models.pop("large")
    both.large.models["big"].name = "big"
    try:
        ran = both.laptop.run("ask", HARD, "--device", "laptop", "--json")
        assert ran.json["answers"][0]["model"] == "big:latest"
        assert [each["outcome"] for each in ran.json["attempts"]] == ["missing", "answered"]
        failed = both.laptop.run("ask", HARD, "--model", "large", code=4)
        assert "not found" in failed.err
        assert failed.out == ""
    finally:
        both.large.models["large"] = both.large.models.pop("big")
        both.large.models["large"].name = "large"
    assert both.answers() == [("laptop", "big:latest", ANSWER)]


def test_when_nobody_answers_it_says_how_each_failed_and_remembers_nothing(both: Both) -> None:
    both.large.behaviour.status = both.small.behaviour.status = 500
    ran = both.laptop.run("ask", HARD, code=4)
    assert ran.out == ""
    assert "error: nobody answered (laptop: " in ran.err
    assert "; jetson: " in ran.err
    assert both.answers() == []
    assert both.laptop.run("ask", HARD, "--json", code=4).json["code"] == 4


def test_several_models_keep_each_answer_under_its_own_name(both: Both) -> None:
    both.small.behaviour.answer = "no"
    ran = both.laptop.run("ask", "--models", "large, small,large", EASY)
    assert ran.out == f"laptop (large):\n{ANSWER}\njetson (small):\nno\n"
    assert both.answers() == [("jetson", "small", "no"), ("laptop", "large", ANSWER)]


def test_of_several_models_one_that_nobody_has_is_told_and_the_others_are_kept(both: Both) -> None:
    ran = both.laptop.run("ask", "--models", "large,nobody", EASY, "--json", code=4)
    assert [each["model"] for each in ran.json["answers"]] == ["large"]
    assert ran.json["unanswered"] == ["nobody"]
    assert [answer[:2] for answer in both.answers()] == [("laptop", "large")]


def test_one_drafts_and_the_other_improves_and_only_the_improved_one_is_kept(both: Both) -> None:
    both.small.behaviour.answer = "a rough draft"
    assert both.laptop.run("ask", "--draft", "small", "--refine", "large", EASY).out == f"{ANSWER}\n"
    [asked] = both.large.asked("/api/chat")
    assert [each["content"] for each in asked["messages"][:2]] == [EASY, "a rough draft"]
    assert both.answers() == [("laptop", "large", ANSWER)]


def test_a_draft_that_nobody_improves_is_kept_as_what_it_is(both: Both) -> None:
    both.large.behaviour.status = 500
    ran = both.laptop.run("ask", "--draft", "small", "--refine", "large", EASY, code=4)
    assert ran.out == f"{ANSWER}\n"
    assert "nobody improved the draft" in ran.err
    assert both.answers() == [("jetson", "small", ANSWER)]


def test_no_remember_remembers_nothing(both: Both) -> None:
    assert both.laptop.run("ask", EASY, "--no-remember", "--json").json["answers"][0]["key"] is None
    assert both.answers() == []


def test_what_a_model_says_is_no_command_for_a_terminal(both: Both) -> None:
    both.small.behaviour.answer = "one\n\x1b[2Jtwo"
    assert both.laptop.run("ask", EASY).out == "one\n\N{REPLACEMENT CHARACTER}[2Jtwo\n"
    assert both.answers() == [("jetson", "small", "one\n\x1b[2Jtwo")]


def test_an_answer_that_cannot_be_kept_is_shown_all_the_same(both: Both) -> None:
    both.laptop.sql("ALTER TABLE memories RENAME TO elsewhere")
    try:
        ran = both.laptop.run("ask", EASY, code=3)
    finally:
        both.laptop.sql("ALTER TABLE elsewhere RENAME TO memories")
    assert ran.out == f"{ANSWER}\n"
    assert "the answer was not remembered: " in ran.err


MISTAKES = [
    (["ask", " "], "nothing to ask"),
    (["ask", "--device", "toaster", "hi"], "no device is called 'toaster'"),
    (["ask", "--via", "pigeon", "hi"], "--via pigeon is no way there"),
    (["ask", "--draft", "small", "hi"], "--draft and --refine belong together"),
    (["ask", "--model", "a", "--models", "b", "hi"], "do not go together"),
    (["ask", "--models", ",", "hi"], "--models names none"),
    (["ask", b"\xff".decode("utf-8", "surrogateescape")], "the task is not UTF-8"),
    (["device", "endpoint", "ftp://x"], "is no address of a server"),
    (["device", "endpoint", "--ssh", "-oProxyCommand=x"], ""),
    (["device", "endpoint", "--ssh=-oProxyCommand=x"], "is nothing that ssh could reach"),
]


@pytest.mark.parametrize(("words", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_what_is_asked_for_wrongly_is_said_and_nobody_is_asked(
    both: Both, words: list[str], message: str
) -> None:
    ran = both.laptop.run(*words, code=2)
    assert message in ran.err
    assert both.large.requests == both.small.requests == []
