"""What the reference client sends back: kept until there is a receipt, and never lost."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import feeds
import pytest
from feeds import EPOCH, NOW, Answer, Fault, Feed
from phones import BACK, MOVED, Clock, a_phone

from sync.phone import Phone
from sync.transport import boot_of, since_boot
from sync.trouble import PhoneError


def sent(feed: Feed) -> list[int]:
    return [len(post["items"]) for post in feed.posts]


def test_an_item_is_on_the_disk_when_put_returns(tmp_path: Path, feed: Feed) -> None:
    phone = a_phone(tmp_path, feed, monotonic=lambda: 12.5, boot="b")
    made = [phone.put("bookmark", {"session": n, "note": "zażółć"}) for n in (1, 2)]
    assert [UUID(item).version for item in made] == [7, 7]
    assert UUID(made[0]).int >> 80 == NOW * 1000
    phone = a_phone(tmp_path, feed, monotonic=lambda: 20, boot="c")
    assert phone.status()["unsent"] == 2
    result = phone.flush()
    assert (result.outcome, len(feed.posts), phone.status()["unsent"]) == ("sent", 1, 0)
    (post,) = feed.posts
    assert {name: post[name] for name in post if name not in {"items", "device"}} == {
        "boot": "c", "sent_at": NOW * 1000, "sent_mono": 20_000,
    }  # fmt: skip
    assert UUID(post["device"])
    assert post["items"][0] == {
        "id": made[0], "n": 1, "kind": "bookmark", "boot": "b", "mono": 12_500,
        "payload": {"session": 1, "note": "zażółć"},
    }  # fmt: skip
    assert post["items"][1]["n"] == 2


def test_the_boot_and_the_time_since_are_those_of_the_device(tmp_path: Path, feed: Feed) -> None:
    for name in ("one", "two"):
        phone = Phone(tmp_path / name, feed, boot=boot_of(), monotonic=since_boot)
        phone.put("seen", {})
        phone.flush()
    one, two = feed.posts
    assert one["boot"] == two["boot"]
    assert one["sent_mono"] <= two["sent_mono"]
    assert one["device"] != two["device"]


def test_an_item_says_of_its_clocks_only_what_does_not_follow(tmp_path: Path, feed: Feed) -> None:
    now = {"clock": float(NOW), "monotonic": 50.0}
    clocks = {"clock": lambda: now["clock"], "monotonic": lambda: now["monotonic"]}
    phone = a_phone(tmp_path, feed, **clocks)
    phone.put("bookmark", {"session": 1})
    now |= {"clock": NOW + 3600.0, "monotonic": 60.0}  # the clock was put forward
    phone.put("bookmark", {"session": 2})
    phone.flush()
    first, second = feed.posts[0]["items"]
    assert (first["mono"], first.keys() & {"t", "boot"}) == (50_000, set())
    assert second.keys() == {"id", "n", "kind", "payload"}


def test_at_most_two_hundred_items_and_a_megabyte_go_at_once(phone: Phone, feed: Feed) -> None:
    for number in range(250):
        phone.put("bookmark", {"session": number, "note": "x" * 9000 * (number >= 201)})
    assert phone.flush().outcome == "sent"
    assert sent(feed) == [200, 50]
    for number in range(150):
        phone.put("bookmark", {"session": number, "note": "x" * 9000})
    phone.flush()
    assert max(len(feeds.canonical(post)) for post in feed.posts) < 1_000_000
    assert [item["n"] for post in feed.posts for item in post["items"]] == [*range(1, 401)]


@pytest.mark.parametrize(
    "fault",
    [Fault.DOWN, Fault.BUSY, Fault.PORTAL, Fault.LOST, Fault.TRUNCATED, Fault.ENDED, Fault.FLIPPED],
)
def test_what_has_no_receipt_is_sent_again_as_it_was(
    phone: Phone, feed: Feed, fault: Fault
) -> None:
    item = phone.put("bookmark", {"session": 1})
    feed.fault, feed.only, feed.at = fault, "outbox", 500
    result = phone.flush()
    assert result.outcome in {"unreachable", "refused"}
    assert phone.status()["unsent"] == 1
    feed.fault = None
    assert phone.flush().outcome == "sent"
    assert [*feed.items] == [item]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"null", b'{"receipts":[]}', b'{"receipts":{}}', b'{"receipts":[null]}',
     b'{"receipts":[{"id":[],"status":"stored"}]}', b'{"receipts":[{"id":"x","status":"stored"}]}',
     b'{"receipts":[{"id":"%s","status":"lost"}]}', b'{"receipts":[{"id":"%s","status":[]}]}',
     b"[" * 100_000],
)  # fmt: skip
def test_an_answer_that_is_no_receipt_frees_nothing(tmp_path: Path, body: bytes) -> None:
    made: list[str] = []

    def strange(*_: object) -> Answer:
        return 200, {}, iter([body.replace(b"%s", made[0].encode())])

    phone = a_phone(tmp_path, strange)
    made.append(phone.put("seen", {}))
    assert phone.flush().outcome == "refused"
    assert phone.status()["unsent"] == 1


def test_a_refused_envelope_and_quarantine_lose_nothing(phone: Phone, feed: Feed) -> None:
    phone.put("odd", {})
    phone.put("bookmark", {})
    feed.fault = Fault.DENIED
    assert phone.flush().outcome == "refused"
    feed.fault = None
    feed.quarantined = {"odd"}
    told: list[Any] = []
    assert phone.flush(told.extend).outcome == "sent"
    assert phone.status()["unsent"] == 0
    assert [(receipt["status"], receipt.get("code")) for receipt in told] == [
        ("quarantined", "unknown-kind"),
        ("stored", None),
    ]


def test_items_are_put_while_another_thread_syncs(phone: Phone, feed: Feed) -> None:
    def work() -> None:
        for number in range(20):
            phone.put("bookmark", {"session": number})

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        feed.publish(MOVED if feed.seq % 2 else BACK)
        assert phone.sync().outcome == "updated"
        assert phone.flush().outcome in {"sent", "unchanged"}
    phone.flush()
    assert sorted(item["n"] for item in feed.items.values()) == [*range(1, 41)]


def test_receipts_are_told_again_until_they_were_taken(phone: Phone) -> None:
    item = phone.put("bookmark", {})

    def crash(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        phone.flush(crash)
    told: list[Any] = []
    assert phone.flush(told.extend).outcome == "sent"
    assert [receipt["id"] for receipt in told] == [item]


@pytest.mark.parametrize(
    "payload", [{"x": "x" * 10_000}, {"x": object()}, {"x": float("nan")}, {"x": "\ud800"}]
)
def test_what_cannot_be_sent_is_not_taken(phone: Phone, payload: dict[str, Any]) -> None:
    with pytest.raises(PhoneError, match="cannot be sent"):
        phone.put("bookmark", payload)
    phone.put("bookmark", {})
    with closing(sqlite3.connect(phone.folder / "mine.db")) as db:
        assert db.execute("SELECT n FROM item").fetchall() == [(1,)]


def test_after_another_epoch_the_last_seven_days_are_sent_again(
    phone: Phone, feed: Feed, clock: Clock
) -> None:
    phone.put("bookmark", {"session": 1})
    phone.flush()
    clock.now += 6 * 86_400
    young = phone.put("bookmark", {"session": 2})
    phone.flush()
    clock.now += 2 * 86_400
    feed.restore((EPOCH, 1))
    phone.sync()
    assert phone.status()["unsent"] == 1
    feed.items.clear()
    phone.flush()
    assert [*feed.items] == [young]
    phone.sync()
    assert phone.status()["unsent"] == 0
    phone.put("bookmark", {"session": 3})
    phone.flush()
    assert feed.posts[-1]["items"][0]["n"] == 3
