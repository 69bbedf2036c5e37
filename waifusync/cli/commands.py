"""The table of commands: what each is called, where its function is, and one line about it.

Nothing named here is imported before it is used, and the order is the order of `waifusync --help`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

from waifusync.cli.declare import Command

# The headings of `waifusync --help`.
START = "Start"
EVERY_DAY = "Every day"
TALKING = "Talking"
MEMORIES = "Memories"
LEARNING = "What it learns"
SAFETY = "What stays at home"
ASKING = "Models and devices"
CARE = "Care and repair"
PLUMBING = "For git and for scripts"

# Where commands are that have a longer way.
_EXPERIENCE = "waifusync.cli.learning.experience"
_SKILLS = "waifusync.cli.learning.skills"
_KNOWLEDGE = "waifusync.cli.learning.knowledge"

# What the first word of two-word commands is about.
GROUPS: Mapping[str, str] = {
    "device": "The devices of this companion, and where each one answers.",
    "retention": "How much of the past this device keeps.",
    "drivers": "What git calls to merge databases, embeddings and sessions.",
    "session": "Conversations that go on elsewhere: what was said, and where each is.",
    "route": "Which device answers what.",
    "personality": "What the companion is like and how it feels, what changed that, and why.",
    "state": "Named vectors of numbers that devices keep together.",
    "hooks": "What git runs after its own commands, to keep the memory whole.",
    "memory": "What is known of a memory beside its words.",
    "secrets": "Keys, tokens and passwords that would have left this device.",
    "skills": "What the companion can do, as all its devices and instances tell.",
    "knowledge": "What is known, who says so, and whether it counts.",
    "schedule": "A sync by the clock, while nobody watches.",
    "experience": "What deployed copies of the companion went through, taken in.",
}

ROWS: tuple[Command, ...] = (
    Command("init", "waifusync.cli.init:init", "Make a companion's repository.", START),
    Command("join", "waifusync.cli.join:join", "Settle into a companion that other devices have.", START),
    Command("sync", "waifusync.cli.sync:sync", "Pull and push in one.", EVERY_DAY),
    Command("push", "waifusync.cli.push:push", "Commit, take in, and push.", EVERY_DAY),
    Command("pull", "waifusync.cli.pull:pull", "Take in what other devices pushed.", EVERY_DAY),
    Command("commit", "waifusync.cli.commit:commit", "Put changes into git, on this device only.", EVERY_DAY),
    Command("watch", "waifusync.cli.watch:watch", "Sync by itself, as things change.", EVERY_DAY),
    Command("status", "waifusync.cli.status:status", "How things stand, and what to run next.", EVERY_DAY),
    Command("log", "waifusync.cli.log:log", "What each device did, newest first.", EVERY_DAY),
    Command(
        "diff", "waifusync.cli.diff:diff", "Memories that one device, commit or day has more.", EVERY_DAY
    ),
    Command("conflicts", "waifusync.cli.conflicts:conflicts", "Edits that lost to another.", EVERY_DAY),
    Command("resolve", "waifusync.cli.resolve:resolve", "Decide which side of a conflict stands.", EVERY_DAY),
    Command("events", "waifusync.cli.events:events", "What happens, while it happens.", EVERY_DAY),
    Command("chat", "waifusync.cli.chat:chat", "Talk to the companion.", TALKING),
    Command("handoff", "waifusync.cli.handoff:handoff", "Leave a conversation to another device.", TALKING),
    Command("pickup", "waifusync.cli.pickup:pickup", "Go on with what was handed over.", TALKING),
    Command(
        "session start", "waifusync.cli.session:start", "Begin one, for a program that talks itself.", TALKING
    ),
    Command("session save", "waifusync.cli.session:save", "Add messages to one.", TALKING),
    Command(
        "session list", "waifusync.cli.session:list_sessions", "All of them, and what went apart.", TALKING
    ),
    Command("session show", "waifusync.cli.session:show", "What was said in one.", TALKING),
    Command("session resume", "waifusync.cli.session:resume", "Take one up where it was left.", TALKING),
    Command("session fork", "waifusync.cli.session_more:fork", "Go on from one in a new one.", TALKING),
    Command("session merge", "waifusync.cli.session_more:merge", "Weave what went apart into one.", TALKING),
    Command("session checkpoint", "waifusync.cli.session_more:checkpoint", "Name where one is now.", TALKING),
    Command("session restore", "waifusync.cli.session_more:restore", "Go on from a checkpoint.", TALKING),
    Command(
        "session import",
        "waifusync.cli.session_more:import_older",
        "Take in a .ctx file of an older program.",
        TALKING,
    ),
    Command("remember", "waifusync.cli.remember:remember", "Write a memory.", MEMORIES),
    Command("search", "waifusync.cli.search:search", "Look for words in the memories.", MEMORIES),
    Command("forget", "waifusync.cli.forget:forget", "Forget memories, on every device.", MEMORIES),
    Command("restore", "waifusync.cli.restore:restore", "Bring back what was deleted.", MEMORIES),
    Command("undo", "waifusync.cli.undo:undo", "Revert the last thing done here.", MEMORIES),
    Command(
        "import", "waifusync.cli.import_file:import_file", "Take in another database or an export.", MEMORIES
    ),
    Command("export", "waifusync.cli.export:export", "Write everything into one file.", MEMORIES),
    Command(
        "memory show", "waifusync.cli.learning.memory:show", "What is known of one, and its tier.", LEARNING
    ),
    Command(
        "memory rate", "waifusync.cli.learning.memory:rate", "Its importance and tags; pin it.", LEARNING
    ),
    Command("memory tiers", "waifusync.cli.learning.memory:tiers", "How near each is kept.", LEARNING),
    Command(
        "blocked", "waifusync.cli.learning.blocked:list_blocked", "What was not taken in, and why.", SAFETY
    ),
    Command(
        "secrets list",
        "waifusync.cli.learning.secrets:list_secrets",
        "What looked like one, and waits.",
        SAFETY,
    ),
    Command("secrets redact", "waifusync.cli.learning.secrets:redact", "Take it out of the text.", SAFETY),
    Command("secrets keep", "waifusync.cli.learning.secrets:keep", "Keep the memory on this device.", SAFETY),
    Command("secrets send", "waifusync.cli.learning.secrets:send", "It may go as it is.", SAFETY),
    Command(
        "personality show", "waifusync.cli.learning.personality:show", "Its traits and emotions.", LEARNING
    ),
    Command(
        "personality set",
        "waifusync.cli.learning.personality:put",
        "Put one at a value, everywhere.",
        LEARNING,
    ),
    Command(
        "personality adapt", "waifusync.cli.learning.personality:adapt", "Move one, mostly here.", LEARNING
    ),
    Command(
        "personality history",
        "waifusync.cli.learning.personality:history",
        "What changed it and why.",
        LEARNING,
    ),
    Command(
        "personality rollback",
        "waifusync.cli.learning.personality:rollback",
        "Void what came later.",
        LEARNING,
    ),
    Command("state put", "waifusync.cli.learning.state:put", "This device's word: a .npy file.", LEARNING),
    Command("state get", "waifusync.cli.learning.state:get", "The merged vector, or one device's.", LEARNING),
    Command("state merge", "waifusync.cli.learning.state:merge", "Who weighs how much in it.", LEARNING),
    Command("state diff", "waifusync.cli.learning.state:diff", "How far devices are apart.", LEARNING),
    Command("state list", "waifusync.cli.learning.state:list_states", "All of them.", LEARNING),
    Command("state remove", "waifusync.cli.learning.state:remove", "Take one away, everywhere.", LEARNING),
    Command("experience add", f"{_EXPERIENCE}:add", "Take in one, or a batch.", LEARNING),
    Command(
        "experience import",
        f"{_EXPERIENCE}:import_file",
        "Take in a file of them, all or nothing.",
        LEARNING,
    ),
    Command(
        "experience list",
        f"{_EXPERIENCE}:list_experiences",
        "What was taken in, or waits.",
        LEARNING,
    ),
    Command("experience show", f"{_EXPERIENCE}:show", "What became of one.", LEARNING),
    Command("experience deliver", f"{_EXPERIENCE}:deliver", "Take in what waits.", LEARNING),
    Command("skills list", f"{_SKILLS}:list_skills", "What it can do.", LEARNING),
    Command("skills show", f"{_SKILLS}:show", "One of them, source by source.", LEARNING),
    Command("skills use", f"{_SKILLS}:use", "Count one use, here.", LEARNING),
    Command("skills add", f"{_SKILLS}:add", "Say what this device knows.", LEARNING),
    Command("skills remove", f"{_SKILLS}:remove", "Take one away.", LEARNING),
    Command("knowledge add", f"{_KNOWLEDGE}:add", "State something.", LEARNING),
    Command(
        "knowledge list",
        f"{_KNOWLEDGE}:list_knowledge",
        "What is known, and how surely.",
        LEARNING,
    ),
    Command(
        "knowledge show",
        f"{_KNOWLEDGE}:show",
        "Who is for it, and who against.",
        LEARNING,
    ),
    Command("knowledge verify", f"{_KNOWLEDGE}:verify", "Say that it is so.", LEARNING),
    Command("knowledge refute", f"{_KNOWLEDGE}:refute", "Say that it is not so.", LEARNING),
    Command(
        "knowledge withdraw",
        f"{_KNOWLEDGE}:withdraw",
        "Take back what was said here.",
        LEARNING,
    ),
    Command(
        "knowledge relate",
        f"{_KNOWLEDGE}:relate",
        "What two statements are to each other.",
        LEARNING,
    ),
    Command("dedupe", "waifusync.cli.learning.dedupe:dedupe", "Show what says the same only once.", LEARNING),
    Command("ask", "waifusync.cli.ask:ask", "Ask a model, on the device that suits the task.", ASKING),
    Command(
        "route report", "waifusync.cli.route:report", "What was asked where, and how long it took.", ASKING
    ),
    Command("embed", "waifusync.cli.embed:embed", "A vector for each memory that lacks one.", ASKING),
    Command("device list", "waifusync.cli.device:list_devices", "Who the devices are.", ASKING),
    Command("device show", "waifusync.cli.device:show", "What is known of one device.", ASKING),
    Command("device note", "waifusync.cli.device:note", "Bring this device's page up to date.", ASKING),
    Command("device rename", "waifusync.cli.device:rename", "Give this device another name.", ASKING),
    Command("device alias", "waifusync.cli.device:alias", "Names that this device has had.", ASKING),
    Command("device retire", "waifusync.cli.device:retire", "A device that is gone.", ASKING),
    Command("device endpoint", "waifusync.cli.device:endpoint", "Where this device's models answer.", ASKING),
    Command("doctor", "waifusync.cli.doctor:doctor", "What is wrong here, and mending it.", CARE),
    Command("verify", "waifusync.cli.verify:verify", "Prove that nothing is missing or altered.", CARE),
    Command("rebuild", "waifusync.cli.rebuild:rebuild", "The database afresh out of the logs.", CARE),
    Command("retention show", "waifusync.cli.retention:show", "What this device keeps, and its sizes.", CARE),
    Command("retention set", "waifusync.cli.retention:choose", "Choose days and sizes.", CARE),
    Command(
        "retention apply",
        "waifusync.cli.retention:apply",
        "Cut off what the remote keeps, and what the log keeps.",
        CARE,
    ),
    Command("retention off", "waifusync.cli.retention:off", "Bring all of it back.", CARE),
    Command("layout", "waifusync.cli.layout:layout", "What git keeps: logs, or memory.db itself.", CARE),
    Command("drivers install", "waifusync.cli.drivers:install", "Register them, here or everywhere.", CARE),
    Command(
        "drivers check", "waifusync.cli.drivers:check", "Whether they are there, and what is missing.", CARE
    ),
    Command("drivers recover", "waifusync.cli.drivers:recover", "Bring back what a merge lost.", CARE),
    Command("drivers uninstall", "waifusync.cli.drivers:uninstall", "Take them out again.", CARE),
    Command(
        "hooks install", "waifusync.cli.hooks:install", "Keep the memory whole after git commands.", CARE
    ),
    Command("hooks status", "waifusync.cli.hooks:status", "Whether they stand, and whom they call.", CARE),
    Command("hooks uninstall", "waifusync.cli.hooks:uninstall", "Take them out again.", CARE),
    Command("schedule install", "waifusync.cli.schedule:install", "Sync by the clock.", CARE),
    Command(
        "schedule show", "waifusync.cli.schedule:show", "The next run, the last, and what is wrong.", CARE
    ),
    Command("schedule remove", "waifusync.cli.schedule:remove", "Take it out again.", CARE),
    Command(
        "merge-file", "waifusync.cli.merge_file:merge_file", "Merge three versions of one database.", PLUMBING
    ),
    Command(
        "diff-file", "waifusync.cli.diff_file:diff_file", "What one database has more than another.", PLUMBING
    ),
    Command(
        "merge-driver", "waifusync.cli.merge_driver:merge_driver", "What git calls to merge a file.", PLUMBING
    ),
    Command("hooks run", "waifusync.cli.hooks:run", "What a hook runs when something changed.", PLUMBING),
    Command("run", "waifusync.cli.run:run", "What a schedule starts: one sync, unattended.", PLUMBING),
    Command("path", "waifusync.cli.path:path", "Print where the live database is.", PLUMBING),
)


def index(rows: Sequence[Command]) -> dict[str, Command]:
    """The table by name; a name taken twice is a mistake in it."""
    table = {row.name: row for row in rows}
    if len(table) != len(rows):
        raise ValueError("two commands have one name")
    return table


def load(command: Command) -> tuple[ModuleType, Callable[..., int]]:
    """The command's module, imported now, and its function."""
    import importlib

    path, _, name = command.function.partition(":")
    module = importlib.import_module(path)
    function: Callable[..., int] = getattr(module, name)
    return module, function


COMMANDS: Mapping[str, Command] = index(ROWS)
