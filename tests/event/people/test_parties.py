"""Parties: a contact and places, whose names come later."""

from typing import Any

import pytest
from at_once import at_once
from sqlalchemy import Connection

from event.database import Database
from event.errors import Invalid, NotFound
from event.people.attendees import change, everyone, of_party
from event.people.model import Party
from event.people.parties import add_party, find_party, parties

AT = 1_748_900_000
GUID = "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a11"


def a_party(tx: Connection, **fields: Any) -> Party:
    defaults: dict[str, Any] = {
        "name": " Klaster\x00 Wodór ", "contact_name": "Ewa", "contact_email": "ewa@example.org",
        "size": 2, "category": "vip", "guid": GUID, "at": AT,
    }  # fmt: skip
    return add_party(tx, **defaults | fields)


def test_its_places_carry_the_organisation_until_they_have_names(db: Database) -> None:
    with db.write() as tx:
        made = a_party(tx)
        places = of_party(tx, made.id)
        assert [place.name for place in places] == ["Klaster Wodór"] * 2
        assert places[0].holder != places[1].holder
        assert {place.category for place in places} == {"vip"}
        named = change(tx, places[0].id, {"surname": "Nowak"}, at=AT)
        assert named.name == "Nowak"
        with pytest.raises(Invalid, match="needs a given name or a surname"):
            change(tx, named.id, {"surname": ""}, at=AT)
        assert parties(tx) == [find_party(tx, made.id)]


def test_the_same_guid_makes_one_party_also_at_once(db: Database) -> None:
    guids = iter([GUID, GUID.upper()])
    first, second = at_once(db, lambda tx: a_party(tx, guid=next(guids)))
    assert first == second
    with db.read() as tx:
        assert len(everyone(tx)) == 2


def test_without_a_guid_each_is_a_party(db: Database) -> None:
    with db.write() as tx:
        assert a_party(tx, guid="").guid != a_party(tx, guid="").guid


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "\x00"}, "needs a name"),
        ({"name": "x" * 201}, "more than 200"),
        ({"contact_name": "x" * 101}, "more than 100"),
        ({"contact_email": "x" * 255}, "more than 254"),
        ({"contact_email": "nobody"}, "correct it or leave it out"),
        ({"size": 0}, "1 to 500"),
        ({"size": 501}, "1 to 500"),
        ({"guid": "\x00"}, "UUID"),
        ({"category": "king"}, "add it first"),
    ],
)
def test_a_party_that_breaks_a_rule_is_refused(
    db: Database, fields: dict[str, Any], words: str
) -> None:
    with db.write() as tx, pytest.raises(Invalid, match=words):
        a_party(tx, **fields)
    with db.read() as tx, pytest.raises(NotFound, match="no such party"):
        find_party(tx, 2)
