"""When devices were last heard."""

from pathlib import Path

from gates import AT, NOW, a_device, a_gate, a_hall, a_sender, scanned
from sqlalchemy import select

from event import tables
from event.database import Database
from event.door.counts import scanning
from event.door.gates import find_gate
from event.door.heard import Heard, all_heard, hear, is_news, unheard
from event.people.enrolment import devices, revoke_device, scanners
from sync.outbox import Batch, receive


def test_what_a_device_says_of_itself_is_kept_until_it_says_otherwise(db: Database) -> None:
    _, sender = a_sender(db)
    number = sender.bearer.device_id
    assert number is not None
    with db.write() as tx:
        assert is_news(tx, number, at=AT)
        hear(tx, number, at=AT, battery=80, waiting=3)
        assert not is_news(tx, number, at=AT + 9)
        assert is_news(tx, number, at=AT + 10)
        hear(tx, number, at=AT + 20)
        assert all_heard(tx) == {number: Heard(AT + 20, 80, 3)}
        hear(tx, number, at=AT + 10, battery=79, waiting=0)
        assert all_heard(tx) == {number: Heard(AT + 20, 79, 0)}


def test_a_batch_tells_that_its_device_is_there_by_the_events_clock(db: Database) -> None:
    uuid, sender = a_sender(db)
    batch = Batch(uuid, "b", NOW, 0, [], battery=64, waiting=7)
    receive(db, batch, at=NOW, sender=sender, ahead=60_000)
    receive(db, Batch("0" * 36, "b", NOW, 0, []), at=NOW)
    with db.read() as tx:
        assert all_heard(tx) == {sender.bearer.device_id: Heard(AT + 60, 64, 7)}


def test_who_did_not_come_is_known_when_all_devices_of_the_gate_were_heard(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "side")
        gate_id = a_gate(tx, "bus", opens_at=AT)
    for label, told in {
        "here": {"gates": ["bus", "side"]},
        "everywhere": {},
        "elsewhere": {"gates": ["side"]},
        "yesterday": {"gates": ["bus"], "shift_ends_at": AT, "at": AT - 100},
        "lost": {"gates": ["bus"]},
    }.items():
        a_device(db, label=label, **told)
    desk, _ = a_device(db, "helpdesk", label="desk")
    a_device(db, "helpdesk", label="other desk")

    with db.write() as tx:
        ids = {one.label: one.id for one in devices(tx)}
        revoke_device(tx, ids["lost"], stolen=False, at=AT)
        scanned(tx, 1, hall.code(), gate="bus", device=desk)
        bus = find_gate(tx, "bus")
        assert bus.id == gate_id

        def silent(after: int) -> set[str]:
            return {one.label for one in unheard(tx, bus, after=after)}

        assert silent(AT) == {"here", "everywhere", "desk"}
        hear(tx, ids["here"], at=AT + 60, waiting=2)
        hear(tx, ids["everywhere"], at=AT + 60)
        assert silent(AT + 61) == {"here", "everywhere", "desk"}
        assert silent(AT + 60) == {"here", "desk"}
        hear(tx, ids["here"], at=AT + 70, waiting=0)
        hear(tx, ids["desk"], at=AT + 70, waiting=0)
        assert silent(AT + 60) == set()


def test_a_phone_that_was_enrolled_again_is_missed_as_it_is_now(
    db: Database, tmp_path: Path
) -> None:
    a_hall(db, tmp_path)
    uuid, _ = a_device(db, label="Early shift")
    a_device(db, label="Late shift", uuid=uuid)
    with db.write() as tx:
        # The same phone may be an attendee's, too.
        number = tx.execute(select(tables.attendee.c.id).limit(1)).scalar_one()
    a_device(db, "attendee", attendee_id=number, uuid=uuid)
    with db.write() as tx:
        door = find_gate(tx, "main")
        assert [one.label for one in unheard(tx, door, after=AT)] == ["Late shift"]
        assert [one.label for one in scanning(tx, at=AT)] == ["Late shift"]
        (late,) = scanners(tx)
        hear(tx, late.id, at=AT, waiting=0)
        assert unheard(tx, door, after=AT) == []


def test_who_went_home_with_nothing_left_has_told_all(db: Database, tmp_path: Path) -> None:
    a_hall(db, tmp_path)
    ends = AT + 3600
    for label in ("went home", "went home early", "kept some"):
        a_device(db, label=label, shift_ends_at=ends)
    with db.write() as tx:
        home, early, kept = (one.id for one in scanners(tx))
        hear(tx, home, at=ends, waiting=0)
        hear(tx, early, at=ends - 1, waiting=0)
        hear(tx, kept, at=ends + 60, waiting=1)
        silent = unheard(tx, find_gate(tx, "main"), after=ends + 3600)
        assert [one.label for one in silent] == ["went home early", "kept some"]
