"""What changes of things that only some may know of has a number, records and no public byte."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING, a_part, a_session, a_speaker, an_agenda, guid, publish_agenda
from flask import Flask
from sqlalchemy import select

from event import tables
from event.agenda.edit import edit_session, moved
from event.agenda.model import Role, Session, State
from event.agenda.operations.kinds import Announce, New
from event.agenda.rows import load
from event.agenda.undo import undo
from event.database import Database
from event.people.tokens import create_token
from event.text import parse
from event.times import to_seconds
from sync.edits import Edits
from sync.edits import edit as edit_all
from sync.publish import Published, publish, read_clock, rehearse

CANARY = "CANARYBREAKFAST"
WHO = "organiser/test"
Found = list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]


def a_breakfast(db: Database, **fields: Any) -> Session:
    """Publish an agenda with a session for VIPs, with a part; return that session."""
    session = a_session(9, title={"en": CANARY}, visibility=("vip",), audience=("vip",), room_id=1)
    parts = (a_part(21, session), a_part(22, session, state=State.DRAFT))
    session = replace(session, parts=parts, **fields)
    agenda = replace(an_agenda(2), sessions=(session, a_session(1, room_id=1)))
    made = publish_agenda(db, agenda)
    (found,) = (one for one in made.sessions if one.title == {"en": CANARY})
    return found


def do(db: Database, session: Session, change: Any) -> Published[Any]:
    return publish(
        db, lambda tx: edit_session(tx, session.id, change, at=OPENING), at=OPENING, by=WHO
    )


def found_in(done: Published[Any]) -> Found:
    return [
        (c["kind"], c["subject"], tuple(parse(c["audience"])), tuple(parse(c["visibility"])))
        for c in done.changes
    ]  # type: ignore[misc]


VIP = ("vip",), ("vip",)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda s: moved(s, starts_at=s.starts_at + timedelta(hours=1)),
         [("moved", "session", *VIP)]),
        (lambda s: replace(s, state=State.CANCELLED), [("cancelled", "session", *VIP)]),
        (lambda s: replace(s, state=State.DRAFT), [("removed", "session", *VIP)]),
        (lambda s: replace(s, speakers=()), [("speakers", "session", *VIP)]),
        (lambda s: replace(s, parts=(replace(s.parts[0], state=State.CANCELLED), s.parts[1])),
         [("cancelled", "part", *VIP)]),
        (lambda s: replace(s, visibility=("press",)),
         [("removed", "session", ("vip",), ("vip",))]),
        (lambda s: replace(s, visibility=("vip", "press"), room_id=None),
         [("moved", "session", *VIP), ("edited", "session", *VIP)]),
        (lambda s: replace(s, audience=("press",)),
         [("edited", "session", ("vip", "press"), ("vip",))]),
        (lambda s: replace(s, parts=(s.parts[0], replace(s.parts[1], title={"en": "x"}))), []),
        (lambda s: s, []),
    ],
)  # fmt: skip
def test_an_edit_of_a_restricted_session_is_recorded_for_those_who_may_know(
    db: Database, change: Any, expected: Found
) -> None:
    session = a_breakfast(db, speakers=(Role(speaker_id=1),))
    said = rehearse(
        db, lambda tx: edit_session(tx, session.id, change, at=OPENING), at=OPENING, by=WHO
    )
    done = do(db, session, change)
    assert found_in(done) == expected
    assert (said.changes, said.clock.seq) == (done.changes, done.clock.seq)
    assert done.clock.seq == (2 if expected else 1)
    with db.read() as tx:
        ops = tx.execute(select(tables.publish.c.ops).where(tables.publish.c.seq > 1)).scalars()
        assert all(said == "[]" for said in ops)
        assert tx.execute(select(tables.public_change)).all() == []


def test_becoming_restricted_is_gone_for_all_and_a_move_for_those_who_still_know(
    db: Database,
) -> None:
    a_breakfast(db)
    with db.read() as tx:
        (session,) = (s for s in load(tx, public=True).sessions)
    done = do(db, session, lambda s: replace(moved(s, room_id=None), visibility=("vip",)))
    everybody = ("choice",), ("public",)
    assert found_in(done) == [
        ("removed", "session", *everybody),
        ("moved", "session", ("choice",), ("vip",)),
        ("edited", "session", ("choice",), ("vip",)),
    ]
    back = do(db, session, lambda s: replace(moved(s, room_id=1), visibility=("public",)))
    assert [row[:2] + row[3:] for row in found_in(back)] == [
        ("added", "session", ("public",)),
        ("moved", "session", ("vip",)),
        ("edited", "session", ("vip",)),
    ]


def test_a_restricted_edit_is_undone_as_any(db: Database) -> None:
    session = a_breakfast(db)
    done = do(db, session, lambda s: replace(s, state=State.CANCELLED))
    undone = publish(db, lambda tx: undo(tx, done.clock.seq, at=OPENING), at=OPENING, by=WHO)
    assert found_in(undone) == [("restored", "session", *VIP)]


def test_words_to_a_category_are_recorded_for_it_alone(db: Database) -> None:
    publish_agenda(db, an_agenda(1))
    words = Announce(guid=guid("word"), title={"en": CANARY}, audience=("vip",))
    edits = Edits(operations=[words], at=OPENING)
    done = publish(db, lambda tx: edit_all(tx, [edits], at=OPENING), at=OPENING, by=WHO)
    assert found_in(done) == [("added", "announcement", *VIP)]
    undone = publish(db, lambda tx: undo(tx, 2, at=OPENING), at=OPENING, by=WHO)
    assert found_in(undone) == [("removed", "announcement", *VIP)]


def test_unlisted_speakers_of_restricted_sessions_are_named_nowhere(db: Database) -> None:
    quiet = a_speaker(9, listed=False)
    session = a_session(9, visibility=("vip",))
    publish_agenda(db, replace(an_agenda(1), speakers=(a_speaker(1), quiet), sessions=(session,)))
    with db.read() as tx:
        agenda = load(tx, public=False)
    (unlisted,) = (one.id for one in agenda.speakers if not one.listed)
    done = do(db, agenda.sessions[0], lambda s: replace(s, speakers=(Role(speaker_id=unlisted),)))
    assert (done.clock.seq, done.changes) == (1, ())


def test_nothing_of_it_is_in_any_public_answer(app: Flask) -> None:
    service = app.extensions["eventday"]
    session = a_breakfast(service.db)
    do(
        service.db,
        session,
        lambda s: replace(moved(s, starts_at=OPENING + timedelta(hours=3)), reason={"en": CANARY}),
    )
    words = Announce(guid=guid("word"), title={"en": CANARY}, audience=("vip",))
    new = New(guid=guid("new"), title={"en": "Public"}, starts_at=OPENING, ends_at=OPENING)
    edits = Edits(operations=[words, new], at=OPENING)
    publish(service.db, lambda tx: edit_all(tx, [edits], at=OPENING), at=OPENING, by=WHO)
    service.publications.forget()
    client = app.test_client()
    for path in ("/v1/changes", "/v1/agenda?lang=*", "/v1/announcements", "/v1/rooms/1/screen",
                 "/v1/sync/public/head", "/agenda.ics"):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert CANARY not in answer.text
        assert f'"session_id":{session.id},' not in answer.text
    found = client.get("/v1/changes").get_json()
    assert [(c["seq"], c["kind"]) for c in found["changes"]] == [(3, "added")]
    assert found["next"] == 3
    with service.db.write() as tx:
        token = create_token(tx, role="organiser", label="x", at=to_seconds(OPENING))
    seen = client.get("/v1/changes?lang=en", headers={"Authorization": f"Bearer {token}"})
    assert seen.headers["Cache-Control"] == "private, no-store"
    said = [(c["seq"], c["kind"], (c["new"] | c["old"]).get("title"))
            for c in seen.get_json()["changes"]]  # fmt: skip
    assert said == [(2, "moved", CANARY), (3, "added", "Public"), (3, "added", CANARY)]
    with service.db.read() as tx:
        assert read_clock(tx).seq == 3
