"""The organiser's page in Chromium, at the size of a phone: look first, publish, take back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal
from uuid import uuid4

import pytest
from attendee import PHONE, tab
from axe import serious
from builders import OPENING, a_part, an_agenda, publish_agenda
from desk import a_desk
from entrance import Entrance, Server
from flask import Flask
from flask.testing import FlaskClient
from gates import NOW, an_id
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from receivers import subscribed
from sqlalchemy import select, update
from telling import AT, a_webhook, rows

from api.app import service_of
from event import tables
from event.agenda.model import Session
from event.agenda.rows import load_announcements
from event.door.admit import Reading, admit
from event.people.attendees import add
from event.people.enrolment import invite
from event.people.model import Attendee, guid_of
from event.times import to_seconds

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
TABS = ("agenda", "all", "plans", "changes", "doors")

Opened = Callable[..., Page]
Scheme = Literal["light", "dark"]


@pytest.fixture
def opened(app: Flask, a_page: Opened, chromium: Browser, server: Server) -> Opened:
    """Return what opens the page on a new phone and signs it in by a code."""

    def open_page(
        *, locale: str = "en-GB", scheme: Scheme = "light", size: ViewportSize = PHONE
    ) -> Page:
        with service_of(app).db.write() as db:
            code = invite(db, role="organiser", at=to_seconds(OPENING)).secret
        page = a_page(chromium, viewport=size, locale=locale, color_scheme=scheme)
        page.goto(f"http://127.0.0.1:{server.port}/desk#{code}")
        page.locator("#enter-form button").click()
        expect(page.locator("#list .row")).to_have_count(3)
        return page

    return open_page


def sessions(app: Flask) -> list[Session]:
    """Return the sessions as they are public, in their order."""
    return sorted(service_of(app).publications.edition().agenda.sessions, key=lambda s: s.id)


def starts(app: Flask) -> list[str]:
    return [f"{session.starts_at:%H:%M}" for session in sessions(app)]


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


def tapped(page: Page, *taps: str | tuple[str, str]) -> None:
    """Tap in the sheet what is called so; a pair is a field and what is put into it."""
    for tap in taps:
        if isinstance(tap, str):
            sheet(page, tap)
            continue
        name, value = tap
        field = page.locator(f"#sheet #{name}")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(label=value)
        else:
            field.fill(value)


def everyone(page: Page, name: str, *taps: str | tuple[str, str]) -> None:
    """Tap what is for everyone, and then in its sheets."""
    tab(page, "all")
    page.locator("#view-all").get_by_role("button", name=name, exact=True).click()
    tapped(page, *taps)


def publish(page: Page, says: str = "") -> None:
    """Look what the basket would do, and do it."""
    page.locator("#preview").click()
    expect(page.locator("#sheet .told")).to_be_visible()
    expect(page.locator("#sheet-body")).to_contain_text(says)
    sheet(page, "Publish now")
    expect(page.locator("#sheet")).to_be_hidden()
    expect(page.locator("#status")).to_contain_text("Published")


def undone(page: Page) -> None:
    """Undo the last publish, at the second tap."""
    tab(page, "changes")
    page.get_by_role("button", name="Undo this publish").first.click()
    page.get_by_role("button", name="Tap again to undo").click()
    expect(page.locator("#sheet")).to_be_hidden()


def a_day(app: Flask) -> None:
    """Give session 3 a part with a speaker of its own."""
    agenda = an_agenda()
    first, second, third = agenda.sessions
    part = a_part(1, third, speakers=third.speakers)
    with_part = replace(third, parts=(part,))
    publish_agenda(service_of(app).db, replace(agenda, sessions=(first, second, with_part)))
    service_of(app).publications.forget()


def room(app: Flask, name: str) -> int:
    rooms = service_of(app).publications.edition().agenda.rooms
    return next(room.id for room in rooms if room.name["en"] == name)


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
    undone(page)
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


def test_what_cannot_be_taken_back_any_more_says_so(
    client: FlaskClient, tokens: dict[str, dict[str, str]], opened: Opened
) -> None:
    page = opened()
    late(page)
    page.locator("#preview").click()
    sheet(page, "Publish in 60 s, can be taken back")
    expect(page.locator("#holds .held")).to_contain_text("Waits until")
    body = {"operations": [{"op": "room", "session": 2, "room": 2}], "hold": 60}
    assert client.post("/v1/agenda/edits", json=body, headers=tokens["organiser"]).get_json()[
        "held"
    ]
    page.get_by_role("button", name="Take back").click()
    expect(page.locator("#sheet [role=alert]")).to_contain_text("Later edits of the same things")


def test_everything_an_organiser_can_tap_does_what_it_says(
    app: Flask, client: FlaskClient, opened: Opened
) -> None:
    """One day at one desk, as a whole: each step is seen before, published, and asked for after."""
    a_day(app)
    page = opened()

    def shown(number: int) -> dict[str, Any]:
        found: dict[str, Any] = client.get(f"/v1/sessions/{number}").get_json()["session"]
        return found

    def step(number: int, *taps: str | tuple[str, str], says: str) -> dict[str, Any]:
        """Tap what is called so in a session's sheet, or choose; see what is said; publish."""
        tab(page, "agenda")
        page.locator(".open", has_text=f"Session {number}").click()
        tapped(page, *taps)
        publish(page, says)
        return shown(number)

    moved = step(2, "Other room", "Room 2", "More room is needed", "Add", says="Room 1 → Room 2")
    assert moved["room_id"] == shown(1)["room_id"]
    assert moved["reason"] == "More room is needed"
    shorter = step(2, "Shorten", "−10 min", "Add", says="until 10:45 → 10:35")
    assert shorter["ends_at"][11:16] == "10:35"
    swapped = step(2, "Swap with …", "11:00 Session 3", "Add", says="10:00 → 11:00")
    assert swapped["starts_at"][11:16] == "11:00"
    assert shown(3)["starts_at"][11:16] == "10:00"
    choice = ("new", "Łucja 1")
    other = step(3, "Other speaker", "Part 1", choice, "Add", "Add", says="Speakers Part 1")
    assert [one["name"] for one in other["parts"][0]["speakers"]] == ["Łucja 1"]
    assert [one["name"] for one in other["speakers"]] == ["Łucja 3"]
    other = step(3, "Other speaker", "The whole session", choice, "Add", "Add", says="Speakers")
    assert [one["name"] for one in other["speakers"]] == ["Łucja 1"]
    gone = step(3, "Cancel", "Part 1", "Add", "The speaker is ill", "Add", says="Cancelled Part 1")
    assert (gone["state"], gone["parts"][0]["state"]) == ("confirmed", "cancelled")
    instead = ("instead", "11:00 Session 2")
    off = step(3, "Cancel", "The whole session", instead, "Add", "Add", says="Cancelled Session 3")
    assert off["state"] == "cancelled"
    assert "Session 2" in off["reason"]
    on = step(3, "Takes place after all", "Add", says="Restored Session 3")
    assert on["state"] == "confirmed"
    paused = step(3, "Interrupt", "A technical problem", "Add", says="Interrupted Session 3")
    assert paused["state"] == "suspended"
    assert step(3, "Go on", "Add", says="Goes on Session 3")["state"] == "confirmed"

    everyone(page, "A room is closed", "Room 2", "Room 1", "The room is not available", "Add")
    publish(page, "Room 2 → Room 1")
    assert {session.room_id for session in sessions(app)} == {room(app, "Room 1")}
    everyone(page, "A room is closed", "Room 1", "Nowhere: interrupt", "Add")
    publish(page, "Interrupted Session 1")
    assert {session.state for session in sessions(app)} == {"suspended"}
    undone(page)
    assert {session.state for session in sessions(app)} == {"confirmed"}


