"""The page with two writers: what is generated is replaced, and not a byte of the person's is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.companions import BOTH_LAYOUTS, World
from tests.sessions.fake_ollama import fake_ollama
from waifusync.core.notes import BEGIN, END, generated_part, with_generated
from waifusync.sessions.machine import machine

_PIECES = st.lists(st.sampled_from([BEGIN, END, "\n", "mine", " "]), max_size=8).map("".join)


@given(_PIECES, st.sampled_from(["- a: 1", "- a: 2\n- b: 3"]), st.sampled_from(["- c: 4"]))
def test_every_byte_of_the_person_stays_whatever_they_did_to_the_markers(
    page: str, first: str, second: str
) -> None:
    once = with_generated(page, first)
    assert with_generated(once, first) == once
    assert generated_part(once) == first
    twice = with_generated(once, second)
    assert twice.replace(f"{BEGIN}\n{second}\n{END}", "") == once.replace(f"{BEGIN}\n{first}\n{END}", "")


def test_a_part_that_holds_a_marker_is_refused() -> None:
    with pytest.raises(ValueError, match="marker"):
        with_generated("", f"- model: {END}")


def test_one_marker_too_few_or_too_many_hides_nothing() -> None:
    for page in (
        f"a\n{BEGIN}\nb\n",
        f"a\n{END}\nb\n",
        f"{END}\nb\n{BEGIN}\n",
        f"{BEGIN}\n- x: 0\n{END}\nmine\n{END}\n",
    ):
        made = with_generated(page, "- x: 1")
        assert made.startswith(page)


@BOTH_LAYOUTS
def test_a_page_is_written_committed_once_and_seen_by_the_others(tmp_path: Path, layout: str) -> None:
    world = World(tmp_path, layout)
    laptop, jetson = world.pair()
    page = jetson.directory / "device_contexts/JETSON_CONTEXT.md"
    mine = "# jetson\n\nOn the shelf; the fan is loud.\r\nBelow is a list:\n"
    page.write_bytes(mine.encode())
    with fake_ollama() as server:
        noted = jetson.run("device", "note", OLLAMA_HOST=server.url)
        assert "- server: Ollama 0.33.0\n- models: tiny:latest\n" in noted.out
        head = jetson.head()
        again = jetson.run("device", "note", OLLAMA_HOST=server.url)
    assert "says so already" in again.err
    assert jetson.head() == head
    assert page.read_bytes().decode().startswith(mine)
    assert jetson.git("status", "--porcelain") == ""
    jetson.run("push")
    laptop.run("pull")
    assert (laptop.directory / "device_contexts/JETSON_CONTEXT.md").read_bytes() == page.read_bytes()
    assert "tiny:latest" in laptop.run("device", "show", "jetson").out
    facts = laptop.run("device", "show", "jetson", "--json").json
    assert facts["models"] == ["tiny:latest"]
    assert facts["memory"] > 0
    page.write_bytes(page.read_bytes().replace(b"is loud", b"is quiet"))
    jetson.run("device", "note", OLLAMA_HOST="127.0.0.1:9")
    assert "the fan is quiet" in page.read_text()
    assert "not reached" in page.read_text()
    assert jetson.git("status", "--porcelain") == ""


def test_a_page_that_is_a_link_or_no_text_is_left_alone(tmp_path: Path) -> None:
    """T25"""
    laptop = World(tmp_path).device("laptop")
    page = laptop.directory / "device_contexts/LAPTOP_CONTEXT.md"
    page.write_bytes(b"caf\xe9")
    assert "is not UTF-8" in laptop.run("device", "note", code=3).err
    assert page.read_bytes() == b"caf\xe9"
    outside = tmp_path / "outside.md"
    outside.write_text("not ours")
    page.unlink()
    page.symlink_to(outside)
    assert "is a link" in laptop.run("device", "note", code=3).err
    assert outside.read_text() == "not ours"


def _files(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_jetson_is_told_by_its_files(tmp_path: Path) -> None:
    files = {
        "sys/firmware/devicetree/base/model": "NVIDIA Jetson Orin Nano Developer Kit\0",
        "etc/nv_tegra_release": "# R36 (release), REVISION: 4.3, GCID: 1, BOARD: generic\n",
        "etc/os-release": 'NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 22.04.5 LTS"\n',
        "proc/meminfo": "MemTotal:        7802340 kB\nMemFree: 1 kB\n",
    }
    found = machine({"PATH": str(tmp_path)}, _files(tmp_path, files))
    assert found.board == "NVIDIA Jetson Orin Nano Developer Kit"
    assert found.system == "Ubuntu 22.04.5 LTS"
    assert found.memory == found.memory_for_models == 7802340 * 1024
    assert found.driver == "JetPack 6 (L4T 36.4.3)"


@pytest.mark.parametrize(
    ("script", "gpu", "gib"),
    [
        (
            "echo 'NVIDIA GeForce RTX 4090 Laptop GPU, 16376, 550.54'",
            "NVIDIA GeForce RTX 4090 Laptop GPU",
            15,
        ),
        ("echo 'NVIDIA-SMI has failed'; exit 9", "", 0),
        ("echo what, ever", "", 0),
    ],
)
def test_a_card_is_told_by_nvidias_own_tool_if_that_works(
    tmp_path: Path, script: str, gpu: str, gib: int
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    found = machine({"PATH": str(tmp_path)}, tmp_path)
    assert found.gpu == gpu
    assert found.gpu_memory >> 30 == gib
