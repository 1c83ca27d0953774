"""Watches: asked for once, mine alone."""

import pytest
from at_once import at_once
from desk import ADA, AT, JAN

from event.database import Database
from event.errors import NotFound
from event.people.attendees import add
from event.people.watches import Watch, add_watch, end_watch, watches

ME, OTHER = "helpdesk/one", "helpdesk/two"


def test_whom_somebody_waits_for_is_theirs_and_noted_once(db: Database) -> None:
    with db.write() as tx:
        ada, jan = add(tx, ADA, at=AT), add(tx, JAN, at=AT)
        for number, at in ((ada.id, AT), (ada.id, AT + 9), (jan.id, AT + 1)):
            add_watch(tx, number, by=ME, at=at)
        add_watch(tx, jan.id, by=OTHER, at=AT)
    with db.read() as tx:
        assert watches(tx, by=ME) == [Watch(jan.id, AT + 1, None), Watch(ada.id, AT, None)]
        assert watches(tx, by=OTHER) == [Watch(jan.id, AT, None)]
    with db.write() as tx:
        for _ in range(2):
            end_watch(tx, jan.id, by=ME)
        assert watches(tx, by=ME) == [Watch(ada.id, AT, None)]
        assert watches(tx, by=OTHER) == [Watch(jan.id, AT, None)]


def test_nobody_is_waited_for_who_is_not_there(db: Database) -> None:
    with db.write() as tx, pytest.raises(NotFound):
        add_watch(tx, 1, by=ME, at=AT)


def test_a_wish_said_twice_at_once_is_noted_once(db: Database) -> None:
    with db.write() as tx:
        ada = add(tx, ADA, at=AT)
    at_once(db, lambda tx: add_watch(tx, ada.id, by=ME, at=AT))
    with db.read() as tx:
        assert watches(tx, by=ME) == [Watch(ada.id, AT, None)]
