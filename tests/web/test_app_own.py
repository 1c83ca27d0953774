"""What lies behind the tabs of an attendee's page: meetings, one's card, people, links."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from attendee import KEPT, becomes, saved, tab
from axe import serious
from desk import AT, Desk, Headers, a_desk
from entrance import Server
from flask import Flask
from flask.testing import FlaskClient
from gates import a_gate, scanned
from icalendar import Calendar
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from api.app import service_of
from badges.code import Medium
from event.agenda.edit import edit_session, moved
from event.people.attendees import change
from event.people.codes import signer_of
from event.people.consents import Answer, answer
from event.schedule.answers import answers_in
from event.schedule.directory import FIELDS, Profile, set_profile
from event.schedule.meetings import add_meeting, find_meeting
from event.schedule.rules import Question, set_rule
from sync.publish import publish

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

Opened = Callable[..., Page]


@pytest.fixture
def desk(app: Flask, client: FlaskClient) -> Desk:
    assert client.get("/v1/event").status_code == 200
    return a_desk(app)


@pytest.fixture
def opened(app: Flask, a_page: Opened, chromium: Browser, server: Server, desk: Desk) -> Opened:
    """Return what opens the page on a phone that is Ada's, or as a fragment says."""

    def open_page(part: str = "mine", *, owner: bool = True, **options: Any) -> Page:
        page = a_page(chromium, **options)
        page.goto(f"http://127.0.0.1:{server.port}/app#{part}")
        expect(page.locator("#event")).not_to_have_text("eventday", timeout=20_000)
        page.evaluate(KEPT)
        if owner:
            becomes(app, page, desk.ada.id)
        return page

    return open_page


def a_meeting(app: Flask, *guests: int, **values: Any) -> int:
    with service_of(app).db.write() as db:
        placed = {"title": "Steel", "place": "12", "starts_at": AT + 1200, "minutes": 20} | values
        return add_meeting(db, placed, guests, guid="", at=AT).id


def answers(app: Flask, meeting: int) -> list[tuple[str, int | None]]:
    with service_of(app).db.read() as db:
        return [(str(one.answer), one.proposed_at) for one in find_meeting(db, meeting).guests]


def listed(
    app: Flask, attendee_id: int, *, fields: tuple[str, ...] = FIELDS, about: str = ""
) -> None:
    with service_of(app).db.write() as db:
        set_profile(db, attendee_id, Profile(fields, about))
        answer(db, attendee_id, Answer("listed", True, "1", "en", AT, "attendee/test"))


def test_a_meeting_says_who_where_when_and_takes_an_answer(
    app: Flask, opened: Opened, desk: Desk
) -> None:
    meeting = a_meeting(app, desk.ada.id, desk.jan.id)
    page = opened()
    row = page.locator('[data-key^="plan-m"]')
    expect(row).to_contain_text("09:20–09:40 · Table 12")
    expect(row).to_contain_text("With Jan Żak · You are asked: will you come?")
    row.click()
    sheet = page.locator("#sheet")
    expect(sheet.locator(".facts")).to_contain_text("Tuesday 3 June, 09:20–09:40")
    expect(sheet.locator(".people")).to_contain_text("Jan Żakhas not answered")
    sheet.get_by_role("button", name="I will come").click()
    expect(sheet.locator(".told")).to_have_text("The organiser and the others see your answer.")
    assert answers(app, meeting) == [("accepted", None), ("invited", None)]
    sheet.locator("summary").click()
    sheet.locator("#proposed").fill("2025-06-03T10:15")
    sheet.get_by_role("button", name="Propose", exact=True).click()
    expect(sheet.locator(".booking")).to_have_text("You asked for another time: Tue 3 Jun 10:15")
    assert answers(app, meeting)[0] == ("proposed", AT + 75 * 60)


