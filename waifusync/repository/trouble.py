"""What git's complaints mean: one table from the text on stderr to an error of our family.

git runs with LC_ALL=C, so that its words are the ones below. A password in a URL never leaves this file.
"""

from __future__ import annotations

import re

from waifusync.errors import ExitCode, UnreachableError, UsageError, WaifusyncError
from waifusync.patterns import pattern
from waifusync.values import NamedTuple


class GitError(WaifusyncError):
    """git did not do what it was asked; nothing half done is left by it."""


class GitUnreachable(GitError, UnreachableError):
    """The remote did not answer, in time or at all, or did not let us in."""

    code = ExitCode.UNREACHABLE


class GitNotLetIn(GitUnreachable):
    """The remote answered, and waiting will not help: a key or a password is missing or wrong."""


class GitLocked(GitError):
    """Another git program holds a lock file, or one died and left it. `facts["path"]` names it."""


class GitDamaged(GitError):
    """An object or a ref cannot be read, or what arrived breaks git's own rules."""

    code = ExitCode.UNTRUSTED


class NoSuchBranch(GitError):
    """The remote answered, and it has no such branch."""


class NotARepository(UsageError):
    """Neither this folder nor one above it is a git repository."""


class _Cause(NamedTuple):
    pattern: str
    kind: type[GitError]
    # `{line}` is git's own first useful line, `{matched}` the one that matched, `{0}` its first group.
    message: str
    hint: str


def _cause(pattern: str, kind: type[GitError], message: str, hint: str) -> _Cause:
    # Compiled when something went wrong: all of them together take as long as a git process.
    return _Cause(pattern, kind, message, hint)


OPEN_A_PAGE = (
    "everything is safe here; does this network want a login first? open any web page, then try again"
)
_NOTHING_TAKEN = "nothing was taken over; find out who pushed it, and remove it from the remote"
# The first match wins, so what is particular comes before what merely accompanies it.
_CAUSES = (
    _cause(
        r"dubious ownership in repository at '([^'\n]*)'|unsafe repository \('([^'\n]*)'",
        GitError,
        "git does not trust {0}, because another user owns it",
        "if it is yours, add it to git's safe.directory setting",
    ),
    _cause(
        r"Unable to create '([^'\n]*\.lock)'",
        GitLocked,
        "{0} is held by another git program, or was left by one that died",
        "wait until no other git program works here, then run the command again",
    ),
    _cause(
        r"index file (?:smaller|corrupt)|bad index file|bad signature 0x",
        GitError,
        "git's index here is damaged: {line}",
        "move .git/index aside, then run: git reset (which changes no file)",
    ),
    _cause(
        r"no space left on device|out of diskspace",
        GitError,
        "the disk is full",
        "free some space, then run the command again",
    ),
    _cause(r"read-only file system", GitError, "the file system is read-only", ""),
    _cause(r"couldn't find remote ref (\S+)", NoSuchBranch, "the remote has no {0}", ""),
    _cause(
        r"transport '([^'\n]*)' not allowed",
        GitError,
        "remotes are not reached by {0}",
        "use https, ssh or a path",
    ),
    _cause(
        r"host key verification failed",
        GitNotLetIn,
        "the remote's ssh host key is not known, or has changed",
        "connect to it once with ssh by hand and compare the key",
    ),
    _cause(
        r"authentication failed|could not read (?:username|password)|terminal prompts disabled"
        r"|permission denied \(|invalid credentials|error: 40[13]",
        GitNotLetIn,
        "the remote did not accept our credentials: {matched}",
        "check that git can reach it without asking: a credential helper for https, an agent or key for ssh",
    ),
    _cause(
        r"\bHTTP 413\b|error: 413",
        GitError,
        "the server takes no push that large (HTTP 413)",
        "everything is safe here; whoever runs the server can raise its limit for the size of a request",
    ),
    _cause(
        r"certificate (?:verification failed|problem)|certificate has expired|self[- ]signed certificate",
        GitUnreachable,
        "the remote's certificate is not one that this device trusts: {line}",
        "everything is safe here; is this device's clock right, and does this network want a login first?",
    ),
    _cause(
        r"not valid: is this a git repository|unable to update url base from redirection"
        r"|bad line length character|banner (?:line|exchange)|unexpected tls packet|wrong version number",
        GitUnreachable,
        "something else answered in the remote's place: {matched}",
        OPEN_A_PAGE,
    ),
    _cause(
        r"\bobject [0-9a-f]{40,64}: \w+: .*",  # what git's own check found, before what follows from it
        GitDamaged,
        "the remote sent objects that git does not accept: {matched}",
        _NOTHING_TAKEN,
    ),
    _cause(
        r"attempting to allocate \d+ over limit \d+",
        GitDamaged,
        "the remote sent something that needs more memory than any file of a companion: {matched}",
        _NOTHING_TAKEN,
    ),
    _cause(
        r"repository corruption on the remote side\.?|pack has bad object|not our ref \S+"
        r"|child objects of \S+ are reachable|did not send all necessary objects",
        GitDamaged,
        "the remote's own store is damaged, or made to look so: {line}",
        "nothing was taken over; where the remote lies, run: git fsck",
    ),
    _cause(
        r"fsck error|error in object|index-pack abnormal exit|bad tree"
        r"|\bobject \S+: (?:missing|bad|zero|has|contains)",
        GitDamaged,
        "the remote sent objects that git does not accept: {line}",
        _NOTHING_TAKEN,
    ),
    _cause(
        r"could not resolve host|connection (?:refused|timed out|reset|closed)|network is unreachable"
        r"|no route to host"
        r"|unable to access '|could not read from remote|does not appear to be a git repository"
        r"|repository .*(?:not found|does not exist|not exported)"
        r"|hung up unexpectedly|early eof|operation timed out|unable to connect"
        r"|remote: not found|kex_exchange|broken pipe",
        GitUnreachable,
        "the remote could not be reached: {line}",
        "everything is safe here, and goes with the next sync",
    ),
    _cause(
        r"object file .* is empty|loose object .* is corrupt|unable to read (?:tree|sha1|[0-9a-f]{40})"
        r"|bad object"
        r"|missing (?:blob|tree|commit)|ignoring broken ref|packfile .* (?:is corrupt|cannot)|inflate:",
        GitDamaged,
        "git's own store is damaged here: {line}",
        "run `git fsck` and `waifusync doctor`; the live database is not touched",
    ),
)
_NOISE = pattern(
    r"^(?:[Ww]arning:|\*\* |hint:|remote:|\s*$|To |From |Cloning into"
    # What git adds to ssh's own word, which says why.
    r"|fatal: Could not read from remote repository|Please make sure you have|and the repository exists)"
)
_URL_SECRET = pattern(r"(\b(?!ssh://)[a-z][a-z0-9+.-]*://)[^/@\s'\"]+@", re.IGNORECASE)
_SSH_PASSWORD = pattern(r"(ssh://[^/:@\s]+):[^/@\s]+@", re.IGNORECASE)
_QUERY = pattern(r"(\bhttps?://[^\s'\"?]+)\?[^\s'\"]+", re.IGNORECASE)


