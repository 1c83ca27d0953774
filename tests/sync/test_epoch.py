"""A database that goes back in time, by a restore or by hand, and what its phones are told."""

import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, an_agenda, publish_agenda
from reading import read_snapshot, state_of, verified
from sqlalchemy import func, select

from event import tables
from event.database import Database, migrate
from event.errors import Invalid
from event.keys import key_in, public_text
from sync import links
from sync.backup import back_up, restore
from sync.epoch import follow
from sync.head import read_file
from sync.publish import Clock, read_clock
from sync.signing import Behind, Signer


def clock_of(db: Database) -> Clock:
    with db.read() as tx:
        return read_clock(tx)


def check(db: Database, signer: Signer) -> Clock:
    return follow(db, signer.last(), at=OPENING, issued_at=OPENING)


def counts(db: Database) -> dict[str, int]:
    with db.read() as tx:
        return {
            table.name: tx.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables.metadata.sorted_tables
        }


def is_whole(db: Database, key: str, signer: Signer) -> Any:
    """Hold the head to be verifiable and its snapshot to be what is published; return it."""
    made = verified(signer.signed(clock_of(db)).content, key)
    with db.read() as tx:
        content = read_file(tx, made["snapshot"]["name"])
    layout, rows = read_snapshot(content or b"")
    assert state_of(layout, rows) == made["state"]
    return made


