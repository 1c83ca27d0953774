"""A door in Chromium: a server that can go away, a camera that sees a film, phones of their own."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attendee import KEPT, PHONE
from builders import OPENING
from entrance import Entrance, Server, an_entrance, shoot
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from scanners import Clock, keep_time, service_of

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CAMERA = [
    *FLAGS,
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


class Running(Clock):
    """The true time, which goes on by itself from the opening."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def event(self) -> datetime:
        return OPENING + timedelta(seconds=time.monotonic() - self._began)


@pytest.fixture
def entrance(app: Flask, client: FlaskClient, tmp_path: Path) -> Entrance:
    keep_time(app, Running())
    assert client.get("/v1/event").status_code == 200
    return an_entrance(app, tmp_path)


@pytest.fixture
def server(client: FlaskClient) -> Iterator[Server]:
    """Yield the application on a port, with an event in it."""
    made = Server(client.application)
    made.start()
    yield made
    # Whoever listens would go on listening.
    service_of(made.app).live.close()
    made.stop()


@contextmanager
def _browser(*flags: str) -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Install Debian's chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Yield a browser without a camera."""
    with _browser(*FLAGS) as browser:
        yield browser


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the camera's film lies; a browser reads it when its camera starts."""
    return tmp_path_factory.mktemp("camera") / "film.mjpeg"


@pytest.fixture(scope="module")
def camera(film: Path) -> Iterator[Browser]:
    """Yield a browser whose camera shows the film."""
    shoot(film, "")
    with _browser(*CAMERA, f"--use-file-for-fake-video-capture={film}") as browser:
        yield browser


@pytest.fixture
def a_page() -> Iterator[Callable[..., Page]]:
    """Return what opens a page on a new phone; what its scripts complain of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(browser: Browser, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": PHONE, "locale": "en-GB"} | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    # Chromium itself notes each answer that is an error; the page says what that means.
    assert [said for said in complaints if "Failed to load resource" not in said] == []


@pytest.fixture
def enrol(
    a_page: Callable[..., Page], camera: Browser, film: Path, server: Server
) -> Callable[..., Page]:
    """Return what opens the link of a code on a new phone and starts scanning.

    What the page then needs is kept without a network when it returns; `away` is called right
    before scanning starts.
    """

    def open_page(
        code: str,
        *,
        shows: str = "",
        before: str = "",
        at: float = 0,
        away: Callable[[], object] | None = None,
    ) -> Page:
        shoot(film, shows)
        page = a_page(camera, permissions=["camera"])
        if at:
            page.clock.install(time=at)
        page.add_init_script(before)
        page.goto(f"http://127.0.0.1:{server.port}/door#{code}")
        page.locator("#enrol-form button").click()
        expect(page.locator("#checks li")).to_have_count(5)
        if away:
            page.evaluate(KEPT)
            away()
        page.locator("#begin").click()
        expect(page.locator("#gate")).to_have_text("Main door")
        page.evaluate(KEPT)
        return page

    return open_page
