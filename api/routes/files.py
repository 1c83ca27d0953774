"""The feed's files: the signed head, and what it names (docs/sync.md)."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import PurePosixPath

from flask import Response, request
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from api.caching import PUBLIC as CACHED
from api.caching import NotModified, tags
from api.encodings import Body, best, encoding_for
from api.rest import Blueprint
from api.service import service
from api.shortcut import keep
from event.agenda.model import MEDIA_EXTENSIONS
from event.errors import NotFound
from event.tables import PUBLIC
from event.tables import media as media_table
from sync import links
from sync.head import has_file, name_of, read_file

blp = Blueprint(
    "Files", __name__, url_prefix="/v1/sync/public", description="What phones keep offline."
)

IMMUTABLE = "public, max-age=31536000, immutable"
HEAD = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
OPAQUE = {".gz": "application/gzip", ".zst": "application/zstd"}
"""Endings of files that are given as they lie, in pieces if asked."""

_SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}


@blp.route("/head")
@blp.response(200, content_type=HEAD)
@blp.problems(404)
def head() -> Response:
    """Get where the feed stands, signed: two lines, for a phone that knows the key."""
    edition = service().publications.edition()
    signed = service().head()
    tag = f"{signed.clock.epoch}-{signed.clock.seq}-{signed.issued}"
    if edition.clock != signed.clock:
        return _answer(Body(signed.content, HEAD), tag, CACHED)
    keep(request.environ, edition)
    return _answer(edition.body(("head",), lambda: Body(signed.content, HEAD)), tag, CACHED)


@blp.route("/keys")
@blp.response(200, content_type="application/json")
@blp.problems(404)
def keys() -> Response:
    """Get the chain of keys, from the first one to the one that signs now."""
    with service().db.read() as db:
        content = links.content(db, service().signer.keys)
    return _answer(Body(content, "application/json"), name_of(content), CACHED)


@blp.route("/log-<name>")
@blp.response(200, content_type="application/json")
@blp.problems(404)
def log(name: str) -> Response:
    """Get a segment of the log; the head lists those there are."""
    body = _segment(f"log-{name}", service().settings.database)
    return _answer(body, PurePosixPath(name).stem, IMMUTABLE)


@blp.route("/snapshot-<name>")
@blp.response(200, content_type=BYTES)
@blp.problems(404, 416)
def snapshot(name: str) -> BaseResponse:
    """Get a snapshot, a SQLite file; with .gz or .zst behind its name as opaque bytes."""
    path = PurePosixPath(f"snapshot-{name}")
    if path.suffix in OPAQUE:
        return _opaque(_stored(str(path)), name, OPAQUE[path.suffix])
    with service().db.read() as db:
        there = [c for c, suffix in _SUFFIXES.items() if has_file(db, f"{path}{suffix}")]
    coding = best(request.headers.get("Accept-Encoding", ""), tuple(there))
    content = _stored(f"{path}{_SUFFIXES.get(coding, '')}")
    return _with(Response(content, content_type=BYTES), name, IMMUTABLE, coding)


@blp.route("/media-<name>")
@blp.response(200, content_type=BYTES)
@blp.problems(404, 416)
def media(name: str) -> BaseResponse:
    """Get the bytes of a picture or map; an address names its content and never changes."""
    sha256, _, extension = name.partition(".")
    table = PUBLIC["media"]
    wanted = (
        select(media_table.c.content, table.c.media_type)
        .join(media_table, media_table.c.id == table.c.id)
        .where(table.c.sha256 == sha256, media_table.c.content.is_not(None))
    )
    with service().db.read() as db:
        found = db.execute(wanted).first()
    if found is None or MEDIA_EXTENSIONS[found.media_type] != extension:
        raise NotFound("There is no such picture; GET /v1/venue lists them.")
    answer = _opaque(found.content, sha256, found.media_type)
    # A drawing comes from an organiser's file: it may be looked at, never run.
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer


def _stored(name: str) -> bytes:
    with service().db.read() as db:
        content = read_file(db, name)
    if content is None:
        raise NotFound("There is no such file any more; GET /v1/sync/public/head names those.")
    return content


@lru_cache(maxsize=32)
def _segment(name: str, database: str) -> Body:  # noqa: ARG001  # a name is one content, a database
    return Body(_stored(name), "application/json")


def _opaque(content: bytes, tag: str, media_type: str) -> BaseResponse:
    answer = Response(content, content_type=media_type)
    answer.headers["Cache-Control"] = IMMUTABLE
    answer.set_etag(tag)
    return answer.make_conditional(request, accept_ranges=True, complete_length=len(content))


def _answer(body: Body, tag: str, cached: str) -> Response:
    coding = encoding_for(request.headers.get("Accept-Encoding", ""), len(body.plain))
    content = body.encoded(coding)
    return _with(Response(content, content_type=body.content_type), tag, cached, coding)


def _with(answer: Response, tag: str, cached: str, coding: str) -> Response:
    """Return the answer with what caches need, or 304 if its tag is known."""
    known = tags(request.headers.get("If-None-Match", ""))
    headers: Mapping[str, str] = {
        "ETag": f'"{tag}.{coding}"' if coding else f'"{tag}"',
        "Cache-Control": cached,
        "Vary": "Accept-Encoding",
    }
    if any(bare == tag for bare, _ in known):
        answer = NotModified(status=304)
    elif coding:
        answer.headers["Content-Encoding"] = coding
    answer.headers.update(headers)
    return answer