def test_everything_is_later_by_other_minutes(app: Flask, opened: Opened) -> None:
    page = opened()
    everyone(page, "Everything is late", ("minutes", "20"), "Add", "The speaker is delayed", "Add")
    publish(page, "10:00 → 10:20")
    assert starts(app) == ["07:20", "08:20", "09:20"]


def test_an_evacuation_is_two_seconds_a_headline_and_one_publish(
    app: Flask, opened: Opened
) -> None:
    """The taps of docs/changes.md, in their order."""
    a_desk(app)
    page = opened()
    before = service_of(app).publications.edition().clock.seq
    tab(page, "all")
    page.locator(".danger").click()
    expect(page.locator("#sheet")).to_be_hidden()
    page.locator(".danger").hover()
    page.mouse.down()
    expect(page.locator("#sheet")).to_be_visible()
    page.mouse.up()
    tapped(page, "For safety", "Add")
    page.locator("#title-en").fill("Leave the building now")
    page.locator("#title-pl").fill("Opuść budynek")
    page.locator("#severity").select_option("urgent")
    page.locator("#expires").fill("60")
    page.locator("#view-all").get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#preview")).to_have_text("Preview: 2 to publish")
    publish(page, "Told: 4 people")
    clock = service_of(app).publications.edition().clock
    assert clock.seq == before + 1
    assert {session.state for session in sessions(app)} == {"suspended"}
    (said,) = service_of(app).publications.edition().agenda.announcements
    assert said.title == {"en": "Leave the building now", "pl": "Opuść budynek"}
    assert said.severity == "urgent"
    # The page's clock goes on where the server's stands.
    assert said.expires_at
    assert timedelta() <= said.expires_at - OPENING - timedelta(hours=1) < timedelta(minutes=1)
    everyone(page, "Go on with everything", "Add")
    publish(page, "Goes on Session 1")
    assert {session.state for session in sessions(app)} == {"confirmed"}


