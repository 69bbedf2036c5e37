"""What git is allowed to see and to do: a scrubbed environment, and settings that no repository can change.

A hook runs with GIT_DIR and GIT_INDEX_FILE set, a desktop with an askpass window, a shell with
GIT_CONFIG_PARAMETERS: none of it may reach a git that nobody watches.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:  # a run that finds nothing to do loads this, and hardly more
    from collections.abc import Mapping

# How the person reaches their remote, and which configuration is theirs; nothing that names a repository.
_KEPT = frozenset(
    {
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_SSH_VARIANT",
        "GIT_SSL_CAINFO",
        "GIT_SSL_CAPATH",
    }
)
ALLOWED_PROTOCOLS = "https:ssh:file"
_FIXED = {
    "GCM_INTERACTIVE": "never",
    "GIT_ALLOW_PROTOCOL": ALLOWED_PROTOCOLS,
    "GIT_ASKPASS": "",  # empty and set: neither core.askPass nor SSH_ASKPASS is asked
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "SSH_ASKPASS": "false",
    "SSH_ASKPASS_REQUIRE": "never",
}
FIXED_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",  # a setting that names a program
    "core.fsync=committed,reference,index",
    "core.fsyncObjectFiles=true",  # the same promise to git before 2.36, which does not know core.fsync
    "core.quotePath=false",
    "commit.gpgSign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "advice.detachedHead=false",
)
# A git whose parent was killed has no deadline left: one byte in two minutes, or it gives up by itself.
STALL_CONFIG = ("http.lowSpeedLimit=1", "http.lowSpeedTime=120")


def scrubbed_environment(source: Mapping[str, str], extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a git process; `extra` is laid over everything else."""
    environment = {
        name: value for name, value in source.items() if not name.startswith("GIT_") or name in _KEPT
    }
    environment.pop("LANGUAGE", None)
    # systemd and cron start programs with no PATH at all.
    environment.setdefault("PATH", os.pathsep.join(("/usr/local/bin", "/usr/bin", "/bin")))
    environment.update(_FIXED)
    environment.update(extra or {})
    return environment


def config_arguments(*extra: str) -> list[str]:
    """`-c` for every fixed setting, then for `extra` (each `key=value`), which win."""
    return [word for setting in (*FIXED_CONFIG, *extra) for word in ("-c", setting)]