def test_without_a_network_a_meeting_is_there_and_an_answer_is_said_not_to_be_sent(
    app: Flask, opened: Opened, desk: Desk, server: Server
) -> None:
    meeting = a_meeting(app, desk.ada.id, desk.jan.id)
    page = opened()
    expect(page.locator('[data-key^="plan-m"]')).to_be_visible(timeout=20_000)
    server.stop()
    page.reload()
    page.locator('[data-key^="plan-m"]').click()
    sheet = page.locator("#sheet")
    expect(sheet.locator(".people")).to_have_text("Jan Żak")
    sheet.get_by_role("button", name="I cannot come").click()
    expect(sheet.locator(".told")).to_contain_text("your answer was not sent")
    expect(sheet.locator(".booking")).to_have_text("You are asked: will you come?")
    assert answers(app, meeting)[0] == ("invited", None)


def test_others_see_what_was_chosen_from_then_until_it_is_taken_back(
    client: FlaskClient, opened: Opened, desk: Desk
) -> None:
    def found() -> Any:
        return client.get("/v1/directory", headers=desk.jan_phone).get_json()["people"]

    page = opened("card")
    view = page.locator("#view-card")
    expect(view.locator(".preview")).to_contain_text("nobody finds you there")
    assert found() == []
    view.get_by_label("Organisation").check()
    view.get_by_label("About me").fill("Hydrogen valves")
    view.get_by_label("Other attendees may find me").check()
    expect(view.locator(".preview")).to_contain_text("Klaster Canary")
    view.get_by_role("button", name="Save", exact=True).click()
    expect(view.get_by_text("Saved.")).to_be_visible()
    assert found() == [
        {"name": "Ada Łoś-Canary", "organisation": "Klaster Canary", "position": "", "country": "",
         "email": "", "about": "Hydrogen valves"}
    ]  # fmt: skip
    view.get_by_label("Other attendees may find me").uncheck()
    view.get_by_role("button", name="Save", exact=True).click()
    expect(view.get_by_text("Saved.")).to_be_visible()
    expect(view.locator(".preview")).to_contain_text("nobody finds you there")
    assert found() == []


def test_people_are_found_in_any_spelling_and_saved_as_the_server_would_write_them(
    app: Flask, client: FlaskClient, opened: Opened, desk: Desk, server: Server
) -> None:
    listed(app, desk.ada.id)
    listed(app, desk.jan.id, about="Steel; pipes, valves")
    page = opened("people")
    view = page.locator("#view-people")
    expect(view.locator(".row")).to_have_count(2)
    view.locator("input").fill("zak PIPES")
    view.locator("input").press("Enter")
    expect(view.locator(".row")).to_have_text(["Jan Żak"])
    view.locator(".open").click()
    expect(page.locator("#sheet")).to_contain_text("Steel; pipes, valves")
    assert "NOTE:Steel\\; pipes\\, valves\r\n" in saved(page, "Save contact").decode()
    page.locator("#close").click()
    view.locator("input").fill("canary")
    view.locator("input").press("Enter")
    expect(view.locator(".row")).to_contain_text("Łoś-Canary")
    view.locator(".open").click()
    own = client.get("/v1/me/card.vcf", headers=desk.ada_phone).text.split("\r\n")
    lines = [line for line in own if not line.startswith("N:")]
    assert saved(page, "Save contact").decode().split("\r\n") == lines
    page.locator("#close").click()
    server.stop()
    view.get_by_role("button", name="Find").click()
    expect(view).to_contain_text("People are looked up on the server")


def test_a_camera_reads_the_contact_card_without_a_network(
    app: Flask, client: FlaskClient, opened: Opened, desk: Desk, server: Server
) -> None:
    with service_of(app).db.write() as db:
        set_profile(db, desk.ada.id, Profile(("organisation", "email")))
    page = opened("card")
    picture = page.locator("#view-card .qr")
    expect(picture).to_be_visible(timeout=20_000)
    card = client.get("/v1/me/card.vcf", headers=desk.ada_phone).text
    server.stop()
    page.reload()
    expect(picture).to_be_visible()
    shot = Image.open(BytesIO(picture.screenshot()))
    assert [found.text for found in zxingcpp.read_barcodes(shot)] == [card]
    expect(page.locator("#view-card")).to_contain_text("As it was at")
    expect(page.locator("#view-card form")).to_have_text(
        "This needs a network. Try again when there is one."
    )