def test_words_to_one_category_are_public_nowhere(app: Flask, opened: Opened) -> None:
    page = opened()
    tab(page, "all")
    page.locator("#title-en").fill("The speakers' bus leaves")
    page.locator("#audience").select_option("speaker")
    page.locator("#view-all").get_by_role("button", name="Add", exact=True).click()
    publish(page)
    service = service_of(app)
    assert service.publications.edition().agenda.announcements == ()
    with service.db.read() as db:
        assert [one.audience for one in load_announcements(db)] == [("speaker",)]


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
    expect(page.locator("#plans-mark")).to_have_text("▲ 1")
    assert page.locator("#plans-mark").get_attribute("aria-label") == "Plans that no longer fit: 1"


def test_what_a_colleague_edits_after_the_preview_is_not_published_over(
    app: Flask, opened: Opened
) -> None:
    page, colleague = opened(), opened()
    late(page)
    page.locator("#preview").click()
    expect(page.locator("#sheet .changes")).to_contain_text("10:00 → 10:15")
    late(colleague)
    publish(colleague)
    sheet(page, "Publish now")
    expect(page.locator("#sheet [role=alert]")).to_contain_text("A colleague edited this")
    expect(page.locator("#sheet .changes")).to_contain_text("10:15 → 10:30")
    assert starts(app)[1] == "08:15"
    page.keyboard.press("Escape")
    publish(page, "10:15 → 10:30")
    assert starts(app)[1] == "08:30"


def test_a_plan_is_not_fired_over_what_a_colleague_edits_after_the_preview(
    app: Flask, opened: Opened
) -> None:
    page, colleague = opened(), opened()
    late(page)
    page.locator("#preview").click()
    page.locator("#plan-name").fill("The train is late")
    sheet(page, "Keep as plan B")
    tab(page, "plans")
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("#sheet .changes")).to_contain_text("10:00 → 10:15")
    late(colleague)
    publish(colleague)
    sheet(page, "Publish now")
    expect(page.locator("#sheet [role=alert]")).to_contain_text("A colleague edited this")
    expect(page.locator("#sheet .changes")).to_contain_text("10:15 → 10:30")
    assert starts(app)[1] == "08:15"
    sheet(page, "Publish now")
    expect(page.locator("#sheet")).to_be_hidden()
    assert starts(app)[1] == "08:30"


def test_without_a_server_nothing_is_changed_and_the_page_says_where_to_look(
    app: Flask, opened: Opened, server: Server
) -> None:
    page = opened()
    late(page)
    service_of(app).live.close()
    server.stop()
    page.locator("#preview").click()
    expect(page.locator("#sheet [role=alert]")).to_contain_text("stands under Changes")
    assert starts(app) == ["07:00", "08:00", "09:00"]


