"""The organiser's page in Chromium, at the size of a phone: look first, publish, take back."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from builders import OPENING
from entrance import Entrance, Server
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from api.app import service_of
from event.agenda.model import Session
from event.people.enrolment import invite
from event.times import to_seconds

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
PHONE: ViewportSize = {"width": 390, "height": 844}
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TABS = ("agenda", "all", "plans", "changes", "doors")

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Install Debian's chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(app: Flask, client: FlaskClient) -> Iterator[Server]:
    assert client.get("/v1/event").status_code == 200
    made = Server(app)
    made.start()
    yield made
    service_of(app).live.close()
    made.stop()


@pytest.fixture
def opened(app: Flask, chromium: Browser, server: Server) -> Iterator[Opened]:
    """Return what opens the page on a new phone and signs it in by a code."""
    contexts = []

    def open_page(
        *, locale: str = "en-GB", scheme: str = "light", size: ViewportSize = PHONE
    ) -> Page:
        with service_of(app).db.write() as db:
            code = invite(db, role="organiser", at=to_seconds(OPENING)).secret
        context = chromium.new_context(viewport=size, locale=locale, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(f"http://127.0.0.1:{server.port}/desk#{code}")
        page.locator("#enter-form button").click()
        expect(page.locator("#list .row")).to_have_count(3)
        return page

    yield open_page
    for context in contexts:
        context.close()


def sessions(app: Flask) -> list[Session]:
    """Return the sessions as they are public, in their order."""
    return sorted(service_of(app).publications.edition().agenda.sessions, key=lambda s: s.id)


def starts(app: Flask) -> list[str]:
    return [f"{session.starts_at:%H:%M}" for session in sessions(app)]


def tab(page: Page, name: str) -> None:
    page.locator(f'nav a[href="#{name}"]').click()


def sheet(page: Page, name: str) -> None:
    """Tap what is called so in the sheet."""
    page.locator("#sheet").get_by_role("button", name=name, exact=True).click()


def late(page: Page) -> None:
    """Put “Session 2 begins 15 minutes later” into the basket, with a reason."""
    tab(page, "agenda")
    page.locator(".open", has_text="Session 2").click()
    sheet(page, "Late")
    sheet(page, "+15 min")
    sheet(page, "The speaker is delayed")
    sheet(page, "Add")


def cancelled(page: Page) -> None:
    """Look at what “Session 2 is cancelled” would do."""
    page.locator(".open", has_text="Session 2").click()
    sheet(page, "Cancel")
    sheet(page, "Add")
    sheet(page, "Add")
    page.locator("#preview").click()


def publish(page: Page) -> None:
    page.locator("#preview").click()
    sheet(page, "Publish now")
    expect(page.locator("#sheet")).to_be_hidden()


def test_late_is_previewed_then_published_then_undone(app: Flask, opened: Opened) -> None:
    page = opened()
    late(page)
    page.locator("#preview").click()
    expect(page.locator("#sheet .changes")).to_contain_text("10:00 → 10:15")
    assert starts(app) == ["07:00", "08:00", "09:00"]
    sheet(page, "Publish now")
    expect(page.locator(".row", has_text="Session 2")).to_contain_text("10:15")
    assert starts(app) == ["07:00", "08:15", "09:00"]
    assert sessions(app)[1].reason["pl"] == "Prelegent się spóźnia"
    tab(page, "changes")
    undo = page.get_by_role("button", name="Undo this publish").first
    undo.click()
    page.get_by_role("button", name="Tap again to undo").click()
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#view-changes .card")).to_have_count(2)
    assert starts(app) == ["07:00", "08:00", "09:00"]


def test_what_is_held_can_be_taken_back(app: Flask, opened: Opened) -> None:
    page = opened()
    late(page)
    page.locator("#preview").click()
    sheet(page, "Publish in 60 s, can be taken back")
    expect(page.locator("#holds .held")).to_contain_text("Waits until")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#holds .held")).to_have_count(0)
    late(page)
    page.locator("#preview").click()
    sheet(page, "Publish in 60 s, can be taken back")
    assert starts(app) == ["07:00", "08:00", "09:00"]
    page.locator("#holds").get_by_role("button", name="Publish now").click()
    expect(page.locator(".row", has_text="Session 2")).to_contain_text("10:15")
    assert starts(app) == ["07:00", "08:15", "09:00"]


def test_all_is_interrupted_by_holding_two_seconds(app: Flask, opened: Opened) -> None:
    page = opened()
    tab(page, "all")
    page.locator(".danger").click()
    expect(page.locator("#sheet")).to_be_hidden()
    page.locator(".danger").hover()
    page.mouse.down()
    expect(page.locator("#sheet")).to_be_visible()
    page.mouse.up()
    sheet(page, "For safety")
    sheet(page, "Add")
    publish(page)
    assert {session.state for session in sessions(app)} == {"suspended"}
    tab(page, "all")
    page.get_by_role("button", name="Go on with everything").click()
    sheet(page, "Add")
    publish(page)
    assert {session.state for session in sessions(app)} == {"confirmed"}


def test_an_announcement_is_published_in_both_languages(app: Flask, opened: Opened) -> None:
    page = opened()
    tab(page, "all")
    page.locator("#title-en").fill("Buses leave at 18:00")
    page.locator("#title-pl").fill("Autobusy odjeżdżają o 18:00")
    page.locator("#severity").select_option("urgent")
    page.locator("#expires").fill("60")
    page.get_by_role("button", name="Add", exact=True).click()
    publish(page)
    (said,) = service_of(app).publications.edition().agenda.announcements
    assert said.title == {"en": "Buses leave at 18:00", "pl": "Autobusy odjeżdżają o 18:00"}
    assert (said.severity, said.expires_at) == ("urgent", OPENING + timedelta(hours=1))


def test_a_plan_is_kept_and_carried_out(app: Flask, opened: Opened) -> None:
    page = opened()
    late(page)
    page.locator("#preview").click()
    page.locator("#plan-name").fill("The train is late")
    sheet(page, "Keep as plan B")
    tab(page, "plans")
    card = page.locator("#view-plans .card")
    expect(card).to_contain_text("The train is late")
    assert starts(app) == ["07:00", "08:00", "09:00"]
    card.get_by_role("button", name="Do it").click()
    expect(page.locator("#sheet .changes")).to_contain_text("10:15")
    sheet(page, "Publish now")
    expect(card).to_contain_text("Done")
    assert starts(app) == ["07:00", "08:15", "09:00"]


def test_a_plan_whose_session_was_edited_since_says_so(opened: Opened) -> None:
    page = opened()
    cancelled(page)
    page.locator("#plan-name").fill("Nobody comes")
    sheet(page, "Keep as plan B")
    expect(page.locator("#sheet")).to_be_hidden()
    late(page)
    publish(page)
    tab(page, "plans")
    expect(page.locator("#view-plans .warning")).to_contain_text("“Session 2” was edited.")


def test_without_a_server_nothing_is_changed_and_the_page_says_so(
    app: Flask, opened: Opened, server: Server
) -> None:
    page = opened()
    late(page)
    service_of(app).live.close()
    server.stop()
    page.locator("#preview").click()
    expect(page.locator("#sheet [role=alert]")).to_contain_text("nothing was changed")
    assert starts(app) == ["07:00", "08:00", "09:00"]


@pytest.mark.usefixtures("entrance")
def test_the_doors_counts_are_there(opened: Opened) -> None:
    page = opened()
    tab(page, "doors")
    expect(page.locator("#view-doors")).to_contain_text("Main door")
    expect(page.locator("#view-doors .counts").first).to_contain_text("0inside")


def test_a_code_that_is_no_organisers_gives_no_desk(
    chromium: Browser, entrance: Entrance, server: Server
) -> None:
    page = chromium.new_page(locale="en-GB")
    page.goto(f"http://127.0.0.1:{server.port}/desk#{entrance.gate_code}")
    page.locator("#enter-form button").click()
    expect(page.locator("#enter-trouble")).to_contain_text("not for the desk")
    page.close()


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("pl-PL", "dark")])
@pytest.mark.usefixtures("entrance")
def test_axe_finds_nothing_serious(opened: Opened, locale: str, scheme: str) -> None:
    page = opened(locale=locale, scheme=scheme)
    page.locator(".open").nth(1).click()
    assert serious(page) == []
    page.locator("#sheet .grid button").first.click()
    assert serious(page) == []
    page.locator("#sheet .chips button").nth(2).click()
    assert serious(page) == []
    page.locator("#sheet form button[type=submit]").click()
    page.locator("#preview").click()
    expect(page.locator("#sheet .changes")).to_be_visible()
    assert serious(page) == []
    page.locator("#sheet button", has_text="60 s").click()
    expect(page.locator("#holds .held")).to_be_visible()
    for name in TABS:
        tab(page, name)
        expect(page.locator(f"#view-{name}")).to_be_visible()
        assert serious(page) == []


def serious(page: Page) -> list[str]:
    """Return what axe-core finds of WCAG 2.1 AA that is serious or worse."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
    )
    return [
        f"{one['id']}: {node['html']}"
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"]
    ]
