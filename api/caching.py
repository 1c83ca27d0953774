"""Answers that phones and caches may keep: entity tags, 304 before any work, bytes kept hot.

The tag of a list is "{epoch}-{seq}-{build}-{language}", of a session "s{id}-{version}-" and the
same; what changes without a publish adds its next moment. It is known before a route runs, so that
a 304 costs no database. An encoded body has ".br" or ".gzip" behind its tag, because a strong tag
names bytes (RFC 9110, section 8.8.3); comparisons ignore that, and what other servers append.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, g, json, request
from flask_smorest import abort
from marshmallow import ValidationError
from werkzeug.datastructures import Headers
from werkzeug.http import http_date, parse_date

from api.auth import bearer
from api.encodings import Body, encoding_for
from api.inputs import ASKED_LANGUAGE
from api.languages import ALL, negotiate
from api.problems import Refused
from api.published import Edition
from api.service import service
from api.shapes import Context
from api.shortcut import keep
from event.agenda.rows import load
from event.times import to_seconds, zone
from sync.publish import read_clock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])
Boundary = Callable[[Edition, datetime], int]
"""Returns the UTC second since which an answer is as it is now."""

_APPENDED = re.compile(r"[-.:;](?:br|gzip|zstd|deflate)$")
PUBLIC = "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
_VARY = "Accept-Encoding, Accept-Language"
_LONGEST_QUERY = 4_000


@cache
def build() -> str:
    """Return eight hex digits that differ between releases: a hash of our own sources."""
    root = Path(__file__).parents[1]
    digest = sha256()
    for package in ("api", "badges", "event", "sync"):
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


@lru_cache(maxsize=1024)
def tags(header: str) -> tuple[tuple[str, str], ...]:
    """Return the tags of an If-Match or If-None-Match header: bare, and as they were sent.

    Bare is without quotes, W/ and what an encoding appends.
    """
    quoted = re.findall(r'(?:W/)?"([^"]*)"', header)
    # Some clients forget the quotes; a tag of ours holds neither comma nor space.
    loose = [] if quoted else [part.strip() for part in header.split(",")]
    return tuple((_APPENDED.sub("", tag), tag) for tag in quoted or loose if tag)


def public(
    *,
    boundary: Boundary | None = None,
    hot: bool = True,
    organisers: bool = False,
    content_type: str = "application/json",
) -> Callable[[View], View]:
    """Make a view of the published agenda cacheable; it returns a dict, or bytes of its own type.

    With `hot` the bytes are kept until the next publish, as long as the query asks for no more than
    a language. `g.edition` and `g.context` are what the view works with. With `organisers` an
    organiser's token shows drafts and what only some may see; that answer is not to be kept.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> Response:
            if len(request.query_string) > _LONGEST_QUERY:
                raise Refused("uri-too-long")
            g.prefix = f"s{kwargs['session_id']}-" if "session_id" in kwargs else ""
            # A kept body is given without asking the view, which would check this.
            if "lang" in request.args:
                _check_language(request.args["lang"])
            g.vary = f"{_VARY}, Authorization" if organisers else _VARY
            if organisers and (found := bearer()) and found.role == "organiser":
                return _for_organiser(lambda: view(*args, **kwargs))
            edition = g.edition = service().publications.edition()
            context = g.context = context_for(edition)
            clock = edition.clock
            g.now = service().now()
            since = boundary(edition, g.now) if boundary else 0
            tail = f"{clock.epoch}-{clock.seq}-{build()}-{context.language}"
            g.tag = f"{tail}-{since}" if boundary else tail
            # A date is never later than now (RFC 9110, section 8.8.2.1), whatever ?at= asks.
            latest = max(clock.modified, min(since, to_seconds(g.now)))
            g.modified = http_date(latest)
            is_hot = hot and not boundary and not (request.args.keys() - {"lang"})
            # What is named in the path may not exist; the view knows, from memory.
            if not kwargs and (known := _known_tag()):
                if is_hot:
                    keep(request.environ, edition)
                return _not_modified(known)

            def make() -> Body:
                made = view(*args, **kwargs)
                plain = made if isinstance(made, bytes) else dumped(made)
                return Body(plain, content_type)

            if is_hot:
                keep(request.environ, edition)
                key = (request.script_root, request.path, context.language)
                return _respond(edition.body(key, make))
            return _respond(make())

        return answer  # type: ignore[return-value]

    return decorate


