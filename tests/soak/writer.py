"""One program that writes to a database until it is ended: `python -m tests.soak.writer KIND DATABASE …`.

Before each write, and once SQLite has said that it is committed, a line goes into a file beside: the ledger.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

TABLE = "memories"
_LOCKED = ("database is locked", "database table is locked")
_OWN_ROWS = 400


class Busy(Exception):
    """Another program held the lock for longer than this one waits."""


Execute = Callable[[str, "tuple[str, ...]"], None]


def of_python(database: str, wait_milliseconds: int) -> Execute:
    connection = sqlite3.connect(database, timeout=wait_milliseconds / 1000, isolation_level=None)

    def execute(sql: str, values: tuple[str, ...]) -> None:
        try:
            connection.execute(sql, values)
        except sqlite3.OperationalError as error:
            raise (Busy() if str(error) in _LOCKED else error) from error

    return execute


def of_apsw(database: str, wait_milliseconds: int) -> Execute:
    import apsw

    connection = apsw.Connection(database)
    connection.setbusytimeout(wait_milliseconds)

    def execute(sql: str, values: tuple[str, ...]) -> None:
        try:
            connection.cursor().execute(sql, values)
        except apsw.BusyError as error:
            raise Busy from error

    return execute


def of_shell(database: str, wait_milliseconds: int) -> Execute:
    """A script that calls sqlite3 for every statement."""

    def execute(sql: str, values: tuple[str, ...]) -> None:
        for value in values:
            sql = sql.replace("?", f"'{value}'", 1)
        words = ["sqlite3", "-bail", "-cmd", f".timeout {wait_milliseconds}", database, sql]
        done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Busy if any(each in done.stderr for each in _LOCKED) else RuntimeError(done.stderr)

    return execute


KINDS: dict[str, Callable[[str, int], Execute]] = {"python": of_python, "apsw": of_apsw, "shell": of_shell}


class _Write(NamedTuple):
    """What is told of it in the ledger, and the statement."""

    what: str
    text: str
    answer: str
    sql: str
    values: tuple[str, ...]


def _next(chance: random.Random, name: str, number: int, own: list[str]) -> _Write:
    """Mostly something new; sometimes a row of its own is changed or deleted."""
    answer, kind = f"answer {number}", chance.random()
    if own and kind < 0.25:
        text = chance.choice(own)
        sql = f"UPDATE {TABLE} SET ai_response = ? WHERE user_input = ?"
        return _Write("edit", text, answer, sql, (answer, text))
    if own and kind < 0.32:
        text = own.pop(chance.randrange(len(own)))
        return _Write("delete", text, "", f"DELETE FROM {TABLE} WHERE user_input = ?", (text,))
    text = f"{name} {number}"
    sql = f"INSERT INTO {TABLE} (user_input, ai_response) VALUES (?, ?)"
    return _Write("insert", text, answer, sql, (text, answer))


def write_for_ever(execute: Execute, name: str, tell: Callable[[dict[str, Any]], None]) -> None:
    chance, own = random.Random(name), list[str]()
    number = 0
    while True:
        number += 1
        write = _next(chance, name, number, own)
        tell({"begun": number, "what": write.what, "text": write.text, "answer": write.answer})
        begun, ending = time.perf_counter(), "done"
        try:
            execute(write.sql, write.values)
        except Busy:
            ending = "busy"
        tell({ending: number, "milliseconds": round((time.perf_counter() - begun) * 1000, 3)})
        if write.what == "insert" and ending == "done":
            own.append(write.text)
            del own[:-_OWN_ROWS]
        time.sleep(chance.uniform(0.01, 0.05))


def main() -> None:
    kind, database, wait_milliseconds, name, ledger = sys.argv[1:]
    with open(ledger, "a", buffering=1) as file:
        execute = KINDS[kind](database, int(wait_milliseconds))
        write_for_ever(execute, name, lambda line: print(json.dumps(line), file=file))


if __name__ == "__main__":
    main()
