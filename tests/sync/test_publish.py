"""The one way to commit what is public."""

import dataclasses
import shutil
import tempfile
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, a_part, a_session, an_agenda, guid, publish_agenda
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from event import tables
from event.agenda.edit import add_session, edit_session, moved, with_state
from event.agenda.model import Role, Session, State
from event.agenda.rows import load
from event.database import Database
from event.errors import Stale
from event.text import parse
from sync import feed
from sync.publish import Published, publish, read_clock
from sync.state import EMPTY, moved_on

LATER = OPENING + timedelta(hours=1)


def edit(db: Database, session_id: int, change: Any, **more: Any) -> Published[Session]:
    return publish(
        db,
        lambda tx: edit_session(tx, session_id, change, at=LATER),
        at=LATER,
        by="organiser/test",
        **more,
    )


def published_rows(db: Database) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    with db.read() as tx:
        return {
            name: {
                tuple(row[column.name] for column in table.primary_key): dict(row)
                for row in tx.execute(select(table)).mappings()
            }
            for name, table in tables.PUBLIC.items()
        }


def state_of(rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]]) -> str:
    counted = [
        [name, *(row[column] for column in feed.PUBLIC.columns(name))]
        for name, found in rows.items()
        for row in found.values()
    ]
    return moved_on(EMPTY, gone=[], come=counted)


def changes(db: Database) -> list[Any]:
    with db.read() as tx:
        table = tables.change
        return list(tx.execute(select(table).order_by(table.c.seq, table.c.number)).mappings())


def test_a_publish_of_the_same_agenda_has_no_number(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    with db.read() as tx:
        before = read_clock(tx)
    publish_agenda(db, agenda, at=LATER)
    with db.read() as tx:
        assert read_clock(tx) == before
    assert before.seq == 1


def test_the_first_publish_is_no_list_of_changes(db: Database) -> None:
    publish_agenda(db, an_agenda())
    assert changes(db) == []


def test_a_move_is_one_op_and_one_record(db: Database) -> None:
    session = publish_agenda(db, an_agenda()).sessions[0]
    later = session.starts_at + timedelta(minutes=15)
    done = edit(
        db, session.id, lambda s: moved(s, starts_at=later), reason={"en": "the train is late"}
    )
    with db.read() as tx:
        row = tx.execute(select(tables.publish).where(tables.publish.c.seq == 2)).mappings().one()
    start = int(later.timestamp())
    assert parse(row["ops"]) == [
        ["session", session.id, {"ends_at": start + 2700, "starts_at": start}]
    ]
    (change,) = changes(db)
    assert (change["kind"], change["session_id"], change["by"]) == (
        "moved",
        session.id,
        "organiser/test",
    )
    assert parse(change["old"]) == {"starts_at": start - 900, "ends_at": start + 1800}
    assert parse(change["new"]) == {"starts_at": start, "ends_at": start + 2700}
    assert parse(change["reason"]) == {"en": "the train is late"}
    assert done.clock.seq == 2
    assert done.clock.modified > int(OPENING.timestamp())


def test_a_draft_is_in_no_published_row_op_or_record(db: Database) -> None:
    secret = a_session(9, title={"en": "CANARY"}, state=State.DRAFT, speakers=(Role(speaker_id=1),))
    agenda = an_agenda(0, speakers=(dataclasses.replace(an_agenda(1).speakers[0], name="CANARY"),))
    agenda = dataclasses.replace(agenda, sessions=(secret, a_session(1)))
    draft = next(s for s in publish_agenda(db, agenda).sessions if s.state is State.DRAFT)
    edit(db, draft.id, lambda s: dataclasses.replace(s, abstract={"en": "CANARY"}))
    with db.read() as tx:
        ops = tx.execute(select(tables.publish.c.ops)).scalars().all()
    assert "CANARY" not in str(published_rows(db)) + str(ops) + str(changes(db))
    assert len(ops) == 1


def test_a_private_session_is_in_no_published_row(db: Database) -> None:
    private = a_session(9, title={"en": "CANARY"}, visibility=("vip",))
    publish_agenda(db, an_agenda(1, sessions=(private, a_session(1))))
    assert "CANARY" not in str(published_rows(db))
    assert len(published_rows(db)["session"]) == 1


def test_publishing_a_draft_adds_it_with_its_parts_and_speakers(db: Database) -> None:
    session = a_session(1, state=State.DRAFT, speakers=(Role(speaker_id=1),))
    session = dataclasses.replace(session, parts=(a_part(1, session),))
    agenda = publish_agenda(db, an_agenda(1, sessions=(session, a_session(2))))
    draft = next(s for s in agenda.sessions if s.state is State.DRAFT)
    edit(db, draft.id, lambda s: with_state(s, State.CONFIRMED, reason={}))
    assert [(c["kind"], c["subject"]) for c in changes(db)] == [("added", "session")]
    assert len(published_rows(db)["part"]) == len(published_rows(db)["speaker"]) == 1


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (State.CONFIRMED, State.CANCELLED, "cancelled"),
        (State.CONFIRMED, State.SUSPENDED, "suspended"),
        (State.SUSPENDED, State.CONFIRMED, "resumed"),
        (State.CANCELLED, State.CONFIRMED, "restored"),
        (State.TENTATIVE, State.CONFIRMED, "confirmed"),
        (State.CONFIRMED, State.TENTATIVE, "tentative"),
        (State.CONFIRMED, State.DRAFT, "removed"),
    ],
)
def test_a_change_of_state_is_named(db: Database, before: State, after: State, kind: str) -> None:
    agenda = publish_agenda(db, an_agenda(1, sessions=(a_session(1, state=before), a_session(2))))
    edit(db, agenda.sessions[0].id, lambda s: dataclasses.replace(s, state=after))
    assert [change["kind"] for change in changes(db)] == [kind]


