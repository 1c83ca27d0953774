"""The screen beside a room's door in Chromium: all of it in sight, and large enough from 5 m."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from attendee import PHONE
from axe import serious
from builders import an_agenda, publish_agenda
from entrance import Server
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, ViewportSize, expect

from api.app import service_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
LAPTOP: ViewportSize = {"width": 1366, "height": 768}
TV: ViewportSize = {"width": 1920, "height": 1080}

# The rule of docs/changes.md, "Screens".
AWAY, TALL = 5_000, 685
"""Millimetres to the reader, and the height of a television of 55 inches."""
CAPITAL = 0.7
"""Height of a capital letter, of the size of its font: less than in Noto Sans (0.714)."""
READ = ("h1", "#clock", ".label", "h2", ".state", "aside h2", "aside li")
BESIDE = (".second", ".speakers", ".state span", "aside li span")
TITLES = (
    "Panel 2: what clusters can do for regions that lose their coal and their steel at once",
    "Workshop on standards and the procurement of electrolysers in small municipalities",
)

Screen = Callable[[ViewportSize], Page]


@pytest.fixture
def screen(
    app: Flask,
    client: FlaskClient,
    tokens: dict[str, Any],
    a_page: Callable[..., Page],
    chromium: Browser,
    server: Server,
) -> Screen:
    """Return what opens the fullest screen: long titles, an interruption, many changes."""
    agenda = an_agenda(9)
    room = agenda.rooms[0]
    long = [
        replace(
            session,
            room_id=room.id,
            title={"en": TITLES[number % 2], "pl": TITLES[number % 2].upper()},
        )
        for number, session in enumerate(agenda.sessions)
    ]
    publish_agenda(service_of(app).db, replace(agenda, sessions=tuple(long)))
    service_of(app).publications.forget()
    sessions = service_of(app).publications.edition().agenda.sessions
    later = [
        {"op": "delay", "session": one.id, "minutes": 5, "cascade": False} for one in sessions[1:]
    ]
    body = {
        "operations": [{"op": "suspend", "session": sessions[0].id}, *later],
        "reason": {"en": "The trains stand still since eight", "pl": "Pociągi stoją od ósmej"},
    }
    done = client.post("/v1/agenda/edits", json=body, headers=tokens["organiser"])
    assert done.status_code == 200, done.text
    address = f"http://127.0.0.1:{server.port}/v1/rooms/{sessions[0].room_id}/screen"

    def open_screen(size: ViewportSize) -> Page:
        page = a_page(chromium, viewport=size)
        page.goto(address)
        return page

    return open_screen


def angle(page: Page, selector: str) -> float:
    """Return the least height of a capital letter, in minutes of arc."""
    sizes: list[float] = page.locator(f"{selector}:visible").evaluate_all(
        "found => found.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert sizes, selector
    millimetres = min(sizes) * CAPITAL * TALL / TV["height"]
    return math.degrees(2 * math.atan(millimetres / 2 / AWAY)) * 60


def test_it_is_readable_from_five_metres(screen: Screen) -> None:
    page = screen(TV)
    assert {one: angle(page, one) for one in READ if angle(page, one) < 16} == {}
    assert {one: angle(page, one) for one in BESIDE if angle(page, one) < 10} == {}


@pytest.mark.parametrize("size", [LAPTOP, TV], ids=["laptop", "tv"])
def test_what_is_on_next_and_changed_is_in_sight_at_once(
    screen: Screen, size: ViewportSize
) -> None:
    page = screen(size)
    assert page.evaluate("document.documentElement.scrollHeight") <= size["height"]
    for name in ("[data-when=now] .state", "[data-when=next] h2", "aside li:nth-of-type(4) b"):
        box = page.locator(name).bounding_box()
        assert box
        assert box["y"] + box["height"] <= size["height"], name
        assert box["x"] + box["width"] <= size["width"], name


def test_it_keeps_itself_up_to_date_and_says_when_it_cannot(
    client: FlaskClient, tokens: dict[str, Any], screen: Screen
) -> None:
    page = screen(TV)
    page.clock.install()
    page.reload()
    first = page.locator("article").first
    expect(first).to_have_attribute("data-when", "now")
    session = client.get("/v1/agenda").get_json()["sessions"][0]["id"]
    operation = {"op": "text", "session": session, "title": {"en": "<i>Another</i>"}}
    body = {"operations": [operation]}
    assert client.post("/v1/agenda/edits", json=body, headers=tokens["organiser"]).is_json
    page.clock.run_for(21_000)
    expect(page.locator("article h2").first).to_have_text("<i>Another</i>")
    expect(page.locator("footer")).to_be_hidden()
    page.route("**/screen*", lambda route: route.abort())
    page.clock.run_for(100_000)
    expect(page.locator("footer")).to_contain_text("No connection")
    expect(page.locator("footer")).to_be_visible()
    expect(page.locator("#clock")).to_have_text("09:01")
    page.clock.fast_forward("01:00:00")
    expect(page.locator("#clock")).to_have_text("10:01")
    expect(first).to_have_attribute("data-when", "past")
    page.unroute_all()
    page.clock.run_for(21_000)
    expect(page.locator("footer")).to_be_hidden()


@pytest.mark.parametrize("size", [PHONE, LAPTOP, TV], ids=["phone", "laptop", "tv"])
def test_axe_finds_nothing_serious(screen: Screen, size: ViewportSize) -> None:
    assert serious(screen(size)) == []
