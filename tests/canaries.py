"""Ada, who stands in every table in which somebody can, and strings that give her away."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

from builders import an_agenda, publish_agenda
from sqlalchemy import Connection, select

from badges.code import Medium
from event import tables
from event.database import Database
from event.people.attendees import add, find
from event.people.consents import Answer, answer
from event.people.enrolment import enrol, invite, new_link
from event.people.holders import reissue_badge
from event.people.model import Attendee
from event.people.needs import set_needs
from event.people.parties import add_party
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
    "canaryidnumber", "canaryabout", "canaryfeedback",
)  # fmt: skip


def an_item(tx: Connection, device: str, kind: str, payload: Any) -> None:
    row = {"id": str(uuid4()), "device": device, "n": 1, "kind": kind, "t": 1, "boot": "b",
           "mono": 1, "t_est": 1, "skewed": 0, "received_at": 1}  # fmt: skip
    tx.execute(tables.outbox_item.insert(), row | {"payload": json.dumps(payload)})


def a_quarantined(tx: Connection, device: str, item: Any) -> None:
    row = {"device": device, "code": "bad", "sha256": str(uuid4()), "received_at": 1}
    tx.execute(tables.quarantined_item.insert(), row | {"item": json.dumps(item)})


def a_scan(tx: Connection, holder: int | None, **fields: Any) -> None:
    row = {"id": str(uuid4()), "holder": holder, "gate_id": 1, "medium": 1, "generation": 1,
           "t": 1, "t_est": 1, "received_at": 1, "note": "canarynote"}  # fmt: skip
    tx.execute(tables.scan.insert(), row | fields)


def a_schedule(tx: Connection, who: Attendee, words: str) -> None:
    """Make somebody stand in each table of schedules."""
    own = {"attendee_id": who.id, "session_id": 1}
    tx.execute(tables.bookmark.insert(), own | {"t_est": AT * 1000})
    answered = {"question": "id", "value": f"{words}idnumber", "delete_at": AT + 30 * 86_400}
    tx.execute(tables.booking_answer.insert(), own | answered)
    met = {"guid": f"met {who.id}", "title": f"{who.name} meets", "starts_at": AT, "changed_at": AT}
    meeting = tx.execute(tables.meeting.insert().returning(tables.meeting.c.id), met).scalar_one()
    tx.execute(tables.meeting_guest.insert(), {"meeting_id": meeting, "attendee_id": who.id})
    free = select(tables.speaker.c.id).where(
        tables.speaker.c.id.not_in(select(tables.speaking.c.speaker_id))
    )
    speaker = tx.execute(free.limit(1)).scalar_one()
    tx.execute(tables.speaking.insert(), {"speaker_id": speaker, "attendee_id": who.id})
    shared = {"sha256": f"shared {who.id}", "label": f"for {who.name}", "created_at": AT}
    tx.execute(tables.share.insert(), {"attendee_id": who.id} | shared)
    tx.execute(tables.directory.insert(), {"attendee_id": who.id, "about": f"{words}about"})
    tx.execute(tables.feedback.insert(), own | {"text": f"{words}feedback", "t_est": AT * 1000})


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
            said = {"holder": who.holder, "category": 1, "days": 1, "flags": 0}
            tx.execute(tables.earlier_claim.insert(), said)
            reissue_badge(tx, who.holder, Medium.PAPER, 2, at=AT, by=f"helpdesk/{ada.surname}")
            add_watch(tx, who.id, by=f"helpdesk/{who.name}", at=AT)
            row = {"session_id": 1, "attendee_id": who.id, "state": "booked", "at": AT}
            tx.execute(tables.booking.insert(), row)
            a_schedule(tx, who, words)
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


def forms(text: str) -> set[bytes]:
    """Return a text as a file may hold it."""
    return {text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"),
            json.dumps(text)[1:-1].encode()}  # fmt: skip


def found_in(content: bytes, *more: str) -> set[str]:
    """Return which of Ada's strings some bytes hold, in any form."""
    return {text for text in (*STRINGS, *more) if any(form in content for form in forms(text))}
