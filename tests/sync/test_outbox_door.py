"""What doors send back: each thing that happened counts once, however it arrives."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from builders import fresh
from gates import (
    AT,
    NOW,
    Hall,
    a_device,
    a_gate,
    a_hall,
    a_sender,
    an_id,
    scanned,
    verdict,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, text

from badges.code import Medium, fingerprint
from event import tables
from event.database import Database
from event.door.scans import read_scans
from event.people.attendees import change, of_holder, search
from event.people.badge_keys import revoke_badge_key, rotate_badge_key
from event.people.enrolment import revoke_device
from event.people.tokens import TELLS, Sender, sender_of
from sync.codes import without_codes
from sync.outbox import Batch, Receipt, receive

SENT = NOW + 3_600_000
"""An hour after the opening."""


def an_item(number: int, kind: str, *, after: float = 0, **payload: Any) -> dict[str, Any]:
    """Return an item of so many seconds after the opening; its clocks are those of its batch."""
    at = NOW + round(after * 1000)
    return {"id": an_id(number, at=at), "n": number, "kind": kind, "payload": payload}


def a_scan(number: int, holder: int, *, after: float = 0, **payload: Any) -> dict[str, Any]:
    said = {"gate": "main", "outcome": "admitted", "holder": holder, "medium": 1, "generation": 1}
    return an_item(number, "scan", after=after, **said | payload)


def send(
    db: Database, who: tuple[str, Sender | None], *items: Any, at: int = SENT, **fields: Any
) -> list[str | None]:
    """Send items an hour after the opening; return the code of each receipt."""
    device, sender = who
    values = {"boot": "b1", "sent_at": at, "sent_mono": 10_000_000} | fields
    batch = Batch(device=device, items=items, **values)
    return [receipt.code for receipt in receive(db, batch, at=at, sender=sender)]


def stands(db: Database) -> dict[str, Any]:
    """Return all that follows from what was sent."""
    with db.read() as tx:
        return {
            table.name: [tuple(row) for row in tx.execute(select(table).order_by(*order))]
            for table, order in (
                (tables.passage, ("gate_id", "holder")),
                (tables.incident, ("id",)),
            )
        }


def passages(db: Database) -> dict[int, tuple[int, int]]:
    """Return entries and whether they are inside, by holder."""
    with db.read() as tx:
        rows = tx.execute(select(tables.passage))
        return {row.holder: (row.entries, row.inside) for row in rows}


def incidents(db: Database) -> list[tuple[str, str]]:
    with db.read() as tx:
        rows = tx.execute(select(tables.incident).order_by(tables.incident.c.id))
        return [(row.kind, row.scan_id) for row in rows]


def the_scan(db: Database, item: dict[str, Any]) -> Any:
    with db.read() as tx:
        return read_scans(tx, [item["id"]])[item["id"]]


def test_what_a_door_did_is_stored_with_its_verdict_and_counts(
    db: Database, tmp_path: Path
) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    one, two = (person.holder for person in hall.people[:2])
    items = [
        a_scan(1, one, after=10, fp="0123456789abcdef", via="wedge"),
        a_scan(2, two, after=20, outcome="ask", reason="look_at_id"),
        an_item(3, "answer", after=25, scan=an_id(2, at=NOW + 20_000), outcome="admitted"),
        a_scan(4, one, after=30, reason="repeat"),
        an_item(5, "scan", gate="main", outcome="refused", reason="unreadable"),
    ]
    for _ in range(2):
        assert send(db, who, *items) == [None] * 5
    stored = the_scan(db, items[0])
    assert (stored.device, stored.online, stored.trusted) == (who[0], False, False)
    assert (stored.t_est, stored.received_at) == (NOW + 10_000, SENT)
    assert (stored.fingerprint, stored.via) == ("0123456789abcdef", "wedge")
    assert passages(db) == {one: (1, 1), two: (1, 1)}
    assert incidents(db) == []


def test_the_events_clock_counts_where_it_is_another_one(db: Database, tmp_path: Path) -> None:
    hall, (device, sender) = a_hall(db, tmp_path), a_sender(db)
    item, later = a_scan(1, hall.people[0].holder, after=10), 86_400_000
    batch = Batch(device, "b1", SENT, 10_000_000, [item])
    receive(db, batch, at=SENT, sender=sender, ahead=later)
    stored = the_scan(db, item)
    assert (stored.t_est, stored.received_at) == (NOW + 10_000 + later, SENT + later)


def test_only_devices_of_the_door_are_believed(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    item = a_scan(1, hall.people[0].holder)
    device, token = a_device(db)
    other, others = a_device(db)
    guest, guests = a_device(db, "attendee", attendee_id=hall.people[0].id)

    def who(uuid: str, secret: str, at: int = AT) -> tuple[str, Sender | None]:
        with db.read() as tx:
            return uuid, sender_of(tx, secret, device=uuid, at=at)

    assert send(db, (device, None), item) == ["not-enrolled"]
    assert send(db, who(device, others), item) == ["not-enrolled"]
    assert send(db, who(guest, guests), item) == ["not-allowed"]
    with db.write() as tx:
        number = tx.execute(select(tables.device.c.id).where(tables.device.c.uuid == other))
        revoke_device(tx, number.scalar_one(), stolen=True, at=AT)
    assert send(db, who(other, others), item) == ["not-believed"]
    assert passages(db) == {}
    assert send(db, who(device, token), item) == [None]
    assert passages(db) == {hall.people[0].holder: (1, 1)}


def test_after_its_shift_a_device_may_tell_for_seven_days(db: Database, tmp_path: Path) -> None:
    a_hall(db, tmp_path)
    device, token = a_device(db, shift_ends_at=AT + 60)
    with db.read() as tx:
        told = [sender_of(tx, token, device=device, at=AT + 60 + more) for more in (0, TELLS - 1)]
        assert all(sender and sender.believed for sender in told)
        assert sender_of(tx, token, device=device, at=AT + 60 + TELLS) is None
    with db.write() as tx:
        number = tx.execute(select(tables.device.c.id)).scalar_one()
        revoke_device(tx, number, stolen=False, at=AT + 10)
        assert sender_of(tx, token, device=device, at=AT + 9 + TELLS) is not None
        assert sender_of(tx, token, device=device, at=AT + 10 + TELLS) is None


def test_a_device_scans_and_clears_at_its_own_gates(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db, gates=["main"])
    desk = a_sender(db, "helpdesk")
    with db.write() as tx:
        a_gate(tx, "side")
    holder = hall.people[0].holder
    said = [a_scan(1, holder, gate=gate) for gate in ("side", "nowhere", ["main"])]
    assert send(db, who, *said) == ["not-allowed", "unknown-gate", "unknown-gate"]
    assert send(db, who, an_item(2, "clear", gate="side")) == ["not-allowed"]
    assert send(db, desk, a_scan(3, holder, gate="side")) == [None]
    assert the_scan(db, a_scan(3, holder)).trusted


def test_a_device_that_moved_tells_what_it_did_at_its_gate_before(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        for slug in ("hall", "side"):
            a_gate(tx, slug)
    device, _ = a_device(db, gates=["main"])
    who = a_sender(db, gates=["hall"], uuid=device)
    gates = enumerate(("main", "hall", "side"), start=1)
    scans = [a_scan(number, hall.people[0].holder, gate=gate) for number, gate in gates]
    assert send(db, who, *scans) == [None, None, "not-allowed"]


BAD: list[dict[str, Any]] = [
    an_item(1, "scan", gate="main"),
    a_scan(1, -1),
    a_scan(1, 2**32),
    a_scan(1, 1, outcome="let in"),
    a_scan(1, 1, outcome=["admitted"]),
    a_scan(1, 1, medium=2),
    a_scan(1, 1, medium=True),
    a_scan(1, 1, generation=128),
    a_scan(1, 1, leaving=1),
    a_scan(1, 1, fp="0123"),
    a_scan(1, 1, reason="Because"),
    a_scan(1, 1, note="x" * 501),
    a_scan(1, 1, code=7),
    an_item(1, "scan", gate="main", outcome="admitted"),
    an_item(1, "undo", scan="mine"),
    an_item(1, "undo", scan=an_id(2), note=5),
    an_item(1, "answer", scan=an_id(2), outcome="ask"),
    an_item(1, "answer", scan=an_id(2), outcome={}),
    an_item(1, "answer", outcome="admitted"),
    an_item(1, "register", holder=1),
    an_item(1, "register", holder="1", surname="X"),
    an_item(1, "register", holder=1, surname=7),
    an_item(1, "register", holder=1, surname="X" * 101),
    an_item(1, "register", holder=1, surname="X", category="nobody"),
    an_item(1, "register", holder=1, surname="X", category=[]),
]


def test_a_malformed_item_stops_none_beside_it(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    for number, bad in enumerate(BAD, start=100):
        good = a_scan(number, hall.people[0].holder, after=number, reason="reentry")
        assert send(db, who, good, bad, good) == [None, "bad-payload", None], bad
    with db.read() as tx:
        assert len(tx.execute(select(tables.scan)).all()) == len(BAD)
        assert len(tx.execute(select(tables.quarantined_item)).all()) == len(BAD)


def test_ids_of_another_device_are_a_clash_that_tells_nothing(db: Database, tmp_path: Path) -> None:
    hall, who, other = a_hall(db, tmp_path), a_sender(db), a_sender(db)
    one, two = (person.holder for person in hall.people[:2])
    with db.write() as tx:
        scanned(tx, 1, hall.code(), device=who[0])
    item = a_scan(2, one, after=5, reason="reentry")
    send(db, who, item)
    for clash in (a_scan(1, two), a_scan(2, two, after=5)):
        assert send(db, other, clash) == [None]
    assert passages(db) == {one: (2, 1)}
    with db.read() as tx:
        codes = tx.execute(select(tables.quarantined_item.c.code)).scalars().all()
        assert codes == ["id_clash", "id_clash"]


def test_what_the_door_did_counts_when_the_network_was_too_slow(
    db: Database, tmp_path: Path
) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    with db.write() as tx:
        a_gate(tx, "gift", policy="once")
        scanned(tx, 1, hall.code(), gate="gift", device="another")
        asked = scanned(tx, 2, hall.code(), gate="gift", device=who[0], after=5)
        assert verdict(asked) == ("refused", "already_admitted")
    late = a_scan(2, hall.people[0].holder, gate="gift")
    assert send(db, who, late) == [None]
    stored = the_scan(db, late)
    assert (verdict(stored), stored.online) == (("admitted", ""), False)
    assert stored.t_est == NOW + 5_000
    assert incidents(db) == [("double_admission", an_id(2))]


def test_whom_a_door_let_in_counts_though_the_server_found_the_key_revoked(
    db: Database, tmp_path: Path
) -> None:
    hall, door = a_hall(db, tmp_path), a_sender(db)
    one, code = hall.people[0].holder, hall.code()
    with db.write() as tx:
        rotate_badge_key(tx, tmp_path / "keys", at=AT)
        revoke_badge_key(tx, tmp_path / "keys", 0, at=AT)
        assert verdict(scanned(tx, 1, code, device=door[0])) == ("refused", "key_revoked")
    assert send(db, door, a_scan(1, one)) == [None]
    assert passages(db) == {one: (1, 1)}


def test_clocks_of_1970_and_2100_are_capped_and_marked(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    holder = hall.people[0].holder
    old = a_scan(1, holder) | {"t": 0, "boot": "b0", "mono": 5}
    future = a_scan(2, holder, reason="reentry") | {"t": 4_102_444_800_000, "boot": "b0", "mono": 5}
    running = a_scan(3, holder, reason="reentry") | {"t": 0, "mono": 10_000_000 - 1000}
    assert send(db, who, old, future, running) == [None] * 3
    found = [the_scan(db, item) for item in (old, future, running)]
    assert [scan.t_est for scan in found] == [NOW, SENT, SENT - 1000]
    assert all(scan.skewed for scan in found)
    assert {kind for kind, _ in incidents(db)} == {"clock_suspect"}


def dumped(db: Database) -> bytes:
    """Return all that the database holds."""
    if db.is_sqlite:
        with db.read() as tx:
            tx.execute(text("SELECT 1"))
        folder = db.path.parent
        return b"".join(path.read_bytes() for path in folder.glob(f"{db.path.name}*"))
    with db.read() as tx:
        rows = [tx.execute(select(table)).all() for table in tables.metadata.sorted_tables]
    return repr(rows).encode()


def test_no_code_is_kept_whole_anywhere(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    codes = [hall.code(0), hall.code(1), hall.code(2, Medium.PHONE)]
    boarding_pass = "M1CANARY/ADA EABC123 RZEWAWLO 0335"
    items = [
        an_item(1, "scan", gate="main", outcome="refused", reason="cancelled", code=codes[0]),
        an_item(2, "scan", gate="main", outcome="refused", reason="unreadable", code=boarding_pass),
        a_scan(3, hall.people[1].holder, code=codes[1], more={"x": [codes[1], codes[1].lower()]}),
        an_item(4, "scan", gate="nowhere", outcome="refused", code=codes[2]),
        {"id": "none", codes[2]: {"y": f"read {codes[2]} twice"}},
        codes[0],
        an_item(5, "undo", scan=an_id(1), note=f"it was {codes[1]}"),
    ]
    receipts = send(db, who, *items)
    assert receipts == [None, None, None, "unknown-gate", "unknown-field", "not-an-object", None]
    with db.write() as tx:
        scanned(tx, 9, codes[0])
        scanned(tx, 10, boarding_pass)
    held = dumped(db)
    for secret in (*codes, codes[1].lower(), "CANARY"):
        assert secret.encode() not in held, secret[:10]
    assert the_scan(db, items[0]).holder == hall.people[0].holder
    assert the_scan(db, items[0]).fingerprint == fingerprint(codes[0])
    assert the_scan(db, items[1]).holder is None
    # The same again is the same: it is told by what is kept of it.
    assert send(db, who, *items) == receipts
    with db.read() as tx:
        assert len(tx.execute(select(tables.quarantined_item)).all()) == 3


@given(
    st.recursive(
        st.text(max_size=5), lambda v: st.lists(v) | st.dictionaries(st.text(max_size=4), v)
    )
)
def test_what_is_no_code_stays_as_it_is(value: Any) -> None:
    if "code" not in json.dumps(value):
        assert without_codes(value) == value


def test_a_code_nobody_signed_that_was_let_in_is_looked_into(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    code = hall.code()
    forged = code[:-3] + ("A" if code[-3] != "A" else "B") + code[-2:]
    holder = hall.people[0].holder
    assert send(db, who, a_scan(1, holder, code=forged)) == [None]
    assert (passages(db), incidents(db)) == ({}, [("should_have_refused", an_id(1))])
    refused = an_item(2, "scan", gate="main", outcome="refused", reason="bad_signature",
                      holder=holder, code=forged)  # fmt: skip
    send(db, who, refused)
    assert the_scan(db, refused).holder is None


def test_a_card_for_practice_counts_nobody(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    card = an_item(
        1, "scan", gate="main", outcome="admitted", holder=7, code=hall.signer.practice(0)
    )
    assert send(db, who, card) == [None]
    assert the_scan(db, card).holder is None
    assert the_scan(db, card).fingerprint == fingerprint(hall.signer.practice(0))
    assert (passages(db), incidents(db)) == ({}, [])


def test_whom_the_server_would_have_refused_is_found(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    one, two = hall.people[:2]
    with db.write() as tx:
        for person in (one, two):
            change(tx, person.id, {"status": "cancelled"}, at=AT + 60)
    send(db, who, a_scan(1, one.holder, after=59), a_scan(2, two.holder, after=61),
         a_scan(3, 4711, after=5))  # fmt: skip
    assert set(incidents(db)) == {
        ("should_have_refused", an_id(2, at=NOW + 61_000)),
        ("should_have_refused", an_id(3, at=NOW + 5_000)),
    }


def test_nobody_goes_out_where_only_entries_count(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    one, two = (person.holder for person in hall.people[:2])
    with db.write() as tx:
        a_gate(tx, "room", policy="in_and_out")
    said = [a_scan(1, one, leaving=True), a_scan(2, two, gate="room", leaving=True)]
    assert send(db, who, *said) == [None, None]
    assert [the_scan(db, item).leaving for item in said] == [False, True]
    assert passages(db) == {one: (1, 1), two: (0, 0)}


def test_an_undo_may_come_before_its_scan(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    one = hall.people[0].holder
    scan = a_scan(1, one)
    undo = an_item(2, "undo", after=60, scan=scan["id"], note="wrong person")
    send(db, who, undo)
    send(db, who, scan)
    assert passages(db) == {}


def test_an_evacuation_closes_all_visits(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    one, two, three = (person.holder for person in hall.people)
    with db.write() as tx:
        a_gate(tx, "side")
    send(db, who, a_scan(1, one, after=1), a_scan(2, two, after=2, gate="side"))
    send(db, who, an_item(3, "clear", after=10), a_scan(4, three, after=11))
    assert passages(db) == {one: (0, 0), two: (0, 0), three: (1, 1)}
    assert (
        send(db, who, a_scan(5, one, after=12), a_scan(6, two, after=5, gate="side")) == [None] * 2
    )
    assert passages(db)[one] == (1, 1)
    assert passages(db)[two] == (0, 0)


def registered(db: Database, number: int) -> str:
    with db.read() as tx:
        person = of_holder(tx, number)
    return person.surname if person else ""


def test_a_blank_becomes_somebodys(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    blank = hall.blanks[0]
    item = an_item(1, "register", holder=blank, given_name="Ola", surname="Nowak", category="press",
                   organisation="Radio")  # fmt: skip
    for _ in range(2):
        assert send(db, who, item) == [None]
    with db.write() as tx:
        person = of_holder(tx, blank)
        assert person is not None
        assert (person.name, person.source, person.category) == ("Ola Nowak", "blank", "press")
        assert len(search(tx, "nowak")) == 1
        code = hall.signer.blank(blank)
        assert verdict(scanned(tx, 2, code, after=4000)) == ("admitted", "")
        assert verdict(scanned(tx, 3, hall.signer.blank(hall.blanks[1]))) == ("ask", "question")
    assert incidents(db) == []


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1, 0, 2)])
def test_of_several_registrations_the_first_has_the_blank(
    db: Database, tmp_path: Path, order: tuple[int, ...]
) -> None:
    hall, senders = a_hall(db, tmp_path), [a_sender(db) for _ in range(3)]
    blank = hall.blanks[0]
    items = [
        an_item(n, "register", after=n, holder=blank, surname=name)
        for n, name in enumerate(["First", "Second", "Third"], start=1)
    ]
    for which in order:
        assert send(db, senders[which], items[which]) == [None]
    assert registered(db, blank) == "First"
    assert sorted(incidents(db)) == sorted(("registered_twice", item["id"]) for item in items[1:])
    with db.read() as tx:
        rows = tx.execute(select(tables.incident.c.other_id, tables.incident.c.gap)).all()
        assert sorted(rows) == [(items[0]["id"], 1000), (items[0]["id"], 2000)]
        for name in ("First", "Second", "Third"):
            (person,) = search(tx, name)
            assert (person.holder == blank) is (name == "First")


def test_a_badge_that_is_no_blank_stays_whose_it_is(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    taken = hall.people[0].holder
    items = [an_item(n, "register", holder=holder, surname=f"New {n}")
             for n, holder in enumerate((taken, 4711), start=1)]  # fmt: skip
    assert send(db, who, *items) == [None, None]
    assert registered(db, taken) == "Person 0"
    assert [kind for kind, _ in incidents(db)] == ["registered_twice"] * 2
    with db.read() as tx:
        assert len(search(tx, "New")) == 2


ITEMS = 11


def histories(hall: Hall) -> list[dict[str, Any]]:
    """Return a day at two doors: entries, a double admission, questions, undos, an evacuation."""
    one, two, three = (person.holder for person in hall.people)
    return [
        a_scan(1, one, after=1),
        a_scan(2, one, after=2, gate="side"),
        a_scan(3, two, after=3),
        an_item(4, "undo", after=9, scan=an_id(3, at=NOW + 3_000)),
        a_scan(5, three, after=5, outcome="ask", reason="look_at_id"),
        an_item(6, "answer", after=7, scan=an_id(5, at=NOW + 5_000), outcome="admitted"),
        a_scan(7, one, after=8),
        an_item(8, "clear", after=20, gate="main"),
        a_scan(9, two, after=30),
        an_item(10, "register", after=31, holder=hall.blanks[0], surname="Late"),
        a_scan(11, hall.blanks[0], after=32),
    ]


def counted(template: Path, *parts: Sequence[int]) -> tuple[Any, Any]:
    """Return what is known after a day's items arrived in parts, by their places in the day."""
    with fresh(template) as db:
        hall, who = a_hall(db, db.path.parent), a_sender(db)
        with db.write() as tx:
            a_gate(tx, "side")
        items = histories(hall)
        for part in parts:
            assert set(send(db, who, *(items[place] for place in part))) <= {None}
        assert registered(db, hall.blanks[0]) == "Late"
        names = {p.holder: n for n, p in enumerate(hall.people)} | {hall.blanks[0]: 99}
        kept = stands(db)
        return (
            sorted((row[0], names[row[1]], *row[2:7]) for row in kept["passage"]),
            [row[:4] for row in kept["incident"]],
        )


