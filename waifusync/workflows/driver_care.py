"""`drivers install` and `uninstall`, and what every command that commits does to keep the drivers there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from waifusync.repository.attributes import ensure_local_rules
from waifusync.repository.driver_registration import (
    Places,
    declined,
    is_registered,
    places_of,
    register,
)
from waifusync.repository.driver_settings import SQLITE
from waifusync.repository.git import Git, discover
from waifusync.values import NamedTuple

if TYPE_CHECKING:
    from waifusync.repository.foreign_attributes import Kept


# Where git keeps what textconv said: rows, as plain text.
_SHOWN = f"refs/notes/textconv/{SQLITE}"


class Installed(NamedTuple):
    """`is_new` is false when all was there already; `kept` are others' settings that stay in force."""

    places: Places
    is_new: bool
    kept: tuple[Kept, ...]


def install(directory: Path, *, is_global: bool = False) -> Installed:
    """Registers the program that is running now, here or for all of a person's repositories."""
    from waifusync.repository.driver_registration import decline, others_attributes, places_of_person

    if is_global:
        git = Git(directory)
        return _register(places_of_person(git), ())
    git = discover(directory)
    done = _register(places_of(git), others_attributes(git))
    decline(git, is_declined=False)
    _let_companion_have_the_last_word(git)
    return done


def uninstall(directory: Path, *, is_global: bool = False) -> bool:
    """False when there was nothing to take out."""
    from waifusync.repository.driver_registration import decline, places_of_person, unregister

    if is_global:
        return unregister(places_of_person(Git(directory)))
    git = discover(directory)
    decline(git, is_declined=True)
    if git.run("show-ref", "--verify", "-q", _SHOWN, check=False).status == 0:  # git locks, and may be killed
        git.run("update-ref", "-d", _SHOWN, check=False)
    return unregister(places_of(git))


def keep_registered(git: Git) -> str | None:
    """What was repaired, in words; None when all is well, or the person wants none. Raises CannotRegister.

    Reads three small files when all is well, and starts no process.
    """
    places = places_of(git)
    if is_registered(places) or declined(git):
        return None
    from waifusync.repository.driver_registration import others_attributes

    _register(places, others_attributes(git))
    _let_companion_have_the_last_word(git)
    return "git did not know the drivers that merge databases: registered again"


def _let_companion_have_the_last_word(git: Git) -> None:
    """Its own files have one writer each, and no driver is to merge them."""
    if (git.state_directory / "device.json").exists():
        ensure_local_rules(git)


def _register(places: Places, others: tuple[Kept, ...]) -> Installed:
    from waifusync.repository.driver_registration import running_command

    is_new = not is_registered(places)
    return Installed(places, is_new, register(places, running_command(), others))
