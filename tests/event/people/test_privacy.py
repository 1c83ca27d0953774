"""A person's data: all of it is given out, and after erasing none of it is left."""

import json
from dataclasses import replace

import pytest
from canaries import ADA, AT, GATE_PHONE, PHONE, SHARED, STRINGS, a_scan, an_item, known_everywhere
from sqlalchemy import select

from event import tables
from event.database import Database
from event.errors import NotFound
from event.people.attendees import add, find, of_holder, search
from event.people.holders import find_holder, new_holders
from event.people.model import Attendee
from event.people.needs import counts
from event.people.parties import add_party, find_party
from event.people.privacy import erase, export
from event.people.substitutes import substitute


def everything(db: Database) -> str:
    with db.read() as tx:
        return str([tx.execute(select(table)).all() for table in tables.metadata.sorted_tables])


def in_any_form(text: str, everything: str) -> bool:
    return any(form.casefold() in everything.casefold() for form in (text, json.dumps(text)[1:-1]))


def test_an_export_holds_each_string_there_is_and_nobody_elses(db: Database) -> None:
    ada, jan = known_everywhere(db)
    with db.read() as tx:
        held = export(tx, ada.id, AT)
    text = json.dumps(held, ensure_ascii=False)
    for string in STRINGS[:2] + STRINGS[4:]:
        assert string in text, string
    assert {
        "attendee", "need", "consent", "holder", "reissue", "enrolment", "device", "token",
        "watch", "booking", "scan", "outbox_item", "quarantined_item", "seen", "change", "party",
        "told_by_others", "bookmark", "booking_answer", "meeting", "meeting_guest", "speaking",
        "share", "directory", "feedback",
    } < set(held)  # fmt: skip
    assert held["exported_at"] == "2025-06-02T21:33:20+00:00"
    assert PHONE in text
    for other in ("Jan", "Żak", "jandiet", jan.guid, str(jan.holder), "Main door"):
        assert other not in text, other
    assert "sha256" not in text
    assert "folded" not in text


def test_after_erasing_no_table_holds_a_string_of_theirs(db: Database) -> None:
    ada, jan = known_everywhere(db)
    before = everything(db)
    with db.write() as tx:
        erase(tx, ada.id, AT + 5)
    after = everything(db)
    for string in (*STRINGS, ada.guid, PHONE):
        assert in_any_form(string, before), string
        assert not in_any_form(string, after), string
    with db.read() as tx:
        assert find(tx, jan.id) == jan
        assert counts(tx) == {"diet": [("jandiet", 1)], "access": [("janramp", 1)]}
        for again in (lambda: find(tx, ada.id), lambda: export(tx, ada.id, AT)):
            with pytest.raises(NotFound):
                again()
    with db.write() as tx, pytest.raises(NotFound):
        erase(tx, ada.id, AT)


def test_what_was_counted_stays_as_a_number(db: Database) -> None:
    ada, jan = known_everywhere(db)
    with db.write() as tx:
        erase(tx, ada.id, AT + 5)
        held = find_holder(tx, ada.holder)
        assert (held.attendee_id, held.ended_at, held.blank) == (None, AT + 5, False)
        assert of_holder(tx, ada.holder) is None
        assert set(tx.execute(select(tables.scan.c.holder)).scalars()) == {ada.holder, jan.holder}
        kept = tx.execute(select(tables.reissue.c.holder, tables.reissue.c.by)).all()
        assert set(kept) == {(ada.holder, ""), (jan.holder, "helpdesk/")}
        payloads = {
            item["holder"]: item
            for item in map(json.loads, tx.execute(
                select(tables.outbox_item.c.payload).where(tables.outbox_item.c.kind == "register")
            ).scalars())
        }  # fmt: skip
        assert payloads == {
            ada.holder: {"holder": ada.holder, "gate": "main"},
            jan.holder: {"holder": jan.holder, "surname": "Żak"},
        }
        assert tx.execute(select(tables.change.c.by).where(tables.change.c.seq == 9)).scalar() == (
            "organiser/"
        )


def test_what_was_said_of_a_scan_before_it_came_is_theirs_too(db: Database) -> None:
    with db.write() as tx:
        ada = add(tx, Attendee(id=0, guid="", surname="Łoś"), at=AT)
        a_scan(tx, None, kind="undo", target="later", note="Łoś turned round")
        a_scan(tx, ada.holder, id="later")
        assert "Łoś turned round" in json.dumps(export(tx, ada.id, AT), ensure_ascii=False)
        erase(tx, ada.id, AT + 5)
        assert set(tx.execute(select(tables.scan.c.note)).scalars()) == {""}


