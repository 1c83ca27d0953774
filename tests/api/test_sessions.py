"""Finding sessions, and what else the public API answers."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING, a_part, a_room, a_session, a_speaker, an_agenda, publish_agenda
from flask import Flask
from flask.testing import FlaskClient

from event.agenda.model import (
    Announcement,
    Interpretation,
    LegalText,
    Media,
    PointOfInterest,
    Role,
    Session,
    SessionType,
    Speaker,
    State,
    Venue,
)


@pytest.fixture
def rich(app: Flask) -> FlaskClient:
    """Return a client of an event with a bit of everything."""
    plenary = a_session(
        1, title={"en": "Opening in Rzeszów", "pl": "Otwarcie"}, room_id=1, type_id=1
    )
    parts = (a_part(1, plenary, speakers=(Role(speaker_id=2, role="keynote"),)),)
    sessions = (
        dataclasses.replace(plenary, parts=parts, languages=("pl",)),
        a_session(2, track_id=1, room_id=2, speakers=(Role(speaker_id=1),)),
        a_session(3, title={"en": "Night in Łódź"}, starts_at=OPENING + timedelta(hours=15),
                  ends_at=OPENING + timedelta(hours=18), room_id=1,
                  interpretation=(Interpretation(language="en", kind="sign"),)),
        a_session(4, starts_at=OPENING + timedelta(days=1),
                  ends_at=OPENING + timedelta(days=1, hours=1), state=State.CANCELLED),
    )  # fmt: skip
    picture = Media(
        id=2, kind="picture", sha256="b" * 64, media_type="image/png", bytes=3, width=1, height=1,
        content=b"png",
    )  # fmt: skip
    floor = Media(
        id=1, kind="map", sha256="a" * 64, media_type="image/svg+xml", bytes=6, width=1, height=1,
        content=b"<svg/>", venue_id=1, alt={"en": "Ground floor"}, floor={"en": "0"},
    )  # fmt: skip
    agenda = an_agenda(
        2,
        sessions=sessions,
        types=(SessionType(id=1, name={"en": "Plenary"}),),
        venues=(Venue(id=1, name={"en": "AEROPOLIS"}, wifi_network="guest", latitude=50_100_000),),
        rooms=(a_room(1, venue_id=1, floor={"en": "0"}), a_room(2)),
        places=(PointOfInterest(id=1, venue_id=1, kind="exit", name={"en": "Exit"}),),
        media=(floor, picture),
        speakers=(a_speaker(1), a_speaker(2, picture_id=2)),
        announcements=(
            Announcement(id=1, guid="1", title={"en": "Now"}, starts_at=OPENING,
                         expires_at=OPENING + timedelta(hours=1)),
            Announcement(id=2, guid="2", title={"en": "Later"},
                         starts_at=OPENING + timedelta(hours=1)),
            Announcement(id=3, guid="3", title={"en": "CANARY"}, starts_at=OPENING,
                         audience=("staff",)),
        ),
        legal=(LegalText(id=1, kind="privacy", title={"en": "Privacy"}, body={"en": "Little."}),),
    )  # fmt: skip
    publish_agenda(app.extensions["eventday"].db, agenda)
    return app.test_client()


def titles(client: FlaskClient, **query: Any) -> list[str]:
    answer = client.get("/v1/sessions", query_string=query)
    return [session["title"] for session in answer.get_json()["sessions"]]


@pytest.mark.parametrize(
    "words", ["rzeszow", "RZESZÓW", "in opening", "otwarcie", "part 1", "lucja part"]
)
def test_words_are_found_without_regard_to_diacritics_and_order(
    rich: FlaskClient, words: str
) -> None:
    assert titles(rich, q=words) == ["Opening in Rzeszów"]


def test_lodz_finds_its_city(rich: FlaskClient) -> None:
    assert titles(rich, q="aeropolis night") == ["Night in Łódź"]
    assert titles(rich, q="lodz") == titles(rich, q="ŁÓDŹ") == ["Night in Łódź"]
    assert titles(rich, q="łodzi") == []


def test_filters(rich: FlaskClient) -> None:
    body = rich.get("/v1/agenda").get_json()
    track, room, kind = (body[name][0]["id"] for name in ("tracks", "rooms", "types"))
    first, second = (speaker["id"] for speaker in body["speakers"])
    assert titles(rich, track=track) == ["Session 2"]
    assert titles(rich, type=kind) == ["Opening in Rzeszów"]
    assert titles(rich, room=room) == ["Opening in Rzeszów", "Night in Łódź"]
    assert titles(rich, room=room, q="night") == ["Night in Łódź"]
    assert titles(rich, speaker=first) == ["Session 2"]
    assert titles(rich, speaker=second) == ["Opening in Rzeszów"]
    assert titles(rich, language="pl") == ["Opening in Rzeszów"]
    assert titles(rich, language="en") == ["Night in Łódź"]
    assert titles(rich, speaker=999_999) == []


def test_after_midnight_it_is_still_today(rich: FlaskClient) -> None:
    assert titles(rich, day="2025-06-03") == ["Opening in Rzeszów", "Session 2", "Night in Łódź"]
    assert titles(rich, day="2025-06-04") == ["Session 4"]
    now = rich.get("/v1/now", query_string={"at": "2025-06-04T00:10:00+02:00"}).get_json()
    assert [s["title"] for entry in now["rooms"] for s in entry["now"]] == ["Night in Łódź"]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_hold_every_session_once(rich: FlaskClient, limit: int) -> None:
    seen, cursor = [], None
    while cursor is not None or not seen:
        query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        page = rich.get("/v1/sessions", query_string=query).get_json()
        seen += [session["id"] for session in page["sessions"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [s["id"] for s in rich.get("/v1/agenda").get_json()["sessions"]]


def test_all_languages_at_once(rich: FlaskClient) -> None:
    body = rich.get("/v1/sessions?lang=*&q=otwarcie").get_json()
    assert body["sessions"][0]["title"] == {"en": "Opening in Rzeszów", "pl": "Otwarcie"}
    assert body["language"] == "*"


def test_now_names_what_is_on_and_what_is_next(rich: FlaskClient) -> None:
    now = rich.get("/v1/now").get_json()
    entry = now["rooms"][0]
    assert now["at"] == "2025-06-03T09:00:00+02:00"
    assert [session["title"] for session in entry["now"]] == ["Opening in Rzeszów"]
    assert entry["next"]["title"] == "Night in Łódź"
    tomorrow = rich.get("/v1/now", query_string={"at": "2025-06-04T09:10:00+02:00"}).get_json()
    assert not any(entry["now"] for entry in tomorrow["rooms"])


def test_the_venue_has_all_one_needs(rich: FlaskClient) -> None:
    (venue,) = rich.get("/v1/venue").get_json()["venues"]
    assert (venue["name"], venue["wifi_network"], venue["floors"]) == ("AEROPOLIS", "guest", ["0"])
    assert venue["points_of_interest"][0]["kind"] == "exit"
    assert len(venue["rooms"]) == 1
    (floor,) = venue["maps"]
    answer = rich.get(floor["url"])
    assert (answer.data, answer.content_type) == (b"<svg/>", "image/svg+xml")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    part = rich.get(floor["url"], headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.data) == (206, b"svg")
    known = rich.get(floor["url"], headers={"If-None-Match": answer.headers["ETag"]})
    assert known.status_code == 304


def test_a_picture_nobody_shows_is_not_served(app: Flask, rich: FlaskClient) -> None:
    agenda = an_agenda(1)
    hidden = Media(id=1, kind="picture", sha256="c" * 64, media_type="image/png", bytes=1, width=1,
                   height=1, content=b"x")  # fmt: skip
    publish_agenda(app.extensions["eventday"].db, dataclasses.replace(agenda, media=(hidden,)))
    assert rich.get(f"/v1/sync/public/media-{'c' * 64}.png").status_code == 404


def test_speakers_have_pictures_and_sessions(rich: FlaskClient) -> None:
    first, second = rich.get("/v1/speakers").get_json()["speakers"]
    assert first["picture"] is None
    assert second["picture"]["url"].endswith(f"{'b' * 64}.png")
    one = rich.get(f"/v1/speakers/{second['id']}").get_json()["speaker"]
    assert one["session_ids"] == [rich.get("/v1/agenda").get_json()["sessions"][0]["id"]]


def test_a_speaker_who_is_not_listed_is_nowhere(app: Flask) -> None:
    speaker: Speaker = a_speaker(1, name="CANARY", listed=False)
    session: Session = a_session(1, speakers=(Role(speaker_id=1),))
    publish_agenda(
        app.extensions["eventday"].db, an_agenda(0, speakers=(speaker,), sessions=(session,))
    )
    client = app.test_client()
    for address in ("/v1/agenda", "/v1/speakers", "/v1/sessions?q=canary", "/schedule.xml",
                    "/schedule.json", "/agenda.ics"):  # fmt: skip
        assert "CANARY" not in client.get(address).text
    assert client.get("/v1/sessions").get_json()["sessions"][0]["speakers"] == []


def test_announcements_come_and_go(rich: FlaskClient) -> None:
    answer = rich.get("/v1/announcements")
    assert [item["title"] for item in answer.get_json()["announcements"]] == ["Now"]
    assert "CANARY" not in answer.text


def test_the_first_call_says_what_there_is(rich: FlaskClient) -> None:
    body = rich.get("/v1/bootstrap").get_json()
    assert body["languages"] == ["en", "pl"]
    assert body["server_time"] == "2025-06-03T09:00:00+02:00"
    assert [day["date"] for day in body["event"]["days"]] == ["2025-06-03", "2025-06-04"]
    assert len(body["keys"][0]["public"]) == 43
    for address in body["feeds"].values():
        assert rich.get(address).status_code == 200


def test_legal_texts(rich: FlaskClient) -> None:
    (text,) = rich.get("/v1/legal").get_json()["legal"]
    assert (text["kind"], text["body"]) == ("privacy", "Little.")


def test_a_long_history_of_changes_comes_in_whole_publishes(
    app: Flask, client: FlaskClient
) -> None:
    db = app.extensions["eventday"].db
    for count in (4, 8, 9, 3):
        publish_agenda(db, an_agenda(count))
    app.extensions["eventday"].publications.forget()
    every = client.get("/v1/changes?since=0&limit=500").get_json()
    assert [c["kind"] for c in every["changes"]].count("removed") == 6
    seen: list[Any] = []
    since, more = 0, True
    while more:
        page = client.get(f"/v1/changes?since={since}&limit=2").get_json()
        seen, since, more = seen + page["changes"], page["next"], page["more"]
    assert seen == every["changes"]
    assert since == every["seq"]
