"""A phone that sleeps, in Chromium: asked for by a tap, shown by the worker, led to by a tap."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from entrance import Server
from flask import Flask
from playwright.sync_api import Browser, Error, Page, expect
from promises import wait_until
from receivers import a_browser, base64url
from sqlalchemy import select

from api.app import service_of
from api.deliver.push import public_of
from event import tables
from event.keys import push_key
from event.people.attendees import add
from event.people.enrolment import enrol, invite
from event.people.model import Attendee

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
READY = "navigator.serviceWorker.ready.then(() => true)"
ENDPOINT = "https://push.example.org/p/1"
SERVICE = """
// Chromium as it is tested reaches no push service; this one gives what a service gives.
let kept = null;
PushManager.prototype.getSubscription = async () => kept;
PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
  const bytes = atob(key.replace(/-/g, "+").replace(/_/g, "/"));
  kept = {
    options: { applicationServerKey: Uint8Array.from(bytes, (one) => one.charCodeAt(0)).buffer },
    toJSON: () => (%s),
    unsubscribe: async () => (kept = null),
  };
  return kept;
};
"""
REFUSING = """
window.asked = 0;
Notification.requestPermission = async () => (asked++, "denied");
Object.defineProperty(Notification, "permission", { get: () => (asked ? "denied" : "default") });
"""
SHOWN = """navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) =>
  all.map(({ title, body, tag, lang, data }) => [title, body, tag, lang, data]))"""
Opened = Callable[..., Page]


@pytest.fixture
def opened(app: Flask, a_page: Opened, chromium: Browser, server: Server) -> Opened:
    """Return what opens the page on an attendee's phone, where notifications are granted or not."""

    def open_page(*, granted: bool = True) -> Page:
        url = f"http://127.0.0.1:{server.port}"
        page = a_page(chromium)
        context = page.context
        context.add_init_script(SERVICE % json.dumps(a_browser().subscription(ENDPOINT)))
        if granted:
            context.grant_permissions(["notifications"], origin=url)
        else:
            context.add_init_script(REFUSING)
        page.goto(f"{url}/app")
        service = service_of(app)
        with service.db.write() as db:
            at = service.seconds()
            who = add(db, Attendee(0, str(uuid4()), given_name="Zofia", surname="Żak"), at=at)
            secret = invite(db, role="attendee", attendee_id=who.id, at=at).secret
            uuid = str(uuid4())
            _, token = enrol(db, secret, uuid=uuid, at=at)
        page.evaluate(
            "([uuid, token]) => (localStorage.setItem('eventday:/device', uuid), "
            "localStorage.setItem('eventday:/token', token))",
            [uuid, token],
        )
        page.goto(f"{url}/app#place")
        page.reload()
        expect(page.locator("#status")).to_contain_text("Up to date", timeout=20_000)
        page.evaluate(READY)
        return page

    return open_page


def endpoints(app: Flask) -> list[str]:
    with service_of(app).db.read() as db:
        return list(db.execute(select(tables.subscription.c.endpoint)).scalars())


def test_a_tap_asks_and_subscribes_and_another_ends_it(app: Flask, opened: Opened) -> None:
    page = opened()
    button = page.locator("[data-key=push]")
    assert endpoints(app) == []
    button.click()
    expect(button).to_have_text("Stop notifying me", timeout=20_000)
    expect(page.locator("#view-place")).to_contain_text("also when this page is closed")
    assert endpoints(app) == [ENDPOINT]
    kept = page.evaluate(
        "navigator.serviceWorker.ready.then((one) => one.pushManager.getSubscription())"
        ".then((one) => [...new Uint8Array(one.options.applicationServerKey)])"
    )
    key = public_of(push_key(service_of(app).settings.home / "keys"))
    assert base64url(bytes(kept)) == key
    button.click()
    expect(button).to_have_text("Notify me of changes", timeout=20_000)
    assert endpoints(app) == []


def test_who_says_no_is_told_how_to_say_yes_and_is_asked_only_by_a_tap(
    app: Flask, opened: Opened
) -> None:
    page = opened(granted=False)
    assert page.evaluate("asked") == 0
    page.locator("[data-key=push]").click()
    expect(page.locator("#view-place")).to_contain_text("blocked", timeout=20_000)
    assert (page.evaluate("asked"), endpoints(app)) == (1, [])


def test_forgetting_the_owner_ends_what_wakes_the_phone(app: Flask, opened: Opened) -> None:
    page = opened()
    page.locator("[data-key=push]").click()
    expect(page.locator("[data-key=push]")).to_have_text("Stop notifying me", timeout=20_000)
    page.locator("[data-key=forget]").click()
    with page.expect_response("**/v1/me/token"):
        page.locator("[data-key=forget]").click()
    expect(page.locator("[data-key=push]")).to_have_count(0, timeout=20_000)
    assert endpoints(app) == []


def test_the_worker_shows_what_is_pushed_the_newer_in_place_of_the_older(
    opened: Opened, server: Server
) -> None:
    page = opened()
    origin = f"http://127.0.0.1:{server.port}"
    cdp = page.context.new_cdp_session(page)
    found: list[str] = []

    def learn(event: Any) -> None:
        found.extend(one["registrationId"] for one in event["registrations"])

    cdp.on("ServiceWorker.workerRegistrationUpdated", learn)
    cdp.send("ServiceWorker.enable")
    wait_until(page, "new Promise((heard) => requestAnimationFrame(() => heard(true)))")

    def push(data: str) -> None:
        cdp.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": found[0], "data": data},
        )

    told = {"title": "Moved: Hydrogen", "body": "09:00 → 09:15", "lang": "en",
            "tag": "session-1", "url": "app#news"}  # fmt: skip
    push(json.dumps(told))
    is_shown = f"{SHOWN}.then((shown) => shown.length === 1)"
    try:
        wait_until(page, is_shown)
    except Error:
        # Chromium loses the first of a browser now and then; with its tag it is the same one.
        push(json.dumps(told))
        wait_until(page, is_shown)
    push(json.dumps(told | {"body": "09:15 → 09:30"}))
    wait_until(page, f"{SHOWN}.then((shown) => shown[0]?.[1] === '09:15 → 09:30')")
    assert page.evaluate(SHOWN) == [
        ["Moved: Hydrogen", "09:15 → 09:30", "session-1", "en", "app#news"]
    ]
    push("what nobody understands")
    wait_until(page, f"{SHOWN}.then((shown) => shown.length === 2)")
    assert sorted(title for title, *_ in page.evaluate(SHOWN)) == ["Moved: Hydrogen", "eventday"]


def test_a_tap_on_a_notification_leads_to_what_is_new(opened: Opened) -> None:
    page = opened()
    (worker,) = page.context.service_workers
    worker.evaluate(
        """async () => {
          await registration.showNotification("Moved", { data: "app#news" });
          const [notification] = await registration.getNotifications();
          dispatchEvent(new NotificationEvent("notificationclick", { notification }));
        }"""
    )
    expect(page.locator("#view-news")).to_be_visible(timeout=20_000)
    assert page.url.endswith("/app#news")