def test_a_phone_that_worked_at_a_gate_too_keeps_what_the_gate_sent(db: Database) -> None:
    ada, _ = known_everywhere(db)
    with db.write() as tx:
        erase(tx, ada.id, AT)
        devices = set(tx.execute(select(tables.outbox_item.c.device)).scalars())
        assert devices == {SHARED, GATE_PHONE}
        assert tx.execute(select(tables.seen.c.device)).scalars().all() == [SHARED]
        left = tx.execute(select(tables.device.c.uuid, tables.device.c.label)).all()
        assert (SHARED, "Main door") in left
        assert (GATE_PHONE, "") in left
        items = tx.execute(select(tables.quarantined_item.c.item)).scalars()
        assert sorted(items) == ['["nobody"]', "{}"]


def test_who_replaced_whom_is_untied(db: Database) -> None:
    with db.write() as tx:
        old = add(tx, ADA, at=AT)
        new = substitute(tx, old.id, Attendee(id=0, guid="", given_name="Jan"), at=AT)
        assert export(tx, old.id, AT)["replaced_by"] == new.id
        erase(tx, old.id, AT)
        assert find(tx, new.id).replaces_id is None
        erase(tx, new.id, AT)
        third = add(tx, ADA, at=AT)
        assert third.id > new.id


def test_a_party_keeps_its_contact_when_another_is_erased(db: Database) -> None:
    with db.write() as tx:
        party = add_party(tx, name="K", contact_name="Ewa", contact_email="ewa@example.org",
                          size=1, category="vip", guid="", at=AT)  # fmt: skip
        by_name = add_party(tx, name="K", contact_name="Ådelaïde Łoś-Kanarek", contact_email="",
                            size=1, category="vip", guid="", at=AT)  # fmt: skip
        ada = add(tx, replace(ADA, party_id=party.id, email=""), at=AT)
        assert [row["id"] for row in export(tx, ada.id, AT)["party"]] == [by_name.id]
        erase(tx, ada.id, AT)
        assert find_party(tx, party.id) == party
        assert find_party(tx, by_name.id).contact_name == ""


def test_a_common_name_takes_nothing_from_its_namesakes(db: Database) -> None:
    with db.write() as tx:
        one, two = (
            add(tx, Attendee(id=0, guid="", given_name=name, surname="Nowak"), at=AT)
            for name in ("Jan", "Ewa")
        )
        an_item(tx, GATE_PHONE, "register", {"holder": two.holder, "surname": "Nowak"})
        (blank,) = new_holders(tx, [None], at=AT)
        erase(tx, one.id, AT)
        assert search(tx, "nowak") == [two]
        (payload,) = tx.execute(select(tables.outbox_item.c.payload)).scalars()
        assert json.loads(payload)["surname"] == "Nowak"
        assert find_holder(tx, blank).blank


def test_every_table_is_known_to_hold_people_or_not(db: Database) -> None:
    """A new table must say by its columns whose it is, or stand here because it is nobody's."""
    ada, _ = known_everywhere(db)
    nobodys = {
        "event", "venue", "room", "track", "session_type", "speaker", "session", "part",
        "session_speaker", "point_of_interest", "announcement", "legal_text", "media",
        "clock", "feed_file", "lease", "category", "badge_key", "gate", "door_number",
        "booking_rule", "overwritten", "edits", "told", "webhook",
        *(table.name for table in (*tables.PUBLIC.values(), *tables.DOOR.values())),
    }  # fmt: skip
    with db.write() as tx:
        for table in (tables.passage, tables.incident):
            row = {c.name: 0 if c.type.python_type is int else "" for c in table.columns}
            tx.execute(table.insert(), row | {"gate_id": 1, "holder": ada.holder})
        phone = select(tables.device.c.id).where(tables.device.c.attendee_id == ada.id).limit(1)
        mail = {"epoch": 1, "seq": 1, "attendee_id": ada.id, "at": 1, "due": 1}
        tx.execute(tables.message.insert(), mail)
        own = {"device_id": tx.execute(phone).scalar_one(), "attendee_id": ada.id, "created_at": 1}
        tx.execute(tables.subscription.insert(), own)
        heard = {"device_id": own["device_id"], "at": 1}
        tx.execute(tables.heard.insert(), heard)
        tx.execute(tables.publish.update().values(by=f"organiser/{ada.surname}"))
        for table in (tables.hold, tables.plan, tables.review):
            row = {c.name: c.type.python_type() for c in table.columns if not c.primary_key}
            tx.execute(table.insert(), row | {"by": f"organiser/{ada.surname}"})
        held = export(tx, ada.id, AT)
    assert {table.name for table in tables.metadata.sorted_tables} - set(held) == nobodys
