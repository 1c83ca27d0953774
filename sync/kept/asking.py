"""Asking the server: bytes from outside, never more than expected, damaged or not."""

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http.client import HTTPException
from typing import Any
from urllib import request as http
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit

from sync.kept.storage import PhoneError, refusing

SMALL, LARGE = 1 << 20, 1 << 26
"""Most bytes of an answer that nothing announces, and of a file that the head lists."""
FEED = "sync/public/"
NO_CACHE = {"Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Request:
    """A GET, or with a body a POST; `path` is relative to the server's `/v1/`."""

    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: names of headers in lower case, the body as the wire carries it."""

    status: int
    headers: Mapping[str, str]
    body: Iterator[bytes]


Transport = Callable[[Request], Answer]
"""Asks the server; it, and the iterator in its answer, raise OSError when the network fails."""


class Asking:
    """Asks, and counts `requests` and the bytes `received` until somebody sets them to 0."""

    def __init__(self, transport: Transport, clock: Callable[[], float]) -> None:
        self._transport, self._clock = transport, clock
        self.requests = self.received = 0
        self.caching: dict[str, str] = {}

    def file(self, name: str, size: int, digest: bytes) -> bytes:
        """Return a file of the feed whose SHA-256 is known."""
        _, content = self.ask(FEED + name, min(size, LARGE), self.caching)
        return self.same(content, digest)

    def same(self, content: bytes, digest: bytes) -> bytes:
        """Return content that is what it should be; refuse any other."""
        # After a wrong one no cache is asked: it may keep what is immutable for a year.
        is_same = sha256(content).digest() == digest
        self.caching = {} if is_same else NO_CACHE
        if not is_same:
            raise PhoneError("refused", "A file came damaged; it will be fetched again.")
        return content

    def open(
        self, path: str, limit: int, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[Answer, Iterator[bytes]]:
        """Return an answer that was asked for, and its body as it arrives."""
        expected = {"If-None-Match": (304,), "Range": (206, 416)}
        self.requests += 1
        try:
            answer = self._transport(Request(path, headers, body))
        except OSError as error:
            raise unreachable() from error
        chunks = self._chunks(answer, limit + limit // 100 + 1024)  # what gzip may add
        if answer.status in {200, *(s for name in headers for s in expected.get(name, ()))}:
            return answer, chunks
        for _ in chunks:
            pass
        is_busy = answer.status >= 500 or answer.status in {408, 425, 429}
        raise PhoneError(
            "unreachable" if is_busy else "refused",
            f"The server says {answer.status}; everything is kept, and it is asked again later.",
            retry_after=seconds_of(answer.headers.get("retry-after", ""), self._clock()),
        )

    def _chunks(self, answer: Answer, limit: int) -> Iterator[bytes]:
        try:
            for chunk in answer.body:
                self.received += len(chunk)
                limit -= len(chunk)
                if limit < 0:
                    raise PhoneError("refused", "The answer is too large to be from this event.")
                yield chunk
        except OSError as error:
            raise unreachable() from error

    def ask(
        self, path: str, limit: int, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[Answer, bytes]:
        """Return an answer and its whole body, unpacked."""
        answer, chunks = self.open(path, limit, {"Accept-Encoding": "gzip", **headers}, body)
        content = b"".join(chunks)
        if answer.headers.get("content-encoding", "") in {"", "identity"}:
            return answer, content
        with refusing("The answer came damaged; it will be asked for again."):
            unpacking = zlib.decompressobj(31)
            content = unpacking.decompress(content, limit + 1)
            if not unpacking.eof:
                raise ValueError
        return answer, content


def unreachable() -> PhoneError:
    """Return what is to be said when nothing came back."""
    return PhoneError(
        "unreachable", "No answer; what this phone holds stays, and it asks again later."
    )


def seconds_of(retry_after: str, now: float) -> float:
    """Return the seconds that a Retry-After asks for (RFC 9110, section 10.2.3), a day at most."""
    with suppress(ValueError, OverflowError):
        if retry_after.isdecimal():
            return float(min(int(retry_after), 86_400))
        return min(max(parsedate_to_datetime(retry_after).timestamp() - now, 0), 86_400)
    return 0


class _SameScheme(http.HTTPRedirectHandler):
    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str
    ) -> Any:
        if urlsplit(newurl).scheme != urlsplit(req.full_url).scheme:
            raise ConnectionError("redirected to another scheme")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def over_http(address: str, *, timeout: float = 20, patience: float = 120) -> Transport:
    """Return a transport to a server's `/v1/`; both limits are seconds, of silence and in all."""
    with refusing("The server's address must begin with https://."):
        if urlsplit(address).scheme not in {"http", "https"}:
            raise ValueError
    base, opener = address.rstrip("/") + "/", http.build_opener(_SameScheme)

    def ask(request: Request) -> Answer:
        wanted = http.Request(  # noqa: S310  # the scheme was checked
            urljoin(base, request.path), request.body, dict(request.headers)
        )
        try:
            response = opener.open(wanted, timeout=timeout)
        except HTTPError as error:
            response = error
        except (HTTPException, ValueError) as error:
            raise ConnectionError(str(error)) from error
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, names, _body(response, time.monotonic() + patience))

    return ask


def _body(response: Any, until: float) -> Iterator[bytes]:
    left = response.length
    with response:
        try:
            while left != 0 and (chunk := response.read1(1 << 16)):
                left = None if left is None else left - len(chunk)
                yield chunk
                if time.monotonic() > until:
                    raise TimeoutError
        except (HTTPException, ValueError) as error:
            raise ConnectionError(str(error)) from error
    if left:
        raise ConnectionError("cut short")
