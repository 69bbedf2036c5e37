"""Talking to the remote: what it has, fetching it, pushing one commit. Every call has a time limit.

`remote` is a configured remote's name or an address. Nothing is ever forced, no tags and no branches but the
one that is asked for travel, and what was fetched lands in a private ref, so the person's tracking branches
stay theirs.
"""

from __future__ import annotations

import enum
import os
import re
from collections.abc import Mapping
from types import MappingProxyType

from waifusync.patterns import pattern
from waifusync.repository.environment import ALLOWED_PROTOCOLS, STALL_CONFIG
from waifusync.repository.git import Git, GitDamaged, GitError, GitUnreachable, Result
from waifusync.repository.refs import branch_ref, read_shared_ref
from waifusync.repository.trouble import OPEN_A_PAGE, GitNotLetIn, explain, without_credentials
from waifusync.repository.urls import PLAIN_SCHEMES, check_url, is_plain_loopback, is_remote_name
from waifusync.values import dataclass

__all__ = [
    "FETCHED",
    "PushOutcome",
    "PushResult",
    "check_url",
    "fetch",
    "fetch_objects",
    "push",
    "remote_tip",
]

FETCHED = "refs/waifusync/fetched"
REMOTE_TIMEOUT_SECONDS = 120.0
_LARGE_PUSH = ("pack.window=0", "core.compression=1")
_WITH_PLAIN = {"GIT_ALLOW_PROTOCOL": ":".join((ALLOWED_PROTOCOLS, *PLAIN_SCHEMES))}
# What passes to and fro in git's own protocol, on stderr.
_TRACED = {"GIT_TRACE_PACKET": "1"}
_IS_PLAIN = re.compile(r"transport '(?:http|git)' not allowed")
_FSCK = ("transfer.fsckObjects=true", "fetch.fsckObjects=true")
# What a remote sends may be small and say that it is large: git gives up before it asks the system for more
# than a file may have, and never goes on with a piece at a time, which has no end.
_MOST_AT_ONCE = {"GIT_ALLOC_LIMIT": "160m"}
_NEVER_IN_PIECES = "core.bigFileThreshold=8191g"
_FETCH_CONFIG = (
    _NEVER_IN_PIECES,
    *_FSCK,
    "fetch.writeCommitGraph=false",
    "fetch.prune=false",
    "fetch.output=full",
)


class PushOutcome(enum.Enum):
    """ACCEPTED; somebody was faster (fetch, merge, push again), or is at it; or the server refused."""

    ACCEPTED = "accepted"
    REJECTED_RACE = "rejected race"
    LOCKED_THERE = "locked there"
    REFUSED_BY_SERVER = "refused by server"


@dataclass(frozen=True, slots=True)
class PushResult:
    """How a push ended; `reason` is a person's sentence, empty when it was accepted."""

    outcome: PushOutcome
    reason: str = ""


_REASONS = (
    (r"GH006|protected branch", "the branch is protected on the server"),
    (r"GH001|exceeds .*file size limit|larger than", "a file is larger than the server allows"),
    (r"GH013|push protection|secret", "the server found what looks like a secret"),
    (r"checked out|denyCurrentBranch", "the branch is checked out in the remote's own work tree"),
    (r"quota|storage limit|no space left|disk full", "the server has no room left"),
    (r"shallow update not allowed", "the server does not take pushes from a shallow clone"),
    (r"pack exceeds maximum", "it is larger than the server takes at once"),
    (r"pre-receive|hook declined|update hook", "a hook on the server declined it"),
    (r"permission|not allowed|denied|read-only|prohibited", "this account may not push there"),
)
_SERVER, _MOST_WORDS = "remote: ", 300
_RACE = pattern(
    r"fetch first|non-fast-forward|stale info|cannot lock ref|failed to (?:update|lock)|incorrect old value"
    r"|already exists|reference already"
)
_LOCKED_THERE = re.compile(r"Unable to create '(?P<lock>[^'\n]+\.lock)': File exists")


def remote_tip(
    git: Git, remote: str, branch: str, timeout_seconds: float = REMOTE_TIMEOUT_SECONDS
) -> str | None:
    """The commit that the remote's branch is at, asked afresh; None when it has no such branch, or none."""
    ref = branch_ref(branch)
    asked = ("ls-remote", "-q", "--", remote, ref)
    result = _talk(git, remote, *asked, timeout_seconds=timeout_seconds)
    if not result.stdout:
        _refuse_page(_talk(git, remote, *asked, timeout_seconds=timeout_seconds, env=_TRACED))
    lines = (line.split("\t", 1) for line in result.text.splitlines() if "\t" in line)
    return next(
        (sha for sha, name in lines if name == ref), None
    )  # git matches the end of a name, we all of it


def _refuse_page(traced: Result) -> None:
    """A web page of one line, such as the login page of a hotel's network, is an empty repository to git,
    which takes it for a plain file server. Only what speaks git's own protocol is believed to be empty."""
    if "packet:" not in traced.stderr:
        raise GitUnreachable(
            "something else answered in the remote's place: no git server, but a page of one line",
            hint=OPEN_A_PAGE,
        )


