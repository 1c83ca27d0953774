"""What phones send back."""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from builders import fresh
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from badges.code import LENGTH
from event import tables
from event.database import Database
from event.errors import Invalid
from event.text import dump, parse
from sync.batch import DEEPEST, LONGEST_PAYLOAD, Batch
from sync.outbox import Receipt, receive

NOW = 1_748_934_000_000
"""When batches are received, in milliseconds; phones are right unless a test says otherwise."""
EPOCH, SEQ = 20, 50
"""Where the feed stands."""
HOUR = 3_600_000
DEVICE = "5f0c1c9e-6c1f-4b0e-9d55-0e2f3a1b7c44"
OTHER = "0a0a0a0a-0b0b-4c0c-8d0d-0e0e0e0e0e0e"


@pytest.fixture
def db(db: Database) -> Database:
    """Return a database whose feed has been published for a while."""
    stand_at(db, EPOCH, SEQ)
    return db


def stand_at(db: Database, epoch: int, seq: int) -> None:
    with db.write() as tx:
        tx.execute(
            update(tables.clock).where(tables.clock.c.feed == "public").values(epoch=epoch, seq=seq)
        )


def an_id(number: int) -> str:
    return f"019733f0-3c00-7000-8000-{number:012x}"


def an_item(number: int = 1, *, epoch: int = EPOCH, seq: int = 7, **fields: Any) -> dict[str, Any]:
    return {
        "id": an_id(number),
        "n": number,
        "kind": "seen",
        "t": NOW - 60_000,
        "boot": "b1",
        "mono": 40_000,
        "payload": {"epoch": epoch, "seq": seq},
    } | fields


def a_batch(*items: Any, **fields: Any) -> Batch:
    defaults: dict[str, Any] = {
        "device": DEVICE,
        "boot": "b1",
        "sent_at": NOW,
        "sent_mono": 100_000,
        "items": items,
    }
    return Batch(**(defaults | fields))


@contextmanager
def published(template: Path) -> Iterator[Database]:
    """Yield a database of its own, where phones expect it, for one example of a property."""
    with fresh(template) as db:
        stand_at(db, EPOCH, SEQ)
        yield db


def rows(db: Database) -> dict[str, list[dict[str, Any]]]:
    """Return all that receiving writes, without the numbers that only count."""
    with db.read() as tx:
        return {
            table.name: [
                dict(row)
                for row in tx.execute(
                    select(*(c for c in table.c if c.name != "number")).order_by(order)
                ).mappings()
            ]
            for table, order in (
                (tables.outbox_item, tables.outbox_item.c.id),
                (tables.quarantined_item, tables.quarantined_item.c.number),
                (tables.seen, tables.seen.c.device),
            )
        }


def stored(db: Database) -> list[dict[str, Any]]:
    return rows(db)["outbox_item"]


def quarantined(db: Database) -> list[dict[str, Any]]:
    return rows(db)["quarantined_item"]


def test_every_item_is_stored_and_has_its_receipt_in_order(db: Database) -> None:
    receipts = receive(db, a_batch(an_item(2), an_item(1)), at=NOW)
    assert receipts == [Receipt(an_id(2), None), Receipt(an_id(1), None)]
    first, second = stored(db)
    assert first == {
        "id": an_id(1),
        "device": DEVICE,
        "n": 1,
        "kind": "seen",
        "payload": '{"epoch":20,"seq":7}',
        "t": NOW - 60_000,
        "boot": "b1",
        "mono": 40_000,
        "t_est": NOW - 60_000,
        "skewed": 0,
        "received_at": NOW,
    }
    assert second["id"] == an_id(2)
    assert receive(db, a_batch(), at=NOW) == []


def test_a_batch_sent_again_later_changes_nothing(db: Database) -> None:
    batch = a_batch(an_item(1), an_item(2, n=0), "rubbish", an_item(3))
    receipts = receive(db, batch, at=NOW)
    before = rows(db)
    assert receive(db, batch, at=NOW + HOUR) == receipts
    assert rows(db) == before
    assert [len(found) for found in before.values()] == [2, 2, 1]


