"""The command `eventday phone`: a phone in a folder, in sentences."""

import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from feeds import EPOCH, NOW, Fault, Feed, a_session, serving, text

from api.command import main

Phone = Callable[..., Result]


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def phone(feed: Feed, tmp_path: Path) -> Iterator[Phone]:
    """Yield what runs `eventday phone` with some words."""
    with serving(feed) as address:

        def run(*words: str) -> Result:
            options = ["--server", address.removesuffix("/v1/"), "--dir", str(tmp_path / "phone")]
            return CliRunner().invoke(main, ["phone", *options, *words])

        yield run


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_a_sync_says_what_came_and_what_it_cost(phone: Phone) -> None:
    assert lines(phone("status")) == ["Nothing is here yet; run: eventday phone sync"]
    (said,) = lines(phone("sync"))
    assert said.startswith("snapshot: This phone is up to date (publish 1). Requests: 3, bytes: ")
    (said,) = lines(phone("sync"))
    assert said == "unchanged: This phone is up to date (publish 1). Requests: 1, bytes: 0."
    first, *rest = lines(phone("status"))
    assert first.startswith(f"Publish 1 of epoch {EPOCH}, checked ")
    # The feed is of June 2025, and its heads say that they are good for a week.
    assert rest == ["That is long ago: changes may be missing.", "Waiting to be sent: 0."]


def test_agenda_and_search_need_no_network(phone: Phone, feed: Feed) -> None:
    phone("sync")
    feed.fault = Fault.DOWN
    assert phone("sync").exit_code == 1
    assert lines(phone("agenda")) == [
        "Tuesday 03 June 2025",
        "  00:33  Opening  Hall",
        "  01:33  Valleys  Hall",
    ]
    assert lines(phone("search", "lodz")) == ["Tuesday 03 June 2025", "  01:33  Valleys  Hall"]
    assert lines(phone("search", "nowhere")) == ["Nothing."]


def test_what_is_new_is_one_sentence_a_session(phone: Phone, feed: Feed) -> None:
    phone("sync")
    assert lines(phone("new")) == ["Nothing is new."]
    feed.publish(["session", 2, {"room_id": 2}], ["session", 1, {"state": "cancelled"}])
    feed.publish(["session", 2, {"starts_at": NOW}], a_session(3))
    feed.publish(["session_speaker", 3, 0, 1, "x", {"position": 1}], ["track", 1])
    phone("sync")
    assert sorted(lines(phone("new"))) == [
        "1 other rows changed.",
        "“Opening” is cancelled.",
        "“Session 3” is new: 2025-06-03 02:33.",
        "“Valleys” has moved: 2025-06-02 23:33, Foyer.",
    ]
    feed.publish(["session", 1], ["session", 2, {"abstract": '{"en":"More"}'}])
    feed.publish(["session_speaker", 3, 0, 1, "x"])
    phone("sync")
    assert sorted(lines(phone("new"))) == [
        "“Opening” is no longer on the agenda.",
        "“Session 3” has other speakers.",
        "“Valleys” was changed.",
    ]
    assert lines(phone("new")) == ["Nothing is new."]
    assert "sent: Nothing is left to send (1 sent). Requests: 1, bytes: " in phone("sync").output
    assert [item["payload"]["seq"] for item in feed.items.values()] == [1, 4, 6]


def test_a_part_is_told_when_its_session_does_not_tell_it(phone: Phone, feed: Feed) -> None:
    part = {"session_id": 1, "title": text("Keynote"), "starts_at": NOW, "state": "confirmed"}
    feed.publish(["part", 2, part])
    phone("sync")
    feed.publish(["part", 2, {"starts_at": NOW + 60}], ["session", 1, {"starts_at": NOW + 60}])
    phone("sync")
    assert lines(phone("new")) == ["“Opening” has moved: 2025-06-02 23:34, Hall."]
    feed.publish(["part", 2, {"starts_at": NOW}])
    phone("sync")
    assert lines(phone("new")) == ["“Keynote” has moved: 2025-06-02 23:33, Hall."]
    feed.publish(["part", 2, {"state": "cancelled"}], ["session", 1, {"abstract": text("More")}])
    phone("sync")
    assert lines(phone("new")) == ["“Opening” was changed.", "“Keynote” is cancelled."]


def test_two_commands_do_not_meet_in_a_folder(phone: Phone, tmp_path: Path) -> None:
    phone("sync")
    lock = os.open(tmp_path / "phone", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    result = phone("sync")
    os.close(lock)
    assert (result.exit_code, result.stderr) == (
        1, "Error: Another program keeps this folder; close it first.\n",
    )  # fmt: skip
    assert phone("sync").exit_code == 0
