"""The public feed's files: what every phone may keep (docs/sync.md)."""

from functools import partial

from flask import Response, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api import feed_files
from api.encodings import Body
from api.feed_files import BYTES, HEAD
from api.rest import Blueprint
from api.service import service
from api.shortcut import keep
from event.agenda.model import MEDIA_EXTENSIONS
from event.errors import NotFound
from event.tables import media as media_table
from sync.feed import PUBLIC

blp = Blueprint(
    "Files", __name__, url_prefix="/v1/sync/public", description="What phones keep offline."
)


@blp.route("/head")
@blp.response(200, content_type=HEAD)
@blp.problems(404)
def head() -> Response:
    """Get where the feed stands, signed: two lines, for a phone that knows the key."""
    edition = service().publications.edition()
    signed = service().head()
    if edition.clock != signed.clock:
        return feed_files.head(PUBLIC, signed)
    keep(request.environ, edition)
    body = edition.body(("head",), lambda: Body(signed.content, HEAD))
    return feed_files.head(PUBLIC, signed, body)


@blp.route("/keys")
@blp.response(200, content_type="application/json")
@blp.problems(404)
def keys() -> Response:
    """Get the chain of keys, from the first one to the one that signs now."""
    return feed_files.keys(PUBLIC)


@blp.route("/log-<name>")
@blp.response(200, content_type="application/json")
@blp.problems(404)
def log(name: str) -> Response:
    """Get a segment of the log; the head lists those there are."""
    return feed_files.log(PUBLIC, name)


@blp.route("/snapshot-<name>")
@blp.response(200, content_type=BYTES)
@blp.problems(404, 416)
def snapshot(name: str) -> BaseResponse:
    """Get a snapshot, a SQLite file; with .gz or .zst behind its name as opaque bytes."""
    return feed_files.snapshot(PUBLIC, name)


@blp.route("/rows")
@blp.response(200, content_type="application/json")
@blp.problems(404)
def rows() -> Response:
    """Get all rows as JSON, for what has no SQLite; the state of a signed head proves them."""
    edition = service().publications.edition()
    held = partial(edition.body, ("rows",), partial(feed_files.rows, PUBLIC))
    return feed_files.answer(PUBLIC, held, f"{edition.clock.epoch}-{edition.clock.seq}")


@blp.route("/media-<name>")
@blp.response(200, content_type=BYTES)
@blp.problems(404, 416)
def media(name: str) -> BaseResponse:
    """Get the bytes of a picture or map; an address names its content and never changes."""
    sha256, _, extension = name.partition(".")
    table = PUBLIC.tables["media"]
    wanted = (
        select(media_table.c.content, table.c.media_type)
        .join(media_table, media_table.c.id == table.c.id)
        .where(table.c.sha256 == sha256, media_table.c.content.is_not(None))
    )
    with service().db.read() as db:
        found = db.execute(wanted).first()
    if found is None or MEDIA_EXTENSIONS[found.media_type] != extension:
        raise NotFound("There is no such picture; GET /v1/venue lists them.")
    answer = feed_files.opaque(PUBLIC, found.content, sha256, found.media_type)
    # A drawing comes from an organiser's file: it may be looked at, never run.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer
