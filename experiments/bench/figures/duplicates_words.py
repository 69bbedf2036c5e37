"""100 new texts against 100,000: which of them were said before, in nearly the same words.

waifusync is a whole process that keeps its index up to date and links what it finds; others search in memory.
rapidfuzz compares each with each, so it is given a hundredth of the new texts, and its time is multiplied.
"""

from __future__ import annotations

import json
import random
import time

from experiments.bench.data import Memory, memories, texts
from experiments.bench.figure import Measured
from experiments.bench.ground import Setting, World
from experiments.bench.timing import Candidate, Cost, check, in_process, in_turns

_SHINGLE = 3
_ALIKE = 0.8
# From so many words on, one other word leaves a likeness above the threshold.
_LONG = 45


class Texts:
    """Old ones, and new ones that are old ones with one word another; `answer` says which."""

    def __init__(self, count: int, new: int) -> None:
        chance = random.Random(12)
        self.old = texts(count, seed=13)
        self.answer = chance.sample(range(count), new)
        self.new = [_with_one_word_changed(self.old[place], chance) for place in self.answer]


def _with_one_word_changed(text: str, chance: random.Random) -> str:
    words = text.split()
    words[chance.randrange(len(words))] = "otherwise"
    return " ".join(words)


def measure(setting: Setting) -> Measured:
    made = Texts(setting.scale.rows, setting.scale.new)
    candidates: dict[str, Candidate] = {}
    measured = Measured()
    candidates["waifusync dedupe"] = _waifusync(setting)
    for name, peer, make in (
        ("datasketch, MinHash bands", "datasketch", _datasketch),
        ("rapidfuzz, every pair", "rapidfuzz", _rapidfuzz),
    ):
        if reason := setting.peers.lacks(peer):
            measured.missing[name] = reason
            continue
        setting.tick(f"{name}: making what it keeps")
        start = time.perf_counter()
        candidates[name] = make(made)
        measured.notes.append(f"{name}: {time.perf_counter() - start:.1f} s for what it keeps")
    turns = in_turns(candidates, setting.scale.rounds, setting.tick)
    measured.costs, measured.wrong = turns.costs, turns.wrong
    return measured


def _waifusync(setting: Setting) -> Candidate:
    """Every new memory is an old one with another word in the answer: each finds one, and only one."""
    laptop = World(setting.folder() / "world").begin("laptop")
    said = list(memories(setting.scale.rows, seed=13))
    setting.tick("waifusync dedupe: making what it keeps")
    laptop.write(said)
    laptop.run("dedupe", "--method", "jaccard")
    long = [each for each in said if len(set(each.ai_response.split())) > _LONG]
    places = random.Random(14).sample(long, min(len(long), (setting.scale.rounds + 1) * setting.scale.new))

    def dedupe(number: int) -> Cost:
        new = places[number * setting.scale.new : (number + 1) * setting.scale.new]
        laptop.write(_said_again(each) for each in new)
        done = laptop.run("dedupe", "--method", "jaccard", "--json")
        told = json.loads(done.out)
        found = len(told["joined"]) + len(told["review"])
        check(found == len(new), f"{found} of {len(new)} were found")
        return done.cost

    return dedupe


def _said_again(memory: Memory) -> Memory:
    """With its longest word another: a short one may be "not", and without it nothing is the same."""
    words = memory.ai_response.split()
    place = max(range(len(words)), key=lambda each: len(words[each]))
    words[place] = f"otherwise{words[place].strip('.,?!')}"
    return memory._replace(ai_response=" ".join(words))


def _shingles(text: str) -> set[bytes]:
    words = text.lower().split()
    return {" ".join(words[place : place + _SHINGLE]).encode() for place in range(len(words) - _SHINGLE + 1)}


def _datasketch(made: Texts) -> Candidate:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=_ALIKE, num_perm=64)
    hashes = MinHash.bulk([_shingles(text) for text in made.old], num_perm=64)
    with index.insertion_session() as session:
        for place, each in enumerate(hashes):
            session.insert(place, each)

    def search(number: int) -> Cost:
        found: list[list[int]] = []

        def work() -> None:
            asked = MinHash.bulk([_shingles(text) for text in made.new], num_perm=64)
            found.extend(index.query(each) for each in asked)

        cost = in_process(work)
        hits = sum(place in each for place, each in zip(made.answer, found, strict=True))
        check(hits > 0.5 * len(made.new), f"found {hits} of {len(made.new)}")
        return cost

    return search


def _rapidfuzz(made: Texts) -> Candidate:
    from rapidfuzz import fuzz, process

    part = max(1, len(made.new) // 100)
    times = len(made.new) / part

    def search(number: int) -> Cost:
        found: list[int] = []

        def work() -> None:
            for text in made.new[:part]:
                found.append(process.extractOne(text, made.old, scorer=fuzz.ratio)[2])

        cost = in_process(work)
        check(found == made.answer[:part], "another text was found")
        return Cost(cost.wall * times, cost.cpu * times)

    return search
