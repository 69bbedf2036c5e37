"""Addresses of remotes as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from waifusync.repository.urls import made_absolute


@pytest.mark.parametrize("url", ["https://host/a.git", "file:///a.git", "me@host:a.git", "ext::sh -c x"])
def test_what_is_not_a_path_stays(url: str) -> None:
    assert made_absolute(url, Path("/home/mika")) == url


@pytest.mark.parametrize(
    ("path", "whole"), [("a.git", "/home/mika/a.git"), ("../a.git", "/home/a.git"), ("/a.git", "/a.git")]
)
def test_a_path_is_meant_from_where_the_person_is(path: str, whole: str) -> None:
    assert made_absolute(path, Path("/home/mika")) == whole