def _check_language(asked: str) -> None:
    try:
        ASKED_LANGUAGE(asked)
    except ValidationError as error:
        abort(422, messages={"query": {"lang": error.messages}})


def dumped(document: Any) -> bytes:
    """Return a document as compact UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=False).encode()


def context_for(edition: Edition) -> Context:
    """Return how this request is answered."""
    event = edition.agenda.event
    headers = request.headers
    language = negotiate(
        request.args.get("lang", ""), headers.get("Accept-Language", ""), event.languages
    )
    return Context(language, event.languages, zone(event.timezone))


def _for_organiser(make: Callable[[], Any]) -> Response:
    with service().db.read() as db:
        g.edition = Edition(read_clock(db), load(db, public=False))
    g.context = context_for(g.edition)
    g.now = service().now()
    answer = Response(dumped(make()), content_type="application/json")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Vary"] = g.vary
    if g.prefix:
        answer.headers["ETag"] = f'"{g.prefix}{g.context.language}"'
    return answer


def _respond(body: Body) -> Response:
    encoding = encoding_for(request.headers.get("Accept-Encoding", ""), len(body.plain))
    tag = f"{g.prefix}{g.tag}.{encoding}" if encoding else f"{g.prefix}{g.tag}"
    if _is_unconditionally_known():
        return _not_modified(tag)
    if known := _known_tag():
        return _not_modified(known)
    answer = Response(body.encoded(encoding), content_type=body.content_type)
    if encoding:
        answer.headers["Content-Encoding"] = encoding
    return _with_headers(answer, tag)


def _known_tag() -> str:
    """Return the tag under which the client has this very answer, "" if it has not."""
    for bare, sent in tags(request.headers.get("If-None-Match", "")):
        if bare == g.prefix + g.tag:
            return sent
    return ""


def _is_unconditionally_known() -> bool:
    """Say whether `*` or the date says so; a tag goes before a date (RFC 9110, section 13.2.2)."""
    header = request.headers.get("If-None-Match")
    if header is not None:
        return header.strip() == "*"
    since = parse_date(request.headers.get("If-Modified-Since"))
    modified = parse_date(g.modified)
    return since is not None and modified is not None and modified <= since


class NotModified(Response):
    """A 304 that repeats what the 200 would say (RFC 9110, section 15.4.5).

    werkzeug would drop Last-Modified and Content-Language.
    """

    default_mimetype = None

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:  # noqa: ARG002
        """Return the headers as they were set."""
        return Headers(self.headers)


def _not_modified(tag: str) -> Response:
    return _with_headers(NotModified(status=304), tag)


def _with_headers(answer: Response, tag: str) -> Response:
    headers = answer.headers
    headers["ETag"] = f'"{tag}"'
    headers["Last-Modified"] = g.modified
    headers["Cache-Control"] = PUBLIC
    headers["Vary"] = g.vary
    if g.context.language != ALL:
        headers["Content-Language"] = g.context.language
    return answer


def required_versions(prefix: str) -> frozenset[int] | None:
    """Return the versions that If-Match names behind a prefix such as s12-, None for `*`.

    Refuses a request without the header. Tags of something else name none.
    """
    header = request.headers.get("If-Match")
    if header is None:
        raise Refused("precondition-required")
    if header.strip() == "*":
        return None
    found = (re.match(rf"{prefix}(\d{{1,15}})(?:-|$)", tag) for tag, _ in tags(header))
    return frozenset(int(match[1]) for match in found if match)
