"""The files of a feed over HTTP (docs/sync.md): the signed head, and what it names."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from flask import Response, request
from werkzeug.wrappers import Response as BaseResponse

from api.caching import PUBLIC as CACHED
from api.caching import NotModified, dumped, tags
from api.encodings import Body, best, encoding_for
from api.service import service
from event.errors import NotFound
from sync import links
from sync.door import DOOR
from sync.feed import PUBLIC, Feed, published
from sync.head import has_file, name_of, read_file
from sync.publish import read_clock
from sync.signing import SignedHead

HEAD = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
OPAQUE = {".gz": "application/gzip", ".zst": "application/zstd"}
"""Endings of files that are given as they lie, in pieces if asked."""


@dataclass(frozen=True, slots=True)
class Caching:
    """Who may keep what a feed gives out: what changes, what never does, and what it hangs on."""

    changing: str
    immutable: str
    vary: str


CACHING = {
    PUBLIC: Caching(CACHED, "public, max-age=31536000, immutable", "Accept-Encoding"),
    # For a day: what a device holds ends with its shift.
    DOOR: Caching(
        "private, no-cache", "private, max-age=86400, immutable", "Accept-Encoding, Authorization"
    ),
}
_SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}


def head(feed: Feed, signed: SignedHead, body: Body | None = None) -> Response:
    """Return the answer with a head; `body` are its bytes, where they are kept."""
    tag = f"{signed.clock.epoch}-{signed.clock.seq}-{signed.issued}"
    return answer(feed, lambda: body or Body(signed.content, HEAD), tag)


def keys(feed: Feed) -> Response:
    """Return the answer with a feed's chain of keys. Raises NotFound without an event."""
    with service().db.read() as db:
        content = links.content(db, service().signer_of(feed).keys, feed)
    return answer(feed, lambda: Body(content, "application/json"), name_of(content))


def log(feed: Feed, name: str) -> Response:
    """Return the answer with a segment of the log. Raises NotFound."""
    body = _segment(feed, f"log-{name}", service().settings.database)
    tag = PurePosixPath(name).stem
    return answer(feed, lambda: body, tag, cached=CACHING[feed].immutable)


def snapshot(feed: Feed, name: str) -> BaseResponse:
    """Return the answer with a snapshot, encoded or as opaque bytes. Raises NotFound."""
    path = PurePosixPath(f"snapshot-{name}")
    cached = CACHING[feed].immutable
    if path.suffix in OPAQUE:
        return opaque(feed, _stored(feed, str(path)), name, OPAQUE[path.suffix])
    if known := _known(name):
        return _with(feed, NotModified(status=304), known, cached)
    with service().db.read() as db:
        there = [c for c, suffix in _SUFFIXES.items() if has_file(db, f"{path}{suffix}", feed)]
    coding = best(request.headers.get("Accept-Encoding", ""), tuple(there))
    content = _stored(feed, f"{path}{_SUFFIXES.get(coding, '')}")
    return _with(feed, Response(content, content_type=BYTES), name, cached, coding)


def rows(feed: Feed) -> Body:
    """Return all published rows as JSON, with where they stand, read at one moment."""
    with service().db.read() as db:
        clock = read_clock(db, feed)
        held = {
            "epoch": clock.epoch,
            "seq": clock.seq,
            "state": clock.state,
            "tables": feed.layout(),
            "rows": list(published(db, feed)),
        }
    return Body(dumped(held), "application/json")


def opaque(feed: Feed, content: bytes, tag: str, media_type: str) -> BaseResponse:
    """Return bytes that never change, in pieces if asked."""
    whole = Response(content, content_type=media_type)
    whole.headers["Cache-Control"] = CACHING[feed].immutable
    whole.set_etag(tag)
    return whole.make_conditional(request, accept_ranges=True, complete_length=len(content))


def answer(feed: Feed, make: Callable[[], Body], tag: str, *, cached: str = "") -> Response:
    """Return a body in the encoding that is asked for, or 304, without making it, if it is known.

    It is to be kept as long as what changes, unless `cached` says otherwise.
    """
    cached = cached or CACHING[feed].changing
    if known := _known(tag):
        return _with(feed, NotModified(status=304), known, cached)
    body = make()
    coding = encoding_for(request.headers.get("Accept-Encoding", ""), len(body.plain))
    given = Response(body.encoded(coding), content_type=body.content_type)
    return _with(feed, given, tag, cached, coding)


def _known(tag: str) -> str:
    """Return the tag under which the client has this, "" if it has not."""
    sent = tags(request.headers.get("If-None-Match", ""))
    return next((whole for bare, whole in sent if bare == tag), "")


def _with(feed: Feed, given: Response, tag: str, cached: str, coding: str = "") -> Response:
    """Return the answer with what caches need."""
    if coding:
        given.headers["Content-Encoding"] = coding
        tag = f"{tag}.{coding}"
    given.headers.update({"ETag": f'"{tag}"', "Cache-Control": cached, "Vary": CACHING[feed].vary})
    return given


def _stored(feed: Feed, name: str) -> bytes:
    with service().db.read() as db:
        content = read_file(db, name, feed)
    if content is None:
        raise NotFound(
            f"There is no such file any more; GET /v1/sync/{feed.name}/head names those."
        )
    return content


@lru_cache(maxsize=32)
def _segment(feed: Feed, name: str, database: str) -> Body:  # noqa: ARG001  # a name is one content, a database
    return Body(_stored(feed, name), "application/json")
