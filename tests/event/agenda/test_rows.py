"""The agenda in its tables: what is stored is loaded, and only what differs is written."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from agendas import agendas, public
from builders import (
    OPENING,
    a_part,
    a_room,
    a_session,
    a_speaker,
    an_agenda,
    an_event,
    fresh,
    imported,
    publish_agenda,
)
from hypothesis import given
from sqlalchemy import event as listening
from sqlalchemy import select

from event import tables
from event.agenda.importing import import_agenda
from event.agenda.merge import largest_id, merge
from event.agenda.model import Agenda, Media, Role, Session, State
from event.agenda.rows import LISTS, load, load_session, next_id, store, store_session
from event.database import Database
from event.errors import NotFound


@contextmanager
def written(db: Database) -> Iterator[list[str]]:
    """Yield a list that fills with the statements that change rows."""
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("SELECT", "BEGIN", "PRAGMA")):
            statements.append(statement)

    listening.listen(db.engine, "before_cursor_execute", note)
    yield statements
    listening.remove(db.engine, "before_cursor_execute", note)


def final(agenda: Agenda, current: Agenda | None = None) -> Agenda:
    """Return an agenda with the ids it would be stored with, in the order it is loaded in."""
    first_id = largest_id(current) + 1 if current else 1
    done = merge(current, imported(agenda), at=OPENING, first_id=first_id)
    by_id: dict[str, Any] = {
        name: tuple(sorted(getattr(done, name), key=lambda item: item.id))
        for name in ("speakers", "announcements", "legal")
    }
    return dataclasses.replace(done, **by_id)


@given(agenda=agendas(), other=agendas())
def test_any_agenda_is_loaded_as_it_was_stored(
    sqlite_template: Path, agenda: Agenda, other: Agenda
) -> None:
    first = final(agenda)
    second = final(other, first)
    with fresh(sqlite_template) as db:
        with db.write() as tx:
            store(tx, None, first)
            assert load(tx, public=False, media=True) == first
        with db.write() as tx:
            store(tx, first, second)
            assert load(tx, public=False, media=True) == second
        with written(db) as statements, db.write() as tx:
            store(tx, second, second)
        assert statements == []


@given(agenda=agendas())
def test_the_public_agenda_is_the_whole_one_less_what_is_private(
    sqlite_template: Path, agenda: Agenda
) -> None:
    with fresh(sqlite_template) as db:
        whole = publish_agenda(db, agenda)
        with db.read() as tx:
            assert load(tx, public=True) == seen_by_all(whole)


def seen_by_all(whole: Agenda) -> Agenda:
    sessions = public(whole).sessions
    items = [*sessions, *(part for session in sessions for part in session.parts)]
    speak = {role.speaker_id for item in items for role in item.speakers}
    speakers = sorted((s for s in whole.speakers if s.id in speak), key=lambda s: s.id)
    pictures = {speaker.picture_id for speaker in speakers}
    return dataclasses.replace(
        whole,
        sessions=sessions,
        speakers=tuple(speakers),
        tracks=tuple(t for t in whole.tracks if t.id in {s.track_id for s in sessions}),
        types=tuple(t for t in whole.types if t.id in {s.type_id for s in sessions}),
        media=tuple(
            dataclasses.replace(m, content=None)
            for m in whole.media
            if m.kind != "picture" or m.id in pictures
        ),
        announcements=tuple(
            sorted(
                (a for a in whole.announcements if a.audience == ("everyone",)),
                key=lambda announcement: announcement.id,
            )
        ),
    )


def test_an_agenda_is_loaded_as_it_was_stored_in_both_databases(db: Database) -> None:
    session = a_session(1, speakers=(Role(speaker_id=2), Role(speaker_id=1, role="host")))
    part = a_part(1, session, speakers=(Role(speaker_id=1),), state=State.CANCELLED)
    agenda = final(an_agenda(2, sessions=(dataclasses.replace(session, parts=(part,)),)))
    with db.write() as tx:
        store(tx, None, agenda)
        assert load(tx, public=False) == agenda
        assert load_session(tx, agenda.sessions[0].id) == agenda.sessions[0]


def test_an_edit_of_a_title_writes_one_row(db: Database) -> None:
    agenda = final(an_agenda())
    first, *rest = agenda.sessions
    renamed = dataclasses.replace(first, title={"en": "Other"})
    with db.write() as tx:
        store(tx, None, agenda)
    with written(db) as statements, db.write() as tx:
        store(tx, agenda, dataclasses.replace(agenda, sessions=(renamed, *rest)))
    statement, noted = statements
    assert statement.startswith("UPDATE session SET title=")
    assert noted.startswith("INSERT INTO overwritten")
    with db.read() as tx:
        assert load_session(tx, first.id) == renamed


def test_the_order_of_rooms_is_kept(db: Database) -> None:
    agenda = final(an_agenda())
    turned = dataclasses.replace(agenda, rooms=agenda.rooms[::-1])
    with db.write() as tx:
        store(tx, None, agenda)
        store(tx, agenda, turned)
        assert load(tx, public=False).rooms == turned.rooms


def test_what_is_no_longer_there_is_deleted_with_all_that_hangs_on_it(db: Database) -> None:
    session = a_session(1, room_id=1, track_id=1, speakers=(Role(speaker_id=1),))
    part = a_part(1, session, speakers=(Role(speaker_id=1),))
    agenda = final(an_agenda(1, sessions=(dataclasses.replace(session, parts=(part,)),)))
    bare = Agenda(event=agenda.event)
    with db.write() as tx:
        store(tx, None, agenda)
        store(tx, agenda, bare)
        assert load(tx, public=False) == bare
        assert tx.execute(select(tables.session_speaker)).all() == []


def test_pictures_with_and_without_bytes_are_stored_together(db: Database) -> None:
    media = tuple(
        Media(
            id=n, kind="map", sha256=f"{n}", media_type="image/png", bytes=1, width=1, height=1,
            content=content,
        )
        for n, content in enumerate([None, b"1", None], start=1)
    )  # fmt: skip
    agenda = Agenda(event=an_event(), media=media)
    with db.write() as tx:
        store(tx, None, agenda)
        assert load(tx, public=False, media=True) == agenda


def test_a_picture_keeps_its_bytes_when_a_reader_had_none(db: Database) -> None:
    picture = Media(
        id=1, kind="map", sha256="1", media_type="image/png", bytes=1, width=1, height=1,
        content=b"1",
    )  # fmt: skip
    agenda = Agenda(event=an_event(), media=(picture,))
    with db.write() as tx:
        store(tx, None, agenda)
        known = load(tx, public=False)
        moved = dataclasses.replace(known.media[0], priority=1)
        store(tx, known, dataclasses.replace(known, media=(moved,)))
        assert load(tx, public=False, media=True).media == (
            dataclasses.replace(picture, priority=1),
        )


def test_a_part_may_go_from_one_session_to_another(db: Database) -> None:
    one, two = a_session(1), a_session(2)
    part = a_part(1, one)
    before = final(an_agenda(0, sessions=(dataclasses.replace(one, parts=(part,)), two)))
    after = dataclasses.replace(
        before,
        sessions=(
            dataclasses.replace(before.sessions[0], parts=()),
            dataclasses.replace(before.sessions[1], parts=before.sessions[0].parts),
        ),
    )
    with db.write() as tx:
        store(tx, None, before)
        store(tx, before, after)
        assert load(tx, public=False) == after


def test_one_session_is_stored_alone(db: Database) -> None:
    agenda = publish_agenda(db, an_agenda())
    session = agenda.sessions[1]
    new = dataclasses.replace(session, speakers=(), starts_at=OPENING - timedelta(hours=1))
    with db.write() as tx:
        store_session(tx, session, new)
        found = load(tx, public=False)
    assert found.sessions == (new, agenda.sessions[0], agenda.sessions[2])


def test_what_does_not_exist_is_said_in_a_sentence(db: Database) -> None:
    with db.read() as tx:
        with pytest.raises(NotFound, match="eventday import FILE") as refusal:
            load(tx, public=True)
        assert refusal.value.code == "no-event"
        with pytest.raises(NotFound, match="no session 7"):
            load_session(tx, 7)


def test_ids_are_counted_up_and_start_above_every_imported_one(db: Database) -> None:
    agenda = an_agenda(1, sessions=(a_session(1, source_id="4000"),), rooms=(a_room(1),))
    with db.write() as tx:
        new = import_agenda(tx, imported(agenda, complete=False), at=OPENING)
        assert new.sessions[0].id == 4000
        assert [next_id(tx) for _ in range(3)] == [4001, 4002, 4003]


def test_every_list_of_an_agenda_has_its_table() -> None:
    names = {field.name for field in dataclasses.fields(Agenda)} - {"event"}
    assert names == set(LISTS)
    assert {table for _, table in LISTS.values()} < set(tables.AGENDA)
    assert LISTS["sessions"] == (Session, tables.session)


def test_a_speaker_is_listed_after_those_known_before(db: Database) -> None:
    publish_agenda(db, an_agenda(2))
    new = an_agenda(2, speakers=(a_speaker(3, name="Aaron"), a_speaker(1), a_speaker(2)))
    publish_agenda(db, new)
    with db.read() as tx:
        assert [s.name for s in load(tx, public=False).speakers] == ["Łucja 1", "Łucja 2", "Aaron"]
