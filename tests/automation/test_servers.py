"""T18: from an empty environment to real servers: by timer, by cron and after a hook; over ssh and https."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.automation.scheduled import Unattended
from tests.automation.servers import (
    HAS_SSH,
    NO_SSHD,
    NO_TLS,
    Authority,
    Sshd,
    authority,
    running_agent,
    running_https,
    running_sshd,
)
from tests.automation.watched import until
from tests.companions import INSTALLED, Ran

NEEDS_SSH = pytest.mark.skipif(not HAS_SSH, reason=NO_SSHD)
NEEDS_TLS = pytest.mark.skipif(not shutil.which("openssl"), reason=NO_TLS)
Start = Callable[[Unattended], Ran]
PASSWORD, TOKEN = "correct horse", "ghp_0123456789"


def _by_cron(device: Unattended) -> Ran:
    device.run("schedule", "install", "--every", "1m")
    return device.by_cron()


def _by_timer(device: Unattended) -> Ran:
    device.answering_systemd("ActiveState=active")
    device.run("schedule", "install")
    return device.by_timer()


def _after_a_hook(device: Unattended) -> Ran:
    """The hook commits and asks no remote; the next run pushes what it made."""
    device.run("hooks", "install")
    device.git("config", "user.name", "Ada")
    device.git("config", "user.email", "ada@example.org")
    device.run("schedule", "install")
    before = device.world.remote_head()
    _commit_from_nowhere(device)
    assert device.git("log", "-1", "--format=%s") == "memories: 1 from laptop"
    assert device.world.remote_head() == before
    return device.by_cron()


def _commit_from_nowhere(device: Unattended) -> None:
    """Plain git without any environment, as a program might call it; it waits for nobody."""
    git = str(shutil.which("git"))
    command = [git, "-C", str(device.directory), "commit", "-q", "--allow-empty", "-m", "notes"]
    subprocess.run(command, env={}, check=True, timeout=60)


def _by_a_hook_that_pushes(device: Unattended) -> Ran:
    """The hook starts the run, and git does not wait for it."""
    device.run("hooks", "install", "--push")
    device.git("config", "user.name", "Ada")
    device.git("config", "user.email", "ada@example.org")
    _commit_from_nowhere(device)
    until(lambda: (said := device.state_directory / "hooks/pushing").exists() and said.read_text())
    return Ran(0, (device.state_directory / "hooks/pushing").read_text(), "")


STARTS = pytest.mark.parametrize("start", [_by_cron, _by_timer, _after_a_hook, _by_a_hook_that_pushes])


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running_sshd(tmp_path_factory.mktemp("ssh") / "server") as found:
        yield found


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("tls") / "ca")


def _over_ssh(device: Unattended, sshd: Sshd) -> None:
    device.git("remote", "set-url", "origin", sshd.url(device.world.remote))
    device.git("config", "core.sshCommand", f"ssh -F '{sshd.config}'")


@NEEDS_SSH
@STARTS
def test_a_push_over_ssh_with_a_key_in_an_agent(
    alone: Unattended, sshd: Sshd, tmp_path: Path, start: Start
) -> None:
    """T18"""
    _over_ssh(alone, sshd)
    alone.say("one")
    with running_agent(tmp_path, sshd.key) as address:
        alone.environment["SSH_AUTH_SOCK"] = str(address)
        start(alone)
        assert alone.world.remote_head() == alone.head()
        assert alone.run("status").code == 0


@NEEDS_SSH
@pytest.mark.parametrize("start", [_by_cron, _by_timer])
def test_an_agent_that_is_gone_is_named_and_status_is_red(
    alone: Unattended, sshd: Sshd, tmp_path: Path, start: Start
) -> None:
    """T18: waiting does not help, so it does not take a week to turn red."""
    _over_ssh(alone, sshd)
    with running_agent(tmp_path, sshd.key) as address:
        alone.environment["SSH_AUTH_SOCK"] = str(address)
        start(alone)
        assert alone.run("status").code == 0
    alone.say("one")
    failed = alone.by_nobody(code=4)
    assert (
        "Permission denied (publickey)" in failed.out and f"no ssh agent answers at {address}" in failed.out
    )
    status = alone.run("status", code=4)
    assert "problem: the last scheduled run failed" in status.out and "no ssh agent answers" in status.out
    assert alone.failure()["times"] == 1
    with running_agent(tmp_path, sshd.key):
        assert alone.by_nobody().out.endswith("Pushed 1 change.\n")
    assert alone.run("status").code == 0


@NEEDS_SSH
def test_a_push_after_a_hook_without_its_agent_is_red_and_goes_with_the_next(
    alone: Unattended, sshd: Sshd, tmp_path: Path
) -> None:
    """T18"""
    _over_ssh(alone, sshd)
    with running_agent(tmp_path, sshd.key) as address:
        alone.environment["SSH_AUTH_SOCK"] = str(address)
        alone.run("hooks", "install", "--push")
    alone.environment["SSH_AUTH_SOCK"] = ""
    alone.git("config", "user.name", "Ada")
    alone.git("config", "user.email", "ada@example.org")
    alone.say("one")
    _commit_from_nowhere(alone)
    until(lambda: "problem:" in alone.run("status", code=None).out)
    status = alone.run("status", code=4).out
    assert "the last run after a git hook failed" in status and "no ssh agent answers" in status
    with running_agent(tmp_path, sshd.key):
        alone.say("two")
        _commit_from_nowhere(alone)
        until(lambda: alone.world.remote_head() == alone.head())
        until(lambda: alone.run("status", code=None).code == 0)


@NEEDS_SSH
def test_an_agent_without_keys_is_named(alone: Unattended, sshd: Sshd, tmp_path: Path) -> None:
    """T18: as after every start of the machine, until somebody types the passphrase."""
    _over_ssh(alone, sshd)
    with running_agent(tmp_path, sshd.key) as address:
        subprocess.run(
            ["ssh-add", "-q", "-D"], env={"SSH_AUTH_SOCK": str(address), "PATH": "/usr/bin"}, check=True
        )
        failed = alone.run("run", SSH_AUTH_SOCK=str(address), code=4)
    assert "the ssh agent holds no key" in failed.out


@NEEDS_SSH
def test_an_agent_that_listens_elsewhere_after_the_next_login_is_found(
    alone: Unattended, sshd: Sshd, tmp_path: Path
) -> None:
    """T18: desktops and OpenSSH 10.1 have it in the home folder."""
    _over_ssh(alone, sshd)
    alone.run("schedule", "install", SSH_AUTH_SOCK=str(tmp_path / "of the last login"))
    folder = alone.world.home / ".ssh/agent"
    folder.mkdir(parents=True)
    alone.say("one")
    with running_agent(folder, sshd.key):
        assert alone.by_nobody().out.endswith("Pushed 1 change.\n")


@NEEDS_SSH
def test_a_host_whose_key_changed_is_named_and_red(alone: Unattended, sshd: Sshd, tmp_path: Path) -> None:
    known = tmp_path / "client"
    known.write_text(sshd.config.read_text().replace("known_hosts", "none_known"))
    alone.git("remote", "set-url", "origin", sshd.url(alone.world.remote))
    alone.git("config", "core.sshCommand", f"ssh -F '{known}'")
    assert "host key is not known, or has changed" in alone.by_nobody(code=4).out
    assert alone.run("status", code=4)


def _password(device: Unattended, url: str) -> None:
    """git's own store, in a file of the home folder: found by HOME alone."""
    home = device.world.home
    (home / ".git-credentials").write_text(
        url.replace("://", f"://ada:{PASSWORD.replace(' ', '%20')}@") + "\n"
    )
    _configure(device, f'[credential]\n\thelper = store --file "{home}/.git-credentials"\n')


