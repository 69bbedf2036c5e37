"""How a git bundle begins: a signature, what it builds on, and what its refs are at; a pack follows.

    # v2 git bundle                             v3 may have @capabilities next
    -<commit> <subject>                         what a reader must have already; ours have none
    <commit> refs/heads/main
    <empty line>

Pure. Whatever is not understood is refused, since everybody can write to a memory stick.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from waifusync.values import dataclass

MOST_HEADER_BYTES = 1 << 20
SIGNATURES = {b"# v2 git bundle\n": 2, b"# v3 git bundle\n": 3}
_SHA1_LENGTH = 40
_LINE = re.compile(r"(-?)([0-9a-f]{40}|[0-9a-f]{64})(?: (.*))?")
_FORMAT = "object-format="


class BadHeader(ValueError):
    """Not a bundle, or one of which not everything is understood; the text says why."""


@dataclass(frozen=True, slots=True)
class BundleHeader:
    """`refs` by full name; `needs` are commits that a reader must have; `length` in bytes, where the pack
    begins."""

    refs: Mapping[str, str]
    needs: tuple[str, ...] = ()
    length: int = 0
    is_sha256: bool = False


def parse_header(data: bytes) -> BundleHeader:
    """`data` begins as the file does, and may go on into the pack. Raises BadHeader."""
    first, _, rest = data.partition(b"\n")
    if first + b"\n" not in SIGNATURES:
        raise BadHeader("it does not begin as a git bundle does")
    head, end, _ = rest.partition(b"\n\n")
    if not end:
        raise BadHeader("its list of branches does not end")
    lines = head.decode("utf-8", "surrogateescape").split("\n")
    capabilities = [line[1:] for line in lines if line.startswith("@")]
    is_sha256 = _is_sha256(capabilities)
    refs, needs = _refs_and_needs(lines[len(capabilities) :], 64 if is_sha256 else _SHA1_LENGTH)
    return BundleHeader(refs, needs, len(first) + 1 + len(head) + 2, is_sha256)


def header_bytes(refs: Mapping[str, str]) -> bytes:
    """The header of a bundle that builds on nothing."""
    is_sha256 = any(len(sha) != _SHA1_LENGTH for sha in refs.values())
    start = f"# v3 git bundle\n@{_FORMAT}sha256\n" if is_sha256 else "# v2 git bundle\n"
    return "".join([start, *(f"{sha} {name}\n" for name, sha in refs.items()), "\n"]).encode()


def _is_sha256(capabilities: list[str]) -> bool:
    for each in capabilities:
        if each.startswith("filter"):
            raise BadHeader("it was made by a partial clone, and leaves files out")
        if each not in (f"{_FORMAT}sha1", f"{_FORMAT}sha256"):
            raise BadHeader(f"it asks for {each!r}, which this waifusync does not know")
    return f"{_FORMAT}sha256" in capabilities


def _refs_and_needs(lines: list[str], width: int) -> tuple[dict[str, str], tuple[str, ...]]:
    refs: dict[str, str] = {}
    needs: list[str] = []
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or len(match[2]) != width or not (match[1] or match[3]):
            raise BadHeader("its list of branches is damaged")
        if match[1]:
            needs.append(match[2])
        else:
            refs[match[3]] = match[2]
    return refs, tuple(needs)