def test_a_list_is_done_once_without_https_too(app: Flask, opened: Opened) -> None:
    """What asks anew for an answer that got lost is the same request; http has no randomUUID."""
    page = opened()
    page.evaluate("delete Crypto.prototype.randomUUID")
    late(page)
    page.locator("#preview").click()
    expect(page.locator("#sheet .changes")).to_be_visible()
    page.route("**/v1/agenda/edits*", lambda route: (route.fetch(), route.abort()))
    sheet(page, "Publish now")
    expect(page.locator("#sheet [role=alert]")).to_be_visible()
    page.unroute_all()
    sheet(page, "Publish now")
    expect(page.locator("#sheet")).to_be_hidden()
    assert starts(app) == ["07:00", "08:15", "09:00"]
    assert service_of(app).publications.clock().seq == 2


def test_sessions_of_other_days_are_there_with_their_day(app: Flask, opened: Opened) -> None:
    agenda = an_agenda()
    first, *others = agenda.sessions
    day = timedelta(days=1)
    first = replace(first, starts_at=first.starts_at + day, ends_at=first.ends_at + day)
    publish_agenda(service_of(app).db, replace(agenda, sessions=(first, *others)))
    page = opened()
    expect(page.locator("#list")).to_contain_text("Other days")
    row = page.locator(".row", has_text="Session 1")
    expect(row).to_contain_text("Wed 4 Jun 09:00–09:45")
    page.locator("#query").fill("session 1")
    expect(page.locator(".row")).to_contain_text("Wed 4 Jun")
    row.locator(".open").click()
    tapped(page, "Interrupt", "Add")
    page.locator("#preview").click()
    expect(page.locator("#sheet .changes .where")).to_contain_text("Wed 4 Jun")


def test_the_doors_counts_are_there(
    client: FlaskClient, opened: Opened, entrance: Entrance
) -> None:
    code = {"code": entrance.gate_code, "device": str(uuid4())}
    assert client.post("/v1/enrol", json=code).status_code == 200
    page = opened()
    tab(page, "doors")
    expect(page.locator("#view-doors")).to_contain_text("Main door")
    expect(page.locator("#view-doors .counts").first).to_contain_text("0inside")
    expect(page.locator("#view-doors li")).to_have_text(["Ascans: 0, last heard –, waiting: –"])


def test_an_entry_that_was_a_mistake_is_taken_back_later(
    app: Flask, entrance: Entrance, opened: Opened
) -> None:
    db, code = service_of(app).db, entrance.badges["Zofia"]
    with db.write() as tx:
        for number, (gate, minutes, leaving) in enumerate(
            [("main", 20, False), ("hall", 10, False), ("hall", 10, False), ("hall", 5, True)]
        ):
            what, at = Reading(an_id(number), code, leaving=leaving), NOW - minutes * 60_000
            admit(tx, gate, what, device="A", trusted=False, t=at, at=at)
    page = opened(size={"width": 360, "height": 740})

    def passed() -> Locator:
        tab(page, "doors")
        page.get_by_role("button", name="Take back an entry").click()
        assert serious(page) == []
        tapped(page, ("wanted", "wisn"), "Search")
        page.locator("#sheet").get_by_role("button", name="Zofia Wiśniewska").click()
        return page.locator("#sheet .choices button")

    hall = ["Tue 3 Jun 08:55Hall · went out", "Tue 3 Jun 08:50Hall"]
    expect(passed()).to_have_text([*hall, "Tue 3 Jun 08:40Main door"])
    assert serious(page) == []
    page.locator("#sheet").get_by_role("button", name="Main door").click()
    assert serious(page) == []
    tapped(page, ("note", "It was her sister"), "Take back")
    expect(page.locator("#status")).to_have_text("Taken back")
    with db.read() as tx:
        (left,) = tx.execute(select(tables.passage))
        (undo,) = tx.execute(select(tables.scan).where(tables.scan.c.kind == "undo"))
    assert (left.entries, left.inside) == (1, 0)
    assert (undo.target, undo.note) == (an_id(0), "It was her sister")
    expect(passed()).to_have_text(hall)


def test_a_code_that_is_no_organisers_gives_no_desk(
    a_page: Opened, chromium: Browser, entrance: Entrance, server: Server
) -> None:
    page = a_page(chromium)
    page.goto(f"http://127.0.0.1:{server.port}/desk#{entrance.gate_code}")
    page.locator("#enter-form button").click()
    expect(page.locator("#enter-trouble")).to_contain_text("not for the desk")


