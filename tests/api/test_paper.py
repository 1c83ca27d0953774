"""Paper: a sheet for each room's door, and what changed, as PDF."""

import pypdfium2
import pytest
from desk import Headers
from flask import Flask
from flask.testing import FlaskClient

from api.app import service_of


def pages(client: FlaskClient, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    found = [
        " ".join(page.get_textpage().get_text_bounded().split())
        for page in (document[number] for number in range(len(document)))
    ]
    document.close()
    return found


def patch(client: FlaskClient, headers: Headers, session: int, **body: object) -> None:
    done = client.patch(f"/v1/sessions/{session}", json=body, headers=headers | {"If-Match": "*"})
    assert done.status_code == 200, done.text


def test_a_rooms_sheet_has_its_sessions_and_no_others(client: FlaskClient, app: Flask) -> None:
    agenda = service_of(app).publications.edition().agenda
    room = next(one for one in agenda.rooms if any(s.room_id == one.id for s in agenda.sessions))
    shown = " ".join(pages(client, f"/v1/rooms/{room.id}/sheet.pdf"))
    assert room.name["en"] in shown
    for session in agenda.sessions:
        assert (session.title["en"] in shown) == (session.room_id == room.id)


def test_all_sheets_are_in_one_file_and_in_polish_if_asked(client: FlaskClient, app: Flask) -> None:
    agenda = service_of(app).publications.edition().agenda
    shown = pages(client, "/v1/rooms/sheets.pdf?lang=pl")
    used = {session.room_id for session in agenda.sessions} - {None}
    assert len(shown) >= len(used)
    assert all("Godzina" in page for page in shown)


def test_a_cancelled_session_says_so_on_the_door(
    client: FlaskClient, tokens: dict[str, Headers], app: Flask
) -> None:
    agenda = service_of(app).publications.edition().agenda
    session = next(one for one in agenda.sessions if one.room_id)
    patch(client, tokens["organiser"], session.id, state="cancelled", reason={"en": "Fog"})
    assert f"CANCELLED: {session.title['en']}" in " ".join(
        pages(client, f"/v1/rooms/{session.room_id}/sheet.pdf")
    )


def test_the_list_of_changes_says_was_is_and_why(
    client: FlaskClient, tokens: dict[str, Headers], app: Flask
) -> None:
    assert "Why" in pages(client, "/v1/changes.pdf")[0]
    agenda = service_of(app).publications.edition().agenda
    session = next(one for one in agenda.sessions if one.room_id)
    room = next(one for one in agenda.rooms if one.id != session.room_id)
    patch(client, tokens["organiser"], session.id, room_id=room.id, reason={"en": "A leak"})
    patch(client, tokens["organiser"], session.id, title={"en": "Only words"})
    (shown,) = pages(client, "/v1/changes.pdf")
    old = next(one for one in agenda.rooms if one.id == session.room_id)
    for words in ("Only words", old.name["en"], room.name["en"], "A leak"):
        assert words in shown
    assert shown.count("Only words") == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_there_is_no_sheet_of_no_room(client: FlaskClient) -> None:
    answer = client.get("/v1/rooms/999999/sheet.pdf")
    assert answer.status_code == 404
    assert "GET /v1/agenda" in answer.get_json()["detail"]
