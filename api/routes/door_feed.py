"""The door feed: what a device at a door keeps, and nobody else may read (docs/sync.md)."""

from functools import partial

from flask import Response, g
from werkzeug.wrappers import Response as BaseResponse

from api import feed_files
from api.auth import requires
from api.caching import build, dumped
from api.encodings import Body
from api.feed_files import BYTES, HEAD
from api.rest import Blueprint
from api.service import service
from event.door.heard import hear, is_news
from event.people.tokens import AT_DOORS
from sync.door import DOOR
from sync.sealed import names_tag, sealed_names

blp = Blueprint(
    "Door feed", __name__, url_prefix="/v1/sync/door", description="What doors keep offline."
)

JSON = "application/json"
at_doors = requires(*AT_DOORS)


@blp.after_request
def tell_time(answer: Response) -> Response:
    """Say the event's clock in Unix milliseconds, a 304 too: devices compare theirs with it."""
    answer.headers["Eventday-Now"] = str(service().milliseconds())
    return answer


@blp.route("/head")
@blp.response(200, content_type=HEAD)
@blp.problems(401, 403, 404, 429)
@at_doors
def head() -> Response:
    """Get where the feed stands, signed; what happened at doors a second ago is in it."""
    device, at = g.bearer.device_id, service().seconds()
    if device is not None:
        with service().db.read() as db:
            is_new = is_news(db, device, at=at)
        if is_new:
            with service().db.write() as db:
                hear(db, device, at=at)
    return feed_files.head(DOOR, service().head(DOOR))


@blp.route("/keys")
@blp.response(200, content_type=JSON)
@blp.problems(401, 403, 404, 429)
@at_doors
def keys() -> Response:
    """Get the chain of keys, from the first one to the one that signs now."""
    return feed_files.keys(DOOR)


@blp.route("/log-<name>")
@blp.response(200, content_type=JSON)
@blp.problems(401, 403, 404, 429)
@at_doors
def log(name: str) -> Response:
    """Get a segment of the log; the head lists those there are."""
    return feed_files.log(DOOR, name)


@blp.route("/snapshot-<name>")
@blp.response(200, content_type=BYTES)
@blp.problems(401, 403, 404, 416, 429)
@at_doors
def snapshot(name: str) -> BaseResponse:
    """Get a snapshot, a SQLite file; with .gz or .zst behind its name as opaque bytes."""
    return feed_files.snapshot(DOOR, name)


@blp.route("/rows")
@blp.response(200, content_type=JSON)
@blp.problems(401, 403, 404, 429)
@at_doors
def rows() -> Response:
    """Get all rows as JSON, for what has no SQLite; the state of a signed head proves them."""
    clock = service().head(DOOR).clock
    tag = f"{clock.epoch}-{clock.seq}"
    held = partial(service().doors.body, "rows", tag, partial(feed_files.rows, DOOR))
    return feed_files.answer(DOOR, held, tag)


@blp.route("/sealed")
@blp.response(200, content_type=JSON)
@blp.problems(401, 403, 404, 429)
@at_doors
def sealed() -> Response:
    """Get the names on badges, each in a box that only its badge opens."""
    epoch = service().head(DOOR).clock.epoch
    with service().db.read() as db:
        tag = f"{epoch}-{names_tag(db)}-{build()}"
    return feed_files.answer(DOOR, lambda: service().doors.body("names", tag, _names), tag)


def _names() -> Body:
    doors = service().doors
    with service().db.read() as db:
        doors.boxes = sealed_names(db, service().signer.keys, doors.boxes)
    return Body(dumped({"names": dict(doors.boxes.values())}), JSON)
