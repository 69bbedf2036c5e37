"""What can be wrong with a companion: how each fault comes about, what doctor says of it, and the cure."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.companions import Device
from tests.doctor import git_faults as in_git
from tests.doctor import ground_faults as ground
from tests.doctor import memory_faults as memory
from tests.doctor.places import DAY, clock, nothing


class Ill(NamedTuple):
    """`cure` is what the hint says, by a person's hand; None: --fix does it. `surroundings` last."""

    name: str
    check: str
    says: str
    plant: Callable[[Device], None] = nothing
    code: int = 1
    cure: Callable[[Device], None] | None = None
    surroundings: Callable[[Device], Mapping[str, str]] = lambda laptop: {}
    options: tuple[str, ...] = ("--offline",)
    only_root: bool = False


NO_OPTION: tuple[str, ...] = ()
DEEP = ("--offline", "--deep")
ILLS = (
    Ill("git is old", "git", "git 2.20.1 is too old", surroundings=ground.with_an_old_git, cure=nothing),
    Ill(
        "another's",
        "trust",
        "git does not trust",
        ground.give_it_to_another_user,
        3,
        ground.trust_it,
        only_root=True,
    ),
    Ill("open", "modes", "others on this machine may look into", ground.open_to_others),
    Ill("open key", "modes", "keys/identity", ground.open_key),
    Ill(
        "line ends",
        "git settings",
        "core.autocrlf is on",
        in_git.git("config", "core.autocrlf", "true"),
        0,
        in_git.git("config", "--unset", "core.autocrlf"),
    ),
    Ill(
        "not written through",
        "git settings",
        "core.fsync is off",
        in_git.git("config", "core.fsync", "none"),
        0,
        in_git.git("config", "--unset", "core.fsync"),
    ),
    Ill("misspelt", "companion", "conflict: unknown key", ground.misspell, 1, ground.spell_right),
    Ill(
        "identity",
        "companion",
        "device.json cannot be read",
        ground.lose_identity,
        5,
        ground.put_identity_back,
    ),
    Ill(
        "chosen", "choices", "was edited and not committed", ground.choose_otherwise, 1, ground.commit_choices
    ),
    Ill("choices are gone", "choices", "is gone from the work tree", ground.remove_choices),
    Ill("tracked link", "tracked", "git tracks shared_memory/memory.db", ground.track_the_link, 3),
    Ill("lock", "locks", "index.lock was left by a git that died", ground.leave_a_lock),
    Ill(
        "merge",
        "half-finished",
        "a merge was begun here and not ended",
        ground.leave_a_merge,
        1,
        ground.end_the_merge,
    ),
    Ill("half a database", "temporary files", "rebuild.db was left", ground.leave_half_a_database),
    Ill("half a note", "temporary files", ".last_sync.json.", ground.leave_half_a_note),
    Ill("held", "refs", "refs/waifusync/held names no commit", in_git.empty_ref("refs/waifusync/held"), 5),
    Ill("branch", "refs", "refs/heads/main names no commit", in_git.empty_ref("refs/heads/main"), 5),
    Ill("seen", "refs", "refs/waifusync/seen names no commit", in_git.empty_ref("refs/waifusync/seen"), 5),
    Ill("empty object", "empty objects", "is empty, as a power cut leaves it", in_git.empty_an_object),
    Ill(
        "packs",
        "reading git",
        "is not whole here: objects of it are gone",
        in_git.lose_all_packs,
        5,
        in_git.bring_packs,
    ),
    Ill("drivers", "drivers", "git does not know the drivers", in_git.forget_drivers, 3),
    Ill("hook", "hooks", "post-commit is gone", in_git.lose_a_hook),
    Ill(
        "attributes", "attributes and excludes", ".git/info/attributes does not say", in_git.forget_attributes
    ),
    Ill("excludes", "attributes and excludes", ".git/info/exclude does not say", in_git.forget_excludes),
    Ill("no database", "database", "the live database is gone", memory.lose_the_database, 3),
    Ill("no SQLite", "database", "file is not a database", memory.damage_the_database, 5),
    Ill("newer", "database", "has format 99", memory.make_it_newer, 3, memory.upgrade),
    Ill("link", "link", "the link to the live database, is gone", memory.remove_the_link, 3),
    Ill("no link", "link", "is a file of its own", memory.put_a_file_in_its_place, 3),
    Ill("trigger", "triggers", "the triggers of memories are gone", memory.drop_a_trigger, 3),
    Ill("row", "rows", "memories has other rows", memory.unseen("DELETE FROM memories WHERE id = 1"), 3),
    Ill("digest", "digest", "the ledger's digest of memories", memory.falsify_the_digest, 5),
    Ill("backup", "held", "older than what this device holds", memory.put_a_backup_back),
    Ill(
        "aside",
        "rows aside",
        "could not stand in its table",
        memory.set_a_row_aside,
        1,
        memory.allow_it_twice,
    ),
    Ill("outbox", "outbox", "1 entries were told", memory.remember_and_leave, surroundings=clock(2)),
    Ill(
        "failing",
        "last sync",
        "nothing has reached the remote for 8 days",
        memory.fail_to_sync,
        4,
        surroundings=clock(8.5),
    ),
    Ill(
        "schedule",
        "schedule",
        "the program that the schedule starts is gone",
        memory.schedule_what_is_gone,
        3,
        memory.bring_the_program,
    ),
    Ill("conflict", "conflicts", "wait for a person", memory.disagree, 1, memory.decide),
    Ill("1970", "clock", "this clock says 1970", surroundings=lambda _: _in_1970(), cure=nothing),
    Ill("back", "clock", "it went back", surroundings=clock(-9), cure=nothing),
    Ill(
        "ahead", "clock", "jetson committed at", memory.commit_in_the_future, 1, memory.commit_in_the_present
    ),
    Ill(
        "away",
        "absent devices",
        "jetson was last seen 40",
        surroundings=clock(40),
        code=0,
        cure=memory.be_seen_again,
    ),
    Ill("loose", "loose objects", "objects in files of their own", in_git.keep_many_loose),
    Ill(
        "too large a repository",
        "limits",
        "the repository takes more than was chosen",
        in_git.choose("--repository", "1kB"),
        1,
        in_git.choose("--repository", "1GB"),
    ),
    Ill(
        "too large a database",
        "limits",
        "the database takes more than was chosen",
        in_git.choose("--database", "1kB"),
        1,
        in_git.choose("--database", "1GB"),
    ),
    Ill("size", "repository size", "the repository takes 1,000 MB", in_git.grow, 0, in_git.shrink),
    Ill(
        "film",
        "large files",
        "film.bin has 101 MB",
        in_git.commit_a_large_file,
        1,
        in_git.take_the_large_file_out,
    ),
    Ill(
        "no remote",
        "remote",
        "there is no remote origin",
        in_git.git("remote", "remove", "origin"),
        0,
        in_git.git("remote", "add", "origin", "REMOTE"),
    ),
    Ill(
        "program",
        "remote's address",
        "is not a remote that waifusync speaks to",
        in_git.git("remote", "set-url", "origin", "ext::sh -c date"),
        3,
        in_git.git("remote", "set-url", "origin", "REMOTE"),
    ),
    Ill(
        "unreachable",
        "reach",
        "the remote could not be reached",
        in_git.remove_remote,
        4,
        in_git.bring_remote_back,
        options=NO_OPTION,
    ),
    Ill(
        "one way",
        "pushing",
        "pushing would fail",
        in_git.git("remote", "set-url", "--push", "origin", "/nowhere"),
        4,
        in_git.git("config", "--unset", "remote.origin.pushurl"),
        options=NO_OPTION,
    ),
    Ill("shallow", "history", "the repository is shallow", in_git.cut_history_off),
    Ill(
        "partial",
        "history",
        "this is a partial clone",
        in_git.git("config", "remote.origin.promisor", "true"),
        1,
        in_git.git("config", "--unset", "remote.origin.promisor"),
    ),
    Ill(
        "lost object",
        "objects",
        "git fsck: missing blob",
        in_git.lose_an_object,
        5,
        in_git.fetch_again,
        options=DEEP,
    ),
    Ill(
        "altered row",
        "everything",
        "user_input is not what its entries say",
        memory.unseen("UPDATE memories SET user_input = 'forged' WHERE id = 1"),
        5,
        options=DEEP,
    ),
)


def _in_1970() -> Mapping[str, str]:
    return {"WAIFUSYNC_CLOCK_OFFSET": str(-time.time() + DAY)}
