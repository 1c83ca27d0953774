"""Imports that wait for a review, at the desk in Chromium: taken and left row by row."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe import serious
from builders import OPENING, a_room, a_session, an_agenda
from entrance import Server
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from api.app import service_of
from event.agenda.model import Agenda, State
from event.agenda.reviews import add_review, reviews
from event.agenda.rows import load
from event.formats.files import write_file
from event.people.enrolment import invite
from event.times import to_seconds

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
PHONE: ViewportSize = {"width": 320, "height": 844}

Opened = Callable[..., Page]


@pytest.fixture
def opened(app: Flask, a_page: Opened, chromium: Browser, server: Server) -> Opened:
    """Return what opens the tab of changes on a new, narrow phone of an organiser."""

    def open_page(*, locale: str = "en-GB") -> Page:
        with service_of(app).db.write() as db:
            code = invite(db, role="organiser", at=to_seconds(OPENING)).secret
        page = a_page(chromium, viewport=PHONE, locale=locale)
        page.goto(f"http://127.0.0.1:{server.port}/desk#{code}")
        page.locator("#enter-form button").click()
        page.locator('nav a[href="#changes"]').click()
        expect(page.locator("#view-changes")).not_to_be_empty()
        return page

    return open_page


def a_review(app: Flask, new: Agenda) -> None:
    content = write_file("agenda.yaml", new, version="", language=None, cancelled="keep")
    with service_of(app).db.write() as db:
        add_review(
            db, content, name="agenda.yaml", timezone="", language="", by="organiser/Zoë",
            at=OPENING,
        )  # fmt: skip


def a_draft() -> Agenda:
    """Return an agenda with a session moved and renamed, one removed, one added in a new room."""
    agenda = an_agenda()
    first, second, _ = agenda.sessions
    later = dataclasses.replace(
        first,
        title={"en": "Renamed"},
        starts_at=first.starts_at + timedelta(hours=5),
        ends_at=first.ends_at + timedelta(hours=5),
    )
    rooms = (*agenda.rooms, a_room(91))
    return dataclasses.replace(
        agenda, sessions=(later, second, a_session(90, room_id=91)), rooms=rooms
    )


def agenda_of(app: Flask) -> Agenda:
    with service_of(app).db.read() as db:
        return load(db, public=False)


def waiting(app: Flask) -> int:
    with service_of(app).db.read() as db:
        return len(reviews(db))


def look(page: Page) -> None:
    page.locator("#view-changes .open").click()
    expect(page.locator("#sheet .actions")).to_be_visible()


def test_rows_of_a_file_are_taken_or_left_and_published_as_one(app: Flask, opened: Opened) -> None:
    a_review(app, a_draft())
    page = opened()
    expect(page.locator("#changes-mark")).to_have_text("▲ 1")
    file = page.locator("#view-changes .open")
    expect(file).to_contain_text("agenda.yaml")
    expect(file).to_contain_text("Tue 3 Jun 09:00 · organiser/Zoë")
    look(page)
    box = page.get_by_role("checkbox")
    moved = box.and_(page.get_by_label("▲ Moved Renamed"))
    removed = box.and_(page.get_by_label("▲ Removed Session 3"))
    changed = box.and_(page.get_by_label("Changed Renamed"))
    expect(moved).not_to_be_checked()
    expect(removed).not_to_be_checked()
    expect(changed).to_be_checked()
    expect(page.get_by_label("▲ Moved Renamed")).to_have_accessible_name(
        "▲ Moved Renamed session · 2025-06-03 09:00–09:45 Room 2 → 2025-06-03 14:00–14:45 Room 2"
    )
    everything = box.count()
    expect(page.locator("#sheet .actions")).to_have_text(
        f"Publish {everything - 2} of {everything}"
    )
    page.get_by_role("button", name="Leave all").click()
    expect(page.locator("#sheet .actions button")).to_be_disabled()
    page.get_by_role("button", name="Take all but ▲").click()
    moved.focus()
    page.keyboard.press("Space")
    changed.uncheck()
    page.get_by_role("button", name=f"Publish {everything - 2} of {everything}").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#status")).to_contain_text("Published")
    expect(page.locator("#view-changes .card").first).to_contain_text(
        "Moved Session 109:00 → 14:00"
    )
    expect(page.locator("#view-changes .open")).to_have_count(0)
    expect(page.locator("#changes-mark")).to_be_hidden()
    assert waiting(app) == 0
    before, after = an_agenda().sessions, {s.guid: s for s in agenda_of(app).sessions}
    assert after[before[0].guid].title["en"] == "Session 1"
    assert after[before[0].guid].starts_at == before[0].starts_at + timedelta(hours=5)
    assert after[before[2].guid].state is State.CONFIRMED
    assert a_session(90).guid in after
    assert service_of(app).publications.clock().seq == 2


def test_what_a_colleague_edits_meanwhile_is_shown_and_the_ticks_stay(
    app: Flask, client: FlaskClient, tokens: dict[str, dict[str, str]], opened: Opened
) -> None:
    a_review(app, a_draft())
    page = opened()
    look(page)
    box = page.get_by_role("checkbox")
    box.and_(page.get_by_label("▲ Moved Renamed")).check()
    box.and_(page.get_by_label("Changed Renamed")).uncheck()
    move = {"op": "room", "session": 1, "room": 1}
    done = client.post("/v1/agenda/edits", json={"operations": [move]}, headers=tokens["organiser"])
    assert done.get_json()["seq"] == 2
    page.locator("#sheet .actions button").click()
    expect(page.locator("#sheet [role=alert]")).to_contain_text("A colleague edited this")
    expect(page.get_by_label("▲ Moved Renamed")).to_have_accessible_name(
        "▲ Moved Renamed session · 2025-06-03 09:00–09:45 Room 1 → 2025-06-03 14:00–14:45 Room 2"
    )
    # The move is another than the one that was ticked; the rest is as it was left.
    expect(box.and_(page.get_by_label("▲ Moved Renamed"))).not_to_be_checked()
    expect(box.and_(page.get_by_label("Changed Renamed"))).not_to_be_checked()
    assert waiting(app) == 1
    assert agenda_of(app).sessions[0].starts_at == an_agenda().sessions[0].starts_at


def test_a_file_is_dropped_at_the_second_tap(app: Flask, opened: Opened) -> None:
    a_review(app, a_draft())
    page = opened(locale="pl-PL")
    expect(page.locator("#changes-mark")).to_have_attribute(
        "aria-label", "Pliki, które czekają na przegląd: 1"
    )
    look(page)
    expect(page.get_by_label("Zmienione Renamed")).to_have_accessible_name(
        "Zmienione Renamed sesja · tytuł"
    )
    page.get_by_role("button", name="Odrzuć plik").click()
    assert waiting(app) == 1
    page.get_by_role("button", name="Dotknij ponownie, aby odrzucić plik").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#view-changes .open")).to_have_count(0)
    assert waiting(app) == 0
    assert service_of(app).publications.clock().seq == 1


def test_two_taps_are_one_and_progress_is_shown_while_it_takes(app: Flask, opened: Opened) -> None:
    a_review(app, a_draft())
    page = opened()
    look(page)
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route("**/v1/reviews/1*", hold)
    publish = page.locator("#sheet .actions button")
    publish.click()
    expect(page.get_by_role("progressbar", name="One moment")).to_be_visible()
    publish.click()
    asked[0].continue_()
    expect(page.locator("#sheet")).to_be_hidden()
    assert len(asked) == 1
    assert service_of(app).publications.clock().seq == 2


@pytest.mark.parametrize("locale", ["en-GB", "pl-PL"])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_a_small_phone(
    app: Flask, opened: Opened, locale: str
) -> None:
    a_review(app, a_draft())
    page = opened(locale=locale)
    assert serious(page) == []
    look(page)
    assert serious(page) == []
    assert page.locator("#sheet").evaluate("sheet => sheet.scrollWidth - sheet.clientWidth") == 0
