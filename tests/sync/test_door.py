"""The door feed holds what the door's rule needs, of everybody, and nobody's name."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from builders import OPENING, an_agenda, publish_agenda
from desk import ADA, AT, JAN
from reading import Rows, apply, read_snapshot, state_of

from badges.code import Medium
from event.database import Database
from event.door.decide import Badge, Policy, Standing
from event.door.gates import find_gate, set_gate
from event.door.heard import hear
from event.door.roster import all_badges
from event.door.scans import Scan, store
from event.door.settle import settle
from event.people.attendees import add, add_all, change, everyone
from event.people.badge_keys import revoke_badge_key
from event.people.codes import signer_of
from event.people.enrolment import enrol, invite, revoke_device
from event.people.holders import new_holders, reissue_badge
from event.people.model import Status
from event.tables import booking, holder, incident
from event.text import parse
from sync import head, snapshot, upkeep
from sync.door import DOOR, publish_door, slot_number
from sync.publish import Clock, read_clock

MAIN, HALL = 1, 2
MINUTE = AT // 60


@pytest.fixture
def doors(db: Database, tmp_path: Path) -> Database:
    """Return an event with two gates, Ada and Jan, whose door feed is published."""
    publish_agenda(db, an_agenda())
    with db.write() as tx:
        signer_of(tx, tmp_path, at=AT)
        add(tx, ADA, at=AT)
        add(tx, JAN, at=AT)
        set_gate(tx, "main", {"name": {"en": "Main door"}})
        set_gate(tx, "hall", {"name": {"en": "Hall"}, "policy": Policy.IN_AND_OUT, "position": 1})
    published(db)
    return db


def published(db: Database, *, minutes: int = 0) -> Clock:
    at = OPENING + timedelta(minutes=minutes)
    return publish_door(db, at=at, issued_at=at)


def rows_of(db: Database) -> Rows:
    """Return what a device holds that took the snapshot."""
    with db.read() as tx:
        return read_snapshot(snapshot.build(tx, DOOR))[1]


def table(db: Database, name: str) -> list[dict[str, Any]]:
    rows = [row for key, row in rows_of(db).items() if key[0] == name]
    return [row | {"holder": row["holder"] + 2**31} if name == "badge" else row for row in rows]


def holders(db: Database) -> list[int]:
    with db.read() as tx:
        return [person.holder for person in everyone(tx)]


def scanned(
    db: Database, numbers: Sequence[int], *, gate: int = MAIN, seconds: int = 0, **said: Any
) -> None:
    at = (AT + seconds) * 1000
    made = Scan(id="", gate_id=gate, outcome="admitted", t=at, t_est=at, received_at=at)
    with db.write() as tx:
        scans = [replace(made, id=str(uuid4()), holder=number, **said) for number in numbers]
        store(tx, scans)
        settle(tx, scans)


def unpacked(row: dict[str, Any]) -> Badge:
    """Return a badge as docs/sync.md says it is packed."""
    said = row["packed"]
    return Badge(
        phone=(said >> 31 & 127) + 1,
        paper=(said >> 38) + 1,
        category=((said & 255) + 1) % 256,
        days=0xFFFF - (said >> 15 & 0xFFFF),
        standing=Standing(said >> 8 & 127),
    )


def test_a_badge_says_what_the_rule_on_the_server_knows(doors: Database) -> None:
    with doors.write() as tx:
        add_all(
            tx,
            [
                replace(JAN, guid=str(uuid4()), category="staff", days=2, look_at_id=True),
                replace(JAN, guid=str(uuid4()), status=Status.CANCELLED, minor=True),
                replace(JAN, guid=str(uuid4()), status=Status.REPLACED, note="x"),
            ],
            at=AT,
        )
        (blank, ended) = new_holders(tx, [None, None], at=AT)
        tx.execute(holder.update().where(holder.c.number == ended).values(ended_at=AT))
        reissue_badge(tx, blank, Medium.PAPER, 1, at=AT, by="helpdesk/test")
    published(doors)
    with doors.read() as tx:
        known = all_badges(tx)
    assert {row["holder"]: unpacked(row) for row in table(doors, "badge")} == known
    assert len(known) == 7


def test_numbers_are_dense_in_the_order_of_holders_and_never_given_again(doors: Database) -> None:
    first = {row["n"]: row["holder"] for row in table(doors, "badge")}
    assert list(first) == [1, 2]
    assert list(first.values()) == sorted(first.values())
    with doors.write() as tx:
        tx.execute(holder.delete().where(holder.c.number == first[2]))
        new_holders(tx, [None, None], at=AT)
    published(doors)
    then = {row["n"]: row["holder"] for row in table(doors, "badge")}
    assert list(then) == [1, 3, 4]
    assert then[1] == first[1]
    assert then[3] < then[4]


def test_a_person_has_one_row_of_where_they_passed(doors: Database) -> None:
    ada, _ = holders(doors)
    scanned(doors, [ada], gate=HALL, seconds=59)
    scanned(doors, [ada], gate=MAIN, seconds=60)
    scanned(doors, [ada], gate=HALL, seconds=127, leaving=True)
    published(doors)
    (badge,) = [row for row in table(doors, "badge") if row["holder"] == ada]
    (row,) = table(doors, "passage")
    assert row["n"] == badge["n"]
    assert json.loads(row["gates"]) == [MAIN, MINUTE + 1, 3, HALL, MINUTE + 2, 2 + 2**17 * 7]


def test_a_burst_of_admissions_is_one_publish(doors: Database) -> None:
    with doors.write() as tx:
        add_all(tx, [replace(JAN, guid=str(uuid4())) for _ in range(200)], at=AT)
    before = published(doors)
    scanned(doors, holders(doors)[2:])
    after = published(doors)
    assert after.seq == before.seq + 1
    assert len(table(doors, "passage")) == 200


def test_what_no_door_needs_to_know_is_no_publish(doors: Database) -> None:
    before = published(doors)
    with doors.write() as tx:
        people = everyone(tx)
        change(tx, people[0].id, {"email": "new@example.org", "surname": "Nowa"}, at=AT)
    scanned(doors, [holders(doors)[0]], outcome="refused", reason="wrong_day")
    assert published(doors) == before


def test_the_feed_names_nobody(doors: Database) -> None:
    with doors.write() as tx:
        device = invite(tx, role="gate", gates=["main"], label="Door A", at=AT)
        found, _ = enrol(tx, device.secret, uuid=str(uuid4()), at=AT)
        hear(tx, found.id, at=AT)
        person = everyone(tx)[0]
        change(tx, person.id, {"note": "Canary note again", "box_slot": "C-214"}, at=AT)
    scanned(doors, holders(doors))
    clock = published(doors)
    upkeep.renew_snapshot(doors, OPENING, DOOR)
    with doors.read() as tx:
        made = parse(clock.head)
        names = [head.segment_name(made["epoch"], segment) for segment in made["log"]]
        names += [made["snapshot"]["name"], parse(read_clock(tx, DOOR).head)["snapshot"]["name"]]
        given = clock.head.encode() + b"".join(head.read_file(tx, n, DOOR) or b"" for n in names)
    assert b"C-214" not in given
    assert slot_number("C-214") == 214 * 26 + 2
    assert slot_number("C-214") in [row["slot"] for row in table(doors, "badge")]
    for secret in ("Ada", "Canary", "Jan", "canary.org", "example.org", "Łoś"):
        assert secret.encode() not in given


def test_an_evacuation_forgets_who_is_inside_and_says_when_it_was(doors: Database) -> None:
    scanned(doors, holders(doors))
    published(doors)
    cleared = Scan(id=str(uuid4()), kind="clear", t_est=(AT + 5) * 1000 + 7)
    with doors.write() as tx:
        store(tx, [cleared])
        settle(tx, [cleared])
    published(doors)
    assert table(doors, "passage") == []
    assert table(doors, "cleared") == [{"gate_id": 0, "at": cleared.t_est}]


def test_a_sessions_gate_moves_with_its_session(doors: Database) -> None:
    with doors.write() as tx:
        values = {"name": {"en": "Room"}, "session_id": 1, "needs_booking": True}
        room = set_gate(tx, "room", values | {"categories": ["speaker"]})
        row = {"session_id": 1, "attendee_id": everyone(tx)[0].id, "state": "booked", "at": AT}
        tx.execute(booking.insert(), row)
    published(doors)
    gate = rows_of(doors)["gate", room.id]
    assert (gate["opens_at"], gate["closes_at"]) == (AT - 1800, AT + 45 * 60 + 900)
    assert (gate["needs_booking"], gate["ended"]) == (1, 0)
    numbers = {row["slug"]: row["number"] for row in table(doors, "category")}
    assert gate["categories"] == f"[{numbers['speaker']}]"
    assert [row["gate_id"] for row in table(doors, "booked")] == [room.id]
    assert find_gate_row(doors, "main")["categories"] == "[]"


def test_badges_that_two_doors_let_in_are_told_until_somebody_has_looked(doors: Database) -> None:
    number = holders(doors)[0]
    for seconds, device in ((0, "one"), (70, "other"), (200, "third")):
        scanned(doors, [number], seconds=seconds, device=device)
    published(doors)
    (row,) = table(doors, "double")
    (badge,) = (badge for badge in table(doors, "badge") if badge["holder"] == number)
    assert row == {"gate_id": MAIN, "n": badge["n"], "at": (MINUTE + 3) * 60}
    with doors.write() as tx:
        tx.execute(incident.update().values(resolved_at=AT))
    published(doors)
    assert table(doors, "double") == []


def find_gate_row(db: Database, slug: str) -> dict[str, Any]:
    with db.read() as tx:
        return rows_of(db)["gate", find_gate(tx, slug).id]


def test_being_heard_is_said_by_the_minute(doors: Database) -> None:
    with doors.write() as tx:
        code = invite(tx, role="gate", label="Door A", at=AT).secret
        device, _ = enrol(tx, code, uuid=str(uuid4()), at=AT)
        hear(tx, device.id, at=AT + 61)
    before = published(doors)
    assert table(doors, "device") == [{"id": device.id, "label": "Door A", "heard_at": AT + 60}]
    with doors.write() as tx:
        hear(tx, device.id, at=AT + 119)
    assert published(doors) == before


def test_who_went_home_is_not_missed_unless_scans_went_along(doors: Database) -> None:
    ends = AT + 3600
    with doors.write() as tx:
        for number, (waiting, until) in enumerate([(0, ends), (3, ends), (0, None), (0, None)]):
            code = invite(tx, role="gate", label=f"{number}", shift_ends_at=until, at=AT).secret
            device, _ = enrol(tx, code, uuid=str(uuid4()), at=AT)
            hear(tx, device.id, at=AT, waiting=waiting)
        revoke_device(tx, device.id, stolen=False, at=AT)
    published(doors, minutes=59)
    assert [row["label"] for row in table(doors, "device")] == ["0", "1", "2"]
    published(doors, minutes=60)
    assert [row["label"] for row in table(doors, "device")] == ["1", "2"]


def test_a_phone_that_was_enrolled_again_is_one_device(doors: Database) -> None:
    uuid = str(uuid4())
    with doors.write() as tx:
        for label in ("early", "late"):
            code = invite(tx, role="gate", label=label, at=AT).secret
            device, _ = enrol(tx, code, uuid=uuid, at=AT)
            hear(tx, device.id, at=AT)
    published(doors)
    assert [row["label"] for row in table(doors, "device")] == ["late"]


def test_a_revoked_key_is_known_to_every_door(doors: Database, tmp_path: Path) -> None:
    with doors.write() as tx:
        revoke_badge_key(tx, tmp_path, 0, at=AT + 9)
    published(doors)
    keys = {row["slot"]: (row["status"], row["not_after"]) for row in table(doors, "key")}
    assert keys == {0: ("revoked", AT + 9), 1: ("current", None)}


def test_who_follows_the_log_holds_what_the_snapshot_holds(doors: Database) -> None:
    with doors.read() as tx:
        layout, rows = read_snapshot(snapshot.build(tx, DOOR))
    with doors.write() as tx:
        add_all(tx, [replace(JAN, guid=str(uuid4())) for _ in range(40)], at=AT)
    for number in range(12):
        if number == 5:
            upkeep.tend(doors, issued_at=OPENING, feed=DOOR)
        scanned(doors, holders(doors)[number * 3 :], gate=1 + number % 2, seconds=number * 60)
        published(doors)
    with doors.read() as tx:
        clock = read_clock(tx, DOOR)
        made, records = parse(clock.head), []
        for segment in made["log"]:
            name = head.segment_name(made["epoch"], segment)
            records += json.loads(head.read_file(tx, name, DOOR) or b"[]")
        records += made["tail"]
    apply(layout, rows, [record for record in records if record["s"] > 1])
    assert rows == rows_of(doors)
    assert state_of(layout, rows) == clock.state == made["state"]


def test_without_an_event_there_is_nothing_to_publish(db: Database) -> None:
    assert published(db).seq == 0
