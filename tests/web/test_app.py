"""An attendee's page in Chromium: opened once, it has everything without a server."""

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import zxingcpp
from attendee import KEPT, becomes, tab
from axe import serious
from builders import an_agenda, publish_agenda
from entrance import Server
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from api.app import service_of
from badges.code import Medium
from event import tables
from event.agenda.edit import edit_session, moved, with_state
from event.agenda.model import Session, State, Venue
from event.people.attendees import add
from event.people.codes import signer_of
from event.people.enrolment import revoke_device
from event.people.model import Attendee
from sync.publish import publish

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
FOG = {"en": "Fog"}
TABS = ("agenda", "mine", "badge", "news", "place")

Opened = Callable[..., Page]


@pytest.fixture
def opened(a_page: Opened, chromium: Browser, server: Server) -> Opened:
    """Return what opens the page and waits until it works without a network."""

    def open_page(tab: str = "agenda") -> Page:
        page = a_page(chromium)
        page.goto(f"http://127.0.0.1:{server.port}/app#{tab}")
        expect(page.locator("#status")).to_contain_text("Up to date", timeout=20_000)
        page.evaluate(KEPT)
        return page

    return open_page


def sessions_of(app: Flask) -> tuple[Session, ...]:
    return service_of(app).publications.edition().agenda.sessions


def edit(app: Flask, session: Session, *, state: State | None = None, **fields: Any) -> None:
    service = service_of(app)

    def change(one: Session) -> Session:
        return moved(one, **fields) if state is None else with_state(one, state, reason=FOG)

    done = publish(
        service.db,
        lambda db: edit_session(db, session.id, change, at=service.now()),
        at=service.now(),
        by="organiser/test",
    )
    service.publications.published(done.clock)


def zofia(app: Flask, page: Page, home: Path, person: Attendee | None = None) -> str:
    """Make the phone Zofia's, once more if she is given; return the code of her badge."""
    service, person = service_of(app), person or a_delegate(app)
    with service.db.write() as db:
        code = signer_of(db, home / "keys", at=service.seconds()).code(person, Medium.PHONE)
    becomes(app, page, person.id)
    return code


def a_delegate(app: Flask) -> Attendee:
    service = service_of(app)
    with service.db.write() as db:
        new = Attendee(0, str(uuid4()), given_name="Zofia", surname="Żak", category="delegate")
        return add(db, new, at=service.seconds())


def bookmarks(app: Flask) -> list[tuple[int, int]]:
    with service_of(app).db.read() as db:
        table = tables.bookmark
        rows = db.execute(select(table.c.session_id, table.c.marked).order_by(table.c.session_id))
        return [(row.session_id, row.marked) for row in rows]


def test_opened_once_all_of_it_is_there_without_a_server(
    app: Flask, opened: Opened, server: Server, tmp_path: Path
) -> None:
    first, second, _ = sessions_of(app)
    edit(app, first, title={"en": "Trams of Łódź"})
    page = opened()
    zofia(app, page, tmp_path)
    page.locator(".star").nth(1).click()
    expect(page.locator("#status")).to_have_text("Up to date", timeout=20_000)
    tab(page, "badge")
    expect(page.locator("#view-badge img")).to_be_visible(timeout=20_000)
    server.stop()
    page.reload()
    expect(page.locator("#status")).to_contain_text("offline", timeout=20_000)
    expect(page.locator("#view-badge img")).to_be_visible()
    tab(page, "mine")
    expect(page.locator("#view-mine .row .what")).to_have_text(second.title["en"])
    tab(page, "agenda")
    expect(page.locator("#agenda-list .row")).to_have_count(3)
    page.locator("#query").fill("lodz TRAMS")
    expect(page.locator("#agenda-list .what")).to_have_text("Trams of Łódź")
    page.locator(".open:visible").click()
    expect(page.locator("#sheet-title")).to_have_text("Trams of Łódź")
    page.locator("#close").click()
    page.locator("#query").fill("nothing at all")
    expect(page.locator("#agenda-list")).to_contain_text("Nothing has all these words.")
    tab(page, "place")
    expect(page.locator("#view-place")).to_contain_text("This phone")


