"""A phone that follows a feed, in tests."""

from pathlib import Path

import pytest
from feeds import Feed
from phones import Clock, a_phone

from sync.phone import Phone


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def phone(tmp_path: Path, feed: Feed, clock: Clock) -> Phone:
    """Return a phone that holds the first publish."""
    it = a_phone(tmp_path / "phone", feed, clock=clock)
    assert it.sync().outcome == "snapshot"
    feed.requests.clear()
    return it
