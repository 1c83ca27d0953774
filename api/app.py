"""The application: one event behind HTTP, put together from its parts."""

from collections.abc import Sequence
from functools import partial
from threading import Semaphore

from flask import Flask, Response, g, request

from api import problems
from api.brake import Brake
from api.clock import clock_of, real_time
from api.doors import Doors
from api.live import Live
from api.published import Publications
from api.rest import Api, Id, Word
from api.routes import (
    agenda,
    attendance,
    attendees,
    badge,
    bookings,
    card,
    certificates,
    counts,
    devices,
    directory,
    docs,
    door_feed,
    editing,
    edits,
    enrolling,
    feedback,
    feeds,
    files,
    gates,
    incidents,
    inside,
    live,
    log,
    me,
    meetings,
    news,
    outbox,
    pages,
    paper,
    parties,
    plans,
    push,
    reviews,
    scans,
    schedule,
    screens,
    sessions,
    shared,
    shares,
    speakers,
    start,
    ticks,
    venue,
    watches,
    webhooks,
)
from api.service import Service
from api.settings import Settings
from api.shortcut import Shortcut
from api.together import Together
from event.database import Database, migrate
from event.door.admit import Answer, Asked, admit_all
from event.errors import EventdayError
from sync.door import DOOR
from sync.epoch import follow
from sync.signing import Signer

LARGEST_BODY = 1_000_000
BATCHES = 2
"""Batches that are taken in at once: one is read while another is stored; more get in the way."""
ROUTES = (
    counts, inside, ticks, incidents, log, attendance,
    schedule, bookings, meetings, feedback, shares, shared, directory, card,
    start, agenda, sessions, speakers, venue, news, editing, edits, plans, feeds, files, outbox,
    enrolling, devices, attendees, watches, parties, badge, me, gates, scans, door_feed,
    live, screens, paper, certificates, reviews, push, webhooks,
)  # fmt: skip

DESCRIPTION = """\
What a phone needs of an event: its agenda, and what changes of it to the last minute.

Start with `GET /v1/bootstrap`. Answers to `GET` can be kept: send the `ETag` back in
`If-None-Match` and get 304 without a body while nothing changed. Texts come in one language
(`Accept-Language` or `?lang=`), or in all with `?lang=*`. Errors are problem documents (RFC 9457).
"""


def create_app(settings: Settings) -> Flask:
    """Return an application that serves the event of these settings; it migrates the database."""
    app = Flask("api", static_folder=None)
    app.config.update(
        API_TITLE="eventday",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        OPENAPI_SWAGGER_UI_PATH="docs",
        OPENAPI_SWAGGER_UI_URL="docs/assets/",
        OPENAPI_SWAGGER_UI_CONFIG={"validatorUrl": None},
        API_SPEC_OPTIONS={
            "info": {
                "description": DESCRIPTION,
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "security": [],
        },
        MAX_CONTENT_LENGTH=LARGEST_BODY,
    )
    app.url_map.converters.update(int=Id, default=Word)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    db = Database(settings.database)
    migrate(db)
    now = clock_of(settings)
    signer, door_signer = Signer(settings.home), Signer(settings.home, DOOR)
    # Before the first write: a database that was replaced by an older copy gets a new epoch.
    for one in (signer, door_signer):
        follow(db, one.last(), at=now(), issued_at=real_time(), feed=one.feed)
    publications = Publications(db)
    app.extensions["eventday"] = Service(
        settings=settings,
        db=db,
        now=now,
        publications=publications,
        signer=signer,
        doors=Doors(db, now),
        door_signer=door_signer,
        brake=Brake(),
        live=Live(publications.clock, lambda: service_of(app).head(), most=settings.live),
        scans=Together(partial(_admit, db)),
        batches=Semaphore(BATCHES),
    )
    api = Api(app)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for module in ROUTES:
        api.register_blueprint(module.blp)
    app.register_blueprint(docs.blp)
    app.register_blueprint(pages.blp)
    problems.register(app)
    app.after_request(_with_safety)
    app.wsgi_app = Shortcut(app.wsgi_app, publications)  # type: ignore[method-assign]
    return app


def service_of(app: Flask) -> Service:
    """Return the service of an application."""
    service: Service = app.extensions["eventday"]
    return service


def _admit(db: Database, asked: Sequence[Asked]) -> list[Answer | EventdayError]:
    """Decide on scans that came at once; none is answered before all of them are stored."""
    with db.write() as tx:
        return admit_all(tx, asked)


def close(app: Flask) -> None:
    """Give back the connections of an application that is no longer needed."""
    service = service_of(app)
    service.live.close()
    service.publications.close()
    service.doors.close()
    service.db.close()


def _with_safety(answer: Response) -> Response:
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "no-referrer")
    if "bearer" in g:
        answer.headers.setdefault("Cache-Control", "private, no-store")
        answer.headers.setdefault("Vary", "Authorization")
    # What needs no token is for pages of any origin: there are no cookies to abuse.
    is_read = request.method in {"GET", "HEAD", "OPTIONS"} and "bearer" not in g
    if is_read or request.endpoint == "Outbox.outbox":
        answer.headers.setdefault("Access-Control-Allow-Origin", "*")
        answer.headers.setdefault(
            "Access-Control-Expose-Headers",
            "Content-Language, Content-Range, ETag, Retry-After",
        )
        answer.headers.setdefault(
            "Access-Control-Allow-Headers",
            "Cache-Control, Content-Encoding, Content-Type, If-None-Match, Range",
        )
    return answer
