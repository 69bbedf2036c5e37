"""T26: secrets typed into a chat wait on their device, and what a person answers is done before they left."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.companions import BOTH_LAYOUTS, INSTALLED, World, assert_same, clean_environment
from waifusync.config import FILE_NAME
from waifusync.workflows.companion import Companion
from waifusync.workflows.learning.withheld import give_answer, look
from waifusync.workflows.syncing.exchange import Wishes, exchange
from waifusync.workflows.syncing.letting_out import Answer, SecretsWait
from waifusync.workflows.working import at_work

SECRET = "tr0ub4dor&3"
SAID = f"the password is {SECRET} by the way"
REDACTED = "the password is [password] by the way"
IN_TERMINAL = Path(__file__).parents[1] / "sessions" / "in_terminal.py"


@pytest.fixture
def world(tmp_path, layout):
    return World(tmp_path, layout)


def in_git(world, *texts):
    """Those that occur in any object of any repository."""
    found = set()
    for directory in (world.remote, *(device.directory for device in world.devices.values())):
        batch = ["git", "-C", str(directory), "cat-file", "--batch", "--batch-all-objects", "--unordered"]
        content = subprocess.run(batch, capture_output=True, check=True).stdout
        found |= {text for text in texts if text.encode() in content}
    return found


def push(device, answers=None):
    """In this process, which is quicker."""
    wishes = Wishes("push", ask_remote=True, push=True)
    return exchange(Companion.find(device.directory), wishes, answers=answers)


def answer(device, answer, *keys):
    return give_answer(Companion.find(device.directory), keys, answer)


def choose(device, toml):
    file = device.directory / FILE_NAME
    kept = file.read_text().partition("[safety]")[0]
    file.write_text(f"{kept}[safety]\n{toml}\n")


def test_a_secret_waits_with_what_came_after_it_and_what_others_said_comes_in(world):
    """T26: unattended, with exit code 3, and nothing of it is in any git object."""
    laptop, jetson = world.pair()
    jetson.say("from the jetson")
    push(jetson)
    laptop.say("before", SAID, "after")
    refused = laptop.run("sync", code=3)
    key = laptop.key_of(SAID)
    assert key in refused.err and "password" in refused.err and SECRET not in refused.err
    assert "from the jetson" in laptop.said()
    assert in_git(world, SAID, "before", "after", "answer to after") == {"before"}
    status = laptop.run("status", "--json", code=3)
    assert key in status.out and SECRET not in status.out
    listed = laptop.run("secrets", "list", "--json").json
    assert listed["waiting"] == [
        {
            "key": key,
            "collection": "memories",
            "found": {"user_input": ["password"], "ai_response": ["password"]},
        }
    ]
    assert SECRET not in laptop.run("secrets", "list").out
    push(jetson)
    assert jetson.said() == ["before", "from the jetson"]


@BOTH_LAYOUTS
def test_what_is_redacted_is_so_on_all_devices_and_in_no_object(world):
    """T26"""
    laptop, jetson = world.pair()
    laptop.say("before", SAID, "after")
    with pytest.raises(SecretsWait):
        push(laptop)
    key = laptop.key_of(SAID)
    told = laptop.run("secrets", "redact", key, "--json").json
    assert told == {"answer": "redact", "keys": [key], "kept": {}, "waiting": []}
    push(laptop)
    push(jetson)
    assert_same(laptop, jetson)
    assert sorted(jetson.said()) == ["after", "before", REDACTED]
    assert not in_git(world, SECRET)
    jetson.run("verify")
    before = laptop.digest()
    laptop.run("rebuild")
    assert laptop.digest() == before


def test_what_is_kept_becomes_a_private_memory_and_its_vector_goes_nowhere(world):
    """T26"""
    laptop, jetson = world.pair()
    laptop.say("before", SAID, "after")
    laptop.run("embed")
    with pytest.raises(SecretsWait):
        push(laptop)
    key = laptop.key_of(SAID)
    [(vector, text_hash)] = laptop.sql(
        "SELECT vector, text_hash FROM memory_vectors WHERE memory = ?", (key,)
    )
    assert answer(laptop, Answer.KEEP, key).kept == {key: "private-1"}
    push(laptop)
    push(jetson)
    assert_same(laptop, jetson)
    assert sorted(jetson.said()) == ["after", "before"]
    assert jetson.sql("SELECT count(*) FROM memory_vectors") == [(2,)]
    assert not in_git(world, SECRET, text_hash)
    batch = ["git", "-C", str(world.remote), "cat-file", "--batch", "--batch-all-objects"]
    assert bytes(vector) not in subprocess.run(batch, capture_output=True, check=True).stdout
    assert laptop.sql("SELECT user_input FROM private_memories") == [(SAID,)]
    jetson.run("verify")


def test_what_is_sent_goes_and_so_does_the_same_text_elsewhere_and_a_redaction_is_taken_back(world):
    laptop, jetson = world.pair()
    laptop.say(SAID)
    with pytest.raises(SecretsWait):
        push(laptop)
    key = laptop.key_of(SAID)
    answer(laptop, Answer.REDACT, key)
    push(laptop)
    assert look(Companion.find(laptop.directory)).redacted == {key: ["ai_response", "user_input"]}
    answer(laptop, Answer.SEND, key)
    laptop.say(f"again: password: {SECRET}")
    push(laptop)
    push(jetson)
    assert jetson.said() == sorted([SAID, f"again: password: {SECRET}"])
    assert look(Companion.find(laptop.directory)).redacted == {}
    assert "nothing" in laptop.run("secrets", "send", key, code=2).err
    assert_same(laptop, jetson)


def test_an_edit_of_a_shared_memory_is_redacted_though_it_was_edited_elsewhere_too(world):
    """T8, T26: the lines that are written anew change no state."""
    laptop, jetson = world.pair()
    laptop.say("a plan")
    push(laptop), push(jetson)
    for device, text in ((laptop, SAID), (jetson, "another plan")):
        device.sql("UPDATE memories SET user_input = ?, ai_response = 'x'", (text,))
    push(jetson)
    with pytest.raises(SecretsWait):
        push(laptop)
    [key] = laptop.contents()
    laptop.sql("UPDATE memories SET model_used = 'm'")
    refused = laptop.run("secrets", "keep", key, code=3)
    assert "other devices have it" in refused.err
    if look(Companion.find(laptop.directory)).waiting:
        answer(laptop, Answer.REDACT, key)
    push(laptop), push(jetson)
    assert_same(laptop, jetson)
    assert not in_git(world, SECRET)
    jetson.run("verify")


def test_the_setting_says_what_is_redacted_silently_refused_or_let_go(world):
    laptop = world.device("laptop")
    choose(laptop, 'secrets = "redact"\nredact = ["email", "phone", "card"]')
    laptop.say(SAID, "mail ada@example.org, card 4111 1111 1111 1111, tel +49 170 1234567, id 1234567890")
    outcome = push(laptop)
    assert len([each for each in outcome.warnings if each.startswith("redacted before it left")]) == 2
    assert laptop.said() == ["mail [email], card [card], tel [phone], id 1234567890", REDACTED]
    choose(laptop, 'secrets = "allow"')
    laptop.say("api_key=9fQ2xLm7TzR4vWb8KpYc3N")
    push(laptop)
    choose(laptop, 'secrets = "perhaps"')
    assert "safety.secrets: unknown answer 'perhaps'" in laptop.run("status", code=2).err
    choose(laptop, 'redact = ["name"]')
    assert "safety.redact: unknown kind 'name'" in laptop.run("status", code=2).err
    assert in_git(world, SECRET, "ada@example.org", "9fQ2xLm7TzR4vWb8KpYc3N", "1234567890") == {
        "9fQ2xLm7TzR4vWb8KpYc3N",
        "1234567890",
    }


def test_what_was_learned_is_looked_through_as_what_was_said_is(world):
    laptop = world.device("laptop")
    with at_work(Companion.find(laptop.directory), "test") as work, work.lesson() as learning:
        learning.put("waifusync:skills", "skill:login", {"name": "login", "notes": f"password: {SECRET}"})
    with pytest.raises(SecretsWait):
        push(laptop)
    answer(laptop, Answer.REDACT, "skill:login")
    push(laptop)
    assert in_git(world, SECRET, "skill:login") == {"skill:login"}
    laptop.run("verify")


def test_a_session_waits_and_is_redacted_where_it_is_written(world):
    laptop = world.device("laptop")
    session = laptop.run("session", "start").last_line
    (world.folder / "turns.json").write_text(json.dumps([{"role": "user", "content": SAID}]))
    laptop.run("session", "save", session, str(world.folder / "turns.json"))
    file = laptop.directory / ".git/waifusync/sessions" / f"{session}.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "context_tokens": {"packed": "otter"}}))
    assert session in laptop.run("commit", code=3).err
    assert session in laptop.run("commit", code=3).err, "it is found again each time"
    assert "--all" in laptop.run("secrets", "redact", code=2).err
    laptop.run("secrets", "redact", "--all")
    laptop.run("push")
    assert not in_git(world, SECRET, "otter"), "tokens say what the text said"
    assert REDACTED in laptop.run("session", "show", session).out


def test_on_a_terminal_a_person_is_asked_and_the_push_goes_on(world):
    """T26"""
    laptop = world.device("laptop")
    laptop.say("before", SAID, f"{SAID}, I said")
    shown = in_terminal(laptop, ["push"], ["x\n", "R\n"])
    assert "Pushed 4 changes." in shown, shown
    assert "what looks like a secret" in shown and SECRET not in shown
    assert laptop.said() == ["before", REDACTED, f"{REDACTED}, I said"]
    laptop.run("push")


def in_terminal(device, words, answers):
    """What is shown; an answer is typed for each question."""
    main, other = pty.openpty()
    environment = clean_environment(device.world.home)
    command = [sys.executable, str(IN_TERMINAL), str(INSTALLED), *words]
    process = subprocess.Popen(
        command,
        stdin=other,
        stdout=other,
        stderr=other,
        cwd=device.directory,
        env=environment,
        start_new_session=True,
    )
    os.close(other)
    shown, typed, until = "", 0, time.monotonic() + 60
    try:
        while time.monotonic() < until:
            if not select.select([main], [], [], 1)[0]:
                continue
            try:
                shown += os.read(main, 4096).decode()
            except OSError:  # the terminal is gone with its last process
                break
            questions = shown.count("ater?")
            if questions > typed and typed < len(answers):
                os.write(main, answers[typed].encode())
                typed += 1
    finally:
        process.kill()
        process.wait()
        os.close(main)
    return shown


def test_json_is_the_same_for_what_is_refused(world):
    laptop = world.device("laptop")
    laptop.say(SAID)
    refused = json.loads(laptop.run("push", "--json", code=3).out)
    assert refused["code"] == 3 and SECRET not in json.dumps(refused)