SHEETS = {
    "late": "Late | Opóźnij",
    "to-room": "Other room | Inna sala",
    "shorten": "Shorten | Skróć",
    "swap": "Swap with … | Zamień z…",
    "speaker": "Other speaker | Inny prelegent",
    "cancel": "Cancel | Odwołaj",
}
"""What opens sheets of a session's sheet, in either language."""


@pytest.mark.parametrize(("locale", "scheme"), [("en-GB", "light"), ("pl-PL", "dark")])
@pytest.mark.usefixtures("entrance")
def test_axe_finds_nothing_serious(
    app: Flask, chromium: Browser, server: Server, opened: Opened, locale: str, scheme: Scheme
) -> None:
    signing_in = chromium.new_page(locale=locale, color_scheme=scheme)
    signing_in.goto(f"http://127.0.0.1:{server.port}/desk")
    expect(signing_in.locator("#enter-form")).to_be_visible()
    assert serious(signing_in) == []
    signing_in.close()
    a_day(app)
    page = opened(locale=locale, scheme=scheme)
    for names in SHEETS.values():
        page.locator(".open").nth(2).click()
        assert serious(page) == []
        name = names.split(" | ")[locale == "pl-PL"]
        sheet(page, name)
        assert serious(page) == []
        part = page.locator("#sheet").get_by_role("button", name="Part 1", exact=True)
        if part.count():
            part.click()
            assert serious(page) == []
        page.locator("#sheet-body > .outline").last.click()
    tab(page, "all")
    page.locator("[data-key=closed]").click()
    assert serious(page) == []
    page.locator("#sheet-body > .outline").last.click()
    tab(page, "agenda")
    page.locator(".open").nth(1).click()
    page.locator("#sheet .grid button").first.click()
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


def test_what_a_gateway_did_not_take_is_one_line_until_it_is_taken(
    app: Flask, opened: Opened
) -> None:
    db = service_of(app).db
    a_webhook(db)
    page = opened()
    expect(page.locator("#undelivered")).to_be_empty()
    stands = [("sent", ""), ("waiting", ""), ("expired", "503"), ("waiting", "TimeoutError")]
    with db.write() as tx:
        for n, (state, fault) in enumerate(stands):
            tx.execute(
                tables.message.insert(),
                {"epoch": 1, "seq": n, "webhook_id": 1, "lane": "webhook/1", "topic": "",
                 "language": "", "state": state, "at": AT + 60 * n, "due": AT, "fault": fault},
            )  # fmt: skip
    tab(page, "doors")
    line = page.locator("#undelivered p")
    expect(line).to_have_text(
        "▲ Gateway sms: 2 not delivered since Tue 3 Jun 09:02. Get it going, then: Send again"
    )
    assert serious(page) == []
    line.get_by_role("button", name="Send again").click()
    expect(page.locator("#sheet")).to_be_hidden()
    with db.write() as tx:
        assert [row.state for row in rows(tx)] == ["sent", "waiting", "waiting", "waiting"]
        tx.execute(update(tables.message).values(state="sent", fault=""))
    tab(page, "plans")
    expect(page.locator("#undelivered")).to_be_empty()


def test_the_preview_says_by_which_ways_people_are_told(app: Flask, opened: Opened) -> None:
    db = service_of(app).db
    with db.write() as tx:
        ada = add(tx, Attendee(0, guid_of(""), surname="Żak"), at=to_seconds(OPENING))
        star = {"attendee_id": ada.id, "session_id": 2, "marked": 1, "t_est": 1}
        tx.execute(tables.bookmark.insert(), star)
    page = opened()
    late(page)
    page.locator("#preview").click()
    expect(page.locator("#sheet .told")).to_contain_text("1 of them have no channel")
    page.keyboard.press("Escape")
    subscribed(db, ada.id, "https://push.example.org/a")
    page.locator("#preview").click()
    expect(page.locator("#sheet .told")).to_contain_text("push: 1")
    expect(page.locator("#sheet .told")).not_to_contain_text("no channel")
