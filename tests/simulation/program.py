"""The tables that the program on every device makes when it first starts."""

from __future__ import annotations

from tests.simulation.device import Device

SCHEMA = """
CREATE TABLE facts (
    id INTEGER PRIMARY KEY, source_memory_id INTEGER REFERENCES memories(id), fact TEXT);
CREATE TABLE notes (id INTEGER PRIMARY KEY, memory_id INTEGER NOT NULL REFERENCES memories(id), body TEXT);
CREATE TABLE tree (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES tree(id), label TEXT);
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT, note TEXT) WITHOUT ROWID;
CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT UNIQUE, mood TEXT DEFAULT 'calm');
CREATE TABLE tags (
    memory_id INTEGER NOT NULL REFERENCES memories(id), tag TEXT NOT NULL, note TEXT,
    PRIMARY KEY (memory_id, tag));
CREATE TABLE diary (line TEXT, mood TEXT);
CREATE TABLE profiles (memory_id INTEGER PRIMARY KEY REFERENCES memories(id), summary TEXT);
"""


def start_program(device: Device) -> None:
    """A program's first start."""
    device.program.executescript(SCHEMA)
