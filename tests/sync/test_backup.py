"""People in a backup: carried whole between both databases, and never brought back once erased."""

from pathlib import Path

import pytest
from builders import OPENING
from canaries import ADA, AT, found_in, known_everywhere
from sqlalchemy import select

from event import tables
from event.database import Database
from event.people.attendees import add, everyone
from event.people.holders import find_holder
from event.people.model import Attendee
from event.people.privacy import erase
from sync.backup import back_up, restore


def rows(db: Database) -> dict[str, list[object]]:
    with db.read() as tx:
        return {
            table.name: sorted(map(tuple, tx.execute(select(table))), key=str)
            for table in tables.metadata.sorted_tables
            if table.name not in {"clock", "feed_file"}  # the epoch is another one
        }


def restored(db: Database, file: Path) -> None:
    restore(db, file, after=0, at=OPENING, issued_at=OPENING)


def test_people_come_back_row_by_row(db: Database, tmp_path: Path) -> None:
    known_everywhere(db)
    before = rows(db)
    back_up(db, tmp_path / "backup.db")
    with db.write() as tx:
        tx.execute(tables.attendee.delete())
    restored(db, tmp_path / "backup.db")
    assert rows(db) == before


@pytest.mark.parametrize("where", ["there", "elsewhere"])
def test_numbers_of_those_who_are_gone_are_not_given_again(
    db: Database, tmp_path: Path, sqlite_template: Path, where: str
) -> None:
    known_everywhere(db)
    with db.write() as tx:
        last = add(tx, Attendee(id=0, guid="", given_name="Last"), at=AT)
        erase(tx, last.id, AT)
    back_up(db, tmp_path / "backup.db")
    target = db
    if where == "elsewhere":
        (tmp_path / "other.db").write_bytes(sqlite_template.read_bytes())
        target = Database(f"sqlite:///{tmp_path / 'other.db'}")
    restored(target, tmp_path / "backup.db")
    with target.write() as tx:
        assert add(tx, Attendee(id=0, guid="", given_name="Next"), at=AT).id == last.id + 1
    target.close()


def test_a_backup_of_one_kind_goes_on_counting_in_the_other(
    db: Database, tmp_path: Path, sqlite_template: Path
) -> None:
    (tmp_path / "other.db").write_bytes(sqlite_template.read_bytes())
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    known_everywhere(other)
    with other.write() as tx:
        last = add(tx, Attendee(id=0, guid="", given_name="Last"), at=AT)
        tx.execute(tables.attendee.delete().where(tables.attendee.c.id == last.id))
    back_up(other, tmp_path / "backup.db")
    restored(db, tmp_path / "backup.db")
    assert rows(db) == rows(other)
    with db.write() as tx:
        assert add(tx, Attendee(id=0, guid="", given_name="Next"), at=AT).id == last.id + 1
    other.close()


def test_who_was_erased_since_is_erased_again(db: Database, tmp_path: Path) -> None:
    ada, jan = known_everywhere(db)
    back_up(db, tmp_path / "backup.db")
    with db.write() as tx:
        erase(tx, ada.id, AT)
    restored(db, tmp_path / "backup.db")
    assert not found_in(str(rows(db)).encode(), ADA.email)
    with db.read() as tx:
        assert jan in everyone(tx)
        assert ada.id not in {person.id for person in everyone(tx)}
        assert find_holder(tx, ada.holder).ended_at is not None