def test_ids_are_the_same_in_upper_case(db: Database) -> None:
    upper = an_item(10, id=an_id(10).upper())
    assert receive(db, a_batch(upper, device=DEVICE.upper()), at=NOW) == [
        Receipt(an_id(10).upper(), None)
    ]
    receive(db, a_batch(an_item(10)), at=NOW)
    (item,) = stored(db)
    assert (item["id"], item["device"]) == (an_id(10), DEVICE)
    assert quarantined(db) == []


UNUSABLE: list[tuple[Any, str]] = [
    (None, "not-an-object"),
    ("an item", "not-an-object"),
    (7, "not-an-object"),
    ([an_item()], "not-an-object"),
    ({}, "bad-id"),
    (an_item(extra=1), "unknown-field"),
    (an_item(t_est=0), "unknown-field"),
    (an_item(id=None), "bad-id"),
    (an_item(id=1), "bad-id"),
    (an_item(id=""), "bad-id"),
    (an_item(id=an_id(1) + "\n"), "bad-id"),
    (an_item(id="a\x00\ud800"), "bad-id"),
    (an_item(id="5f0c1c9e-6c1f-4b0e-9d55-0e2f3a1b7c44"), "bad-id"),
    (an_item(n=0), "bad-number"),
    (an_item(n="1"), "bad-number"),
    (an_item(n=True), "bad-number"),
    (an_item(n=2**53), "bad-number"),
    (an_item(kind="dance"), "unknown-kind"),
    (an_item(kind=["seen"]), "unknown-kind"),
    (an_item(kind="\x00"), "unknown-kind"),
    (an_item(t=-1), "bad-time"),
    (an_item(t=10**400), "bad-time"),
    (an_item(t=1.5e12), "bad-time"),
    (an_item(t=float("nan")), "bad-time"),
    (an_item(t=False), "bad-time"),
    (an_item(t="2025-06-03T09:00:00+02:00"), "bad-time"),
    (an_item(boot=""), "bad-boot"),
    (an_item(boot="b" * 101), "bad-boot"),
    (an_item(boot="b\x00"), "bad-boot"),
    (an_item(boot=1), "bad-boot"),
    (an_item(mono=-1), "bad-boot"),
    (an_item(mono=0.5), "bad-boot"),
    (an_item(payload=None), "bad-payload"),
    (an_item(payload=[1, 2]), "bad-payload"),
    (an_item(payload={}), "bad-payload"),
    (an_item(seq=0), "bad-payload"),
    (an_item(epoch=0), "bad-payload"),
    (an_item(payload={"epoch": True, "seq": True}), "bad-payload"),
    (an_item(payload={"epoch": "20", "seq": 7}), "bad-payload"),
    (an_item(payload={"epoch": 20, "seq": 7.0}), "bad-payload"),
    (an_item(payload={"epoch": 20, "seq": 7, "x": 0.5}), "bad-payload"),
    (an_item(payload={"epoch": 20, "seq": 7, "x": [{"y": "\x00"}]}), "bad-payload"),
    (an_item(payload={"epoch": 20, "seq": 7, "\ud800": 1}), "bad-payload"),
    (an_item(payload={"epoch": 20, "seq": 7, "x": -(2**53)}), "bad-payload"),
    (an_item(payload={"epoch": 20, "seq": 7, "x": "x" * LONGEST_PAYLOAD}), "too-large"),
    (an_item(seq=SEQ + 1), "not-published"),
    (an_item(epoch=EPOCH + 1, seq=1), "not-published"),
]