def test_nothing_happens_to_a_database_that_is_where_it_was(db: Database, tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    assert check(db, signer).seq == 0
    publish_agenda(db, an_agenda())
    before = clock_of(db)
    signer.signed(before)
    assert check(db, signer) == before


def test_a_file_copied_back_by_hand_begins_a_new_epoch(tmp_path: Path) -> None:
    path, signer = tmp_path / "eventday.db", Signer(tmp_path)
    db = Database(f"sqlite:///{path}")
    migrate(db)
    publish_agenda(db, an_agenda(2))
    db.close()
    shutil.copy(path, tmp_path / "copy.db")
    publish_agenda(db, an_agenda(3))
    last = signer.signed(clock_of(db))
    db.close()
    shutil.copy(tmp_path / "copy.db", path)
    after = check(db, signer)
    assert (after.epoch, after.seq) > (last.clock.epoch, last.clock.seq)
    assert is_whole(db, last.key, signer)["epoch"] == after.epoch > last.clock.epoch
    assert check(db, signer) == after
    db.close()


def test_another_history_with_as_many_publishes_is_noticed(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    clocks = []
    for name, count in (("one", 2), ("two", 3)):
        db = Database(f"sqlite:///{tmp_path}/{name}.db")
        migrate(db)
        publish_agenda(db, an_agenda(count))
        clocks.append(clock_of(db))
    assert (clocks[0].epoch, clocks[0].seq) == (clocks[1].epoch, clocks[1].seq)
    signer.signed(clocks[0])
    with pytest.raises(Behind):
        signer.signed(clocks[1])
    assert check(db, signer).epoch > clocks[0].epoch


def test_a_head_that_was_cut_short_means_nothing_is_known(db: Database, tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    publish_agenda(db, an_agenda())
    signer.signed(clock_of(db))
    (tmp_path / "feed" / "head").write_bytes(b'{"epoch":17')
    assert signer.last().epoch == 0
    Signer(tmp_path).signed(clock_of(db))
    assert signer.last().seq == 1
    publish_agenda(db, an_agenda(4))
    signer.signed(clock_of(db))
    assert signer.last().seq == 2


def test_a_database_of_before_the_feed_gets_a_head(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    with db.write() as tx:
        tx.execute(tables.clock.update().values(head=""))
        tx.execute(tables.feed_file.delete())
    signer = Signer(tmp_path)
    after = check(db, signer)
    assert after.seq == 1
    assert is_whole(db, signer.signed(after).key, signer)["log_from"] == 1


def test_a_backup_holds_everything_and_is_restored(db: Database, tmp_path: Path) -> None:
    signer, file = Signer(tmp_path), tmp_path / "backup.db"
    publish_agenda(db, an_agenda(2))
    at_backup = counts(db)
    back_up(db, file)
    assert [path.name for path in tmp_path.glob("*backup.db*")] == ["backup.db"]
    assert file.stat().st_mode & 0o777 == 0o600
    publish_agenda(db, an_agenda(5))
    last = signer.signed(clock_of(db))
    after = restore(db, file, after=0, at=OPENING, issued_at=OPENING)
    assert after.seq == 1
    assert after.epoch > last.clock.epoch
    assert is_whole(db, last.key, signer)["epoch"] == after.epoch
    files = {"feed_file": at_backup["feed_file"] + 2}
    assert counts(db) == at_backup | files
    publish_agenda(db, an_agenda(6))
    assert clock_of(db).seq == 2


def test_a_backup_of_one_database_is_restored_into_the_other(db: Database, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path}/other.db")
    migrate(other)
    publish_agenda(other, an_agenda(4))
    back_up(other, tmp_path / "backup.db")
    before = (tmp_path / "backup.db").read_bytes()
    after = restore(db, tmp_path / "backup.db", after=0, at=OPENING, issued_at=OPENING)
    assert after.state == clock_of(other).state
    assert (tmp_path / "backup.db").read_bytes() == before
    with db.write() as tx:
        row = {"device": "d", "code": "c", "item": "{}", "sha256": "s", "received_at": 1}
        tx.execute(tables.quarantined_item.insert(), row)
    other.close()


def test_what_is_no_backup_changes_nothing(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    before = clock_of(db)
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty.db").touch()
    with sqlite3.connect(tmp_path / "newer.db") as newer:
        newer.execute("CREATE TABLE alembic_version (version_num TEXT)")
        newer.execute("INSERT INTO alembic_version VALUES ('9999')")
    newer.close()
    for name, words in {
        "text": "is no backup",
        "empty.db": "is no backup",
        "newer.db": "newer eventday",
        "missing": "cannot be read",
        ".": "cannot be read",
    }.items():
        with pytest.raises(Invalid, match=words):
            restore(db, tmp_path / name, after=0, at=OPENING, issued_at=OPENING)
    assert clock_of(db) == before


def test_a_backup_that_was_tampered_with_changes_nothing(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    before = clock_of(db)
    for number, statement in enumerate((
        "DELETE FROM clock",
        "DELETE FROM public_event",
        "UPDATE clock SET state = 'x'",
        "UPDATE clock SET epoch = 9000000000000000000",
        "UPDATE public_session SET title = '{}'",
        "DROP TABLE public_room",
        "DELETE FROM alembic_version",
    )):  # fmt: skip
        file = tmp_path / f"{number}.db"
        back_up(db, file)
        with sqlite3.connect(file) as copy:
            copy.execute(statement)
        copy.close()
        with pytest.raises(Invalid, match=re.escape(str(file))):
            restore(db, file, after=0, at=OPENING, issued_at=OPENING)
        assert clock_of(db) == before


def test_a_restore_keeps_the_way_to_a_rotated_key(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    old = public_text(key_in(tmp_path / "keys", "feed.pem"))
    back_up(db, tmp_path / "backup.db")
    new = links.rotate(db, tmp_path / "keys", issued_at=OPENING)
    restore(db, tmp_path / "backup.db", after=0, at=OPENING, issued_at=OPENING)
    with db.read() as tx:
        (link,) = json.loads(links.content(tx, tmp_path / "keys"))["links"]
    assert (link["from"], link["to"]) == (old, new)


def test_a_backup_never_replaces_a_file(db: Database, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(Invalid, match="is there already"):
        back_up(db, tmp_path / "there")
    assert (tmp_path / "there").read_text() == "mine"