def test_a_calendar_follows_a_link_until_it_is_taken_back(
    app: Flask, client: FlaskClient, opened: Opened, desk: Desk
) -> None:
    a_meeting(app, desk.ada.id, desk.jan.id)
    page = opened("links", permissions=["clipboard-read", "clipboard-write"])
    view = page.locator("#view-links")
    expect(view).to_contain_text("Whoever has the link reads your whole plan")
    view.get_by_role("button", name="Make a calendar link").click()
    expect(view.locator(".secret")).to_contain_text("it cannot be shown again")
    view.get_by_role("button", name="Copy").click()
    expect(view.get_by_text("Copied.")).to_be_visible()
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == view.locator(".secret .code").inner_text()
    link = view.get_by_role("link", name="Open in the calendar")
    assert link.get_attribute("href") == address.replace("http", "webcal")
    path = "/v1/" + address.partition("/v1/")[2]
    assert len(Calendar.from_ical(client.get(path).get_data()).walk("VEVENT")) == 1
    page.reload()
    expect(view.locator(".link")).to_contain_text("Calendar")
    expect(view.locator(".secret")).to_have_count(0)
    view.get_by_role("button", name="Take back").click()
    view.get_by_role("button", name="Tap again").click()
    expect(view).to_contain_text("There are none.")
    assert client.get(path).status_code == 404


def test_a_link_shows_somebody_what_was_ticked_and_nothing_of_their_own(
    app: Flask, client: FlaskClient, opened: Opened, desk: Desk, server: Server
) -> None:
    one, two, three = (one["id"] for one in client.get("/v1/sessions").get_json()["sessions"])
    a_meeting(app, desk.ada.id, desk.jan.id)
    for session, phone in ((one, desk.ada_phone), (two, desk.ada_phone), (three, desk.jan_phone)):
        client.put(f"/v1/me/bookmarks/{session}", headers=phone)
    view = opened("links").locator("#view-links")
    view.get_by_label("my meetings").check()
    view.get_by_label("with my name").check()
    view.get_by_label("For whom").fill("Jan")
    view.get_by_role("button", name="Make a link").click()
    address = view.locator(".secret .code").inner_text()
    expect(view.locator(".link")).to_contain_text("Plan to show: Jan")

    other = opened(address.partition("#")[2], owner=False)
    becomes(app, other, desk.jan.id)
    shown = other.locator("#view-shared")
    expect(shown.locator("h2").first).to_have_text("Plan: Ada Łoś-Canary")
    assert other.evaluate("[location.hash, history.length]") == ["#shared", 2]
    expect(shown.locator(".what")).to_have_text(["Session 1", "Meeting", "Session 2"])
    expect(shown).to_contain_text("09:20–09:40 · Table 12")
    expect(shown.locator(".clash")).to_have_count(2)
    expect(shown).not_to_contain_text("Żak")
    tab(other, "mine")
    expect(other.locator("#view-mine .row .what")).to_have_text(["Steel", "Session 3"])
    other.go_back()
    server.stop()
    other.reload()
    expect(shown).to_contain_text("As it was at")
    expect(shown.locator(".what")).to_have_count(3)
    server.start()
    (share,) = client.get("/v1/me/shares", headers=desk.ada_phone).get_json()["shares"]
    client.delete(f"/v1/me/shares/{share['id']}", headers=desk.ada_phone)
    other.reload()
    expect(shown).to_contain_text("This link has run out or was taken back.")
    expect(shown.locator(".what")).to_have_count(0)
    assert other.evaluate("sessionStorage.length") == 0