def without_credentials(text: str) -> str:
    """The same text, with user names, passwords and query strings taken out of the URLs in it."""
    text = _URL_SECRET.sub(r"\1", text)
    return _QUERY.sub(r"\1", _SSH_PASSWORD.sub(r"\1@", text))


def explain(command: str, stderr: str, status: int) -> GitError:
    """The error for a git that ended with `status`; the table above decides which."""
    stderr = without_credentials(stderr)
    line = first_useful_line(stderr)
    for cause in _CAUSES:
        match = re.search(cause.pattern, stderr, re.IGNORECASE)
        if match:
            named = next((group for group in match.groups() if group), "")
            matched = _line_at(stderr, match.start())
            message = (
                cause.message.replace("{line}", line).replace("{matched}", matched).replace("{0}", named)
            )
            return cause.kind(message, hint=cause.hint, path=named, status=status, command=command)
    message = f"git {command} failed: {line}" if line else f"git {command} ended with status {status}"
    return GitError(message, status=status, command=command)


def _line_at(text: str, place: int) -> str:
    """As a person would quote it: ssh's own word says more than git's that follows from it."""
    line = text[text.rfind("\n", 0, place) + 1 :].split("\n", 1)[0].strip()
    return re.sub(r"^(?:fatal|error): ", "", line)


def first_useful_line(stderr: str) -> str:
    """`fatal:` before `error:` before anything else that is neither a warning nor the server talking."""
    said = stderr.splitlines()
    lines = [line for line in said if not _NOISE.match(line)] or [each for each in said if "fatal: " in each]
    for prefix in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(prefix):
                return line[len(prefix) :].strip()
    return lines[0].strip() if lines else ""
