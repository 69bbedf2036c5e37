"""How a bundle begins: what we write is read as it was, and what anybody wrote is read or refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from waifusync.repository.bundle_header import BadHeader, header_bytes, parse_header

SHA = "a" * 40
V2, V3 = b"# v2 git bundle\n", b"# v3 git bundle\n"
names = st.from_regex(r"refs/heads/[a-z0-9/-]{1,20}", fullmatch=True)


def _refs(width: int) -> st.SearchStrategy[dict[str, str]]:
    shas = st.text("0123456789abcdef", min_size=width, max_size=width)
    return st.dictionaries(names, shas, min_size=1)


@given(_refs(40) | _refs(64), st.binary())
def test_what_is_written_is_read_as_it_was(refs: dict[str, str], pack: bytes) -> None:
    header = header_bytes(refs)
    found = parse_header(header + pack)
    assert (found.refs, found.needs, found.length) == (refs, (), len(header))
    assert found.is_sha256 == (len(next(iter(refs.values()))) == 64)


@given(st.sampled_from([b"", V2, V3]), st.binary())
@example(V2, b"\n\n")
@example(V3, b"@\n\n")
def test_no_bytes_do_anything_but_be_read_or_refused(start: bytes, rest: bytes) -> None:
    """T25: everybody can write to a memory stick."""
    try:
        found = parse_header(start + rest)
    except BadHeader:
        return
    assert (start + rest)[found.length - 2 : found.length] == b"\n\n"
    assert all(len(sha) in (40, 64) for sha in (*found.refs.values(), *found.needs))


def test_what_a_bundle_builds_on_is_told_from_what_it_holds() -> None:
    header = V2 + f"-{SHA} a subject\n{'b' * 40} refs/heads/main\n\nPACK".encode()
    assert parse_header(header).needs == (SHA,)
    assert parse_header(header).refs == {"refs/heads/main": "b" * 40}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"", "does not begin"),
        (V2, "does not end"),
        (V2 + b"x refs/heads/main\n\n", "damaged"),
        (V2 + f"{SHA}\n\n".encode(), "damaged"),
        (V2 + f"{SHA[:39]} refs/heads/main\n\n".encode(), "damaged"),
        (V2 + f"{'a' * 64} refs/heads/main\n\n".encode(), "damaged"),
        (V3 + f"@filter=blob:none\n{SHA} refs/heads/main\n\n".encode(), "partial clone"),
        (V3 + f"@shout\n{SHA} refs/heads/main\n\n".encode(), "'shout'"),
    ],
)
def test_a_header_that_is_not_understood_is_refused_by_its_reason(header: bytes, reason: str) -> None:
    with pytest.raises(BadHeader, match=reason):
        parse_header(header)