def test_a_seat_is_booked_when_it_can_be_and_what_is_asked_later_is_answered(
    app: Flask, opened: Opened, desk: Desk
) -> None:
    service = service_of(app)
    session = service.publications.edition().agenda.sessions[2]
    number = Question("id-number", {"en": "Number of your ID", "pl": "Numer dowodu"})
    diet = Question("diet", {"en": "What you do not eat"})

    def rule(**values: Any) -> None:
        with service.db.write() as db:
            set_rule(db, session.id, values)

    def shows(page: Page) -> Locator:
        page.reload()
        expect(page.locator("#status")).to_have_text("Up to date", timeout=20_000)
        # Not by a mouse: what has just come may put another row under it.
        page.locator(f'[data-key="open-{session.id}"]').dispatch_event("click")
        return page.locator("#sheet")

    now = service.seconds()
    rule(places=1, waitlist=False, questions=(number,), opens_at=now + 7_200)
    page = opened("agenda")
    expect(shows(page).locator(".booking")).to_have_text("Bookings open Tue 3 Jun 11:00.")
    rule(opens_at=None, places=0)
    expect(shows(page).locator(".booking")).to_have_text("All places are taken.")
    rule(places=1, closes_at=now - 1)
    expect(shows(page).locator(".booking")).to_have_text("Bookings are closed.")
    rule(closes_at=None)
    sheet = shows(page)
    sheet.get_by_label("Number of your ID").fill("ABC 1")
    sheet.get_by_role("button", name="Book a seat (1 left)").click()
    expect(sheet.locator(".booking")).to_have_text("You have a seat.", timeout=20_000)
    expect(sheet.get_by_role("button", name="Send the answers")).to_have_count(0)
    rule(questions=(number, diet))
    sheet = shows(page)
    sheet.get_by_label("Number of your ID").fill("ABC 2")
    sheet.get_by_label("What you do not eat").fill("nuts")
    sheet.get_by_role("button", name="Send the answers").click()
    expect(sheet.get_by_role("button", name="Send the answers")).to_have_count(0)
    expect(sheet.locator(".booking")).to_have_text("You have a seat.", timeout=20_000)
    with service.db.read() as db:
        said = {"diet": "nuts", "id-number": "ABC 2"}
        assert answers_in(db, session.id) == {desk.ada.id: said}


def test_a_seat_is_swapped_for_one_that_clashes_or_kept(
    app: Flask, client: FlaskClient, opened: Opened, desk: Desk, server: Server
) -> None:
    service = service_of(app)
    first, second, _ = service.publications.edition().agenda.sessions
    diet = Question("diet", {"en": "What you do not eat"})
    with service.db.write() as db:
        set_rule(db, first.id, {"places": 1})
        set_rule(db, second.id, {"places": 1, "questions": (diet,)})
    done = publish(
        service.db,
        lambda db: edit_session(
            db, second.id, lambda one: moved(one, starts_at=first.starts_at), at=service.now()
        ),
        at=service.now(),
        by="organiser/test",
    )
    service.publications.published(done.clock)
    book(client, desk.ada_phone, first.id)
    page = opened("agenda")
    page.locator(f'[data-key="open-{second.id}"]').dispatch_event("click")
    sheet = page.locator("#sheet")

    def swap() -> None:
        sheet.get_by_label("What you do not eat").fill("nuts")
        sheet.get_by_role("button", name="Swap “Session 1” for “Session 2”").click()

    expect(sheet.get_by_text("You have a seat that clashes")).to_be_visible(timeout=20_000)
    server.stop()
    swap()
    expect(sheet.locator(".told")).to_have_text(
        "This needs a network. Try again when there is one."
    )
    server.start()
    book(client, desk.jan_phone, second.id, diet="fish")
    swap()
    expect(sheet.locator(".told")).to_contain_text("Not swapped, and nothing has changed")
    expect(sheet.get_by_role("button", name="Join the waitlist")).to_be_visible()
    assert seats(client, desk.ada_phone) == {first.id: "booked"}
    client.delete(f"/v1/me/bookings/{second.id}", headers=desk.jan_phone)
    page.reload()
    expect(page.locator("#status")).to_have_text("Up to date", timeout=20_000)
    page.locator(f'[data-key="open-{second.id}"]').dispatch_event("click")
    swap()
    expect(sheet.locator(".told")).to_contain_text("Swapped: you have a seat here")
    expect(sheet.locator(".booking")).to_have_text("You have a seat.")
    assert seats(client, desk.ada_phone) == {second.id: "booked"}
    with service.db.read() as db:
        assert answers_in(db, second.id) == {desk.ada.id: {"diet": "nuts"}}


