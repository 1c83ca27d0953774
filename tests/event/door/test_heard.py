"""When devices were last heard."""

from pathlib import Path

from gates import AT, NOW, a_device, a_gate, a_hall, a_sender, scanned

from event.database import Database
from event.door.gates import find_gate
from event.door.heard import Heard, all_heard, hear, is_news, unheard
from event.people.enrolment import devices, revoke_device
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
