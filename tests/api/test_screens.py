"""A room's screen: what is on, what is next, what changed, in both languages."""

import re
from dataclasses import replace
from html import unescape

from builders import OPENING, a_room, publish_agenda
from desk import Headers
from flask import Flask
from flask.testing import FlaskClient

from api.app import service_of


def text_of(client: FlaskClient, room: int, query: str = "") -> str:
    answer = client.get(f"/v1/rooms/{room}/screen{query}")
    assert answer.status_code == 200
    assert answer.content_type == "text/html; charset=utf-8"
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def whens(client: FlaskClient, room: int) -> list[tuple[str, str]]:
    page = client.get(f"/v1/rooms/{room}/screen").text
    found = re.findall(r'data-when="(\w+)">.*?<h2>(.*?)</h2>', page, re.DOTALL)
    return [(when, unescape(title)) for when, title in found]


def patch(client: FlaskClient, headers: Headers, session: int, **body: object) -> None:
    done = client.patch(f"/v1/sessions/{session}", json=body, headers=headers | {"If-Match": "*"})
    assert done.status_code == 200, done.text


def test_it_says_what_is_on_and_next(client: FlaskClient, app: Flask) -> None:
    agenda = service_of(app).publications.edition().agenda
    session = agenda.sessions[0]
    assert session.room_id is not None
    shown = whens(client, session.room_id)
    assert next(title for _, title in shown) == session.title["en"]
    assert sum(when == "next" for when, _ in shown) <= 1
    assert session.title["pl"] in text_of(client, session.room_id)
    assert session.title["pl"] not in text_of(client, session.room_id, "?lang=en")


def test_a_cancelled_session_says_so_and_why_and_the_one_after_is_next_too(
    client: FlaskClient, tokens: dict[str, Headers], app: Flask
) -> None:
    agenda = service_of(app).publications.edition().agenda
    later = [one for one in agenda.sessions if one.starts_at > OPENING and one.room_id]
    first = later[0]
    patch(client, tokens["organiser"], first.id, state="cancelled", reason={"en": "The <b>fog</b>"})
    assert first.room_id is not None
    assert "Cancelled: The <b>fog</b>" in text_of(client, first.room_id)
    assert "<b>fog" not in client.get(f"/v1/rooms/{first.room_id}/screen").text
    nexts = [title for when, title in whens(client, first.room_id) if when == "next"]
    assert nexts[0] == first.title["en"]
    assert len(nexts) <= 2


def test_a_move_is_told_in_the_room_it_left_and_in_the_room_it_goes_to(
    client: FlaskClient, tokens: dict[str, Headers], app: Flask
) -> None:
    agenda = service_of(app).publications.edition().agenda
    session = next(one for one in agenda.sessions if one.room_id)
    room, other = session.room_id, next(r.id for r in agenda.rooms if r.id != session.room_id)
    assert room is not None
    patch(client, tokens["organiser"], session.id, room_id=other)
    names = {one.id: one.name["en"] for one in agenda.rooms}
    told = f"{names[room]} {names[other]} {session.title['en']}"
    assert told in text_of(client, room)
    assert told in text_of(client, other)
    assert session.title["en"] not in [title for _, title in whens(client, room)]


def test_the_room_that_was_left_says_where_it_is_by_now(
    client: FlaskClient, tokens: dict[str, Headers], app: Flask
) -> None:
    service = service_of(app)
    before = service.publications.edition().agenda
    agenda = publish_agenda(service.db, replace(before, rooms=(*before.rooms, a_room(77))))
    service.publications.forget()
    session = next(one for one in agenda.sessions if one.room_id)
    names = {one.id: one.name["en"] for one in agenda.rooms}
    room, (other, third) = session.room_id, [one for one in names if one != session.room_id][:2]
    assert room is not None
    for place in (other, third):
        patch(client, tokens["organiser"], session.id, room_id=place)
    assert f"{names[room]} {names[third]} {session.title['en']}" in text_of(client, room)
    assert f"{names[other]} {names[third]} {session.title['en']}" in text_of(client, other)
    patch(client, tokens["organiser"], session.id, state="cancelled")
    assert f"{names[room]} Cancelled {session.title['en']}" in text_of(client, room)


def test_nothing_runs_on_it_but_our_files(client: FlaskClient) -> None:
    room = client.get("/v1/agenda").get_json()["rooms"][0]["id"]
    policy = client.get(f"/v1/rooms/{room}/screen").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    for name in ("screen.js", "screen.css"):
        with client.get(f"/web/screen/{name}") as file:
            assert file.status_code == 200


def test_there_is_no_screen_of_no_room(client: FlaskClient) -> None:
    answer = client.get("/v1/rooms/999999/screen")
    assert answer.status_code == 404
    assert "GET /v1/agenda" in answer.get_json()["detail"]
