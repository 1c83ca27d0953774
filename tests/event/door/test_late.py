"""Whom the server would have refused, had the door had a network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gates import AT, NOW, a_hall, an_id
from sqlalchemy import Connection, select

from badges.code import Medium
from event import tables
from event.database import Database
from event.door.scans import Scan, store
from event.door.settle import settle
from event.people.attendees import change
from event.people.holders import reissue_badge
from event.people.model import Attendee
from event.people.privacy import erase
from event.people.substitutes import substitute

COLLEAGUE = Attendee(id=0, guid="", surname="Colleague")
Edit = Callable[[Connection, Attendee], Any]


def late(tx: Connection, holder: int, *moments: int, **said: Any) -> list[int]:
    """Let a door admit, away, so many seconds after the opening; return which were late."""
    for at in moments:
        when = NOW + at * 1000
        made = Scan(
            an_id(at), gate_id=1, holder=holder, outcome="admitted", device="one", t=when,
            t_est=when, **{"medium": Medium.PAPER, "generation": 1} | said,
        )  # fmt: skip
        settle(tx, store(tx, [made]).values(), new=True)
    rows = tx.execute(select(tables.scan.c.t_est).where(tables.scan.c.late != ""))
    return sorted((at - NOW) // 1000 for at in rows.scalars())


@pytest.mark.parametrize(
    "end",
    [
        lambda tx, one: change(tx, one.id, {"status": "cancelled"}, at=AT + 60),
        lambda tx, one: substitute(tx, one.id, COLLEAGUE, at=AT + 60),
        lambda tx, one: erase(tx, one.id, AT + 60),
    ],
    ids=["cancelled", "replaced", "erased"],
)
def test_who_does_not_come_any_more_is_late_from_that_moment_on(
    db: Database, tmp_path: Path, end: Edit
) -> None:
    one = a_hall(db, tmp_path).people[0]
    with db.write() as tx:
        end(tx, one)
        assert late(tx, one.holder, 59, 60, 61) == [60, 61]


def test_a_later_edit_hides_no_scan_after_a_cancellation(db: Database, tmp_path: Path) -> None:
    one, two, three = a_hall(db, tmp_path).people
    with db.write() as tx:
        change(tx, one.id, {"status": "cancelled"}, at=AT + 60)
        change(tx, one.id, {"surname": "Spelt Otherwise"}, at=AT + 600)
        assert late(tx, one.holder, 59, 61) == [61]
        change(tx, two.id, {"status": "cancelled"}, at=AT + 60)
        change(tx, two.id, {"status": "registered"}, at=AT + 120)
        assert late(tx, two.holder, 130) == [61]
        change(tx, two.id, {"status": "cancelled"}, at=AT + 180)
        assert late(tx, two.holder, 140, 200) == [61, 200]
        change(tx, three.id, {"surname": "Spelt Otherwise"}, at=AT + 60)
        assert late(tx, three.holder, 70) == [61, 200]


def test_a_badge_is_late_from_when_its_own_medium_was_reissued(
    db: Database, tmp_path: Path
) -> None:
    one = a_hall(db, tmp_path).people[0].holder
    with db.write() as tx:
        reissue_badge(tx, one, Medium.PAPER, 2, at=AT + 60, by="")
        reissue_badge(tx, one, Medium.PAPER, 3, at=AT + 120, by="")
        assert late(tx, one, 59, 61) == [61]
        assert late(tx, one, 62, medium=Medium.PHONE) == [61]
        assert late(tx, one, 119, 121, generation=2) == [61, 121]
        assert late(tx, one, 122, generation=3) == [61, 121]
