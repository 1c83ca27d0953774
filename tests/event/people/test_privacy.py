"""A person's data: all of it is given out, and after erasing none of it is left."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from builders import an_agenda, publish_agenda
from sqlalchemy import Connection, select

from badges.code import Medium
from event import tables
from event.database import Database
from event.errors import NotFound
from event.people.attendees import add, find, of_holder, search, substitute
from event.people.consents import Answer, answer
from event.people.enrolment import enrol, invite, new_link
from event.people.holders import find_holder, new_holders, reissue_badge
from event.people.model import Attendee
from event.people.needs import needs_of, set_needs
from event.people.parties import add_party, find_party
from event.people.privacy import erase, export
from event.people.watches import add_watch

AT = 1_748_900_000
PHONE, GATE_PHONE, SHARED = (str(uuid4()) for _ in range(3))
ADA = Attendee(
    id=0,
    guid="",
    external_id="ext-canary",
    given_name="Ådelaïde",
    surname="Łoś-Kanarek",
    email="ada.kanarek@example.org",
    organisation="Kanarkowo",
    position="Canary keeper",
    country="Kanaryland",
    box_slot="K-77",
    note="canarynote",
)
STRINGS = (
    "Ådelaïde", "Łoś-Kanarek", "kanarek", "los-kanarek", "ada.kanarek@example.org", "Kanarkowo",
    "Canary keeper", "Kanaryland", "K-77", "canarynote", "canarydiet", "canaryramp", "ext-canary",
)  # fmt: skip


def an_item(tx: Connection, device: str, kind: str, payload: Any) -> None:
    row = {"id": str(uuid4()), "device": device, "n": 1, "kind": kind, "t": 1, "boot": "b",
           "mono": 1, "t_est": 1, "skewed": 0, "received_at": 1}  # fmt: skip
    tx.execute(tables.outbox_item.insert(), row | {"payload": json.dumps(payload)})


def a_quarantined(tx: Connection, device: str, item: Any) -> None:
    row = {"device": device, "code": "bad", "sha256": str(uuid4()), "received_at": 1}
    tx.execute(tables.quarantined_item.insert(), row | {"item": json.dumps(item)})


def a_scan(tx: Connection, holder: int, **fields: Any) -> None:
    row = {"id": str(uuid4()), "holder": holder, "gate_id": 1, "medium": 1, "generation": 1,
           "t": 1, "t_est": 1, "received_at": 1, "note": "canarynote"}  # fmt: skip
    tx.execute(tables.scan.insert(), row | fields)


def known_everywhere(db: Database) -> tuple[Attendee, Attendee]:
    """Make Ada stand wherever somebody can, beside Jan, who must not be touched."""
    publish_agenda(db, an_agenda(2))
    with db.write() as tx:
        party = add_party(tx, name="Klaster", contact_name="Ada", contact_email=ADA.email, size=1,
                          category="vip", guid="", at=AT)  # fmt: skip
        ada = add(tx, replace(ADA, party_id=party.id), at=AT)
        jan = add(tx, Attendee(id=0, guid="", given_name="Jan", surname="Żak"), at=AT)
        for who, words in ((ada, "canary"), (jan, "jan")):
            set_needs(tx, [(who.id, f"{words}diet", f"{words}ramp")])
            said = Answer("photo", given=True, text_version="1", language="pl", at=AT, by="desk/1")
            answer(tx, who.id, replace(said, by=f"attendee/{who.name}"))
            reissue_badge(tx, who.holder, Medium.PAPER, 2, at=AT, by=f"helpdesk/{ada.surname}")
            add_watch(tx, who.id, by=f"helpdesk/{who.name}", at=AT)
            row = {"session_id": 1, "attendee_id": who.id, "state": "booked", "at": AT}
            tx.execute(tables.booking.insert(), row)
            a_scan(tx, who.holder, note=f"{words}note")
            phone = PHONE if who is ada else str(uuid4())
            enrol(tx, new_link(tx, who.id, at=AT).secret, uuid=phone, label=f"{who.name}'s", at=AT)
            invite(tx, role="attendee", attendee_id=who.id, label=who.email, at=AT)
        enrol(tx, new_link(tx, ada.id, at=AT).secret, uuid=SHARED, at=AT)
        for uuid, label in ((SHARED, "Main door"), (GATE_PHONE, "Phone of LOS-KANAREK")):
            enrol(tx, invite(tx, role="gate", at=AT).secret, uuid=uuid, label=label, at=AT)
        for device in (PHONE, SHARED):
            an_item(tx, device, "seen", {"epoch": 1, "seq": 1})
            tx.execute(tables.seen.insert(), {"device": device, "epoch": 1, "seq": 1})
        a_quarantined(tx, PHONE, {"who": "Ådelaïde Łoś-Kanarek"})
        a_quarantined(tx, GATE_PHONE, {"payload": ["łoś-kanarek ÅDELAÏDE"]})
        a_quarantined(tx, GATE_PHONE, ["nobody"])
        an_item(
            tx,
            GATE_PHONE,
            "register",
            {"holder": ada.holder, "surname": "Kanarek", "note": "canarynote", "gate": "main"},
        )
        an_item(tx, GATE_PHONE, "register", {"holder": jan.holder, "surname": "Żak"})
        change = {"epoch": 1, "seq": 9, "number": 1, "kind": "k", "subject": "s", "subject_id": 1,
                  "old": "", "new": "", "reason": "", "at": AT}  # fmt: skip
        tx.execute(tables.change.insert(), change | {"by": "organiser/Ådelaïde Łoś-Kanarek"})
        return find(tx, ada.id), find(tx, jan.id)


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
        "told_by_others",
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
        assert needs_of(tx, jan.id) == ("jandiet", "janramp")
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
        "clock", "feed_file", "lease", "category", "badge_key", "gate",
        *(table.name for table in tables.PUBLIC.values()),
    }  # fmt: skip
    with db.write() as tx:
        for table in (tables.passage, tables.incident):
            row = {c.name: 0 if c.type.python_type is int else "" for c in table.columns}
            tx.execute(table.insert(), row | {"gate_id": 1, "holder": ada.holder})
        tx.execute(tables.publish.update().values(by=f"organiser/{ada.surname}"))
        held = export(tx, ada.id, AT)
    assert {table.name for table in tables.metadata.sorted_tables} - set(held) == nobodys
