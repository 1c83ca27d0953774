"""What a device brings to the client: HTTP, the time since its start, a name for that start.

This is no part of the client, which imports none of it: each platform has its own.
"""

import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib import request as http
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit

from sync.phone import Headers
from sync.trouble import PhoneError


def since_boot() -> float:
    """Return the seconds since the device started."""
    # It has to count while the device sleeps, which Linux's CLOCK_MONOTONIC does not.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def boot_of() -> str:
    """Return a name for this start of the device."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return str(uuid.uuid4())


class Http:
    """A transport to a server's `/v1/`; both limits are seconds, of silence and in all.

    It counts `requests` and the bytes of bodies as `received`. Raises PhoneError for an address
    that is none.
    """

    def __init__(self, address: str, *, timeout: float = 20, patience: float = 120) -> None:
        self._base, self._timeout, self._patience = address.rstrip("/") + "/", timeout, patience
        self._opener = http.build_opener(_SameScheme)
        self.requests = self.received = 0
        scheme = ""
        with suppress(ValueError):
            scheme = urlsplit(address).scheme
        if scheme not in {"http", "https"}:
            raise PhoneError("refused", "The server's address must begin with https://.")

    def __call__(
        self, path: str, headers: Headers, body: bytes | None
    ) -> tuple[int, Headers, Iterator[bytes]]:
        """Ask, as `Transport` says."""
        # A range is one of the bytes as they are, and what is packed already gains nothing.
        is_plain = "Range" in headers or path.endswith(".gz")
        wanted = {"Accept-Encoding": "identity" if is_plain else "gzip", **headers}
        request = http.Request(urljoin(self._base, path), body, wanted)  # noqa: S310  # checked
        self.requests += 1
        try:
            response = self._opener.open(request, timeout=self._timeout)
        except HTTPError as error:
            response = error
        except (HTTPException, OSError, ValueError) as error:
            raise ConnectionError(str(error)) from error
        names = settled({name.lower(): value for name, value in response.headers.items()})
        if response.status >= 300:
            response.close()
            return response.status, names, iter(())
        pieces = self._pieces(response, time.monotonic() + self._patience)
        return response.status, names, plain(pieces, names.get("content-encoding", ""))

    def _pieces(self, response: Any, until: float) -> Iterator[bytes]:
        left = response.length
        with response:
            try:
                while left != 0 and (chunk := response.read1(1 << 16)):
                    left = None if left is None else left - len(chunk)
                    self.received += len(chunk)
                    yield chunk
                    if time.monotonic() > until:
                        raise TimeoutError
            except (HTTPException, OSError, ValueError) as error:
                raise ConnectionError(str(error)) from error
        if left:
            raise ConnectionError("cut short")


def settled(headers: Headers) -> Headers:
    """Return headers whose Retry-After is seconds, as it may be a date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "0")
    seconds = 0.0
    with suppress(OverflowError, ValueError):
        is_date = not value.isdecimal()
        seconds = parsedate_to_datetime(value).timestamp() - time.time() if is_date else int(value)
    return {**headers, "retry-after": f"{max(seconds, 0):.0f}"}


def plain(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield a body without its Content-Encoding; raise ConnectionError when it is not in it."""
    if encoding in {"", "identity"}:
        yield from chunks
        return
    unpacking = zlib.decompressobj(31)
    try:
        for chunk in chunks:
            rest = chunk
            while rest and not unpacking.eof:
                yield unpacking.decompress(rest, 1 << 16)
                rest = unpacking.unconsumed_tail
    except zlib.error as error:
        raise ConnectionError(str(error)) from error
    if not unpacking.eof:
        raise ConnectionError("cut short")


class _SameScheme(http.HTTPRedirectHandler):
    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str
    ) -> Any:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        if old.scheme != new.scheme:
            fp.close()
            raise ConnectionError("redirected to another scheme")
        request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request and old.netloc != new.netloc:
            request.remove_header("Authorization")
        return request