def test_a_part_that_travels_with_its_session_has_no_record_of_its_own(db: Database) -> None:
    session = a_session(1)
    session = dataclasses.replace(session, parts=(a_part(1, session), a_part(2, session)))
    agenda = publish_agenda(db, an_agenda(1, sessions=(session,)))
    start = session.starts_at + timedelta(minutes=20)
    edit(db, agenda.sessions[0].id, lambda s: moved(s, starts_at=start))
    assert [(c["kind"], c["subject"]) for c in changes(db)] == [("moved", "session")]


def test_a_part_that_falls_out_is_a_change_of_the_part(db: Database) -> None:
    session = a_session(1)
    session = dataclasses.replace(session, parts=(a_part(1, session),))
    agenda = publish_agenda(db, an_agenda(1, sessions=(session,)))

    def cancel(session: Session) -> Session:
        (part,) = session.parts
        return dataclasses.replace(session, parts=(with_state(part, State.CANCELLED, reason={}),))

    edit(db, agenda.sessions[0].id, cancel)
    (change,) = changes(db)
    assert (change["kind"], change["subject"]) == ("cancelled", "part")
    assert change["session_id"] == agenda.sessions[0].id


def test_a_replaced_speaker_is_one_record_with_both_ids(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda(2))
    first, second = (session.speakers[0].speaker_id for session in agenda.sessions)
    edit(
        db,
        agenda.sessions[0].id,
        lambda s: dataclasses.replace(s, speakers=(Role(speaker_id=second),)),
    )
    (change,) = (c for c in changes(db) if c["kind"] == "speakers")
    assert parse(change["old"]) == {"speaker_ids": [first]}
    assert parse(change["new"]) == {"speaker_ids": [second]}


def test_a_failed_edit_leaves_nothing_behind(db: Database) -> None:
    session = publish_agenda(db, an_agenda()).sessions[0]
    before = published_rows(db)

    def fail(tx: Any) -> None:
        edit_session(tx, session.id, lambda s: moved(s, room_id=None), at=LATER)
        raise Stale("no")

    with pytest.raises(Stale):
        publish(db, fail, at=LATER, by="organiser/test")
    assert published_rows(db) == before
    with db.read() as tx:
        assert load(tx, public=False).sessions[0] == session


def test_an_id_is_never_given_again(db: Database) -> None:
    publish_agenda(db, an_agenda())
    new = a_session(77, guid=guid("one"), room_id=None)

    def add(name: str) -> int:
        session = dataclasses.replace(new, guid=guid(name))
        done = publish(
            db, lambda tx: add_session(tx, session, at=LATER), at=LATER, by="organiser/test"
        )
        return done.value.id

    first = add("one")
    with db.write() as tx:
        tx.execute(tables.session.delete().where(tables.session.c.id == first))
    assert add("two") > first


