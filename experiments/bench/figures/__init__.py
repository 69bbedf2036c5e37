"""Every figure, in the order of the report, with the limits it is held to."""

from __future__ import annotations

from experiments.bench.figure import Basis, Figure, Limit

_HERE = "experiments.bench.figures"

FIGURES: tuple[Figure, ...] = (
    Figure(
        "push",
        "push of 100 new memories, whole process",
        f"{_HERE}.push",
        (
            Limit("waifusync push", "plain git", most=2.5),
            Limit("memory.db in git", "waifusync push", least=20),
        ),
    ),
    Figure(
        "push-vectors",
        "push of 100 new memories with vectors of 384 dimensions",
        f"{_HERE}.push_vectors",
        (
            Limit("waifusync push", "plain git", most=2.5),
            Limit("memory.db in git", "waifusync push", least=100),
        ),
    ),
    Figure(
        "push-768",
        "push of 100 new memories with vectors of 768 dimensions",
        f"{_HERE}.push_768",
        (Limit("waifusync push", "plain git", most=2.5),),
    ),
    Figure(
        "push-behind",
        "push of 100 new memories behind few and behind many",
        f"{_HERE}.push_behind",
        (Limit("behind many", "behind few", most=1.15),),
    ),
    Figure(
        "growth",
        "what .git grows by, against the raw bytes of the rows",
        f"{_HERE}.growth",
        (
            Limit("a sync, no vectors", "its raw bytes, no vectors", most=0.7),
            Limit("a sync, 384 dimensions", "its raw bytes, 384 dimensions", most=1.05),
            Limit("after gc, no vectors", "raw bytes of all, no vectors", most=0.5),
            Limit("after gc, 384 dimensions", "raw bytes of all, 384 dimensions", most=1.0),
            Limit("many syncs of 20 rows", "raw bytes of those", most=3),
        ),
        basis=Basis.VALUE,
        unit="bytes",
        plot="syncs|bytes in .git",
    ),
    Figure(
        "pull",
        "pull of many new memories, search index included",
        f"{_HERE}.pull",
        (Limit("waifusync pull and index", "executemany and index", least=0.6),),
        basis=Basis.VALUE,
        unit="rows/s",
    ),
    Figure(
        "apply",
        "taking in what another device did meanwhile, in process",
        f"{_HERE}.apply",
        (
            Limit("waifusync", "DoltLite dolt_merge", most=1),
            Limit("waifusync behind many", "waifusync behind few", most=1.15),
        ),
        plot="memories behind|seconds",
    ),
    Figure(
        "idle",
        "push and pull with nothing to do",
        f"{_HERE}.idle",
        (
            Limit("waifusync push", "git ls-remote and an empty Python", most=3),
            Limit("waifusync pull", "git ls-remote and an empty Python", most=3),
        ),
        basis=Basis.CPU,
    ),
    Figure(
        "join",
        "join: clone, build, index",
        f"{_HERE}.join",
        (Limit("waifusync join and index", "git clone, executemany and index", most=2.5),),
    ),
    Figure(
        "hook",
        "commit inside a hook with nothing changed",
        f"{_HERE}.hook",
        (Limit("the post-commit hook", "an empty Python", most=2.5),),
        basis=Basis.CPU,
    ),
    Figure(
        "driver",
        "the SQLite merge driver",
        f"{_HERE}.driver",
        (
            Limit("waifusync merge-file", "VACUUM INTO", most=2),
            Limit("waifusync merge-file", "session extension", most=1),
            Limit("waifusync merge-file", "sqldiff into sqlite3", most=1),
        ),
        basis=Basis.CPU,
    ),
    Figure(
        "tracking-bulk",
        "rows a second that a program writes, in one transaction",
        f"{_HERE}.tracking_bulk",
        (Limit("tracked", "not tracked", least=0.6),),
        basis=Basis.VALUE,
        unit="rows/s",
    ),
    Figure(
        "tracking-single",
        "single commits with synchronous=FULL",
        f"{_HERE}.tracking_single",
        (Limit("tracked", "not tracked", most=1.1),),
    ),
    Figure(
        "duplicates-vectors",
        "the nearest vector of 384 dimensions, for each of 100 new ones",
        f"{_HERE}.duplicates_vectors",
        (
            Limit("waifusync, its index", "matrix product", most=1.5),
            Limit("waifusync, its index", "faiss, exact", most=1),
            Limit("waifusync, its index", "usearch, exact", most=1),
            Limit("waifusync, its index", "sqlite-vec, exact", most=1),
        ),
    ),
    Figure(
        "duplicates-words",
        "which of 100 new texts were said before",
        f"{_HERE}.duplicates_words",
        (Limit("waifusync dedupe", most=0.1),),
    ),
    Figure(
        "search",
        "the first ten, in a warm process",
        f"{_HERE}.search",
        (
            Limit("two words", most=0.05),
            Limit("a rare word", most=0.05),
            Limit("a phrase", most=0.05),
            Limit("a word of every second memory", most=0.05),
        ),
    ),
    Figure(
        "memory",
        "the most that a command holds resident",
        f"{_HERE}.memory",
        tuple(
            Limit(each, most=300)
            for each in ("push", "pull", "join", "verify", "rebuild", "search", "status", "commit --full")
        ),
        basis=Basis.VALUE,
        unit="MiB",
    ),
)