def fetch(
    git: Git,
    remote: str,
    branch: str,
    into: str = FETCHED,
    timeout_seconds: float = REMOTE_TIMEOUT_SECONDS,
    *,
    depth: str | None = None,
) -> str:
    """Bring the branch's objects here, checked by git, and return its commit; only the ref `into` moves.

    `depth` is one of git's options that say where its history ends here, such as --unshallow.

    Raises NoSuchBranch, GitUnreachable, GitDamaged. Whether the remote's history was rewritten is for the
    caller to see.
    """
    refspec = f"+{branch_ref(branch)}:{into}"
    _fetch(git, remote, refspec, timeout_seconds=timeout_seconds, options=(depth,) if depth else ())
    sha = read_shared_ref(git, into)
    if sha is None:
        raise GitDamaged(f"{into} is missing after a fetch that succeeded", hint="run `git fsck`")
    return sha


def fetch_objects(
    git: Git, remote: str, branch: str, tip: str, *, timeout_seconds: float = REMOTE_TIMEOUT_SECONDS
) -> bool:
    """The same, and no ref moves, so that no lock is needed; whether all of `tip` is here then."""
    _fetch(git, remote, branch_ref(branch), timeout_seconds=timeout_seconds)
    words = ("rev-list", "--objects", "--quiet", tip, "--not", "--all")
    return git.run(*words, check=False, timeout_seconds=timeout_seconds).status == 0


def _fetch(
    git: Git, remote: str, refspec: str, *, timeout_seconds: float, options: tuple[str, ...] = ()
) -> None:
    _talk(
        git,
        remote,
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-write-fetch-head",
        "--refmap=",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
        *options,
        "--",
        remote,
        refspec,
        config=_FETCH_CONFIG,
        env=_MOST_AT_ONCE,
        timeout_seconds=timeout_seconds,
    )


def push(
    git: Git,
    remote: str,
    sha: str,
    branch: str,
    timeout_seconds: float = REMOTE_TIMEOUT_SECONDS,
    *,
    is_large: bool = False,
    is_rehearsal: bool = False,
) -> PushResult:
    """Offer a commit as the new tip, never by force. Only remote_tip afterwards proves it arrived.

    `is_large`: so much is new that looking for deltas in it would take longer than sending it.
    `is_rehearsal`: everything but the sending, to see whether the remote would let us.
    """
    result = _talk(
        git,
        remote,
        "push",
        "--porcelain",
        "--no-verify",
        "--no-follow-tags",
        "--no-signed",
        "--recurse-submodules=no",
        *(("--dry-run",) if is_rehearsal else ()),
        "--",
        remote,
        f"{sha}:{branch_ref(branch)}",
        check=False,
        config=_LARGE_PUSH if is_large else (),
        timeout_seconds=timeout_seconds,
    )
    return _push_result(result)


def _push_result(result: Result) -> PushResult:
    answers = [line.split("\t") for line in result.text.splitlines() if line.count("\t") == 2]
    if not answers:
        raise explain("push", result.stderr, result.status)
    flag, _, summary = answers[0]
    if flag != "!":
        return PushResult(PushOutcome.ACCEPTED)
    if locked := _LOCKED_THERE.search(result.stderr):
        return PushResult(PushOutcome.LOCKED_THERE, without_credentials(locked["lock"]))
    if _RACE.search(summary):
        return PushResult(PushOutcome.REJECTED_RACE, "another device pushed first")
    return PushResult(PushOutcome.REFUSED_BY_SERVER, _reason(f"{summary}\n{result.stderr}", summary))


def _reason(everything: str, summary: str) -> str:
    for wording, reason in _REASONS:
        if re.search(wording, everything, re.IGNORECASE):
            words = _server_words(everything)
            return f"{reason}: {words}" if words else reason
    return without_credentials(summary.strip())


def _server_words(stderr: str) -> str:
    """What the server itself said, as one line that can do nothing to a terminal; "" for nothing."""
    said = [line[len(_SERVER) :].strip() for line in stderr.splitlines() if line.startswith(_SERVER)]
    words = without_credentials("; ".join(line for line in said if line))
    shown = "".join(letter if letter.isprintable() else "?" for letter in words)
    return shown if len(shown) <= _MOST_WORDS else f"{shown[:_MOST_WORDS]}…"


def _talk(
    git: Git,
    remote: str,
    *args: str,
    timeout_seconds: float,
    check: bool = True,
    config: tuple[str, ...] = (),
    env: Mapping[str, str] = MappingProxyType({}),
) -> Result:
    allowed, config = _protocols(git, remote), (*STALL_CONFIG, *config)
    asked = {**env, **(allowed or {})}
    result = git.run(*args, timeout_seconds=timeout_seconds, check=False, env=asked, config=config)
    if allowed is None and is_remote_name(remote) and _IS_PLAIN.search(result.stderr):
        # A configured remote's address costs a process to look up, so only when it matters.
        check_url(git.run("remote", "get-url", "--", remote).text.strip())
        asked |= _WITH_PLAIN
        result = git.run(*args, timeout_seconds=timeout_seconds, check=False, env=asked, config=config)
    if check and result.status != 0:
        raise _explained(args[0], result)
    return result


def _explained(command: str, result: Result) -> GitError:
    """ssh says the same whether a key is wrong or the agent that holds it is gone: that is looked up."""
    from waifusync.repository.ssh_agent import agent_trouble

    error = explain(command, result.stderr, result.status)
    if isinstance(error, GitNotLetIn) and "publickey" in result.stderr:
        trouble = agent_trouble(os.environ)
        error.message += f" ({trouble})" if trouble else ""
    return error


def _protocols(git: Git, remote: str) -> Mapping[str, str] | None:
    if is_remote_name(remote):
        return None
    check_url(remote)
    return _WITH_PLAIN if is_plain_loopback(remote) else None
