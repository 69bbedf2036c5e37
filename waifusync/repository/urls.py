"""Which remotes may be spoken to: https, ssh (both spellings), files and paths; http and git on this machine.

git runs programs for some URLs (`ext::sh -c …`) and takes options out of others (`-oProxyCommand=…`), so
what is not known to be safe is refused. Pure.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from waifusync.errors import UsageError
from waifusync.patterns import pattern
from waifusync.repository.trouble import without_credentials

_CONTROL = pattern(r"[\x00-\x1f\x7f]")
_SCHEME = pattern(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_HELPER = pattern(r"[A-Za-z0-9][A-Za-z0-9+.-]*::")
_SCP_LIKE = pattern(r"([^/:\[\]]*|[^/]*\[[^\]/]*\]):(.*)", re.DOTALL)
_AUTHORITY = pattern(r"(?:[^/@]*@)?(\[[^\]/]*\]|[^/:@]*)(?::[0-9]*)?(?:/.*)?", re.DOTALL)
_NAME = pattern(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_LOOPBACK = pattern(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]", re.IGNORECASE)
# Neither encrypts, and git's own does not even ask who pushes.
PLAIN_SCHEMES = ("http", "git")
_HINT = "use https://…, ssh://…, user@host:path, file://… or a path"


def check_url(url: str) -> None:
    """Raises UsageError for a remote that git must not be given; says nothing about whether it exists."""
    if not url or _CONTROL.search(url):
        raise UsageError(f"{url!r} is not the address of a remote", hint=_HINT)
    if url.startswith("-") or _HELPER.match(url):
        raise _refused(url)
    with_scheme = _SCHEME.fullmatch(url)
    if with_scheme:
        _check_scheme(url, with_scheme[1].lower(), with_scheme[2])
        return
    scp = _SCP_LIKE.fullmatch(url)
    if scp and not _is_safe_host(scp[1].rpartition("@")[2]):
        raise _refused(url)
    if scp and (scp[1].startswith("-") or scp[2].startswith("-")):
        raise _refused(url)


def made_absolute(url: str, directory: Path) -> str:
    """A path, which is meant from `directory`, made whole; every other address as it is."""
    return os.path.abspath(directory / url) if _is_path(url) and url else url


def is_on_this_machine(url: str) -> bool:
    """True for what our own git serves: a path, a mounted folder."""
    return _is_path(url) or url.lower().startswith("file://")


def _is_path(url: str) -> bool:
    return "://" not in url and ":" not in url.split("/")[0]


def is_remote_name(remote: str) -> bool:
    """True when git would look this up among the configured remotes first."""
    return _NAME.fullmatch(remote) is not None and ".." not in remote


def is_plain_loopback(url: str) -> bool:
    """True for http or git to this machine, the one place where they need no encryption."""
    match = _SCHEME.fullmatch(url)
    return match is not None and match[1].lower() in PLAIN_SCHEMES and _is_loopback(match[2])


def _check_scheme(url: str, scheme: str, rest: str) -> None:
    if scheme == "file":
        return
    if scheme in PLAIN_SCHEMES:
        if not _is_loopback(rest):
            raise UsageError(
                f"{without_credentials(url)} would send everything unencrypted",
                hint="use https:// or ssh:// instead",
            )
        return
    if scheme not in ("https", "ssh"):
        raise _refused(url)
    authority = _AUTHORITY.fullmatch(rest)
    if authority is None or not _is_safe_host(authority[1]) or rest.startswith("-"):
        raise _refused(url)


def _is_loopback(rest: str) -> bool:
    authority = _AUTHORITY.fullmatch(rest)
    return authority is not None and _LOOPBACK.fullmatch(authority[1]) is not None


def _is_safe_host(host: str) -> bool:
    return bool(host) and not host.startswith("-") and not re.search(r"[\s'\"`$;&|<>\\]", host)


def _refused(url: str) -> UsageError:
    return UsageError(f"{without_credentials(url)} is not a remote that waifusync speaks to", hint=_HINT)
