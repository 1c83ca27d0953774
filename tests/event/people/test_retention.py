"""Retention: each purpose ends on its day, once, and what it does not cover stays."""

from dataclasses import replace
from datetime import date

import pytest
from builders import a_session, an_agenda, an_event, publish_agenda
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from badges.code import Medium
from event import tables
from event.database import Database
from event.people.attendees import add, everyone, find, search
from event.people.consents import Answer, answer, answers_to
from event.people.enrolment import devices, enrol, invite
from event.people.holders import reissue_badge, reissues
from event.people.model import Attendee, Status
from event.people.needs import counts, set_needs
from event.people.parties import add_party, parties
from event.people.retention import DAY, PURPOSES, Purpose, purge
from event.people.tokens import create_token
from event.people.watches import add_watch

AT = 1_748_900_000
LAST = 1_749_088_800
"""5 June 2025, 04:00 in Rzeszów: the event's last day ends."""
ADA = Attendee(
    id=0, guid="", external_id="x", given_name="Ada", surname="Łoś", email="a@example.org",
    organisation="Klaster", country="PL", category="press", days=2, note="n", box_slot="A",
)  # fmt: skip
JAN = replace(ADA, given_name="Jan", external_id="y")


def fill(db: Database) -> tuple[int, int]:
    publish_agenda(db, an_agenda(1))
    with db.write() as tx:
        ada, jan = add(tx, ADA, at=AT), add(tx, JAN, at=AT)
        for who in (ada, jan):
            set_needs(tx, [(who.id, "vegan", "ramp")])
            said = Answer(
                "contact", given=who is jan, text_version="1", language="pl", at=AT, by=""
            )
            answer(tx, who.id, said)
            add_watch(tx, who.id, by="helpdesk/Ewa", at=AT)
        add_party(tx, name="K", contact_name="Ewa", contact_email="e@example.org", size=1,
                  category="vip", guid="", at=AT)  # fmt: skip
        reissue_badge(tx, ada.holder, Medium.PAPER, 2, at=AT, by="helpdesk/Ewa")
        enrol(tx, invite(tx, role="gate", at=AT).secret, uuid="u", at=AT)
        create_token(tx, role="organiser", label="Ewa", at=AT)
        item = {"device": "u", "code": "", "item": "{}", "sha256": "s", "received_at": AT * 1000}
        tx.execute(tables.quarantined_item.insert(), item)
        return ada.id, jan.id


def after(days: int) -> int:
    return LAST + days * DAY


def test_without_an_event_nothing_ends(db: Database) -> None:
    with db.write() as tx:
        assert purge(tx, after(10_000)) == {}


@pytest.mark.parametrize("purpose", PURPOSES, ids=lambda purpose: purpose.name)
def test_a_purpose_ends_on_its_day_and_once(db: Database, purpose: Purpose) -> None:
    fill(db)
    with db.write() as tx:
        before = purge(tx, after(purpose.days) - 1)
        ended = purge(tx, after(purpose.days))
        name = purpose.name
        assert name not in before
        assert ended[name] > 0
        assert not any(purge(tx, after(purpose.days)).values())


def test_after_a_week_nobody_knows_who_needed_what(db: Database) -> None:
    ada, _ = fill(db)
    with db.write() as tx:
        assert purge(tx, after(7)) == {"needs": 2}
        assert counts(tx) == {"diet": [], "access": []}
        assert find(tx, ada).email == "a@example.org"


def test_after_a_month_no_phone_is_known_and_people_still_are(db: Database) -> None:
    fill(db)
    with db.write() as tx:
        assert purge(tx, after(30)) == {"needs": 2, "phones": 4}
        assert devices(tx) == []
        assert tx.execute(select(tables.watch)).all() == []
        # The organiser's own token belongs to no phone.
        assert tx.execute(select(tables.token.c.label)).scalars().all() == ["Ewa"]
        assert len(everyone(tx)) == 3