def test_what_cannot_be_used_is_kept_as_it_came_and_stops_nothing(db: Database) -> None:
    for number, (raw, code) in enumerate(UNUSABLE, start=1):
        good = an_item(1000 + number)
        bad, fine = receive(db, a_batch(copy.deepcopy(raw), good), at=NOW)
        assert (bad.code, fine) == (code, Receipt(good["id"], None)), raw
        kept = quarantined(db)[-1]
        assert (kept["device"], kept["code"], kept["received_at"]) == (DEVICE, code, NOW)
        assert repr(parse(kept["item"])) == repr(_sorted(raw))
    assert len(stored(db)) == len(quarantined(db)) == len(UNUSABLE)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(below) for below in value] if isinstance(value, list) else value


def test_the_receipt_of_a_bad_item_has_its_id_if_there_is_one(db: Database) -> None:
    receipts = receive(db, a_batch(an_item(n=0), an_item(id="mine"), an_item(id=3), []), at=NOW)
    assert [receipt.id for receipt in receipts] == [an_id(1), "mine", None, None]


def deep(levels: int) -> Any:
    return {"below": deep(levels - 1)} if levels else 0


def test_an_item_that_is_too_deep_is_kept_as_text_and_stops_none_beside_it(db: Database) -> None:
    code = "E" + "A" * (LENGTH - 1)
    far = {"below": deep(DEEPEST + 100), "code": "M1CANARY", "read": code}
    asked = far | {"answers": {"1": "CANARY"}}
    for _ in range(2):
        items = [an_item(1), an_item(2, payload=asked), far, [[far]], an_item(3)]
        said = receive(db, a_batch(*items), at=NOW)
        assert [one.code for one in said] == [
            None, "bad-payload", "unknown-field", "not-an-object", None,
        ]  # fmt: skip
        assert said[1].id == an_id(2)
    assert len(stored(db)) == 2
    rows = quarantined(db)
    assert len(rows) == 3
    assert all("below" in str(row) for row in rows)
    assert not any(secret in str(rows) for secret in ("CANARY", code))


def test_what_is_deeper_than_can_be_read_refuses_the_batch(db: Database) -> None:
    with pytest.raises(Invalid, match="levels"):
        receive(db, a_batch(an_item(1), deep(300)), at=NOW)
    assert stored(db) == quarantined(db) == []
    assert receive(db, a_batch(an_item(1), deep(DEEPEST - 1)), at=NOW)[1].code == "unknown-field"


def test_names_that_nobody_knows_yet_stay_in_the_payload(db: Database) -> None:
    payload = {"seq": 7, "epoch": EPOCH, "więcej": [None, True, "ż\n"], "a": {"b": -1}}
    assert receive(db, a_batch(an_item(payload=payload)), at=NOW)[0].code is None
    assert parse(stored(db)[0]["payload"]) == payload


def test_an_id_that_is_taken_goes_to_quarantine_and_its_receipt_tells_nothing(db: Database) -> None:
    receive(db, a_batch(an_item()), at=NOW)
    before = stored(db)
    clashes = [
        (DEVICE, an_item(seq=8)),
        (DEVICE, an_item(n=2)),
        (DEVICE, an_item(t=NOW)),
        (OTHER, an_item()),
    ]
    for number, (device, item) in enumerate(clashes, start=1):
        for _ in range(2):
            batch = a_batch(item, device=device)
            assert receive(db, batch, at=NOW) == [Receipt(an_id(1), None)]
        kept = quarantined(db)
        assert len(kept) == number
        assert (kept[-1]["code"], kept[-1]["device"]) == ("id_clash", device)
        assert parse(kept[-1]["item"]) == item
    assert stored(db) == before
    assert rows(db)["seen"] == [{"device": DEVICE, "epoch": EPOCH, "seq": 7}]


def test_what_one_phone_has_seen_is_no_credit_to_another(db: Database) -> None:
    receive(db, a_batch(an_item(1, seq=7)), at=NOW)
    receive(db, a_batch(an_item(2, seq=3), an_item(1, seq=7), device=OTHER), at=NOW)
    assert [(row["device"], row["seq"]) for row in rows(db)["seen"]] == [(OTHER, 3), (DEVICE, 7)]


