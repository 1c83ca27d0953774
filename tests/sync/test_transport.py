"""HTTP as the command line's phone asks it; test_phone_downloads has a whole client use it."""

import gzip
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from feeds import Feed, serving
from processes import listening

from sync.transport import Http, plain, settled


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("7", 7, 7),
        ("0", 0, 0),
        ("-5", 0, 0),
        ("soon", 0, 0),
        ("", 0, 0),
        ("9" * 5000, 0, 0),
        ("Mon, 01 Jan 2024 00:00:00 GMT", 0, 0),
    ],
)
def test_retry_after_is_seconds_whatever_it_was(value: str, least: int, most: int) -> None:
    assert least <= float(settled({"retry-after": value})["retry-after"]) <= most


def test_a_moment_to_retry_at_is_seconds_from_now() -> None:
    moment = formatdate(time.time() + 3600, usegmt=True)
    assert 2400 <= float(settled({"retry-after": moment})["retry-after"]) <= 3600


def test_a_body_is_unpacked_piece_by_piece() -> None:
    content = bytes(range(256)) * 1000
    packed = gzip.compress(content)
    pieces = [packed[start : start + 100] for start in range(0, len(packed), 100)]
    unpacked = [*plain(iter(pieces), "gzip")]
    assert b"".join(unpacked) == content
    assert max(map(len, unpacked)) <= 1 << 16
    assert b"".join(plain(iter([content]), "")) == content
    for broken in (packed[:-1], content, packed[:50] + b"\xff" * 50 + packed[100:]):
        with pytest.raises(ConnectionError):
            b"".join(plain(iter([broken]), "gzip"))


def test_it_counts_what_it_costs() -> None:
    feed = Feed()
    with serving(feed) as address:
        http = Http(address)
        status, headers, body = http("sync/public/head", {}, None)
        assert (status, b"".join(body)) == (200, feed.heads[-1])
        assert (http.requests, http.received) == (1, len(feed.heads[-1]))
        assert http("sync/public/head", {"If-None-Match": headers["etag"]}, None)[0] == 304


@contextmanager
def noting(seen: list[str | None], target: str = "") -> Iterator[str]:
    """Yield the address of a server that notes who asks, and may send them elsewhere."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(302 if target else 200)
            self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with listening(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        yield address


def test_a_token_does_not_follow_a_redirect_to_another_server() -> None:
    there: list[str | None] = []
    here: list[str | None] = []
    with noting(there) as other, noting(here, other) as address:
        status, _, body = Http(address)("head", {"Authorization": "Bearer x"}, None)
        assert (status, b"".join(body)) == (200, b"")
    assert (here, there) == (["Bearer x"], [None])
