"""What a case is: a name, how the remote is made hostile, and what has to become of it."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from tests.hostile.remotes import Content, Remote

EVIL = "evil"


class Fate(enum.Enum):
    """REFUSED: one error, nothing is changed. ASIDE: a warning, and everything else is taken in.
    DATA: harmless. MENDED: told, and put right."""

    REFUSED = "refused"
    ASIDE = "set aside"
    DATA = "taken as data"
    MENDED = "put right"


class Case(NamedTuple):
    """`make` gets the remote as it was before anybody did harm; `words` is what a person runs then."""

    family: str
    name: str
    make: Callable[[Remote], object]
    fate: Fate = Fate.REFUSED
    words: tuple[str, ...] = ("pull",)

    @property
    def title(self) -> str:
        return f"{self.family}: {self.name}"


class Shared(NamedTuple):
    """A case that does its harm by files in places of its own, so that many are met in one pull.

    `files` is by path; `named` is what a warning about it says, "" where it is taken as data; `kept` is a
    good memory that came with it.
    """

    family: str
    name: str
    files: Mapping[str, Content]
    named: str = ""
    kept: str = ""

    @property
    def title(self) -> str:
        return f"{self.family}: {self.name}"

    @property
    def alone(self) -> Case:
        """The same as a remote of its own."""
        fate = Fate.ASIDE if self.named else Fate.DATA
        return Case(self.family, self.name, lambda remote: remote.push(self.files), fate)


def pushed(
    family: str, cases: Mapping[str, Mapping[str, Content]], fate: Fate = Fate.REFUSED
) -> Iterator[Case]:
    """A case for each set of files."""
    for name, files in cases.items():
        yield Case(family, name, lambda remote, files=files: remote.push(files), fate)  # type: ignore[misc]


def device_of(number: int) -> str:
    """The folder of a device that nobody knows, by a number."""
    return f"twin-{EVIL}{number:04}"


def log_file(device: str, first: int = 1, last: int = 1) -> str:
    return f"shared_memory/log/{device}/{(first - 1) // 65536:04}/{first:010}-{last:010}.jsonl"


def entry(number: int, collection: str, key: str, fields: Mapping[str, object] | None, **more: object) -> str:
    """The body of a line, as JSON; `more` are further members, and may take the place of the usual ones."""
    told = {"n": number, "t": f"{0x019A00000000 + number:012x}0000", "c": collection, "k": key}
    told |= {"d": 1} if fields is None else {"f": fields}
    return json.dumps({**told, **more}, ensure_ascii=False, separators=(",", ":"))


def memory(device: str, number: int, text: str = "good") -> str:
    return entry(number, "memories", f"{device[-8:]}-{number}", {"user_input": f"{text} of {device}"})


def chained(bodies: Iterable[str | bytes], previous: str = "") -> bytes:
    """Lines that vouch for each other as docs/formats.md says, whatever they hold."""
    lines = b""
    for body in bodies:
        raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
        previous = hashlib.sha256(previous.encode() + raw).hexdigest()[:16]
        lines += raw[:-1] + b',"h":"%s"}\n' % previous.encode()
    return lines
