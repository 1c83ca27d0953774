"""What a message says: what changed, from what to what, why, in the person's language."""

from dataclasses import replace
from typing import Any

import pytest
from builders import a_part, a_session, an_agenda, publish_agenda
from sqlalchemy import Connection, update
from telling import AT, Crowd, a_crowd, set_session

from event import tables
from event.database import Database
from event.told.wording import MOST, wording_of


def words(crowd: Crowd, moved: tuple[int, int], language: str) -> tuple[str, str]:
    with crowd.db.read() as tx:
        wording = wording_of(tx, *moved)
    return wording.words(sorted(wording.changes), language)


def test_a_move_says_from_where_and_when_to_where_and_when_and_why(db: Database) -> None:
    crowd = a_crowd(db, {})
    moved = crowd.move(en="The projector is broken.", pl="Zepsuł się rzutnik.")
    assert words(crowd, moved, "en") == (
        "Moved: Session 1", "3 Jun 09:00 → 09:15, Room 1 → Hall B. The projector is broken"
    )  # fmt: skip
    polish = ("Przeniesione: Sesja 1", "3 cze 09:00 → 09:15, Room 1 → Sala B. Zepsuł się rzutnik")
    assert words(crowd, moved, "pl") == words(crowd, moved, "pl-PL") == polish


def test_a_language_without_words_gets_the_events_own(db: Database) -> None:
    crowd = a_crowd(db, {})
    moved = crowd.move()
    assert words(crowd, moved, "uk") == words(crowd, moved, "") == words(crowd, moved, "en")


@pytest.mark.parametrize(
    ("values", "title", "body"),
    [
        ({"state": "cancelled"}, "Cancelled: Session 1", "3 Jun 09:00, Room 1"),
        ({"state": "suspended"}, "Interrupted: Session 1", "3 Jun 09:00, Room 1"),
        ({"state": "draft"}, "No longer in the agenda: Session 1", "3 Jun 09:00, Room 1"),
        # What is kept from them now says nothing of what it became.
        ({"visibility": '["vip"]', "title": '{"en":"Secret"}', "starts_at": AT + 60,
          "room_id": None}, "No longer in the agenda: Session 1", "3 Jun 09:00, Room 1"),
        ({"starts_at": AT + 86_400}, "Moved: Session 1", "3 Jun 09:00 → 4 Jun 09:00, Room 1"),
        ({"ends_at": AT + 3600}, "Moved: Session 1",
         "3 Jun 09:00, until 3 Jun 09:45 → 10:00, Room 1"),
        ({"room_id": None}, "Moved: Session 1", "3 Jun 09:00, Room 1 → no room yet"),
    ],
)  # fmt: skip
def test_each_kind_says_when_and_where(
    db: Database, values: dict[str, Any], title: str, body: str
) -> None:
    crowd = a_crowd(db, {})
    assert words(crowd, crowd.edit(lambda tx: set_session(tx, 1, **values)), "en") == (title, body)


def test_a_part_that_falls_out_stands_with_its_session(db: Database) -> None:
    session = a_session(1, room_id=1)
    publish_agenda(
        db, replace(an_agenda(1), sessions=(replace(session, parts=(a_part(9, session),)),))
    )
    crowd = Crowd(db, (), ())
    cancelled = crowd.edit(cancel_parts)
    assert words(crowd, cancelled, "pl") == ("Odwołane: Sesja 1 – Part 9", "3 cze 09:00")


def cancel_parts(tx: Connection) -> None:
    tx.execute(update(tables.part).values(state="cancelled"))


def test_other_speakers_are_named(db: Database) -> None:
    publish_agenda(db, an_agenda(2))
    table = tables.session_speaker

    def swap(tx: Connection) -> None:
        other = update(table).where(table.c.session_id == 1)
        tx.execute(other.values(speaker_id=update_to(tx)))

    def update_to(tx: Connection) -> int:
        names = tx.execute(tables.speaker.select()).all()
        return int(next(row.id for row in names if row.name == "Łucja 2"))

    crowd = Crowd(db, (), ())
    swapped = crowd.edit(swap)
    assert words(crowd, swapped, "en") == ("Other speakers: Session 1", "Łucja 1 → Łucja 2")


def test_an_announcement_says_itself(db: Database) -> None:
    crowd = a_crowd(db, {})
    row = {"id": 900, "starts_at": AT, "title": '{"en":"Leave the hall","pl":"Opuśćcie salę"}',
           "body": '{"en":"By the south exit"}', "severity": "urgent"}  # fmt: skip

    def announce(tx: Connection) -> None:
        tx.execute(tables.announcement.insert(), row)

    assert words(crowd, crowd.edit(announce), "pl") == ("Opuśćcie salę", "By the south exit")


def test_many_changes_are_one_message_that_says_how_many(db: Database) -> None:
    count = MOST + 2
    publish_agenda(db, an_agenda(0, sessions=tuple(a_session(n) for n in range(1, count + 1))))
    crowd = Crowd(db, (), ())

    def later(tx: Connection) -> None:
        tx.execute(update(tables.session).values(starts_at=tables.session.c.starts_at + 900))

    title, body = words(crowd, crowd.edit(later), "en")
    assert title == "10 changes for you"
    lines = body.splitlines()
    assert (len(lines), lines[0], lines[-1]) == (
        MOST + 1, "Moved: Session 1. 3 Jun 09:00 → 09:15", "And 2 more."
    )  # fmt: skip
