"""What a run needs that cron and systemd do not give it: found at installation, written down, laid under.

What is there when it runs counts first, but for PATH, of which they give half. A value that may hold a
password is never written down. An agent has another address after every login, so that is looked for.
"""

from __future__ import annotations

import json
import os
import pwd
import re
from collections.abc import Mapping
from pathlib import Path

from waifusync.errors import RefusedError
from waifusync.patterns import pattern
from waifusync.repository.hook_places import write_file
from waifusync.repository.ssh_agent import find_agent
from waifusync.values import NamedTuple

_FILE = "environment.json"
_NAMES = (
    "HOME",
    "PATH",
    "LANG",
    "LC_ALL",
    "SSH_AUTH_SOCK",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "DBUS_SESSION_BUS_ADDRESS",
    # How git gets to the remote, and where it learns of passwords.
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "SSL_CERT_FILE",
    "GNUPGHOME",
    "PASSWORD_STORE_DIR",
    "GCM_CREDENTIAL_STORE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
)
_SECRET = pattern(r"://[^/\s]*@|sshpass|passw|token|secret", re.IGNORECASE)
_ALWAYS_ON_PATH = ("/usr/local/bin", "/usr/bin", "/bin")


class KeptEnvironment(NamedTuple):
    """`left_out` are names whose values look as if they held a secret."""

    values: Mapping[str, str]
    left_out: tuple[str, ...] = ()


def worth_keeping(environment: Mapping[str, str]) -> KeptEnvironment:
    """What of this environment a later run will need."""
    there = {name: environment[name] for name in _NAMES if environment.get(name)}
    secret = tuple(name for name, value in there.items() if _may_be_secret(name, value))
    return KeptEnvironment({name: value for name, value in there.items() if name not in secret}, secret)


def _may_be_secret(name: str, value: str) -> bool:
    """Paths may well be called so; commands and addresses carry what they are called after."""
    return name.endswith(("_COMMAND", "PROXY", "_proxy")) and _SECRET.search(value) is not None


def write_down(directory: Path, found: KeptEnvironment) -> bool:
    """For its owner alone. False: it was so. Raises CannotWrite."""
    return write_file(directory / _FILE, text_of(found), mode=0o600)


def text_of(found: KeptEnvironment) -> str:
    """What stands in the file."""
    return json.dumps({"format": 1, "environment": dict(found.values)}, indent=1) + "\n"


def written_down(directory: Path) -> Mapping[str, str]:
    """Nothing where nothing was installed. Raises RefusedError for a file that somebody spoilt."""
    path = directory / _FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))["environment"]
        return {name: str(values[name]) for name in _NAMES if name in values}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError) as error:
        raise RefusedError(f"{path} cannot be read", hint="run: waifusync schedule install") from error


def forget(directory: Path) -> None:
    (directory / _FILE).unlink(missing_ok=True)


def completed(environment: Mapping[str, str], recorded: Mapping[str, str]) -> dict[str, str]:
    """The environment for a run: what is there, and below it what was written down or can be found."""
    whole = {**recorded, **{name: value for name, value in environment.items() if value}}
    whole["PATH"] = _path(recorded.get("PATH", ""), environment.get("PATH", ""))
    whole.setdefault("HOME", _home())
    runtime = f"/run/user/{os.geteuid()}"
    if not os.path.isdir(whole.get("XDG_RUNTIME_DIR", "")) and os.path.isdir(runtime):
        whole["XDG_RUNTIME_DIR"] = runtime
    bus = f"{whole.get('XDG_RUNTIME_DIR', '')}/bus"
    if "DBUS_SESSION_BUS_ADDRESS" not in environment and os.path.exists(bus):
        whole["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
    agent = find_agent(whole)
    if agent is not None:
        whole["SSH_AUTH_SOCK"] = agent
    return whole


def _path(recorded: str, given: str) -> str:
    folders = [*recorded.split(os.pathsep), *given.split(os.pathsep), *_ALWAYS_ON_PATH]
    return os.pathsep.join(dict.fromkeys(folder for folder in folders if folder))


def _home() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:  # a container's user without a name
        return os.path.abspath(os.sep)