def book(client: FlaskClient, phone: Headers, session: int, **said: str) -> None:
    path = f"/v1/me/bookings/{session}"
    assert client.put(path, headers=phone, json={"answers": said}).status_code == 200


def seats(client: FlaskClient, phone: Headers) -> dict[int, str]:
    found = client.get("/v1/me/schedule", headers=phone).get_json()["bookings"]
    return {one["session_id"]: one["state"] for one in found}


def test_a_certificate_is_handed_over_once_there_is_one(
    app: Flask, opened: Opened, desk: Desk
) -> None:
    page = opened()
    page.get_by_role("button", name="Certificate of attendance").click()
    expect(page.locator("#view-mine .told")).to_contain_text("There is none yet: no gate")
    service = service_of(app)
    with service.db.write() as db:
        change(db, desk.ada.id, {"note": ""}, at=AT)  # or the door would ask first
        a_gate(db)
        code = signer_of(db, service.settings.home / "keys", at=AT).code(desk.ada, Medium.PAPER)
        assert scanned(db, 1, code).scan.outcome == "admitted"
    assert saved(page, "Certificate of attendance").startswith(b"%PDF-")
    expect(page.locator("#view-mine .told")).to_be_empty()


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("pl-PL", "dark")])
def test_nothing_serious_for_axe_behind_the_tabs(
    app: Flask, opened: Opened, desk: Desk, locale: str, scheme: str
) -> None:
    a_meeting(app, desk.ada.id, desk.jan.id)
    listed(app, desk.jan.id, about="Steel")
    page = opened("mine", owner=False, locale=locale, color_scheme=scheme)
    page.evaluate("localStorage.setItem('eventday:/language', 'en')")
    becomes(app, page, desk.ada.id)
    page.evaluate(f"localStorage.setItem('eventday:/language', '{locale[:2]}')")
    page.reload()
    page.locator('[data-key^="plan-m"]').click()
    page.locator("#sheet summary").click()
    expect(page.locator("#sheet .people .where")).to_be_visible()
    assert serious(page) == []
    page.locator("#close").click()
    page.locator('a[href="#links"]').click()
    for button in ("#view-links > button", "#view-links form button"):
        page.locator(button).click()
    expect(page.locator(".secret")).to_have_count(2)
    expect(page.locator(".link")).to_have_count(2)
    assert serious(page) == []
    address = page.locator(".secret .code").nth(1).inner_text()
    tab(page, "badge")
    page.locator('a[href="#card"]').click()
    expect(page.locator(".qr")).to_be_visible()
    page.locator("[name=listed]").check()
    assert serious(page) == []
    page.locator(".back:visible").click()
    page.locator('a[href="#people"]').click()
    page.locator("#view-people .open").click()
    assert serious(page) == []
    page.locator("#close").click()
    assert serious(page) == []
    page.evaluate("(address) => (location.hash = address)", address.partition("#")[2])
    expect(page.locator("#view-shared .back, #view-shared button")).to_have_count(1)
    assert serious(page) == []
