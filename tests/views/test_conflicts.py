"""`waifusync conflicts`: both values of what was overruled, out of the log."""

from __future__ import annotations

from tests.views.conftest import Pair


def test_both_values_are_shown_with_device_and_time(pair: Pair) -> None:
    for folder, answer in ((pair.laptop, "from the laptop"), (pair.jetson, "from \x1b[31mthe jetson")):
        folder.sql("UPDATE memories SET ai_response = ? WHERE user_input = 'laptop one'", [answer])
    pair.laptop.ok("commit")
    pair.sync()
    (told,) = pair.laptop.lines("conflicts")
    assert (told["table"], told["field"], told["what"], told["strategy"]) == (
        "memories",
        "ai_response",
        "edited twice",
        "latest_wins",
    )
    assert {told["winner"]["device"], told["loser"]["device"]} == {"laptop", "jetson"}
    values = {side["device"]: side["value"] for side in (told["winner"], told["loser"])}
    assert values["laptop"] == "from the laptop" and "\x1b" not in values["jetson"]
    kept = pair.laptop.sql("SELECT ai_response FROM memories WHERE user_input = 'laptop one'")[0][0]
    assert kept.startswith("from the laptop") == (told["winner"]["device"] == "laptop")
    assert pair.jetson.lines("conflicts") == [told]
    assert "  lost  " in pair.laptop.ok("conflicts")


def test_an_edit_that_a_deletion_overruled_is_listed(pair: Pair) -> None:
    """T4"""
    pair.laptop.sql("UPDATE memories SET ai_response = 'kept?' WHERE user_input = 'laptop one'")
    pair.jetson.sql("DELETE FROM memories WHERE user_input = 'laptop one'")
    pair.sync()
    (told,) = pair.laptop.lines("conflicts")
    assert (told["field"], told["what"]) == (None, "deleted and edited")
    assert (told["winner"]["device"], told["winner"]["value"]) == ("jetson", None)
    assert (told["loser"]["device"], told["loser"]["value"]) == ("laptop", "ai_response: kept?")


def test_none_is_said_and_those_for_a_person_fail(pair: Pair) -> None:
    assert pair.laptop.ok("conflicts") == "No conflicts: nothing was overruled.\n"
    for folder in (pair.laptop, pair.jetson):
        folder.sql("UPDATE memories SET ai_response = ? WHERE user_input = 'laptop one'", [str(folder.path)])
    pair.sync()
    config = pair.laptop.path / "waifusync.toml"
    config.write_text(config.read_text().replace('"latest_wins"', '"manual_review"'))
    assert pair.laptop.run("conflicts").returncode == 1