def test_two_edits_of_one_version_are_one_success_and_one_refusal(db: Database) -> None:
    session = publish_agenda(db, an_agenda()).sessions[0]
    outcomes: list[str] = []
    barrier = threading.Barrier(2)

    def attempt(minutes: int) -> None:
        start = session.starts_at + timedelta(minutes=minutes)
        barrier.wait()
        try:
            publish(
                db,
                lambda tx: edit_session(
                    tx, session.id, lambda s: moved(s, starts_at=start), at=LATER, if_version={1}
                ),
                at=LATER,
                by="organiser/test",
            )
            outcomes.append("done")
        except Stale:
            outcomes.append("stale")

    threads = [threading.Thread(target=attempt, args=(minutes,)) for minutes in (5, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "stale"]


def test_publishers_with_connections_of_their_own_lose_nothing(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    sessions = publish_agenda(databases[0], an_agenda()).sessions

    def work(db: Database, number: int) -> None:
        for minute in range(10):
            later = timedelta(minutes=number * 100 + minute + 1)
            edit(db, sessions[number % 3].id, lambda s, by=later: moved(s, starts_at=OPENING + by))

    threads = [
        threading.Thread(target=work, args=(db, number)) for number, db in enumerate(databases)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with databases[0].read() as tx:
        clock = read_clock(tx)
        numbers = tx.execute(select(tables.publish.c.seq).order_by("seq")).scalars().all()
    assert numbers == list(range(1, clock.seq + 1))
    assert clock.seq == 41
    assert state_of(published_rows(databases[0])) == clock.state
    for db in databases:
        db.close()


EDITS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.one_of(
            st.builds(lambda m: ("move", m), st.integers(-60, 60)),
            st.builds(lambda s: ("state", s), st.sampled_from(list(State))),
            st.builds(lambda r: ("room", r), st.sampled_from([0, 1, None])),
            st.builds(lambda t: ("title", t), st.text('aż"\\\n', min_size=1, max_size=5)),
            st.builds(lambda v: ("visibility", v), st.sampled_from([("public",), ("vip",)])),
            st.builds(lambda n: ("speakers", n), st.sets(st.integers(0, 4), max_size=3)),
            st.just(("part", None)),
        ),
    ),
    max_size=12,
)


@given(edits=EDITS)
def test_any_history_replays_to_what_is_published(sqlite_template: Any, edits: Any) -> None:
    """Ops applied in order give the published rows, and the state is that of those rows."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "eventday.db")
        db = Database(f"sqlite:///{folder}/eventday.db")
        agenda = publish_agenda(db, an_agenda(5))
        for number, (kind, value) in edits:
            change = _change(kind, value, agenda)
            edit(db, agenda.sessions[number].id, change)
            rows = published_rows(db)
            with db.read() as tx:
                assert feed.differences(tx) == []
                assert read_clock(tx).state == state_of(rows)
        assert _replayed(db) == _feed_rows(published_rows(db))
        db.close()


def _change(kind: str, value: Any, agenda: Any) -> Any:
    rooms, speakers = agenda.rooms, agenda.speakers
    roles = [Role(speaker_id=speakers[n].id) for n in sorted(value)] if kind == "speakers" else []
    return {
        "move": lambda s: moved(s, starts_at=s.starts_at + timedelta(minutes=value)),
        "state": lambda s: dataclasses.replace(s, state=value),
        "room": lambda s: moved(s, room_id=None if value is None else rooms[value].id),
        "title": lambda s: dataclasses.replace(s, title={"en": f"x{value}"}),
        "visibility": lambda s: dataclasses.replace(s, visibility=value),
        "speakers": lambda s: dataclasses.replace(s, speakers=tuple(roles)),
        "part": lambda s: dataclasses.replace(
            s, parts=() if s.parts else (a_part(10_000 + s.id, s),)
        ),
    }[kind]


def _replayed(db: Database) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {name: {} for name in tables.PUBLIC}
    with db.read() as tx:
        history = tx.execute(select(tables.publish.c.ops).order_by(tables.publish.c.seq)).scalars()
        for ops in history:
            for name, *rest in parse(ops):
                keys = len(tables.PUBLIC[name].primary_key)
                key = tuple(rest[:keys])
                if len(rest) == keys:
                    del rows[name][key]
                else:
                    rows[name].setdefault(key, {}).update(rest[keys])
    return rows


def _feed_rows(rows: Any) -> Any:
    return {
        name: {
            key: {c: row[c] for c in feed.PUBLIC.columns(name)[len(key) :]}
            for key, row in found.items()
        }
        for name, found in rows.items()
    }
