"""Substitutes: one comes instead of one, however often it is asked."""

from uuid import uuid4

import pytest
from at_once import at_once
from builders import a_person, an_agenda, publish_agenda
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from event import tables
from event.database import Database
from event.errors import Conflict, Invalid
from event.people.attendees import add, change, everyone, find, of_party
from event.people.enrolment import enrol, new_link
from event.people.model import Status
from event.people.parties import add_party
from event.people.substitutes import substitute
from event.people.tokens import bearer_of

AT = 1_748_900_000
GUID = "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a11"


def test_a_colleague_takes_over_all_but_the_person(db: Database) -> None:
    publish_agenda(db, an_agenda(1))
    with db.write() as tx:
        party = add_party(
            tx, name="K", contact_name="", contact_email="", size=1, category="vip", guid="", at=AT
        )
        old = add(tx, a_person(external_id="A", organisation="Klaster", category="press", days=2,
                               note="mine", look_at_id=True, party_id=party.id), at=AT)  # fmt: skip
        booked = {"session_id": 1, "attendee_id": old.id, "state": "booked", "at": AT}
        tx.execute(tables.booking.insert(), booked)
        _, token = enrol(tx, new_link(tx, old.id, at=AT).secret, uuid=str(uuid4()), at=AT)
        new = substitute(tx, old.id, a_person(surname="Nowak"), at=AT)
        assert (new.external_id, new.organisation, new.category, new.days, new.party_id) == (
            "A", "Klaster", "press", 2, party.id,
        )  # fmt: skip
        assert (new.replaces_id, new.note, new.look_at_id, new.status) == (
            old.id, "", False, Status.REGISTERED,
        )  # fmt: skip
        assert new.holder != old.holder
        assert find(tx, new.id) == new
        gone = find(tx, old.id)
        assert (gone.status, gone.external_id) == (Status.REPLACED, None)
        assert bearer_of(tx, token, at=AT) is None
        assert tx.execute(select(tables.booking.c.attendee_id)).scalars().all() == [new.id]
        assert len(of_party(tx, party.id)) == 3
        with pytest.raises(Conflict, match="change the one who comes"):
            change(tx, old.id, {"status": "registered"}, at=AT)
        with pytest.raises(Invalid, match="name the one who comes instead"):
            change(tx, new.id, {"status": "replaced"}, at=AT)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_a_chain_of_substitutes_grows_by_one_however_often_each_is_asked(
    database_url: str, order: list[int]
) -> None:
    database = Database(database_url)
    guids = [str(uuid4()) for _ in range(5)]
    with database.write() as tx:
        chain = [add(tx, a_person(guid=guids[0]), at=AT)]
        before = len(everyone(tx))
        for step in order:
            person = a_person(guid=guids[step + 1], surname=f"Nr {step}")
            if step < len(chain):
                made = substitute(tx, chain[step].id, person, at=AT)
                chain += [made] if step + 1 == len(chain) else []
                assert made.id == chain[step + 1].id
        assert len(everyone(tx)) == before + len(chain) - 1
        status = [find(tx, person.id).status for person in chain]
        assert status == [Status.REPLACED] * (len(chain) - 1) + [Status.REGISTERED]
    database.close()


def test_one_is_replaced_by_one_only(db: Database) -> None:
    with db.write() as tx:
        old, other = add(tx, a_person(), at=AT), add(tx, a_person(guid=GUID), at=AT)
        with pytest.raises(Conflict, match="Another attendee has this guid"):
            substitute(tx, old.id, a_person(guid=GUID), at=AT)
        new = substitute(tx, old.id, a_person(), at=AT)
        with pytest.raises(Conflict, match="substitute that one"):
            substitute(tx, old.id, a_person(), at=AT)
        assert {p.id for p in everyone(tx)} == {old.id, other.id, new.id}


def test_of_two_substitutes_at_once_one_comes(db: Database) -> None:
    with db.write() as tx:
        old = add(tx, a_person(), at=AT)

    def work(tx: Connection) -> bool:
        try:
            return bool(substitute(tx, old.id, a_person(), at=AT))
        except Conflict:
            return False

    assert at_once(db, work) == (True, False)
