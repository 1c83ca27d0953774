"""The personal page in Chromium: nothing before the tap, then the badge, and what to do if not."""

from collections.abc import Callable
from io import BytesIO
from uuid import uuid4

import pytest
import zxingcpp
from desk import AT, a_desk
from entrance import Server
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from event.people.attendees import change
from event.people.enrolment import (
    Device,
    devices,
    enrol,
    invite,
    revoke_device,
    revoke_links,
)
from event.people.model import Status

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
LAPTOP: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture
def address(server: Server) -> str:
    """Return where the application listens."""
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def page(a_page: Callable[..., Page], chromium: Browser) -> Page:
    return a_page(chromium)


def enrolled(app: Flask) -> list[Device]:
    with app.extensions["eventday"].db.read() as db:
        return devices(db)


def tap(page: Page) -> None:
    page.get_by_role("button", name="Use this phone").click()


def test_only_a_tap_binds_a_phone_which_then_shows_the_badge(
    app: Flask, address: str, page: Page
) -> None:
    desk = a_desk(app)
    before = len(enrolled(app))
    page.goto(f"{address}/link#{desk.link}")
    expect(page.get_by_text("Demo event")).to_be_visible()
    assert len(enrolled(app)) == before
    assert desk.link in page.url

    tap(page)
    expect(page.get_by_role("heading", name="Hello Ada")).to_be_focused()
    picture = page.get_by_role("img", name="Your badge with its QR code")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    assert page.url == f"{address}/link"
    assert len(enrolled(app)) == before + 1

    page.reload()
    expect(page.get_by_role("heading", name="Hello Ada")).to_be_visible()
    assert len(enrolled(app)) == before + 1


def test_a_laptop_shows_the_way_to_a_phone_and_uses_nothing_up(
    app: Flask, address: str, page: Page
) -> None:
    desk = a_desk(app)
    before = len(enrolled(app))
    page.set_viewport_size(LAPTOP)
    page.goto(f"{address}/link#{desk.link}")
    code = page.get_by_role("img", name="QR code of this link")
    expect(code).to_be_visible()
    found = zxingcpp.read_barcode(Image.open(BytesIO(page.screenshot())))
    assert found is not None
    assert found.text == f"{address}/link#{desk.link}"
    assert len(enrolled(app)) == before


def test_it_speaks_polish_and_fits_the_smallest_phone(
    app: Flask, address: str, a_page: Callable[..., Page], chromium: Browser
) -> None:
    desk = a_desk(app)
    small: ViewportSize = {"width": 320, "height": 480}
    page = a_page(chromium, viewport=small, locale="pl-PL")
    page.goto(f"{address}/link#{desk.link}")
    button = page.get_by_role("button", name="Użyj tego telefonu")
    assert button.evaluate("element => element.getBoundingClientRect().height") >= 44
    button.click()
    expect(page.get_by_role("heading", name="Dzień dobry, Ada")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "pl"
    assert page.evaluate("document.documentElement.scrollWidth") <= small["width"]


def test_an_answer_that_got_lost_is_asked_for_again(app: Flask, address: str, page: Page) -> None:
    desk = a_desk(app)
    with app.extensions["eventday"].db.write() as db:
        code = invite(db, role="attendee", attendee_id=desk.ada.id, at=AT).secret

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/v1/enrol", lose, times=1)
    page.goto(f"{address}/link#{code}")
    tap(page)
    expect(page.get_by_role("heading", name="No connection")).to_be_focused()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Hello Ada")).to_be_visible()


def test_it_says_what_to_do_when_a_link_does_not_work(app: Flask, address: str, page: Page) -> None:
    desk = a_desk(app)
    with app.extensions["eventday"].db.write() as db:
        code = invite(db, role="attendee", attendee_id=desk.ada.id, at=AT).secret
        enrol(db, code, uuid=str(uuid4()), at=AT)
        revoke_links(db, desk.ada.id, at=AT)
    for secret, heading in (
        (code, "This code was used already"),
        (desk.link, "This link no longer works"),
        ("evl_nobody", "There is no such link"),
        ("%E0%A4%A", "That did not work"),
    ):
        page.goto("about:blank")
        page.goto(f"{address}/link#{secret}")
        tap(page)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    page.goto(f"{address}/link")
    expect(page.get_by_role("heading", name="Open your personal link")).to_be_visible()


def test_a_phone_that_was_locked_out_forgets_its_token(
    app: Flask, address: str, page: Page
) -> None:
    desk = a_desk(app)
    page.goto(f"{address}/link#{desk.link}")
    tap(page)
    expect(page.get_by_role("heading", name="Hello Ada")).to_be_visible()
    with app.extensions["eventday"].db.write() as db:
        revoke_device(db, max(device.id for device in devices(db)), stolen=True, at=AT)
    page.reload()
    expect(page.get_by_role("heading", name="may not show the badge")).to_be_visible()
    assert "evd_" not in page.evaluate("JSON.stringify(localStorage)")


def test_who_does_not_come_has_no_badge(app: Flask, address: str, page: Page) -> None:
    desk = a_desk(app)
    with app.extensions["eventday"].db.write() as db:
        change(db, desk.ada.id, {"status": Status.CANCELLED}, at=AT)
    page.goto(f"{address}/link#{desk.link}")
    tap(page)
    expect(page.get_by_text("Your registration was cancelled")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(0)
