"""The first ten of a million memories, in a process that is warm; how long the index took is a note."""

from __future__ import annotations

import time
from collections import Counter

from experiments.bench.data import texts
from experiments.bench.figure import Measured
from experiments.bench.ground import Device, Setting
from experiments.bench.timing import Candidate, Cost, check, in_process, in_turns

_FIRST = 10


def measure(setting: Setting) -> Measured:
    laptop = setting.laptop(setting.scale.many)
    setting.tick("making the index")
    start = time.perf_counter()
    laptop.run("search", "tea", "--limit", "1")
    took = time.perf_counter() - start
    candidates = {name: _search(laptop, query) for name, query in queries(setting.scale.many).items()}
    measured = Measured.of_turns(in_turns(candidates, setting.scale.rounds, setting.tick))
    measured.notes.append(f"making the index of {setting.scale.many:,} memories, once: {took:.1f} s")
    return measured


def queries(rows: int) -> dict[str, str]:
    """Out of what was said, by how many of the first memories have the words."""
    said = texts(min(rows, 500), seed=rows)
    many = Counter(word for text in said for word in {each.strip(".?").lower() for each in text.split()})
    ranked = [word for word, _ in many.most_common() if word.isalpha()]
    half = min(ranked, key=lambda word: abs(many[word] - len(said) / 2))
    middle = [word for word in ranked if many[word] <= max(2, len(said) // 50)]
    first = said[0].split()
    return {
        "two words": f"{middle[0]} {middle[1]}",
        "a rare word": ranked[-1],
        "a phrase": f'"{" ".join(first[1:4])}"',
        "a word of every second memory": half,
    }


def _search(laptop: Device, query: str) -> Candidate:
    from waifusync.memory.search import Wanted
    from waifusync.workflows.companion import Companion
    from waifusync.workflows.searching import search_memories

    companion = Companion.find(laptop.directory)

    def search(number: int) -> Cost:
        found = []
        cost = in_process(lambda: found.append(search_memories(companion, Wanted(query, _FIRST))))
        shapes = found[0].shapes()
        check(
            len(shapes) <= _FIRST and all(_has(shape, query) for shape in shapes), f"wrong finds for {query}"
        )
        return cost

    return search


def _has(shape: dict[str, object], query: str) -> bool:
    said = f"{shape['user_input']} {shape['ai_response']}".lower()
    return all(word.strip(".?").lower() in said for word in query.replace('"', "").split())