def test_the_same_rubbish_of_two_phones_is_kept_for_each(db: Database) -> None:
    for device in (DEVICE, OTHER, DEVICE):
        receive(db, a_batch("rubbish", "rubbish", device=device), at=NOW)
    assert [row["device"] for row in quarantined(db)] == [DEVICE, OTHER]


def test_of_one_id_twice_in_a_batch_the_first_is_the_item(db: Database) -> None:
    batch = a_batch(an_item(seq=3), an_item(seq=3), an_item(seq=9))
    assert receive(db, batch, at=NOW) == [Receipt(an_id(1), None)] * 3
    assert [parse(item["payload"])["seq"] for item in stored(db)] == [3]
    assert [row["code"] for row in quarantined(db)] == ["id_clash"]
    assert rows(db)["seen"][0]["seq"] == 3


def test_when_it_happened_is_repaired(db: Database) -> None:
    cases: list[tuple[str, dict[str, Any], dict[str, Any], int]] = [
        ("the clock was right", {}, {}, 60_000),
        ("it was set while the phone ran", {"t": 5}, {"sent_at": NOW + HOUR}, 60_000),
        ("it is fast", {"t": NOW + HOUR - 9}, {"boot": "b2", "sent_at": NOW + HOUR}, 9),
        ("it was set back after a restart", {"boot": "b0"}, {"sent_at": NOW - HOUR}, 0),
        ("done after it was sent", {"mono": 100_001}, {}, 0),
        ("before 1970", {"boot": "b0", "t": 0}, {"sent_at": 2 * NOW}, NOW),
    ]
    for number, (name, item, batch, ago) in enumerate(cases, start=1):
        receive(db, a_batch(an_item(number, **item), **batch), at=NOW)
        row = stored(db)[-1]
        assert row["t_est"] == NOW - ago, name
        assert row["t"] == an_item(**item)["t"]


def test_what_an_item_leaves_out_follows_from_its_id_and_the_batch(db: Database) -> None:
    made = int(an_id(1).replace("-", "")[:12], 16)
    short = {name: an_item()[name] for name in ("id", "n", "kind", "payload")}
    batch = a_batch(short, sent_at=made + 7_000, sent_mono=100_000)
    assert receive(db, batch, at=NOW) == [Receipt(an_id(1), None)]
    (item,) = stored(db)
    assert (item["t"], item["boot"], item["mono"]) == (made, "b1", 93_000)
    assert item["t_est"] == NOW - 7_000
    whole = short | {"t": made, "boot": "b1", "mono": 93_000}
    again = a_batch(short, whole, sent_at=made + 60_000, sent_mono=153_000)
    assert receive(db, again, at=NOW + 53_000) == [Receipt(an_id(1), None)] * 2
    assert (len(stored(db)), quarantined(db)) == (1, [])


def test_an_item_from_a_clock_that_is_off_by_more_than_two_minutes_is_marked(db: Database) -> None:
    for number, off in enumerate([0, 120_000, -120_000, 120_001, -120_001], start=1):
        receive(db, a_batch(an_item(number), sent_at=NOW + off), at=NOW)
    assert [item["skewed"] for item in stored(db)] == [0, 0, 0, 1, 1]


def test_seen_is_the_newest_by_epoch_and_then_seq(db: Database) -> None:
    history = [(EPOCH, 5, 5), (EPOCH, 9, 9), (EPOCH, 7, 9), (EPOCH - 1, 900, 9)]
    for number, (epoch, seq, newest) in enumerate(history, start=1):
        assert receive(db, a_batch(an_item(number, epoch=epoch, seq=seq)), at=NOW)[0].code is None
        assert rows(db)["seen"] == [{"device": DEVICE, "epoch": EPOCH, "seq": newest}]
    stand_at(db, EPOCH + 1, 2)
    receive(db, a_batch(an_item(7, epoch=EPOCH + 1, seq=1), an_item(8, seq=50)), at=NOW)
    assert rows(db)["seen"] == [{"device": DEVICE, "epoch": EPOCH + 1, "seq": 1}]


