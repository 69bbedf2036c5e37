"""`python -m tests.fuzzing [--seconds N] [--only PARSER …]`: looks for inputs that break a law.

--keep adds what reached something new to the corpus, if it is small; --seed repeats a run.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import traceback

from tests.fuzzing.covering import Found, search, smallest
from tests.fuzzing.parsers import CORPUS, PARSERS, Parser

_SMALL = 2048


def main() -> int:
    options = _options()
    parsers = [each for each in PARSERS if not options.only or each.name in options.only]
    tries = failures = 0
    for parser in parsers:
        starts = [file.read_bytes() for file in parser.corpus]
        found = search(parser, seconds=options.seconds, seed=options.seed, starts=starts)
        print(
            f"{parser.name}: {found.tries} inputs, {found.lines} lines reached, {len(found.failed)} failed",
            flush=True,
        )
        tries, failures = tries + found.tries, failures + len(found.failed)
        _tell(parser, found)
        if options.keep:
            _keep(parser, found)
    print(f"{tries} inputs for {len(parsers)} parsers, {failures} failed")
    return 1 if failures else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing")
    parser.add_argument("--seconds", type=float, default=10, help="for each parser")
    parser.add_argument("--only", nargs="+", default=[], choices=[each.name for each in PARSERS])
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


def _tell(parser: Parser, found: Found) -> None:
    """What broke a law is kept too: mended, it stays as what is replayed."""
    for failure in found.failed:
        traceback.print_exception(failure.error, limit=-4)
        print(f"    {failure.data[:300]!r} in {_write(parser, failure.data)}")


def _keep(parser: Parser, found: Found) -> None:
    """What is there already stays: it has a reason of its own."""
    there = [file.read_bytes() for file in parser.corpus]
    for data in smallest(parser, [*there, *(each for each in found.kept if len(each) <= _SMALL)]):
        if data not in there:
            _write(parser, data)


def _write(parser: Parser, data: bytes) -> str:
    file = CORPUS / parser.name / hashlib.sha256(data).hexdigest()[:16]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return str(file)


if __name__ == "__main__":
    sys.exit(main())
