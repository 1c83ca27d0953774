"""One database of either kind: its schema, its transactions, its watch."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from builders import OPENING, an_agenda, publish_agenda
from sqlalchemy import create_engine, inspect, make_url, select, text
from sqlalchemy.exc import IntegrityError

from event import tables
from event.database import SCHEMA, Database, migrate
from event.errors import Conflict, Invalid
from event.migrations.upgrade import configuration
from event.people.tokens import create_token
from event.times import to_seconds

ROOT = Path(__file__).parents[2]
MIGRATE = """
import sys
from event.database import Database, migrate
print("ready", flush=True)
sys.stdin.readline()
migrate(Database(sys.argv[1]))
"""


def add_token(db: Database) -> None:
    with db.write() as tx:
        create_token(tx, role="gate", label="", at=to_seconds(OPENING))


def count_tokens(db: Database) -> int:
    with db.read() as tx:
        return len(tx.execute(select(tables.token)).all())


@pytest.fixture
def empty_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """Yield the URL of a database that nobody has migrated."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        yield f"sqlite:///{tmp_path / 'new' / 'eventday.db'}"
        return
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    yield database_url


def test_the_migrated_schema_is_that_of_the_tables(db: Database) -> None:
    # Alembic takes SQLite's '' for another default than ''.
    options = {"compare_type": True, "compare_server_default": not db.is_sqlite}
    with db.read() as tx:
        context = MigrationContext.configure(tx, opts=options)
        assert compare_metadata(context, tables.metadata) == []
        assert set(inspect(tx).get_table_names()) == {*tables.metadata.tables, "alembic_version"}


def test_migrating_again_changes_nothing(db: Database) -> None:
    publish_agenda(db, an_agenda())
    with db.read() as tx:
        before = {
            name: tx.execute(select(table)).all() for name, table in tables.metadata.tables.items()
        }
    migrate(db)
    with db.read() as tx:
        for name, table in tables.metadata.tables.items():
            assert tx.execute(select(table)).all() == before[name]


def test_processes_may_migrate_an_empty_database_at_once(empty_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, empty_url],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    outcomes = [process.communicate("go\n") for process in processes[1:]]
    outcomes.append(processes[0].communicate("go\n"))
    assert [errors for _, errors in outcomes] == ["", ""]
    assert [process.returncode for process in processes] == [0, 0]
    db = Database(empty_url)
    publish_agenda(db, an_agenda())
    db.close()


def test_threads_may_migrate_an_empty_database_at_once(empty_url: str) -> None:
    databases = [Database(empty_url) for _ in range(3)]
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(databases))

    def work(db: Database) -> None:
        barrier.wait()
        try:
            migrate(db)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is to be seen
            failures.append(error)

    threads = [threading.Thread(target=work, args=(db,)) for db in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for db in databases[1:]:
        db.close()
    assert failures == []
    publish_agenda(databases[0], an_agenda())
    databases[0].close()


def test_a_database_of_a_newer_eventday_is_refused(db: Database) -> None:
    with db.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Invalid, match=r"newer eventday \(schema 9999\)"):
        migrate(db)


def test_a_reference_to_nothing_is_refused(empty_url: str) -> None:
    db = Database(empty_url)
    migrate(db)
    for _ in range(3):
        with pytest.raises(IntegrityError), db.write() as tx:
            tx.execute(tables.room.insert(), {"id": 1, "venue_id": 7})
    db.close()


