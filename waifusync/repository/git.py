"""The one way to run git: argument lists, a scrubbed environment, a time limit, no hooks, no prompts.

Each process costs about 3 ms, so finding the repository is done by looking (no process), and every caller
asks for as much as it can at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from waifusync.errors import RefusedError, UntrustedError
from waifusync.repository.environment import config_arguments, scrubbed_environment
from waifusync.repository.process import Limits, TookTooLong, TooMuchOutput, run_process
from waifusync.repository.trouble import (
    GitDamaged,
    GitError,
    GitLocked,
    GitUnreachable,
    NoSuchBranch,
    NotARepository,
    explain,
)
from waifusync.values import NamedTuple

__all__ = [
    "Git",
    "GitDamaged",
    "GitError",
    "GitLocked",
    "GitUnreachable",
    "NoSuchBranch",
    "NotARepository",
    "Result",
    "check_git_version",
    "discover",
    "git_version",
]

LOCAL_TIMEOUT_SECONDS = 60.0
OLDEST_GIT = (2, 34)
_UNHURRIED = ("nice", "-n", "10")


class Result(NamedTuple):
    """What a git process answered; `status` is not 0 only when it was run with `check=False`."""

    stdout: bytes
    stderr: str
    status: int

    @property
    def text(self) -> str:
        """stdout as text; bytes that are not UTF-8 survive as surrogates, as paths do in `os`."""
        return self.stdout.decode("utf-8", "surrogateescape")


class Git:
    """A repository to run git in. Holds no process and no file, so it may be kept and shared."""

    def __init__(
        self, directory: Path, *, common_dir: Path | None = None, git_dir: Path | None = None
    ) -> None:
        self.directory = Path(directory)
        self._git_dir = git_dir
        self._common_dir = common_dir

    @property
    def git_dir(self) -> Path:
        """This work tree's own git directory (HEAD, index, a merge that is going on)."""
        if self._git_dir is None:
            self._git_dir = _git_dir_at(self.directory) or self.directory
        return self._git_dir

    @property
    def common_dir(self) -> Path:
        """The git directory that all linked work trees share (refs, objects, waifusync's own folder)."""
        if self._common_dir is None:
            self._common_dir = _common_dir_of(self.git_dir)
        return self._common_dir

    @property
    def is_bare(self) -> bool:
        """True when there is no work tree to show anything in."""
        return self.git_dir == self.directory

    @property
    def state_directory(self) -> Path:
        """Where what belongs to this machine lives: never committed, the same for all linked work trees."""
        return self.common_dir / "waifusync"

    def command_line(self, *args: str, config: Sequence[str] = ()) -> list[str]:
        """The whole argument list, for the callers that keep a git process open."""
        return ["git", "-C", str(self.directory), *config_arguments(*config), *args]

    def run(
        self,
        *args: str,
        stdin: bytes | IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        timeout_seconds: float = LOCAL_TIMEOUT_SECONDS,
        check: bool = True,
        env: Mapping[str, str] | None = None,
        config: Sequence[str] = (),
        max_output_bytes: int | None = None,
        on_stderr: Callable[[bytes], None] | None = None,
        is_unhurried: bool = False,
    ) -> Result:
        """Run git to its end. Raises GitError, GitUnreachable after the time limit, UntrustedError.

        `config` holds `key=value` settings for this one run. With `check=False` a failure is a Result.
        Open files are for what is too large for memory.
        `is_unhurried`: whatever else runs on this machine goes first.
        """
        try:
            finished = run_process(
                [*(_UNHURRIED if is_unhurried else ()), *self.command_line(*args, config=config)],
                environment=scrubbed_environment(os.environ, env),
                stdin=stdin,
                stdout=stdout,
                limits=Limits(timeout_seconds, max_output_bytes),
                on_stderr=on_stderr,
            )
        except TookTooLong:
            message = f"git {args[0]} took longer than {timeout_seconds:g} s and was ended"
            raise GitUnreachable(message, hint="everything is safe here; try again later") from None
        except TooMuchOutput:
            raise UntrustedError(f"git {args[0]} answered with more than {max_output_bytes} bytes") from None
        except FileNotFoundError:
            raise RefusedError(
                "git is not installed, or not on PATH", hint="install git 2.34 or later"
            ) from None
        stderr = finished.stderr.decode("utf-8", "replace")
        if check and finished.status != 0:
            raise explain(args[0], stderr, finished.status)
        return Result(finished.stdout, stderr, finished.status)


def discover(directory: Path) -> Git:
    """The repository that `directory` lies in, found by walking up as git does; no process is started.

    Raises NotARepository. A folder that git does not trust is refused by the first command that runs in it.
    """
    start = Path(os.path.realpath(directory))
    if not start.is_dir():
        raise NotARepository(f"{directory} is not a folder")
    for folder in (start, *start.parents):
        git_dir = _git_dir_at(folder)
        if git_dir is not None:
            return Git(folder, git_dir=git_dir, common_dir=_common_dir_of(git_dir))
    raise NotARepository(
        f"{directory} is not in a git repository",
        hint="go to the companion's folder, or make one with waifusync init",
    )


def git_version() -> tuple[int, int, int]:
    """The installed git's version. Raises RefusedError when there is none."""
    text = Git(Path(os.path.abspath(os.sep))).run("version").text
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        raise RefusedError(f"git does not say its version: {text.strip()!r}")
    return int(match[1]), int(match[2]), int(match[3] or 0)


def check_git_version() -> None:
    """Raises RefusedError when git is older than waifusync can work with."""
    found = git_version()
    if found[:2] < OLDEST_GIT:
        name = ".".join(str(part) for part in found)
        raise RefusedError(f"git {name} is too old", hint="waifusync needs git 2.34 or later")


def _git_dir_at(folder: Path) -> Path | None:
    dot_git = folder / ".git"
    if _looks_like_git_dir(dot_git):
        return dot_git
    if dot_git.is_file():
        first = dot_git.read_text(encoding="utf-8", errors="surrogateescape").strip()
        named = folder / first.removeprefix("gitdir:").strip()
        return Path(os.path.normpath(named)) if first.startswith("gitdir:") and named.is_dir() else None
    return folder if _looks_like_git_dir(folder) else None


def _looks_like_git_dir(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _common_dir_of(git_dir: Path) -> Path:
    pointer = git_dir / "commondir"
    if not pointer.is_file():
        return git_dir
    named = pointer.read_text(encoding="utf-8", errors="surrogateescape").strip()
    return Path(os.path.normpath(git_dir / named))
