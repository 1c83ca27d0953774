"""What may be said of an attendee: how long texts are, and what they must look like."""

import dataclasses
import re
from collections.abc import Iterable
from typing import Any

from event.errors import Invalid
from event.people.model import EVERY_DAY, Attendee, Status, guid_of
from event.text import LANGUAGE, clean

LONGEST = {"given_name": 100, "surname": 100, "email": 254, "organisation": 200, "position": 200,
           "country": 100, "external_id": 100, "box_slot": 20, "note": 500}  # fmt: skip
"""Characters of each text at most."""
_LETTER = r"[^\s@\x00-\x20\x7f-\xa0\ufffe\uffff]"
EMAIL = f"{_LETTER}+@{_LETTER}+"
"""What an address is to us: whether it exists, only a mail to it would tell."""


def checked_attendee(person: Attendee, known: Iterable[str], *, nameless: bool) -> Attendee:
    """Return an attendee with clean texts and a guid; `known` are categories. Raises Invalid.

    Only who is `nameless` may be without a name.
    """
    texts: dict[str, Any] = {
        name: " ".join(clean(getattr(person, name) or "").split()) for name in LONGEST
    } | {"language": person.language or ""}
    for name, longest in LONGEST.items():
        if len(texts[name]) > longest:
            raise Invalid(f"{name} has more than {longest} characters; shorten it.")
    if not (texts["given_name"] or texts["surname"] or nameless):
        raise Invalid("An attendee needs a given name or a surname.")
    if texts["email"] and not re.fullmatch(EMAIL, texts["email"]):
        raise Invalid("The e-mail address is none; correct it or leave it out.")
    if texts["language"] and not LANGUAGE.fullmatch(texts["language"]):
        raise Invalid(f"“{person.language}” is not a language tag such as en or pl.")
    if person.status not in set(Status):
        raise Invalid("An attendee is registered or cancelled.")
    if person.category not in known:
        raise Invalid(f"There is no category “{person.category}”; add it first.")
    if not 0 <= person.days <= EVERY_DAY:
        raise Invalid("days is a bitmap of at most 16 event days.")
    texts |= {"external_id": texts["external_id"] or None, "status": Status(person.status)}
    return dataclasses.replace(person, **texts, guid=guid_of(person.guid))
