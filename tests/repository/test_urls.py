"""Addresses of remotes as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from waifusync.repository.urls import is_on_this_machine, made_absolute


@pytest.mark.parametrize("url", ["https://host/a.git", "file:///a.git", "me@host:a.git", "ext::sh -c x"])
def test_what_is_not_a_path_stays(url: str) -> None:
    assert made_absolute(url, Path("/home/mika")) == url


@pytest.mark.parametrize(
    ("path", "whole"), [("a.git", "/home/mika/a.git"), ("../a.git", "/home/a.git"), ("/a.git", "/a.git")]
)
def test_a_path_is_meant_from_where_the_person_is(path: str, whole: str) -> None:
    assert made_absolute(path, Path("/home/mika")) == whole


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("/mnt/usb/mind.git", True),
        ("../mind.git", True),
        ("file:///mnt/usb/mind.git", True),
        ("FILE:///mnt/usb/mind.git", True),
        ("ada@example.org:mind.git", False),
        ("ssh://ada@example.org/mind.git", False),
        ("https://example.org/mind.git", False),
    ],
)
def test_what_our_own_git_serves_is_told_from_what_a_server_does(url: str, is_here: bool) -> None:
    assert is_on_this_machine(url) is is_here