def test_a_browser_that_cannot_verify_is_told_so(
    a_page: Opened, chromium: Browser, server: Server
) -> None:
    page = a_page(chromium)
    page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
    page.goto(f"http://127.0.0.1:{server.port}/app")
    expect(page.locator("#agenda-list")).to_contain_text("Open this page over https")
    expect(page.locator("#agenda-list button")).to_have_count(0)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("Jasionka 954, 36-002 Jasionka", "Jasionka 954, 36-002 Jasionka"),
        ("Jasionka 954", "Jasionka 954, Jasionka"),
    ],
)
def test_a_town_is_named_once(app: Flask, opened: Opened, address: str, shown: str) -> None:
    venue = Venue(id=1, name={"en": "Park"}, address=address, city="Jasionka")
    publish_agenda(service_of(app).db, an_agenda(venues=(venue,)))
    expect(opened("place").locator("#view-place p").first).to_have_text(shown)


@pytest.mark.parametrize(
    ("system", "address"),
    [
        ("Linux; Android 15", "geo:50.110432,22.02"),
        ("iPhone; CPU iPhone OS 18_0 like Mac OS X", "maps:?q=50.110432,22.02"),
    ],
)
def test_the_phones_own_map_opens_at_the_venue(
    app: Flask, a_page: Opened, chromium: Browser, server: Server, system: str, address: str
) -> None:
    venue = Venue(id=1, name={"en": "Park"}, latitude=50_110_432, longitude=22_020_000)
    publish_agenda(service_of(app).db, an_agenda(venues=(venue,)))
    page = a_page(chromium, user_agent=f"Mozilla/5.0 ({system})")
    page.goto(f"http://127.0.0.1:{server.port}/app#place")
    expect(page.get_by_role("link", name="Open in maps")).to_have_attribute("href", address)


def test_a_bookmark_made_offline_arrives_later(
    app: Flask, opened: Opened, server: Server, tmp_path: Path
) -> None:
    page = opened()
    zofia(app, page, tmp_path)
    server.stop()
    page.reload()
    star = page.locator(".star").first
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#status")).to_contain_text("1 to send", timeout=20_000)
    page.reload()
    expect(page.locator(".star").first).to_have_attribute("aria-pressed", "true")
    assert bookmarks(app) == []
    server.start()
    page.reload()
    expect(page.locator("#status")).to_have_text("Up to date", timeout=20_000)
    assert [marked for _, marked in bookmarks(app)] == [1]
    tab(page, "mine")
    expect(page.locator("#view-mine .next")).to_be_visible()


def test_the_badge_is_there_offline_and_a_camera_reads_it(
    app: Flask, opened: Opened, server: Server, tmp_path: Path
) -> None:
    page = opened("badge")
    expect(page.locator("#view-badge")).to_contain_text("nobody's yet")
    code = zofia(app, page, tmp_path)
    picture = page.locator("#view-badge img")
    expect(picture).to_be_visible(timeout=20_000)
    server.stop()
    page.reload()
    expect(picture).to_be_visible()
    shot = Image.open(BytesIO(picture.screenshot()))
    assert [found.text for found in zxingcpp.read_barcodes(shot)] == [code]


def test_a_change_is_told_while_the_page_is_looked_at(app: Flask, opened: Opened) -> None:
    page = opened()
    first = sessions_of(app)[0]
    edit(app, first, state=State.CANCELLED)
    expect(page.locator("#unseen")).to_have_text("1", timeout=20_000)
    expect(page.locator("#agenda-list")).to_contain_text("Cancelled: Fog")
    tab(page, "news")
    expect(page.locator("#view-news .row")).to_contain_text(first.title["en"])
    page.locator("#view-news button", has_text="Seen").click()
    expect(page.locator("#view-news")).to_contain_text("Nothing has changed since you looked.")


