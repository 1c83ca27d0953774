"""One scan with a network."""

from dataclasses import replace
from pathlib import Path

import pytest
from at_once import at_once
from gates import AT, NOW, a_gate, a_hall, an_id, scanned, verdict
from sqlalchemy import Connection, select

from badges.code import Medium
from badges.short import short_code
from event import tables
from event.database import Database
from event.door.admit import Answer, Asked, Reading, admit_all
from event.door.afterwards import tell
from event.door.decide import PRACTISED
from event.door.scans import Scan
from event.door.sentences import sentence
from event.errors import Conflict, NotFound
from event.people.attendees import change
from event.people.badge_keys import revoke_badge_key, rotate_badge_key
from event.people.categories import category_for
from event.people.holders import reissue_badge
from event.people.model import Attendee

ADMITTED = ("admitted", "")


def test_the_first_entry_is_green_and_so_is_a_later_one(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        first = scanned(tx, 1, hall.code())
        assert verdict(first) == ADMITTED
        assert first.person is not None
        assert (first.person.surname, first.scan.holder) == ("Person 0", hall.people[0].holder)
        assert verdict(scanned(tx, 2, hall.code(), after=10)) == ("admitted", "repeat")
        assert verdict(scanned(tx, 3, hall.code(), after=60)) == ("admitted", "reentry")
        assert verdict(scanned(tx, 4, hall.code(), device="two", after=61)) == (
            "admitted",
            "reentry",
        )
        assert verdict(scanned(tx, 5, hall.code(1, Medium.PHONE))) == ADMITTED


def test_a_retry_gets_the_first_answer_whatever_has_changed(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        first = scanned(tx, 1, hall.code())
        change(tx, hall.people[0].id, {"status": "cancelled"}, at=AT)
        assert verdict(scanned(tx, 2, hall.code(), after=99)) == ("refused", "cancelled")
        again = scanned(tx, 1, hall.code(1), after=99)
        assert again.scan == first.scan
        assert again.person is not None
        assert again.person.surname == "Person 0"
        count = tx.execute(select(tables.scan.c.id)).all()
        assert len(count) == 2


def test_an_id_is_one_devices_and_one_gates(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "side")
        scanned(tx, 1, hall.code())
        for changed in ({"device": "two"}, {"gate": "side"}):
            with pytest.raises(Conflict):
                scanned(tx, 1, hall.code(), **changed)


def test_keys_and_generations_are_those_of_now(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    holder = hall.people[0].holder
    with db.write() as tx:
        old = hall.code()
        reissue_badge(tx, holder, Medium.PAPER, 2, at=AT, by="desk")
        assert verdict(scanned(tx, 1, old)) == ("refused", "replaced")
        assert verdict(scanned(tx, 2, hall.code(0, Medium.PHONE))) == ADMITTED
        rotate_badge_key(tx, tmp_path / "keys", at=AT)
        assert verdict(scanned(tx, 3, hall.code(1))) == ADMITTED
        revoke_badge_key(tx, tmp_path / "keys", 0, at=AT)
        refused = scanned(tx, 4, hall.code(2))
        assert verdict(refused) == ("refused", "key_revoked")
        assert (refused.scan.holder, refused.person) == (None, None)


def test_of_a_forged_code_nobody_is_shown(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    code = hall.code()
    forged = code[:-3] + ("A" if code[-3] != "A" else "B") + code[-2:]
    with db.write() as tx:
        for number, text in enumerate([forged, "x", "WIFI:S:guest;P:secret;;", code.lower()], 1):
            answer = scanned(tx, number, text)
            assert answer.scan.outcome == "refused"
            assert (answer.scan.holder, answer.person) == (None, None)


def test_a_short_code_and_a_holder_always_ask_for_an_id(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    one, two = (person.holder for person in hall.people[:2])
    typed = short_code(one)
    with db.write() as tx:
        by_code = scanned(tx, 1, f" {typed[:4]}-{typed[4:].lower()} ", via="typed")
        assert verdict(by_code) == ("ask", "look_at_id")
        assert by_code.person is not None
        assert verdict(scanned(tx, 2, holder=two, trusted=True)) == ("ask", "look_at_id")
        assert verdict(scanned(tx, 3, holder=7)) == ("refused", "unknown_holder")


def test_who_types_a_short_code_shows_an_id_again_and_is_no_double(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    typed = short_code(hall.people[0].holder)
    with db.write() as tx:
        assert verdict(scanned(tx, 1, hall.code())) == ADMITTED
        again = scanned(tx, 2, typed, device="two", after=60)
        assert verdict(again) == ("ask", "reentry")
        words = sentence(again.scan.outcome, again.scan.reason, ["en"])
        assert "here before" in words
        assert "ID" in words
        said = Scan(
            an_id(3), kind="answer", outcome="admitted", target=again.scan.id, device="two",
            t_est=NOW + 61_000,
        )  # fmt: skip
        tell(tx, "main", said)
        assert tx.execute(select(tables.passage.c.entries)).scalar_one() == 2
        assert tx.execute(select(tables.incident)).all() == []


def test_only_who_is_trusted_overrides_and_the_reason_is_kept(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "dinner", categories=("vip",))
        refused = scanned(tx, 1, hall.code(), gate="dinner", override="please")
        assert verdict(refused) == ("refused", "wrong_gate")
        let_in = scanned(tx, 2, hall.code(), gate="dinner", override="the host asks", trusted=True)
        assert verdict(let_in) == ("admitted", "override")
        assert let_in.scan.note == "the host asks"
        unreadable = scanned(tx, 3, "x", override="please", trusted=True)
        assert verdict(unreadable) == ("refused", "unreadable")


def test_categories_of_ones_own_decide(db: Database, tmp_path: Path) -> None:
    with db.write() as tx:
        jury = category_for(tx, "Jury")
    people = [Attendee(id=0, guid="", surname=c, category=c) for c in (jury.slug, "delegate")]
    hall = a_hall(db, tmp_path, people)
    with db.write() as tx:
        a_gate(tx, "jury", categories=(jury.slug,))
        assert verdict(scanned(tx, 1, hall.code(0), gate="jury")) == ADMITTED
        assert verdict(scanned(tx, 2, hall.code(1), gate="jury")) == ("refused", "wrong_gate")


def test_nobody_goes_out_where_only_entries_count(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "dinner", policy="once")
        first = scanned(tx, 1, hall.code(), gate="dinner", leaving=True)
        assert (verdict(first), first.scan.leaving) == (ADMITTED, False)
        again = scanned(tx, 2, hall.code(), gate="dinner", leaving=True, after=60)
        assert verdict(again) == ("refused", "already_admitted")


def test_capacity_counts_who_is_inside(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "room", policy="in_and_out", capacity=1)
        assert scanned(tx, 1, hall.code(0), gate="room").inside == 1
        full = scanned(tx, 2, hall.code(1), gate="room", after=1)
        assert (verdict(full), full.inside) == (("refused", "full"), 1)
        assert scanned(tx, 3, hall.code(0), gate="room", leaving=True, after=40).inside == 0
        assert verdict(scanned(tx, 4, hall.code(1), gate="room", after=41)) == ADMITTED
        assert scanned(tx, 5, hall.code(1)).inside is None


def test_booking_decides_where_one_is_needed(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "bus", session_id=1, needs_booking=True)
        for person, state in zip(hall.people, ["booked", "waiting"], strict=False):
            row = {"session_id": 1, "attendee_id": person.id, "state": state, "at": AT}
            tx.execute(tables.booking.insert(), row)
        said = [verdict(scanned(tx, n, hall.code(n), gate="bus")) for n in range(3)]
        assert said == [ADMITTED, ("refused", "not_booked"), ("refused", "not_booked")]


def test_nobody_stays_inside_until_the_next_day(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    day = 86_400
    with db.write() as tx:
        a_gate(tx, "room", policy="in_and_out", capacity=1)
        assert scanned(tx, 1, hall.code(), gate="room").inside == 1
        assert verdict(scanned(tx, 2, hall.code(1), gate="room", after=60)) == ("refused", "full")
        assert verdict(scanned(tx, 3, hall.code(), gate="room", device="two", after=60)) == (
            "refused",
            "already_inside",
        )
        again = scanned(tx, 4, hall.code(), gate="room", after=day)
        assert (verdict(again), again.inside) == (ADMITTED, 1)
        out = scanned(tx, 5, hall.code(), gate="room", after=day + 60, leaving=True)
        assert (verdict(out), out.inside) == (ADMITTED, 0)
        assert verdict(scanned(tx, 6, hall.code(1), gate="room", after=day + 61)) == ADMITTED
        assert tx.execute(select(tables.incident)).all() == []


def an_asked(number: int, text: str, *, gate: str = "main", device: str = "one") -> Asked:
    reading = Reading(id=an_id(number), text=text)
    return Asked(gate, reading, device=device, trusted=False, t=NOW, at=NOW + number)


def test_what_is_asked_together_is_answered_as_if_one_after_the_other(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "gift", policy="once")
        a_gate(tx, "room", capacity=1)
        answers = admit_all(
            tx,
            [
                an_asked(1, hall.code(), gate="gift"),
                an_asked(2, hall.code(), gate="gift", device="two"),
                an_asked(3, hall.code(1), gate="room"),
                an_asked(4, hall.code(2), gate="room"),
                an_asked(5, hall.code(2), gate="nowhere"),
                an_asked(1, hall.code(), gate="gift"),
                an_asked(1, hall.code(), gate="gift", device="two"),
            ],
        )
    assert [verdict(one) for one in answers if isinstance(one, Answer)] == [
        ADMITTED,
        ("refused", "already_admitted"),
        ADMITTED,
        ("refused", "full"),
        ADMITTED,
    ]
    assert [type(one) for one in answers if not isinstance(one, Answer)] == [NotFound, Conflict]
    with db.read() as tx:
        rows = tx.execute(select(tables.passage.c.gate_id, tables.passage.c.entries)).all()
        assert sorted(tuple(row) for row in rows) == [(2, 1), (3, 1)]


def test_a_retry_among_new_ones_counts_once(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        first = admit_all(tx, [an_asked(1, hall.code())])
        both = admit_all(tx, [an_asked(2, hall.code(1)), an_asked(1, hall.code())])
        assert both[1] == first[0]
        assert [row.entries for row in tx.execute(select(tables.passage))] == [1, 1]


def test_a_clock_that_was_set_back_counts_in_the_order_of_moments(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        scanned(tx, 1, hall.code(), after=600)
        scanned(tx, 2, hall.code(), after=60, device="two")
        [row] = tx.execute(select(tables.passage))
        assert (row.entries, row.first_at, row.last_at, row.last_device) == (
            2,
            NOW + 60_000,
            NOW + 600_000,
            "one",
        )


def test_what_is_not_there_is_said(db: Database) -> None:
    with db.write() as tx:
        with pytest.raises(NotFound, match="no gate"):
            scanned(tx, 1, "x")
        a_gate(tx)
        with pytest.raises(NotFound, match="no event"):
            scanned(tx, 1, "x")


def test_two_servers_let_one_badge_in_once(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "gift", policy="once")
    numbers = iter([1, 2])

    def work(tx: Connection) -> Answer:
        number = next(numbers)
        return scanned(tx, number, hall.code(), gate="gift", device=f"device {number}")

    first, second = at_once(db, work)
    assert [verdict(first), verdict(second)] == [ADMITTED, ("refused", "already_admitted")]


def test_two_servers_give_the_last_place_to_one(db: Database, tmp_path: Path) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "room", policy="in_and_out", capacity=1)
    numbers = iter([1, 2])

    def work(tx: Connection) -> Answer:
        number = next(numbers)
        return scanned(tx, number, hall.code(number), gate="room", device=f"device {number}")

    first, second = at_once(db, work)
    assert [verdict(first), verdict(second)] == [ADMITTED, ("refused", "full")]


def test_two_servers_that_get_the_same_request_give_one_answer(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    first, second = at_once(db, lambda tx: scanned(tx, 1, hall.code()))
    assert first == second
    with db.read() as tx:
        assert [row.id for row in tx.execute(select(tables.scan.c.id))] == [an_id(1)]


def test_a_note_is_shown_before_somebody_is_let_in(db: Database, tmp_path: Path) -> None:
    noted = Attendee(id=0, guid="", surname="Noted", note="Wheelchair: use the lift")
    hall = a_hall(db, tmp_path, [noted, replace(noted, surname="Child", note="", minor=True)])
    with db.write() as tx:
        asked = scanned(tx, 1, hall.code(0))
        assert verdict(asked) == ("ask", "note")
        assert asked.person is not None
        assert asked.person.note == "Wheelchair: use the lift"
        assert verdict(scanned(tx, 2, hall.code(1))) == ADMITTED


def test_a_card_for_practice_lets_nobody_in_and_shows_its_verdict_where_one_practises(
    db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    card = hall.signer.practice(PRACTISED.index("ask look_at_id"))
    with db.write() as tx:
        a_gate(tx, "try", policy="practice")
        assert verdict(scanned(tx, 1, card)) == ("refused", "practice_card")
        shown = scanned(tx, 2, card, gate="try")
        assert verdict(shown) == ("ask", "look_at_id")
        assert (shown.scan.holder, shown.person) == (None, None)
        assert tx.execute(select(tables.passage)).all() == []
