"""What the reference client downloads: continued, checked, cut off, over a real network too."""

import gzip
import itertools
import tracemalloc
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from feeds import EPOCH, Answer, Fault, Feed, a_session, serving, text
from phones import MOVED, Clock, a_phone, asked, held, kept_media, names, picture

from sync.phone import Phone
from sync.transport import Http, plain
from sync.trouble import PhoneError


def test_a_broken_download_is_continued_and_not_begun_again(tmp_path: Path, feed: Feed) -> None:
    size = len(feed.files[f"{feed.listed['name']}.gz"])
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.TRUNCATED, "snapshot"
    assert phone.sync().outcome == "unreachable"
    assert phone.sync().outcome == "unreachable"
    feed.fault = None
    phone = a_phone(tmp_path, feed)
    result = phone.sync()
    assert result.outcome == "snapshot"
    assert feed.requests[-1].headers["Range"] == f"bytes={size // 2 + (size - size // 2) // 2}-"
    assert held(tmp_path, feed) == (EPOCH, 1)
    assert not [*tmp_path.glob("*.part")]


@pytest.mark.parametrize("fault", [Fault.NO_RANGE, Fault.BAD_RANGE])
def test_a_server_without_ranges_sends_it_from_the_start(
    tmp_path: Path, feed: Feed, fault: Fault
) -> None:
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.TRUNCATED, "snapshot"
    phone.sync()
    feed.fault = fault
    first = phone.sync().outcome
    assert first == ("snapshot" if fault is Fault.NO_RANGE else "refused")
    assert phone.sync().outcome == ("unchanged" if fault is Fault.NO_RANGE else "snapshot")


@pytest.mark.parametrize("fault", [Fault.FLIPPED, Fault.FOREIGN, Fault.PORTAL])
def test_a_damaged_snapshot_is_thrown_away(tmp_path: Path, feed: Feed, fault: Fault) -> None:
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = fault, "snapshot"
    for place in (0, 100, 3000, 8 * len(feed.files[f"{feed.listed['name']}.gz"]) - 1):
        feed.at = place
        assert phone.sync().outcome in {"refused", "unreachable"}
        assert held(tmp_path, feed) == (0, 0)
    feed.fault = None
    assert phone.sync().outcome in {"snapshot", "unreachable"}
    assert phone.sync().outcome in {"snapshot", "unchanged"}
    assert held(tmp_path, feed) == (EPOCH, 1)


def test_a_download_that_ended_without_a_word_begins_again(tmp_path: Path, feed: Feed) -> None:
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.ENDED, "snapshot"
    assert phone.sync().outcome == "refused"
    feed.fault = None
    assert phone.sync().outcome == "snapshot"


def test_the_snapshot_is_fetched_once_what_follows_it_is_here(tmp_path: Path, feed: Feed) -> None:
    feed.publish(a_session(3, title=text("x" * 2000)))
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.DOWN, "log"
    assert phone.sync().outcome == "unreachable"
    assert names(feed) == ["bootstrap", "head", "log"]
    feed.fault = None
    assert phone.sync().outcome == "snapshot"
    assert names(feed)[3:] == ["head", "log", "snapshot"]


def test_the_part_of_another_snapshot_is_thrown_away(tmp_path: Path, feed: Feed) -> None:
    phone = a_phone(tmp_path, feed)
    feed.fault, feed.only = Fault.TRUNCATED, "snapshot"
    phone.sync()
    feed.fault = None
    feed.publish(MOVED)
    feed.snapshot()
    phone.sync()
    assert "Range" not in feed.requests[-1].headers
    assert held(tmp_path, feed) == (EPOCH, 2)


def test_an_answer_without_end_is_cut_off(tmp_path: Path) -> None:
    given = itertools.count()

    def endless(*_: object) -> Answer:
        return 200, {}, (bytes(1 << 16) for _ in given)

    assert a_phone(tmp_path, endless).sync().outcome == "refused"
    assert next(given) < 300


