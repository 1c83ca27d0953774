"""A contact card as vCard 4.0 (RFC 6350), with what somebody chose to show beside their name."""

from event.errors import Conflict
from event.people.model import Attendee
from event.schedule.directory import Profile


def vcard(person: Attendee, chosen: Profile) -> str:
    """Return the card, lines unfolded (section 3.2 lets them be). Raises Conflict without a name.

    It has no UID and no date: the same person gives the same card, and nothing to track them by.
    """
    name = f"{person.given_name} {person.surname}".strip()
    if not name:
        raise Conflict("A card needs a name; ask the help desk to enter yours.")
    shown = {field: _escaped(getattr(person, field)) for field in chosen.fields}
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"FN:{_escaped(name)}",
        f"N:{_escaped(person.surname)};{_escaped(person.given_name)};;;",
        *(_LINES[field] + value for field, value in shown.items() if value),
        "END:VCARD",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _escaped(text: str) -> str:
    """Return a text as a component of a value carries it (section 3.4)."""
    for character in "\\,;":
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", "\\n")


_LINES = {"organisation": "ORG:", "position": "TITLE:", "country": "ADR:;;;;;;", "email": "EMAIL:"}
"""What a field's line begins with; the country is the last part of an address."""