def locked_out(app: Flask, page: Page, server: Server) -> None:
    """Let the phone's owner star something without a server, which then takes them no more."""
    server.stop()
    tab(page, "agenda")
    page.reload()
    page.locator(".star").first.click()
    expect(page.locator("#status")).to_contain_text("1 to send", timeout=20_000)
    service = service_of(app)
    with service.db.write() as db:
        device = db.execute(select(tables.device.c.id)).scalars().all()[-1]
        revoke_device(db, device, stolen=False, at=service.seconds())
    server.start()
    page.reload()
    expect(page.locator("#alert")).to_contain_text("withdrawn", timeout=20_000)
    expect(page.locator(".star").first).to_have_attribute("aria-pressed", "false")


def test_a_lost_phone_forgets_whose_it_was_and_what_they_did_arrives(
    app: Flask, opened: Opened, server: Server, tmp_path: Path
) -> None:
    page = opened("badge")
    zofia(app, page, tmp_path)
    expect(page.locator("#view-badge img")).to_be_visible(timeout=20_000)
    locked_out(app, page, server)
    expect(page.locator("#alert")).not_to_contain_text("Not sent yet")
    assert [marked for _, marked in bookmarks(app)] == [1]
    tab(page, "badge")
    expect(page.locator("#view-badge")).to_contain_text("nobody's yet")


def test_what_a_lost_phone_cannot_send_waits_until_its_owner_is_back(
    app: Flask, opened: Opened, server: Server, tmp_path: Path
) -> None:
    page, person = opened("badge"), a_delegate(app)
    zofia(app, page, tmp_path, person)
    expect(page.locator("#view-badge img")).to_be_visible(timeout=20_000)
    page.route("**/v1/sync/outbox", lambda route: route.abort())
    locked_out(app, page, server)
    expect(page.locator("#alert")).to_contain_text("Not sent yet: 1. It stays on this phone")
    assert serious(page) == []
    page.reload()
    tab(page, "badge")
    expect(page.locator("#view-badge")).to_contain_text("Not sent yet: 1. It stays on this phone")
    assert bookmarks(app) == []
    page.unroute_all()
    with page.expect_response("**/v1/sync/outbox"):
        zofia(app, page, tmp_path, person)
    assert [marked for _, marked in bookmarks(app)] == [1]
    expect(page.locator("#view-badge")).not_to_contain_text("Not sent yet")


def test_a_phone_that_lost_its_token_elsewhere_keeps_nothing_of_its_owner(
    app: Flask, opened: Opened, tmp_path: Path
) -> None:
    page = opened("badge")
    zofia(app, page, tmp_path)
    expect(page.locator("#view-badge img")).to_be_visible(timeout=20_000)
    # As the page of the personal link does when it learns first that the phone was locked out.
    page.evaluate("localStorage.removeItem('eventday:/token')")
    page.reload()
    expect(page.locator("#alert")).to_contain_text("withdrawn")
    page.wait_for_function(OWN + ".then((own) => own === null)")


OWN = """new Promise((found) => {
  const open = indexedDB.open("eventday-app:/");
  open.onsuccess = () => {
    const own = open.result.transaction("facts").objectStore("facts").get("own");
    own.onsuccess = () => (open.result.close(), found(own.result));
  };
})"""
"""Gives what the phone keeps of its owner."""


def starred_without_a_server(app: Flask, page: Page, server: Server) -> dict[str, str]:
    """Make the phone somebody's, who stars a session that waits; return what it asks with."""
    headers = becomes(app, page, a_delegate(app).id)
    server.stop()
    page.locator(".star").first.click()
    expect(page.locator("#status")).to_contain_text("1 to send")
    tab(page, "place")
    page.set_viewport_size({"width": 320, "height": 480})
    page.locator("[data-key=forget]").click()
    told = page.locator("#view-place [role=status]", has_text="the server ends its access too")
    expect(told).to_contain_text("Not sent yet: 1. It is sent first")
    # Nobody signs out by what stands behind the tabs.
    bottom, top = (
        one.evaluate(f"one => one.getBoundingClientRect().{edge}")
        for one, edge in ((told, "bottom"), (page.locator("nav"), "top"))
    )
    assert bottom <= top
    return headers


