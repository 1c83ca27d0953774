"""Needs: kept apart, counted, and forgotten on request."""

import pytest
from at_once import at_once

from event.database import Database
from event.errors import Invalid, NotFound
from event.people.attendees import add_all, change
from event.people.model import Attendee
from event.people.needs import counts, set_needs

AT = 1_748_900_000


def people(db: Database, count: int) -> list[int]:
    with db.write() as tx:
        some = [Attendee(id=0, guid="", given_name=f"P{n}") for n in range(count)]
        return [person.id for person in add_all(tx, some, at=AT)]


def test_only_counts_of_those_who_come_are_given_out(db: Database) -> None:
    ids = people(db, 5)
    diets = ["Vegan", "vegan ", "halal", "", "vegan"]
    with db.write() as tx:
        set_needs(tx, [(id, diet, "ramp" if id == ids[0] else "") for id, diet in zip(ids, diets)])  # noqa: A001, B905
        change(tx, ids[4], {"status": "cancelled"}, at=AT)
        assert counts(tx) == {"diet": [("Vegan", 2), ("halal", 1)], "access": [("ramp", 1)]}


def test_two_empty_texts_forget_and_the_last_word_counts(db: Database) -> None:
    (ada,) = people(db, 1)
    with db.write() as tx:
        set_needs(tx, [(ada, "vegan", ""), (ada, "nuts\x00", "")])
        assert counts(tx) == {"diet": [("nuts", 1)], "access": []}
        set_needs(tx, [(ada, " ", "\x00")])
        set_needs(tx, [])
        assert counts(tx) == {"diet": [], "access": []}


def test_a_refusal_leaves_what_was_there(db: Database) -> None:
    (ada,) = people(db, 1)
    with db.write() as tx:
        set_needs(tx, [(ada, "vegan", "")])
        with pytest.raises(Invalid, match="at most 200"):
            set_needs(tx, [(ada, "x" * 201, "")])
        with pytest.raises(NotFound, match="search by name"):
            set_needs(tx, [(ada, "", ""), (ada + 1, "vegan", "")])
        assert counts(tx) == {"diet": [("vegan", 1)], "access": []}


def test_two_at_once_leave_one_answer(db: Database) -> None:
    (ada,) = people(db, 1)
    diets = iter(["vegan", "halal"])
    at_once(db, lambda tx: set_needs(tx, [(ada, next(diets), "")]))
    with db.read() as tx:
        assert counts(tx) == {"diet": [("halal", 1)], "access": []}
