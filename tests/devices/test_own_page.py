"""A device's own page and experiments are its own, also when both sides went on."""

from __future__ import annotations

from pathlib import Path

from tests.companions import BOTH_LAYOUTS, World


@BOTH_LAYOUTS
def test_a_page_and_experiments_that_changed_here_stay_when_the_remote_went_on(
    tmp_path: Path, layout: str
) -> None:
    """T6: the remote's older page is not taken for the newer one."""
    world = World(tmp_path, layout)
    laptop, jetson = world.pair()
    page = laptop.directory / "device_contexts/LAPTOP_CONTEXT.md"
    page.write_text("my desk, by the window\n")
    experiment = f"experiments/{laptop.folder}/one.txt"
    (laptop.directory / experiment).write_text("42\n")
    laptop.git("add", "-A")
    laptop.git("commit", "-qm", "notes")
    jetson.say("meanwhile")
    jetson.run("push")
    laptop.say("here too")
    laptop.run("sync")
    jetson.run("sync")
    for device in (laptop, jetson):
        assert (device.directory / "device_contexts/LAPTOP_CONTEXT.md").read_text() == page.read_text()
        assert (device.directory / experiment).read_text() == "42\n"
        assert device.git("status", "--porcelain") == ""
    assert page.read_text() == "my desk, by the window\n"
