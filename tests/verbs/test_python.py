"""The Python API, as a program uses it, in a process of its own where that matters."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy
import pytest

from tests.companions import BOTH_LAYOUTS
from tests.verbs.devices import Device, bare_repository
from waifusync import Companion, DistributedMemory, Memory
from waifusync.errors import UsageError
from waifusync.workflows.companion import NoCompanion

ROOT = Path(__file__).parent.parent.parent


def test_the_page_in_the_documentation_runs(tmp_path: Path) -> None:
    bare_repository(tmp_path / "backup.git")
    [program] = re.findall(r"```python\n(.*?)```", (ROOT / "docs/python.md").read_text(), re.DOTALL)
    (tmp_path / "companion").mkdir()
    program = program.replace("../backup.git", str(tmp_path / "backup.git"))
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "jetson what is my cat called? Mo",
        "True",
        "{}",
        "{'memories': 1}",
    ]


def test_importing_the_package_imports_nothing_else() -> None:
    program = "import sys, waifusync; print([m for m in sys.modules if m.startswith('waifusync.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@BOTH_LAYOUTS
def test_what_is_added_on_one_device_is_read_on_the_other(pair: tuple[Device, Device]) -> None:
    laptop, jetson = (
        DistributedMemory(n, d.directory) for n, d in zip(("laptop", "jetson"), pair, strict=True)
    )
    vector = numpy.linspace(0, 1, 8)
    key = laptop.add_memory(
        "hi",
        "hello",
        conversation_id="c",
        model_used="m",
        facts_extracted={"name": "Mo"},
        embedding=vector,
        timestamp=datetime(2026, 1, 31, 12),
    )
    laptop.sync()
    assert jetson.sync().received == {"laptop": 1}
    [memory] = jetson.get_memories()
    assert memory == Memory(
        key=key,
        row=1,
        timestamp="2026-01-31T12:00:00.000+00:00",
        device="laptop",
        conversation_id="c",
        user_input="hi",
        ai_response="hello",
        model_used="m",
        facts_extracted='{"name": "Mo"}',
        embedding=vector.astype("<f4").tobytes(),
    )


def test_memories_are_chosen_by_conversation_device_and_time(laptop: Device) -> None:
    memory = DistributedMemory("laptop", laptop.directory)
    for hour in range(4):
        memory.add_memory(
            f"turn {hour}", conversation_id="ab"[hour % 2], timestamp=f"2026-01-01T0{hour}:00:00Z"
        )
    laptop.say("by a program", timestamp="2026-01-01T09:00:00Z", device_id="other")

    def texts(**chosen: object) -> list[str | None]:
        return [each.user_input for each in memory.get_memories(**chosen)]  # type: ignore[arg-type]

    assert texts(conversation_id="b") == ["turn 1", "turn 3"]
    assert texts(device="other") == ["by a program"]
    assert texts(since="2026-01-01T03:00:00+00:00") == ["turn 3", "by a program"]
    assert texts(limit=2) == ["turn 3", "by a program"]


def test_a_context_holds_the_newest_turns_that_fit_whole_and_in_order(laptop: Device) -> None:
    memory = DistributedMemory("laptop", laptop.directory)
    sizes = [400, 40, 4000, 40, 80]
    for place, size in enumerate(sizes):
        memory.add_memory(
            chr(97 + place) * size, "", conversation_id="c", timestamp=f"2026-01-01T0{place}:00:00Z"
        )
    context = memory.build_context("c", max_tokens=200)
    assert [turn.user_input[:1] for turn in context if turn.user_input] == ["d", "e"]
    assert sum(turn.tokens for turn in context) == 10 + 8 + 20 + 8
    assert memory.build_context("c", max_tokens=27) == []
    assert memory.build_context("other", max_tokens=100) == []


def test_the_name_is_checked_and_nothing_is_made_unasked(laptop: Device, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="this device is laptop"):
        DistributedMemory("jetson", laptop.directory)
    with pytest.raises(UsageError):
        DistributedMemory("jetson", tmp_path)
    assert not (tmp_path / "waifusync.toml").exists()
    (tmp_path / "new").mkdir()
    assert DistributedMemory("jetson", tmp_path / "new", create=True).device == "jetson"
    assert Companion.find(tmp_path / "new").state.name == "jetson"
    assert issubclass(NoCompanion, UsageError)


def test_another_remote_gets_everything_and_the_companions_own_stays_as_it_was(
    pair: tuple[Device, Device], tmp_path: Path
) -> None:
    laptop, jetson = pair
    other = str(bare_repository(tmp_path / "other.git"))
    memory = DistributedMemory("laptop", laptop.directory)
    memory.add_memory("hello")
    assert memory.push_to(other).pushed
    assert jetson.ok("pull", "--json").json["received"] == {}
    assert DistributedMemory("jetson", jetson.directory).pull_from(other).received == {"laptop": 1}
    assert "Pushed 1 change" in laptop.ok("sync").out
    jetson.ok("sync"), laptop.ok("sync")
    assert laptop.digest() == jetson.digest()


def test_the_status_is_made_afresh_from_the_logs(pair: tuple[Device, Device]) -> None:
    laptop, _ = pair
    memory = DistributedMemory("laptop", laptop.directory)
    memory.add_memory("hello")
    memory.sync()
    path = laptop.directory / "shared_memory" / "sync_status.json"
    status = json.loads(path.read_text())
    assert memory.load_sync_status() == status
    assert (status["device"], status["unsent"], status["rows"]) == ("laptop", 0, {"memories": 1})
    assert {"jetson", "laptop"} >= {each["name"] for each in status["devices"]} >= {"laptop"}
    path.write_text("{ half")
    assert memory.load_sync_status()["digest"] == laptop.digest()
    assert "sync_status" not in laptop.ok("commit").out