def test_signing_out_sends_what_waits_and_ends_the_token_on_the_server(
    app: Flask, client: FlaskClient, opened: Opened, server: Server
) -> None:
    page = opened()
    headers = starred_without_a_server(app, page, server)
    assert client.get("/v1/me", headers=headers).status_code == 200
    server.start()
    with page.expect_response("**/v1/me/token") as answer:
        page.locator("[data-key=forget]").click()
    assert answer.value.status == 204
    expect(page.locator("[data-key=forget]")).to_have_count(0)
    expect(page.locator("#alert")).to_be_hidden()
    assert [marked for _, marked in bookmarks(app)] == [1]
    assert client.get("/v1/me", headers=headers).status_code == 401
    tab(page, "badge")
    expect(page.locator("#view-badge")).to_contain_text("nobody's yet")


def test_signing_out_without_a_network_forgets_at_once_and_says_who_was_not_told(
    app: Flask,
    client: FlaskClient,
    tokens: dict[str, dict[str, str]],
    opened: Opened,
    server: Server,
) -> None:
    fire = {"op": "announce", "title": {"en": "Leave the hall"}, "severity": "urgent"}
    edits = {"operations": [fire]}
    assert (
        client.post("/v1/agenda/edits", json=edits, headers=tokens["organiser"]).status_code == 200
    )
    page = opened()
    headers = starred_without_a_server(app, page, server)
    page.locator("[data-key=forget]").click()
    expect(page.locator("#alert")).to_contain_text("the server could not be told")
    expect(page.locator("#alert")).to_contain_text("Leave the hall")
    assert page.evaluate("localStorage.getItem('eventday:/token')") is None
    assert (bookmarks(app), client.get("/v1/me", headers=headers).status_code) == ([], 200)
    tab(page, "mine")
    expect(page.locator("#view-mine .row")).to_have_count(0)


def test_in_polish_and_nothing_serious_for_axe(
    app: Flask, a_page: Opened, chromium: Browser, server: Server
) -> None:
    page = a_page(chromium, locale="pl-PL", color_scheme="dark")
    page.goto(f"http://127.0.0.1:{server.port}/app")
    expect(page.locator("#status")).to_have_text("Aktualne", timeout=20_000)
    expect(page.locator("#agenda-list")).to_contain_text(sessions_of(app)[0].title["pl"])
    for name in TABS:
        tab(page, name)
        assert serious(page) == []
    tab(page, "agenda")
    page.locator(".open").first.click()
    assert serious(page) == []


def test_chromium_would_install_it(chromium: Browser, server: Server, tmp_path: Path) -> None:
    # A private window, as the other tests have it, installs nothing.
    context = chromium.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=shutil.which("chromium"), args=["--no-sandbox"]
    )
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/app")
    page.evaluate(KEPT)
    devtools = context.new_cdp_session(page)
    errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    manifest = devtools.send("Page.getAppManifest")
    context.close()
    assert (errors, manifest["errors"]) == ([], [])
    assert manifest["url"].endswith("/web/app/manifest.webmanifest")


@pytest.mark.parametrize("size", [192, 512])
def test_the_icons_are_as_large_as_the_manifest_says(client: FlaskClient, size: int) -> None:
    with client.get("/web/app/manifest.webmanifest") as answer:
        manifest = answer.get_json(force=True)
    (icon,) = (one for one in manifest["icons"] if one["sizes"] == f"{size}x{size}")
    with client.get(f"/web/app/{icon['src']}") as answer:
        assert Image.open(BytesIO(answer.get_data())).size == (size, size)
