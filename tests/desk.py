"""People for tests: Ada, whose data nobody else may read, and Jan, who would like to."""

from dataclasses import dataclass, replace
from uuid import uuid4

from builders import OPENING
from flask import Flask
from flask.testing import FlaskClient

from event.people.attendees import add
from event.people.consents import Answer, answer
from event.people.enrolment import enrol, invite, new_link
from event.people.model import Attendee
from event.people.needs import set_needs
from event.people.parties import add_party
from event.times import to_seconds

AT = to_seconds(OPENING)
ADA = Attendee(
    id=0,
    guid="0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a11",
    external_id="ext-canary",
    given_name="Ada",
    surname="Łoś-Canary",
    email="ada.canary@example.org",
    organisation="Klaster Canary",
    position="Canary keeper",
    language="pl",
    note="Canary note",
)
JAN = Attendee(id=0, guid="0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a12", given_name="Jan", surname="Żak")

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """Ada and Jan with a phone each, a party, Ada's link, the id of Jan's, a code for a gate."""

    ada: Attendee
    jan: Attendee
    ada_phone: Headers
    jan_phone: Headers
    ada_device: int
    party: int
    link: str
    jans_link: int
    code: str


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def a_desk(app: Flask) -> Desk:
    with app.extensions["eventday"].db.write() as db:
        party = add_party(
            db,
            name="Canary party",
            contact_name="Contact Canary",
            contact_email="contact.canary@example.org",
            size=2,
            category="delegate",
            guid=str(uuid4()),
            at=AT,
        )
        ada = add(db, replace(ADA, party_id=party.id), at=AT)
        jan = add(db, JAN, at=AT)
        set_needs(db, [(ada.id, "vegan canary", "ramp canary")])
        answer(db, ada.id, Answer("photo", False, "1", "pl", AT, "attendee/Ada"))
        link = new_link(db, ada.id, at=AT)
        phones = []
        for person in (ada, jan):
            made = new_link(db, person.id, at=AT)
            phones.append(enrol(db, made.secret, uuid=str(uuid4()), at=AT))
        code = invite(db, role="gate", at=AT).secret
    (device, ada_token), (_, jan_token) = phones
    return Desk(ada, jan, bearer(ada_token), bearer(jan_token), device.id, party.id,
                link.secret, made.id, code)  # fmt: skip


def ids(client: FlaskClient) -> list[int]:
    """Return the ids of the public sessions."""
    return [one["id"] for one in client.get("/v1/sessions").get_json()["sessions"]]
