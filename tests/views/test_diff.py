"""`waifusync diff`: what one point in the history has that another has not."""

from __future__ import annotations

from tests.views.conftest import Pair


def test_what_this_device_has_and_another_has_not(pair: Pair) -> None:
    pair.laptop.say("the jetson has not seen this")
    pair.laptop.sql("UPDATE memories SET ai_response = 'yes' WHERE user_input = 'jetson one'")
    pair.laptop.sql("DELETE FROM memories WHERE user_input = 'laptop two'")
    pair.laptop.ok("commit")
    told = pair.laptop.lines("diff", "jetson", "laptop")
    assert sorted((each["what"], each["text"]) for each in told) == [
        ("added", "conversation_id: c · user_input: the jetson has not seen this"),
        ("changed", "ai_response: yes"),
        ("deleted", ""),
    ]
    assert {each["what"]: each["fields"] for each in told}["changed"] == ["ai_response"]
    assert all(each["table"] == "memories" and each["devices"] == ["laptop"] for each in told)
    assert pair.laptop.ok("diff").endswith("memories: 1 added, 1 changed, 1 deleted\n")
    assert pair.laptop.ok("diff", "laptop", "jetson") == "No difference.\n"


def test_commits_and_dates_are_points_too(pair: Pair) -> None:
    head = pair.laptop.git("rev-parse", "HEAD")
    pair.laptop.say("later")
    pair.laptop.ok("commit")
    assert [each["what"] for each in pair.laptop.lines("diff", head, "HEAD")] == ["added"]
    assert len(pair.laptop.lines("diff", "2020-01-01")) == 6
    assert pair.laptop.ok("diff", "2999-01-01") == "No difference.\n"


def test_a_point_that_is_none_is_asked_for_wrongly(pair: Pair) -> None:
    done = pair.laptop.run("diff", "fridge")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: 'fridge' is neither a device, nor a date, nor a commit",
        "hint: devices known here: jetson, laptop",
    ]
    assert pair.laptop.run("diff", "--", "--all").returncode == 2
