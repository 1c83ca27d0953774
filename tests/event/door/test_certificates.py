"""Certificates from the log of scans: who was let in, and what is undone again."""

import dataclasses
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, a_session, an_agenda
from gates import AT, NOW, Hall, a_gate, a_hall, an_id, scanned, verdict
from sqlalchemy import Connection, update

from badges.certificate import Certificate
from event import tables
from event.agenda.model import Agenda, State
from event.agenda.rows import load
from event.database import Database
from event.door.certificates import LONGEST, MOST, certificate_of, certificates, verify
from event.door.resolve import Which, resolve
from event.door.scans import Scan, store
from event.door.settle import settle
from event.errors import Conflict, NotFound
from event.people.badge_keys import revoke_badge_key, rotate_badge_key
from event.people.codes import signer_of
from event.people.model import Attendee
from event.people.privacy import erase

HOUR, DAY = 3600, 86_400
PEOPLE = [
    Attendee(id=0, guid="", given_name="Zofia", surname="Łoś", language="pl"),
    Attendee(id=0, guid="", given_name="李", surname="Wei"),
    Attendee(id=0, guid="", organisation="Nobody yet", source="party"),
]
ISSUED = date(2025, 6, 5)


def issued(tx: Connection, hall: Hall, person: int = 0) -> tuple[Certificate, str]:
    agenda = load(tx, public=True)
    return certificate_of(tx, agenda, hall.people[person].id, hall.signer, on=ISSUED)


def let_in(tx: Connection, hall: Hall, number: int, **how: Any) -> None:
    assert verdict(scanned(tx, number, hall.code(), **how))[0] == "admitted"