def test_what_is_not_published_yet_counts_once_it_is(db: Database) -> None:
    batch = a_batch(an_item(seq=SEQ + 1))
    assert receive(db, batch, at=NOW) == [Receipt(an_id(1), "not-published")]
    assert rows(db)["seen"] == []
    stand_at(db, EPOCH, SEQ + 1)
    assert receive(db, batch, at=NOW) == [Receipt(an_id(1), None)]
    assert rows(db)["seen"] == [{"device": DEVICE, "epoch": EPOCH, "seq": SEQ + 1}]


def test_a_batch_that_fails_on_the_way_leaves_nothing(db: Database) -> None:
    with db.write() as tx:
        tx.execute(text("DROP TABLE seen"))
    with pytest.raises(DBAPIError):
        receive(db, a_batch(an_item(1), "rubbish"), at=NOW)
    with db.read() as tx:
        for table in (tables.outbox_item, tables.quarantined_item):
            assert tx.execute(select(func.count()).select_from(table)).scalar() == 0


def test_servers_that_get_the_same_batches_at_once_store_each_item_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(3)]
    stand_at(databases[0], EPOCH, SEQ)
    rounds = [
        [
            f"rubbish {n}" if is_bad else an_item(n, seq=1 + n % SEQ)
            for n in range(start, start + 100)
        ]
        for start in range(1, 501, 100)
        for is_bad in (False, True)
    ]
    barrier = threading.Barrier(len(databases), timeout=20)
    given: list[Receipt] = []

    def work(db: Database, order: Random) -> None:
        for items in rounds:
            batch = a_batch(*order.sample(items, len(items)))
            barrier.wait()
            given.extend(receive(db, batch, at=NOW))

    threads = [
        threading.Thread(target=work, args=(db, Random(number)))  # noqa: S311  # an order, no secret
        for number, db in enumerate(databases)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 3 * 2 * 500
    assert [item["n"] for item in stored(databases[0])] == list(range(1, 501))
    assert len(quarantined(databases[0])) == 500
    assert rows(databases[0])["seen"][0]["seq"] == SEQ
    for db in databases:
        db.close()


@dataclass
class Phone:
    """A phone that may be set, restarted and lose answers; `happened` is what it cannot know."""

    device: str
    off: int = 0
    starts: int = 0
    started_at: int = NOW - HOUR
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    receipted: set[str] = field(default_factory=set)
    happened: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def see(self, number: int, epoch: int, seq: int, *, at: int) -> None:
        clocks = {"t": at + self.off, "boot": f"b{self.starts}", "mono": at - self.started_at}
        item = an_item(number, epoch=epoch, seq=seq, **clocks) | {"n": len(self.items) + 1}
        self.items[item["id"]] = item
        self.happened[item["id"]] = at, self.off, self.starts

    def batch(self, names: list[str], *, at: int) -> Batch:
        return Batch(
            device=self.device,
            boot=f"b{self.starts}",
            sent_at=at + self.off,
            sent_mono=at - self.started_at,
            items=[self.items[name] for name in names],
        )

    def fact(self, name: str, *, at: int) -> dict[str, Any]:
        """Return the row to expect of an item that arrives for the first time."""
        happened, off, starts = self.happened[name]
        # Known to the millisecond while it ran; after a restart its clock must be trusted.
        when = happened if starts == self.starts else min(happened + off - self.off, at)
        item = self.items[name]
        return item | {
            "device": self.device,
            "payload": dump(item["payload"]),
            "t_est": when,
            "skewed": int(max(abs(self.off), abs(item["t"] - when)) > 120_000),
            "received_at": at,
        }


@dataclass
class World:
    """Eight phones, a server, and an oracle that looks on."""

    db: Database
    order: Random
    now: int = NOW
    phones: list[Phone] = field(
        default_factory=lambda: [Phone(f"{n:08x}-0000-4000-8000-000000000000") for n in range(8)]
    )
    arrived: list[Batch] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: dict[str, tuple[int, int]] = field(default_factory=dict)

    def do(self, phone: Phone, step: str, value: Any) -> None:
        match step:
            case "see":
                number = sum(len(phone.items) for phone in self.phones)
                phone.see(number, *value, at=self.now)
            case "set the clock":
                phone.off += value
            case "restart":
                phone.starts, phone.started_at = phone.starts + 1, self.now
            case "send":
                names = self.order.sample(sorted(phone.items), len(phone.items))
                self.send(phone, names[: self.order.randint(0, 6)], is_answered=value)
            case "a batch comes twice" if self.arrived:
                receive(self.db, self.arrived[value % len(self.arrived)], at=self.now)

    def send(self, phone: Phone, names: list[str], *, is_answered: bool) -> None:
        waiting = [name for name in names if name not in phone.receipted]
        names = waiting + [name for name in names if self.order.random() < 0.2]
        batch = phone.batch(names, at=self.now)
        self.arrived.append(batch)
        assert receive(self.db, batch, at=self.now) == [Receipt(name, None) for name in names]
        for name in names:
            self.facts.setdefault(name, phone.fact(name, at=self.now))
            payload = phone.items[name]["payload"]
            shown = payload["epoch"], payload["seq"]
            self.seen[phone.device] = max(self.seen.get(phone.device, (0, 0)), shown)
        if is_answered:
            phone.receipted.update(names)


STEPS = st.one_of(
    st.tuples(st.just("see"), st.tuples(st.integers(EPOCH - 1, EPOCH), st.integers(1, SEQ))),
    st.tuples(st.just("set the clock"), st.sampled_from([-HOUR, -90_000, 90_000, HOUR])),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("send"), st.booleans()),
    st.tuples(st.just("a batch comes twice"), st.integers(0, 100)),
)
HISTORIES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 600_000), STEPS), min_size=20, max_size=60
)


