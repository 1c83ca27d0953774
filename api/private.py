"""Answers for one person that their own phone may keep: it asks again, and gets a 304."""

from collections.abc import Callable
from hashlib import sha256

from flask import Response, request

from api.caching import NotModified, build, tags


def kept(key: str, make: Callable[[], bytes | str], content_type: str) -> Response:
    """Return the answer whose content follows from `key` alone, 304 when the phone has it."""
    tag = f"{sha256(key.encode()).hexdigest()[:16]}-{build()}"
    known = {bare for bare, _ in tags(request.headers.get("If-None-Match", ""))}
    answer = (
        NotModified(status=304) if tag in known else Response(make(), content_type=content_type)
    )
    answer.headers.update(
        {"ETag": f'"{tag}"', "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    )
    return answer
