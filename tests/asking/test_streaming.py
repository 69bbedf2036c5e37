"""An answer as it comes on a terminal, one that breaks off there, and somebody who has heard enough."""

from __future__ import annotations

import contextlib
import os
import pty
import signal
import subprocess
from collections.abc import Iterator

from tests.asking.conftest import EASY, HARD, Both
from tests.companions import INSTALLED, clean_environment
from tests.sessions.fake_ollama import wait_until


class Terminal:
    """A command that has a terminal for stdout and stderr."""

    def __init__(self, both: Both, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [INSTALLED, *words],
            cwd=both.laptop.directory,
            env=clean_environment(both.laptop.world.home),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        os.set_blocking(self._ours, False)
        self._shown = b""

    def shown(self) -> str:
        """All that was shown until now."""
        with contextlib.suppress(OSError):  # nothing new, or nobody writes there any more
            while part := os.read(self._ours, 4096):
                self._shown += part
        return self._shown.decode().replace("\r\n", "\n")

    def ended(self) -> bool:
        self.shown()  # a full terminal would stop it
        return self.process.poll() is not None

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@contextlib.contextmanager
def on_a_terminal(both: Both, *words: str) -> Iterator[Terminal]:
    terminal = Terminal(both, *words)
    try:
        yield terminal
    finally:
        terminal.close()


def test_an_answer_is_shown_as_it_comes_and_once(both: Both) -> None:
    both.small.behaviour.answer = "first second third"
    both.small.behaviour.pause_seconds = 0.7
    with on_a_terminal(both, "ask", EASY) as terminal:
        wait_until(lambda: "first" in terminal.shown(), 30)
        assert "third" not in terminal.shown()
        wait_until(terminal.ended, 30)
        assert terminal.shown().endswith("first second third\n")
        assert terminal.shown().count("first") == 1
    assert both.answers() == [("jetson", "small", "first second third")]


def test_an_answer_that_breaks_off_is_taken_back_in_words(both: Both) -> None:
    both.large.behaviour.answer = "one two three"
    both.large.behaviour.fails_after = 2
    with on_a_terminal(both, "ask", HARD) as terminal:
        wait_until(terminal.ended, 30)
        shown = terminal.shown()
    assert "one two\nwarning: what stands above is no answer: it broke off\n" in shown
    assert shown.endswith("yes indeed\n")
    assert both.answers() == [("jetson", "small", "yes indeed")]


def test_somebody_who_interrupts_gets_no_memory_and_the_exit_code_for_it(both: Both) -> None:
    both.small.behaviour.answer = "first " * 50
    both.small.behaviour.pause_seconds = 0.5
    with on_a_terminal(both, "ask", EASY) as terminal:
        wait_until(lambda: "first" in terminal.shown(), 30)
        terminal.process.send_signal(signal.SIGINT)
        wait_until(terminal.ended, 30)
        assert terminal.process.returncode == 130
        assert "Traceback" not in terminal.shown()
    assert both.answers() == []