def test_it_says_days_and_sessions_whose_gates_let_them_in(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    with db.write() as tx:
        a_gate(tx, "room", session_id=1)
        a_gate(tx, "bus", session_id=2, departure=True)
        a_gate(tx, "try", policy="practice", session_id=3)
        let_in(tx, hall, 1)
        let_in(tx, hall, 2, gate="room", after=60)
        let_in(tx, hall, 3, gate="bus", after=HOUR)
        scanned(tx, 4, hall.code(), gate="try", after=2 * HOUR)
        let_in(tx, hall, 5, after=DAY)
        # Before the first day the hall was shown to those who had helped.
        early = Scan(id=an_id(6), gate_id=1, holder=hall.people[0].holder, outcome="admitted",
                     device="one", t_est=NOW - DAY * 1000, received_at=NOW)  # fmt: skip
        settle(tx, store(tx, [early]).values())
        found, code = issued(tx, hall)
        assert verify(tx, code) == (found, "")
    assert (found.name, found.issued) == ("Zofia Łoś", ISSUED)
    assert found.event == {"en": "Demo event", "pl": "Wydarzenie demo"}
    assert found.days == (date(2025, 6, 3), date(2025, 6, 4))
    assert [(f"{one.starts_at}", one.minutes, one.title) for one in found.sessions] == [
        ("2025-06-03 09:00:00", 45, "Sesja 1")
    ]
    assert (found.minutes, found.more) == (45, 0)


def test_who_came_nowhere_has_none_and_nobody_else_is_certified(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    with db.write() as tx:
        a_gate(tx, "try", policy="practice")
        scanned(tx, 1, hall.code(), gate="try")
        with pytest.raises(Conflict, match="No gate let them in"):
            issued(tx, hall)
        with pytest.raises(NotFound):
            certificate_of(tx, load(tx, public=True), 999, hall.signer, on=ISSUED)
        scanned(tx, 2, hall.code(2))
        with pytest.raises(Conflict, match="no name"):
            issued(tx, hall, 2)
        agenda = load(tx, public=True)
        assert certificates(tx, agenda, hall.signer, on=ISSUED) == []
        scanned(tx, 3, hall.code(1))
        (only,) = certificates(tx, agenda, hall.signer, on=ISSUED)
        assert only == (hall.people[1], *issued(tx, hall, 1))


def test_what_was_undone_or_refused_or_left_by_does_not_count(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    with db.write() as tx:
        a_gate(tx, "days", categories=["vip"])
        scanned(tx, 1, hall.code(), gate="days")
        scanned(tx, 2, hall.code())
        who = {"gate_id": 1, "holder": hall.people[0].holder, "device": "one"}
        undo = Scan(
            id=an_id(3), kind="undo", target=an_id(2), t_est=NOW + 1, received_at=NOW, **who
        )
        issued(tx, hall)
        settle(tx, store(tx, [undo]).values())
        with pytest.raises(Conflict):
            issued(tx, hall)


def test_what_should_have_been_refused_counts_when_an_organiser_lets_it(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    with db.write() as tx:
        late = Scan(id=an_id(1), gate_id=1, holder=hall.people[0].holder, outcome="admitted",
                    device="one", t_est=NOW, received_at=NOW)  # fmt: skip
        tx.execute(update(tables.holder).where(tables.holder.c.number == late.holder)
                   .values(ended_at=AT - HOUR))  # fmt: skip
        settle(tx, store(tx, [late]).values())
        with pytest.raises(Conflict):
            issued(tx, hall)
        ids = [f"should_have_refused:{late.id}"]
        for resolution, stands in (("badge_lent", False), ("let_stay", True), ("sent_away", False)):
            assert resolve(tx, Which(ids), resolution, by="organiser/x", at=AT)
            if stands:
                assert issued(tx, hall)[0].days == (date(2025, 6, 3),)
            else:
                with pytest.raises(Conflict):
                    issued(tx, hall)


def changed(agenda: Agenda, **fields: object) -> Agenda:
    first, *others = agenda.sessions
    return dataclasses.replace(
        agenda,
        sessions=(dataclasses.replace(first, **fields), *others),  # type: ignore[arg-type]
    )


def test_dinners_and_what_fell_out_are_no_sessions_attended(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    with db.write() as tx:
        a_gate(tx, "room", session_id=1)
        scanned(tx, 1, hall.code(), gate="room")
        agenda, who = load(tx, public=True), hall.people[0].id
        for fields in ({"speakers": ()}, {"state": State.CANCELLED}):
            made, _ = certificate_of(tx, changed(agenda, **fields), who, hall.signer, on=ISSUED)
            assert (made.days, made.sessions, made.minutes) == ((date(2025, 6, 3),), (), 0)


def test_more_sessions_than_a_page_holds_are_counted(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    speakers = an_agenda().sessions[0].speakers
    many = [a_session(1 + n % 3, speakers=speakers, starts_at=OPENING + timedelta(hours=n),
                      ends_at=OPENING + timedelta(hours=n, minutes=30))
            for n in range(2 * MOST)]  # fmt: skip
    with db.write() as tx:
        for number in range(1, 4):
            a_gate(tx, f"room{number}", session_id=number)
            let_in(tx, hall, number, gate=f"room{number}", after=(number - 1) * HOUR)
        agenda, who = load(tx, public=True), hall.people[0].id
        for title, fewest in (("A", MOST), ("文字も長い題名" * 20, 1)):
            named = tuple(dataclasses.replace(one, title={"en": title}) for one in many)
            longer = dataclasses.replace(agenda, sessions=named)
            made, code = certificate_of(tx, longer, who, hall.signer, on=ISSUED)
            assert len(made.sessions) + made.more == len(many)
            assert fewest <= len(made.sessions) <= MOST
            assert made.minutes == 30 * len(many)
            assert len(code) <= LONGEST
            assert verify(tx, code) == (made, "")


def test_whoever_changed_rooms_was_in_one_at_a_time(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    with db.write() as tx:
        for number in range(1, 4):
            a_gate(tx, f"room{number}", session_id=number)
            let_in(tx, hall, number, gate=f"room{number}", after=(number - 1) * HOUR)
        agenda, who = load(tx, public=True), hall.people[0].id
        first, second, third = agenda.sessions
        # 9:00 to 9:45, 9:30 to 9:40 within it, 9:35 to 10:20.
        starts = {second.id: (30, 10), third.id: (35, 45)}
        at_once = [first] + [
            dataclasses.replace(one, starts_at=start, ends_at=start + timedelta(minutes=length))
            for one in (second, third)
            for offset, length in [starts[one.id]]
            for start in [first.starts_at + timedelta(minutes=offset)]
        ]
        changed_rooms = dataclasses.replace(agenda, sessions=tuple(at_once))
        made, _ = certificate_of(tx, changed_rooms, who, hall.signer, on=ISSUED)
    assert [one.minutes for one in made.sessions] == [45, 10, 45]
    assert made.minutes == 80


def test_a_rotated_key_verifies_and_a_revoked_one_does_not(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    keys = tmp_path / "keys"
    with db.write() as tx:
        scanned(tx, 1, hall.code())
        made, code = issued(tx, hall)
        rotate_badge_key(tx, keys, at=AT)
        assert verify(tx, code) == (made, "")
        after = signer_of(tx, keys, at=AT)
        _, new = certificate_of(tx, load(tx, public=True), hall.people[0].id, after, on=ISSUED)
        assert (new[1] != code[1], verify(tx, new)) == (True, (made, ""))
        revoke_badge_key(tx, keys, 0, at=AT)
        assert verify(tx, code) == (None, "revoked_key")
        assert verify(tx, new) == (made, "")


def test_codes_of_nobody_say_why(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    with db.write() as tx:
        scanned(tx, 1, hall.code())
        _, code = issued(tx, hall)
        stranger = dataclasses.replace(hall.signer, slot=5)
        made = certificate_of(tx, load(tx, public=True), hall.people[0].id, stranger, on=ISSUED)
        assert verify(tx, made[1]) == (None, "unknown_key")
        assert verify(tx, hall.code()) == (None, "unreadable")
        assert verify(tx, code[:-1]) == (None, "unreadable")
        forged = code[:20] + ("A" if code[20] != "A" else "B") + code[21:]
        assert verify(tx, forged) == (None, "forged")
        # Another event with the very same key.
        tx.execute(update(tables.event).values(uuid="0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a99"))
        assert verify(tx, code) == (None, "forged")


def test_who_was_erased_keeps_a_paper_that_verifies(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path, PEOPLE)
    with db.write() as tx:
        scanned(tx, 1, hall.code())
        made, code = issued(tx, hall)
        erase(tx, hall.people[0].id, AT)
        assert verify(tx, code) == (made, "")
        with pytest.raises(NotFound):
            issued(tx, hall)