@given(history=HISTORIES, order=st.randoms(use_true_random=False))
def test_whatever_happens_on_the_way_the_facts_are_the_same(
    sqlite_template: Path, history: list[Any], order: Random
) -> None:
    with published(sqlite_template) as db:
        world = World(db, order)
        for number, passed, (step, value) in history:
            world.now += passed
            world.do(world.phones[number], step, value)
        for phone in world.phones:
            world.send(phone, list(phone.items), is_answered=True)

        after = rows(db)
        assert {row["id"]: row for row in after["outbox_item"]} == world.facts
        assert world.facts.keys() == {name for phone in world.phones for name in phone.items}
        assert {row["device"]: (row["epoch"], row["seq"]) for row in after["seen"]} == world.seen
        assert after["quarantined_item"] == []

        for batch in world.arrived[: order.randint(0, len(world.arrived))]:
            for _ in range(order.randint(1, 2)):
                receive(db, batch, at=world.now + order.randint(0, HOUR))
        assert rows(db) == after


STRINGS = st.text(st.characters(codec=None, categories=None), max_size=5)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | STRINGS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(STRINGS, below, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from([*an_item(), "extra"])


CHANGES = st.tuples(st.just(True), st.dictionaries(FIELDS, ANYTHING, max_size=2)) | st.tuples(
    st.just(False), ANYTHING
)


@given(changes=st.lists(CHANGES, max_size=8))
def test_every_item_is_stored_or_quarantined_whatever_it_is(
    sqlite_template: Path, changes: list[Any]
) -> None:
    items = [
        an_item(number) | change if is_item else change
        for number, (is_item, change) in enumerate(changes, start=1)
    ]
    with published(sqlite_template) as db:
        receipts = receive(db, a_batch(*items), at=NOW)
        ids = {row["id"] for row in stored(db)}
        kept = [repr(parse(row["item"])) for row in quarantined(db)]
        assert len(kept) == len(set(kept))
        for item, receipt in zip(items, receipts, strict=True):
            if receipt.code is None:
                assert item["id"] in ids
            else:
                assert repr(_sorted(item)) in kept
