"""What schedule.xml and schedule.json have in common: addresses, slugs, and a plain document.

Both are read into and written from the same document of dicts, lists and strings, shaped like
schedule.json v1 (c3voc, validator/json/schedule.schema.json); only `rooms` of a day is a list:

    {"version", "base_url", "conference": {"acronym", "title", …, "tracks", "rooms", "meta",
     "days": [{"index", "date", "day_start", "day_end",
               "rooms": [{"name", "guid", "events": [{"id", "guid", "title", …}]}]}]}}
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from event.text import clean, fold

Document = Mapping[str, Any]

SLUG = re.compile(r"[a-z0-9_]{4,}-[a-z0-9_-]{4,}")
"""A slug as the schema of schedule.xml wants it."""

_HOST = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}(/\S*)?", re.IGNORECASE)
_PLAIN = re.compile(r"https?://[a-zA-Z0-9][a-zA-Z0-9.-]*(/[a-zA-Z0-9/:?@!$&'()*+,;=~._-]*)?")
"""Nearly all addresses: there is nothing to do about them."""

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_IN_PATH = "/:@!$&'()*+,;=%~"


def words(record: Document, *keys: str) -> str:
    """Return the first of these that is text or a number, else ""."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def records(value: object) -> Iterator[Document]:
    """Yield the mappings of a list; nothing of what is no list."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def web_address(value: str, base: str = "", *, host: bool = True) -> str:
    """Return what a file of others gives as an address as a proper one, "" when it is none.

    A path is completed with `base`, and if it may be a bare `host`, www.example.org/a with https.
    """
    value = clean(value)
    if host and _HOST.fullmatch(value):
        value = f"https://{value}"
    return uri(value, base if value.startswith("/") else "")


def is_web(value: str) -> bool:
    """Say whether `value` is an absolute http(s) address, for others to make a proper one of."""
    return value == clean(value) and bool(uri(value))


def uri(value: str, base: str = "") -> str:
    """Return a web address as RFC 3986 wants it, in ASCII and absolute with `base`, else "".

    What the RFC has no letter for is percent-encoded, so that every validator takes it.
    """
    if _PLAIN.fullmatch(value):
        return value
    try:
        if value and base and not _SCHEME.match(value):
            value = urljoin(uri(base), value)
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or set("@[") & set(parts.netloc):
        return ""
    place = _encoded(host, "%~") + (f":{port}" if port else "")
    path = _encoded(parts.path or "/", _IN_PATH)
    rest = (_encoded(part, f"{_IN_PATH}?") for part in (parts.query, parts.fragment))
    return urlunsplit((parts.scheme, place, path, *rest))


def _encoded(value: str, safe: str) -> str:
    return quote(re.sub(r"%(?![0-9a-fA-F]{2})", "%25", value), safe=safe)


def no_page(base: str, session_id: object) -> str:
    """Return what stands for the address of a session without one, where there must be one."""
    return f"{base.partition('#')[0]}#session-{session_id}"


def slug_start(acronym: str, session_id: object) -> str:
    """Return how the slugs begin that we make: acronym-id-."""
    return f"{acronym.replace('-', '_')}-{session_id}-"


def made_slug(acronym: str, session_id: int, title: str) -> str:
    """Return a slug for a session that has none: acronym-id-title, valid in both formats."""
    name = re.sub(r"[^a-z0-9]+", "_", fold(title))[:60].strip("_")
    return slug_start(acronym, session_id) + (name if len(name) > 1 else "session")


def made_acronym(acronym: str) -> str:
    """Return an acronym as the schema of schedule.xml wants it: [a-z0-9_-]{4,}."""
    letters = re.sub(r"[^a-z0-9_-]+", "_", fold(acronym)).strip("_")
    return letters if len(letters) > 3 else f"{letters}_event".strip("_")
