"""The demo: what happens on two devices, told step by step, and checked at the end.

Every command is the installed `waifusync`, every row goes in with plain SQL through a connection that a chat
program holds open from beginning to end. Exits with 1 when the two devices do not hold the same.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chat_program import ChatProgram
from checking import Mind, faults
from story import CONVERSATIONS, EDITS, FACTS_TABLE, FORGOTTEN, KEPT, memory_statement
from telling import Teller

DEVICES = ("laptop", "jetson")


def main() -> int:
    """Makes everything in a folder of its own, which goes again unless --keep was given."""
    unknown = [each for each in sys.argv[1:] if each != "--keep"]
    if unknown:
        print(
            f"error: {unknown[0]} is not an option of the demo\nhint: scripts/demo [--keep]", file=sys.stderr
        )
        return 2
    place = Path(tempfile.mkdtemp(prefix="waifusync-demo-")).resolve()
    try:
        return show(Teller(place))
    finally:
        if "--keep" in sys.argv:
            print(f"\nKept in {place}")
        else:
            shutil.rmtree(place)


def show(teller: Teller) -> int:
    """The whole story; 0 when both devices hold the same at the end, and all that was written."""
    started = time.monotonic()
    set_up(teller)
    programs = {each: ChatProgram(teller.place / each / "shared_memory" / "memory.db") for each in DEVICES}
    try:
        write_offline(teller, programs)
        exchange(teller, programs)
        disagree(teller, programs)
        minds = {each: Mind.read(teller, each, program) for each, program in programs.items()}
    finally:
        problems = [problem for program in programs.values() for problem in program.close()]
    problems += faults(minds["laptop"], minds["jetson"], expected=KEPT)
    return conclude(teller, minds["laptop"], problems, time.monotonic() - started)


def set_up(teller: Teller) -> None:
    teller.heading("Two devices, and a bare repository between them")
    subprocess.run(
        ["git", "init", "-q", "--bare", "--initial-branch=main", "remote.git"], cwd=teller.place, check=True
    )
    teller.waifusync("init laptop --device laptop --remote remote.git")
    teller.waifusync("-C laptop push")
    teller.waifusync("join remote.git jetson --device jetson")


def write_offline(teller: Teller, programs: dict[str, ChatProgram]) -> None:
    teller.heading("A chat program opens each database, and both write with plain SQL, offline")
    for device, program in programs.items():
        program.execute(FACTS_TABLE)
        for conversation in CONVERSATIONS[device]:
            program.execute(*memory_statement(device, conversation))
            program.execute(
                "INSERT INTO facts (source_memory_id, fact) VALUES (?, ?)", conversation.id, conversation.fact
            )
        show_tables(teller, device, program)
    teller.remark("Both gave out the numbers 1 and 2. Nobody asked the other.")


def exchange(teller: Teller, programs: dict[str, ChatProgram]) -> None:
    teller.heading("Push, push, pull, with both programs running")
    teller.waifusync("-C laptop push")
    teller.waifusync("-C jetson push")
    teller.waifusync("-C laptop pull")
    for device, program in programs.items():
        show_tables(teller, device, program)
    teller.remark("No number changed under a program, and every fact is still about its own memory.")


def disagree(teller: Teller, programs: dict[str, ChatProgram]) -> None:
    teller.heading("Offline again: both edit one answer, and the laptop deletes a memory of the jetson's")
    for statement in FORGOTTEN:
        programs["laptop"].execute(statement)
    programs["laptop"].execute(*EDITS["laptop"])
    teller.waifusync("-C laptop push")
    programs["jetson"].execute(*EDITS["jetson"])
    teller.waifusync("-C jetson push")
    teller.waifusync("-C laptop pull")
    answers = "SELECT user_input, ai_response FROM memories WHERE user_input LIKE '%sister%'"
    teller.table(("device", "user said", "answer"), [(d, *p.rows(answers)[0]) for d, p in programs.items()])
    teller.waifusync("-C laptop conflicts")
    teller.remark("The later edit stands on both; the other is kept, and can be looked at.")


def show_tables(teller: Teller, device: str, program: ChatProgram) -> None:
    rows = program.rows(
        "SELECT m.id, m.device_id, m.user_input, f.id, f.source_memory_id, f.fact"
        " FROM memories AS m LEFT JOIN facts AS f ON f.source_memory_id = m.id ORDER BY m.id"
    )
    headings = ("memory", "born on", "user said", "fact", "about memory", "fact says")
    teller.table(headings, rows, title=f"on the {device}")


def conclude(teller: Teller, mind: Mind, problems: list[str], seconds: float) -> int:
    teller.heading("The same on both?")
    for problem in problems:
        teller.remark(f"NO: {problem}")
    if problems:
        return 1
    teller.remark(
        f"Yes, after {seconds:.1f} seconds: {len(mind.memories)} memories, {len(mind.facts)} facts,"
        f" 1 conflict to look at,\nand the digest {mind.digest} on both."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