def test_sqlite_is_told_to_lose_nothing(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'eventday.db'}")
    migrate(db)
    for open_transaction in (db.read, db.write):
        with open_transaction() as tx:
            found = [
                tx.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
            assert found == ["wal", 2, 1, 30_000]
    db.close()


def test_a_read_sees_one_moment(database_url: str) -> None:
    one, other = Database(database_url), Database(database_url)
    with one.read() as tx:
        before = tx.execute(select(tables.token)).all()
        add_token(other)
        assert tx.execute(select(tables.token)).all() == before == []
    assert count_tokens(one) == 1
    one.close()
    other.close()


def test_a_write_that_fails_has_written_nothing(db: Database) -> None:
    def fail() -> None:
        with db.write() as tx:
            create_token(tx, role="gate", label="", at=to_seconds(OPENING))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert count_tokens(db) == 0
    add_token(db)
    assert count_tokens(db) == 1


IS_PUBLIC = tables.clock.c.feed == "public"


def test_read_modify_writes_of_many_connections_lose_nothing(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]

    def count_up(db: Database) -> None:
        for _ in range(10):
            with db.write() as tx:
                row = select(tables.clock.c.next_id).where(IS_PUBLIC).with_for_update()
                number = tx.execute(row).scalar_one()
                tx.execute(tables.clock.update().where(IS_PUBLIC).values(next_id=number + 1))

    with databases[0].read() as tx:
        before = tx.execute(select(tables.clock.c.next_id).where(IS_PUBLIC)).scalar_one()
    threads = [threading.Thread(target=count_up, args=(db,)) for db in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with databases[0].read() as tx:
        assert (
            tx.execute(select(tables.clock.c.next_id).where(IS_PUBLIC)).scalar_one() == before + 40
        )
    for db in databases:
        db.close()


def seen(changed: Callable[[], bool]) -> bool:
    """Say whether a watch notices something; a notice may take its way through a socket."""
    return any(changed() for _ in range(20_000))


def test_a_watch_notices_what_others_commit_and_nothing_else(database_url: str) -> None:
    db, other = Database(database_url), Database(database_url)
    watch = db.watch()
    assert watch.changed()
    assert not watch.changed()
    for number in range(1, 4):
        publish_agenda(other, an_agenda(number))
        assert seen(watch.changed)
        assert not watch.changed()
    with other.read() as tx:
        tx.execute(select(tables.clock)).all()
    assert not watch.changed()
    watch.close()
    db.close()
    other.close()


def test_a_watch_notices_what_another_process_commits(database_url: str) -> None:
    db = Database(database_url)
    watch = db.watch()
    watch.changed()
    source = (
        "import sys; from event.commits import notify; from event.database import Database\n"
        "from event import tables\n"
        "with Database(sys.argv[1]).write() as tx:\n"
        "    tx.execute(tables.clock.update().values(modified=1)); notify(tx)\n"
    )
    subprocess.run([sys.executable, "-c", source, database_url], cwd=ROOT, check=True)
    assert seen(watch.changed)
    watch.close()
    db.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_while_nobody_used_it_is_opened_again(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event.database.ALIVE", 0)
    add_token(db)
    with db.read(once=True) as one, db.read() as two:
        numbers = [tx.execute(text("SELECT pg_backend_pid()")).scalar_one() for tx in (one, two)]
    engine = create_engine(db.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as other:
        for number in numbers:
            other.execute(text("SELECT pg_terminate_backend(:number, 10000)"), {"number": number})
    engine.dispose()
    add_token(db)
    assert count_tokens(db) == 2


def test_a_missing_driver_is_said_in_a_sentence() -> None:
    with pytest.raises(Invalid, match=r"eventday\[postgres\]"):
        Database("postgresql+pg8000://user@localhost/name")


def test_the_newest_migration_is_the_one_that_is_looked_for() -> None:
    scripts = ScriptDirectory.from_config(configuration())
    assert scripts.get_current_head() == SCHEMA


def bytes_of(db: Database, table: str) -> bytes:
    """Return what the files of a table hold, whether it is still a row or not."""
    if db.is_sqlite:
        return b"".join(path.read_bytes() for path in db.path.parent.glob("eventday.db*"))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        read = text("SELECT pg_read_binary_file(pg_relation_filepath(:name))")
        return bytes(connection.execute(read, {"name": table}).scalar_one())


def test_scrubbing_leaves_nothing_of_what_was_there(db: Database) -> None:
    words, table = "Wyjątkowy-Żółw", tables.quarantined_item
    other = Database(db.url.render_as_string(hide_password=False))
    row = {"device": "", "code": "", "received_at": 0}
    with db.write() as tx:
        rows = [row | {"item": f"{words} {n}" * 9, "sha256": str(n)} for n in range(200)]
        tx.execute(table.insert(), rows)
    with other.read() as tx:
        assert words in str(tx.execute(table.select()).all())
    with db.write() as tx:
        if db.is_sqlite:
            # Some builds of SQLite overwrite what they delete; this must not depend on it.
            tx.execute(text("PRAGMA secure_delete=OFF"))
        tx.execute(table.delete().where(table.c.number % 2 == 0))
        tx.execute(table.update().values(item="gone"))
    assert words.encode() in bytes_of(db, table.name)
    db.scrub()
    assert words.encode() not in bytes_of(db, table.name)
    with other.write() as tx:
        assert len(tx.execute(table.select()).all()) == 100
        tx.execute(table.delete())
    other.close()


def test_scrubbing_says_when_a_reader_is_in_the_way(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("event.database.BUSY_TIMEOUT", 0)
    shutil.copy(sqlite_template, tmp_path / "eventday.db")
    db = Database(f"sqlite:///{tmp_path / 'eventday.db'}")
    with db.read() as reader:
        reader.execute(select(tables.token)).all()
        add_token(db)
        with pytest.raises(Conflict, match="try again"):
            db.scrub()
    db.scrub()
    assert count_tokens(db) == 1
    db.close()