def _token(device: Unattended, url: str) -> None:
    """A helper that is a program of its own, found by PATH alone."""
    script = f"#!/bin/sh\n[ \"$1\" = get ] && printf 'username=ada\\npassword=%s\\n' '{TOKEN}'\n"
    device.tool("git-credential-vault", script)
    _configure(device, "[credential]\n\thelper = vault\n")


def _configure(device: Unattended, text: str) -> None:
    with (device.world.home / "gitconfig").open("a") as file:
        file.write(text)


@NEEDS_TLS
@STARTS
@pytest.mark.parametrize(
    ("give", "secret"), [(_password, PASSWORD), (_token, TOKEN)], ids=["password", "token"]
)
def test_a_push_over_https(
    alone: Unattended, ours: Authority, start: Start, give: Callable[[Unattended, str], None], secret: str
) -> None:
    """T18: the secret comes from git's credential helper, and stands in nothing of ours."""
    alone.say("one")
    alone.world.git(alone.world.remote, "config", "http.receivepack", "true")
    _configure(alone, f"[http]\n\tsslCAInfo = {ours.certificate}\n")
    with running_https(alone.world.folder, ours, user="ada", password=secret) as url:
        give(alone, url)
        alone.git("remote", "set-url", "origin", f"{url}/remote.git")
        start(alone)
        assert alone.world.remote_head() == alone.head()
    written = (
        "".join(path.read_text(errors="replace") for path in alone.state_directory.glob("*.json"))
        + alone.run("status", code=None).out
    )
    assert secret not in written


@NEEDS_TLS
def test_a_password_that_is_wrong_or_missing_is_named_and_red(alone: Unattended, ours: Authority) -> None:
    """T18"""
    _configure(alone, f"[http]\n\tsslCAInfo = {ours.certificate}\n")
    with running_https(alone.world.folder, ours, user="ada", password="another") as url:
        alone.git("remote", "set-url", "origin", f"{url}/remote.git")
        config = alone.world.home / "gitconfig"
        missing = _run_with(alone, config)
        assert missing.code == 4 and "credentials" in missing.out
        _password(alone, url)
        wrong = _run_with(alone, config)
        assert wrong.code == 4 and "credentials" in wrong.out and PASSWORD not in wrong.out
        assert alone.run("status", code=4).out.count("problem:") == 1
        assert alone.failure()["times"] == 2


def _run_with(device: Unattended, config: Path) -> Ran:
    done = subprocess.run(
        [str(INSTALLED), "-C", str(device.directory), "run"],
        env={"GIT_CONFIG_GLOBAL": str(config)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