@pytest.fixture(scope="module")
def in_order(sqlite_template: Path) -> tuple[Any, Any]:
    return counted(sqlite_template, range(ITEMS))


@given(st.permutations(range(ITEMS)), st.integers(0, ITEMS))
def test_the_order_of_arrival_and_repetition_do_not_matter(
    sqlite_template: Path, in_order: tuple[Any, Any], order: list[int], cut: int
) -> None:
    assert counted(sqlite_template, order[:cut], order[cut:], order[:cut]) == in_order


def test_one_scan_of_a_full_batch_takes_at_most_40_bytes() -> None:
    items = [
        a_scan(n, 3_000_000_000 + n * 7_919, after=n, fp=fingerprint(str(n))) for n in range(1, 201)
    ]
    body = json.dumps({"items": items}, separators=(",", ":")).encode()
    assert len(gzip.compress(body, 9)) / 200 <= 40


def test_a_receipt_stands_for_each(db: Database, tmp_path: Path) -> None:
    hall, (device, sender) = a_hall(db, tmp_path), a_sender(db)
    items = [a_scan(n, hall.people[n % 3].holder, after=n) for n in range(1, 201)]
    receipts = receive(db, Batch(device, "b1", SENT, 10_000_000, items), at=SENT, sender=sender)
    assert receipts == [Receipt(item["id"], None) for item in items]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_scans_look_at_nobody_but_those_who_are_scanned(db: Database, tmp_path: Path) -> None:
    hall, who = a_hall(db, tmp_path), a_sender(db)
    holders = [person.holder for person in hall.people]
    asked: dict[str, Any] = {}

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith("SELECT"):
            asked[statement] = parameters

    event.listen(db.engine, "before_cursor_execute", note)
    with db.write() as tx:
        scanned(tx, 1, hall.code())
    twice = [a_scan(number, holders[0], after=number) for number in (2, 3)]
    assert send(db, who, *twice, an_item(4, "undo", scan=twice[0]["id"])) == [None] * 3
    event.remove(db.engine, "before_cursor_execute", note)
    with db.read() as tx:
        plans = [
            row.detail
            for statement, parameters in asked.items()
            for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]
    assert any(plan.startswith("SEARCH holder USING") for plan in plans)
    many = ("holder", "attendee", "passage", "scan", "incident", "outbox_item")
    assert [plan for plan in plans if plan.split()[:2] in [["SCAN", name] for name in many]] == []