def test_a_small_answer_that_unpacks_to_a_large_one_is_cut_off(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(1 << 28))

    def bombing(*_: object) -> Answer:
        return 200, {}, plain(iter([bomb]), "gzip")

    tracemalloc.start()
    assert a_phone(tmp_path, bombing).sync().outcome == "refused"
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1 << 26


def test_media_are_fetched_by_priority_and_dropped_when_unlisted(phone: Phone, feed: Feed) -> None:
    feed.publish(picture(feed, 1, b"one", 9), picture(feed, 2, b"two", 1))
    assert asked(phone, feed) == 3
    assert kept_media(phone) == {b"one", b"two"}
    assert feed.requests[1].path.endswith(f"media-{sha256(b'two').hexdigest()}.png")
    feed.publish(["media", 1])
    assert asked(phone, feed) == 1
    assert kept_media(phone) == {b"two"}


def test_a_picture_that_fails_holds_up_nothing_and_is_left_for_ten_minutes(
    phone: Phone, feed: Feed, clock: Clock
) -> None:
    feed.publish(picture(feed, 1, b"one", 1), picture(feed, 2, b"two", 2))
    feed.fault, feed.only = Fault.FLIPPED, sha256(b"one").hexdigest()
    assert phone.sync().outcome == "updated"
    assert asked(phone, feed) == 2
    assert kept_media(phone) == {b"two"}
    feed.fault = None
    assert asked(phone, feed) == 1
    clock.now += 600
    assert asked(phone, feed) == 2
    assert kept_media(phone) == {b"one", b"two"}


@pytest.mark.parametrize(
    "columns",
    [{"sha256": "../../mine.db"}, {"sha256": "F" * 64}, {"media_type": "text/html"}],
)
def test_a_strange_medium_is_left_alone(phone: Phone, feed: Feed, columns: dict[str, Any]) -> None:
    op = picture(feed, 1, b"content" * 1000)
    feed.publish([*op[:2], op[2] | columns])
    assert phone.sync().outcome == "updated"
    assert kept_media(phone) == set()


def test_over_http_everything_is_the_same(tmp_path: Path, feed: Feed) -> None:
    with serving(feed) as address:
        phone = a_phone(tmp_path, Http(address))
        feed.fault, feed.only = Fault.TRUNCATED, "snapshot"
        assert phone.sync().outcome == "unreachable"
        feed.fault = None
        assert phone.sync().outcome == "snapshot"
        assert "Range" in feed.requests[-1].headers
        assert asked(phone, feed) == 1
        for number in range(3, 30):
            feed.publish(a_session(number), picture(feed, 1, b"picture"))
        for fault, outcome in (
            (Fault.DOWN, "unreachable"),
            (Fault.TRUNCATED, "unreachable"),
            (Fault.BUSY, "unreachable"),
            (Fault.PORTAL, "refused"),
            (Fault.ENCODING, "unreachable"),
        ):
            feed.fault, feed.only = fault, ""
            assert phone.sync().outcome == outcome
        feed.fault = None
        assert phone.sync().outcome == "updated"
        assert kept_media(phone) == {b"picture"}
        phone.put("bookmark", {})
        assert phone.flush().outcome == "sent"
    phone = a_phone(tmp_path, Http(address))
    assert phone.sync().outcome == "unreachable"


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/hostname",
        "ftp://127.0.0.1/",
        "https://127.0.0.1:1/",
        "data:,x",
        "http://[",
        "//",
    ],
)
def test_a_redirect_to_another_scheme_is_not_followed(
    tmp_path: Path, feed: Feed, target: str
) -> None:
    with serving(feed) as address:
        phone = a_phone(tmp_path, Http(address))
        feed.redirect = target
        assert phone.sync().outcome in {"unreachable", "refused"}


def test_a_server_that_drips_is_left(tmp_path: Path, feed: Feed) -> None:
    with serving(feed) as address:
        phone = a_phone(tmp_path, Http(address, patience=-1))
        assert phone.sync().outcome == "unreachable"
    with pytest.raises(PhoneError, match="https"):
        Http("file:///etc")
