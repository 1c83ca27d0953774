"""Bodies as bytes, and the content encodings a client takes (RFC 9110, section 12.5.3)."""

import gzip
from collections.abc import Callable
from functools import lru_cache

import brotli
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

SMALLEST = 300
"""Bytes below which compressing does not pay."""

SMALL = 20_000
"""Bytes up to which the slowest compression takes a few milliseconds. Beyond, a tenth of the time
costs 8 % more bytes: the first phone after a publish waits for it."""


class Body:
    """The bytes of an answer, compressed when first asked for and kept."""

    __slots__ = ("_encoded", "content_type", "plain")

    def __init__(self, plain: bytes, content_type: str) -> None:
        self.plain = plain
        self.content_type = content_type
        self._encoded: dict[str, bytes] = {"": plain}

    def encoded(self, encoding: str) -> bytes:
        """Return the bytes in a content encoding: br, gzip or "" for none."""
        if encoding not in self._encoded:
            self._encoded[encoding] = _ENCODERS[encoding](self.plain)
        return self._encoded[encoding]


def encoding_for(accepted: str, size: int) -> str:
    """Return the encoding to use for a body of so many bytes under an Accept-Encoding header."""
    return best(accepted, ("br", "gzip")) if size >= SMALLEST else ""


@lru_cache(maxsize=512)
def best(accepted: str, offered: tuple[str, ...]) -> str:
    """Return the first of the encodings offered that an Accept-Encoding header takes, or ""."""
    header = parse_accept_header(accepted[:200], Accept)
    return next((encoding for encoding in offered if header.quality(encoding) > 0), "")


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda plain: brotli.compress(plain, quality=11 if len(plain) < SMALL else 5),
    "gzip": lambda plain: gzip.compress(
        plain, compresslevel=9 if len(plain) < SMALL else 6, mtime=0
    ),
}
