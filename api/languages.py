"""Which language a request is answered in."""

import re
from functools import lru_cache

from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from event.text import pick

ALL = "*"
"""`?lang=*` asks for every language at once."""


@lru_cache(maxsize=2048)
def negotiate(asked: str, accepted: str, languages: tuple[str, ...]) -> str:
    """Return the language to answer in: one of `languages`, whose first is the default, or `ALL`.

    `asked` is the value of ?lang= and wins over `accepted`, the Accept-Language header (RFC 9110,
    section 12.5.4). A region is a wish: pl-PL is served by pl.
    """
    if asked == ALL:
        return ALL
    wishes = [asked] if asked else _wishes(accepted)
    available = {language: language for language in languages}
    for wish in wishes:
        found = pick(available, [wish])[1]
        if found.split("-")[0].lower() == wish.split("-")[0].lower():
            return found
    return languages[0]


def _wishes(accepted: str) -> list[str]:
    header = parse_accept_header(accepted[:1000], LanguageAccept)
    wishes = [tag for tag, quality in header if quality > 0 and tag != "*"]
    return [re.sub(r"-(\w{2})$", lambda m: f"-{m[1].upper()}", tag.lower()) for tag in wishes]
