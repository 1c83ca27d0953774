"""Reviews: an import's rows, accepted or refused one by one."""

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, a_room, a_session, a_speaker, an_agenda
from click.testing import CliRunner
from desk import Headers
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from api.command import main
from event.agenda.choosing import chosen, key_of
from event.agenda.differences import differences
from event.agenda.model import Agenda, Role, State
from event.agenda.reviews import add_review
from event.agenda.rows import load
from event.formats.files import write_file


def agenda_of(app: Flask) -> Agenda:
    with app.extensions["eventday"].db.read() as db:
        return load(db, public=False)


def changed(agenda: Agenda) -> Agenda:
    """Return an agenda with a session moved and renamed, one removed, one added in a new room."""
    first, second, _ = agenda.sessions
    later = dataclasses.replace(
        first,
        title={"en": "Renamed", "pl": "Inaczej"},
        starts_at=first.starts_at + timedelta(hours=5),
        ends_at=first.ends_at + timedelta(hours=5),
    )
    new = a_session(90, room_id=91, speakers=(Role(speaker_id=92),))
    return dataclasses.replace(
        agenda,
        sessions=(later, second, new),
        rooms=(*agenda.rooms, a_room(91)),
        speakers=(*agenda.speakers, a_speaker(92)),
    )


def a_review(app: Flask, agenda: Agenda) -> int:
    content = write_file("agenda.yaml", agenda, version="", language=None, cancelled="keep")
    with app.extensions["eventday"].db.write() as db:
        return add_review(
            db, content, name="agenda.yaml", timezone="", language="", by="organiser/x",
            at=app.extensions["eventday"].now(),
        ).id  # fmt: skip


def rows_of(client: FlaskClient, organiser: Headers, number: int) -> dict[tuple[str, str], Any]:
    answer = client.get(f"/v1/reviews/{number}", headers=organiser)
    assert answer.status_code == 200, answer.text
    return {(row["kind"], row["what"]): row for row in answer.get_json()["rows"]}


def test_rows_are_accepted_one_by_one_as_one_publish(
    app: Flask, client: FlaskClient, organiser: Headers
) -> None:
    before = agenda_of(app)
    number = a_review(app, changed(before))
    (listed,) = client.get("/v1/reviews", headers=organiser).get_json()["reviews"]
    assert (listed["id"], listed["name"], listed["by"]) == (number, "agenda.yaml", "organiser/x")
    rows = rows_of(client, organiser, number)
    assert {kind for kind, row in rows.items() if row["marked"]} == {
        ("moved", "session"),
        ("removed", "session"),
    }
    accepted = [rows["changed", "session"]["key"], rows["added", "session"]["key"]]
    answer = client.post(f"/v1/reviews/{number}", json={"accept": accepted}, headers=organiser)
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["seq"] == 2
    after = {session.guid: session for session in agenda_of(app).sessions}
    first, _, third = before.sessions
    assert after[first.guid].title["en"] == "Renamed"
    assert after[first.guid].starts_at == first.starts_at
    assert after[third.guid].state is State.CONFIRMED
    # The room and the speaker of what was added came with it.
    (new,) = (session for guid, session in after.items() if guid == a_session(90).guid)
    rooms = {room.id: room.guid for room in agenda_of(app).rooms}
    assert rooms[new.room_id or 0] == a_room(91).guid
    assert client.get("/v1/reviews", headers=organiser).get_json()["reviews"] == []
    undone = client.post("/v1/publishes/2/undo", headers=organiser)
    assert undone.status_code == 200
    assert len(agenda_of(app).sessions) == 3


def test_a_row_that_is_not_as_it_was_seen_is_412(
    app: Flask, client: FlaskClient, organiser: Headers
) -> None:
    before = agenda_of(app)
    number = a_review(app, changed(before))
    rows = rows_of(client, organiser, number)
    move = {"op": "room", "session": before.sessions[0].id, "room": before.sessions[1].room_id}
    client.post("/v1/agenda/edits", json={"operations": [move]}, headers=organiser)
    body = {"accept": [rows["moved", "session"]["key"]]}
    assert client.post(f"/v1/reviews/{number}", json=body, headers=organiser).status_code == 412
    assert len(client.get("/v1/reviews", headers=organiser).get_json()["reviews"]) == 1
    assert client.delete(f"/v1/reviews/{number}", headers=organiser).status_code == 204
    assert client.get(f"/v1/reviews/{number}", headers=organiser).status_code == 404


def test_the_command_line_keeps_an_import_for_review(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTDAY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("EVENTDAY_DATABASE", raising=False)
    source = Path(__file__).parents[2] / "examples" / "rzeszow" / "agenda.yaml"
    run = CliRunner().invoke
    assert run(main, ["import", str(source)]).exit_code == 0
    other = source.read_text().replace("{en: Lunch, pl: Lunch}", "{en: Late lunch, pl: Lunch}")
    (tmp_path / "agenda.yaml").write_text(other)
    for picture in source.parent.glob("*.svg"):
        (tmp_path / picture.name).write_bytes(picture.read_bytes())
    kept = run(main, ["import", str(tmp_path / "agenda.yaml"), "--review"])
    assert kept.exit_code == 0, kept.output
    assert "Review 1 waits" in kept.output


SUBSETS = st.lists(st.integers(0, 9), unique=True)


@given(SUBSETS)
def test_what_is_chosen_is_accepted_and_nothing_else(picked: list[int]) -> None:
    current = an_agenda()
    first, second, third = changed(current).sessions
    gone = dataclasses.replace(current.sessions[2], state=State.DRAFT)
    new = dataclasses.replace(changed(current), sessions=(first, second, gone, third))
    found = differences(current, new, now=OPENING)
    keys = {key_of(found[n]) for n in picked if n < len(found)}
    after = chosen(current, new, keys, at=OPENING)
    left = {key_of(d) for d in differences(after, new, now=OPENING)}
    needed = {key_of(d) for d in found if d.what in {"room", "speaker"}}
    assert left - needed == {key_of(d) for d in found} - keys - needed
    assert chosen(current, new, set(), at=OPENING) == current