def test_after_three_months_only_who_agreed_can_be_written_to(db: Database) -> None:
    ada, jan = fill(db)
    with db.write() as tx:
        purge(tx, after(90))
        assert [find(tx, who).email for who in (ada, jan)] == ["", "a@example.org"]
        assert [find(tx, who).note for who in (ada, jan)] == ["", ""]
        assert [p.id for p in search(tx, "a@example")] == [jan]
        assert [(p.name, p.contact_name, p.contact_email) for p in parties(tx)] == [("K", "", "")]
        assert tx.execute(select(tables.quarantined_item)).all() == []


def test_after_a_year_there_are_numbers_without_names(db: Database) -> None:
    ada, jan = fill(db)
    with db.write() as tx:
        before = find(tx, ada)
        purge(tx, after(365))
        now = find(tx, ada)
        assert now == Attendee(
            id=ada, guid=now.guid, source="", category="press", status=Status.REGISTERED, days=2,
            version=now.version, registered_at=AT, changed_at=AT, holder=before.holder,
            phone=1, paper=2,
        )  # fmt: skip
        assert now.guid != before.guid
        assert search(tx, "ada") == search(tx, "jan") == search(tx, "klaster") == []
        assert len(everyone(tx)) == 3
        assert find(tx, jan).email == ""
        assert answers_to(tx, "contact") == {}
        assert [item.by for item in reissues(tx, now.holder)] == ["helpdesk/"]
        assert [party.name for party in parties(tx)] == [""]
        assert tx.execute(select(tables.token.c.label)).scalars().all() == [""]
        said = {*tx.execute(select(tables.change.c.by)).scalars(),
                *tx.execute(select(tables.publish.c.by)).scalars()}  # fmt: skip
        assert said <= {"organiser/"}


def test_what_came_after_the_event_is_kept_as_long_from_then(db: Database) -> None:
    publish_agenda(db, an_agenda(1))
    with db.write() as tx:
        late = add(tx, ADA, at=after(400))
        set_needs(tx, [(late.id, "vegan", "")])
        enrol(tx, invite(tx, role="gate", at=after(400)).secret, uuid="u", at=after(400))
        purge(tx, after(400))
        assert find(tx, late.id) == late
        purge(tx, after(407) + 1)
        assert (counts(tx)["diet"], find(tx, late.id).name) == ([], "Ada Łoś")
        purge(tx, after(800))
        assert find(tx, late.id).name == ""


def test_an_event_moved_to_later_keeps_everything_longer(db: Database) -> None:
    fill(db)
    event = an_event(ends_on=date(2025, 6, 5))
    publish_agenda(db, an_agenda(1, event=event, sessions=(a_session(1),)))
    with db.write() as tx:
        assert purge(tx, after(7)) == {}
        assert "needs" in purge(tx, after(8))


def test_other_numbers_of_days_can_be_said(db: Database) -> None:
    fill(db)
    with db.write() as tx:
        assert purge(tx, after(1), {"needs": 1}) == {"needs": 2}
        assert "phones" not in purge(tx, after(40), {"phones": 50})


@given(st.lists(st.integers(0, 400), max_size=5))
def test_however_often_it_runs_the_last_run_decides(database_url: str, days: list[int]) -> None:
    database = Database(database_url)
    with database.read() as tx:
        is_empty = tx.execute(select(tables.event)).first() is None
    if is_empty:
        fill(database)
    with database.write() as tx:
        for day in sorted(days):
            purge(tx, after(day))
        many = [tx.execute(select(table)).all() for table in tables.metadata.sorted_tables
                if table is not tables.attendee]  # fmt: skip
        names = [replace(person, guid="", version=0) for person in everyone(tx)]
        tx.rollback()
    with database.write() as tx:
        for day in sorted(days)[-1:]:
            purge(tx, after(day))
        once = [tx.execute(select(table)).all() for table in tables.metadata.sorted_tables
                if table is not tables.attendee]  # fmt: skip
        assert many == once
        assert names == [replace(person, guid="", version=0) for person in everyone(tx)]
        tx.rollback()
    database.close()
