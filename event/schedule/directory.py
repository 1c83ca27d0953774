"""The directory: who agreed to be found by other attendees, with what they chose to show."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from event.database import take_turns
from event.errors import Invalid
from event.people.consents import answers_to
from event.people.model import Status
from event.tables import attendee, directory
from event.text import clean, dump, fold, parse

FIELDS = ("organisation", "position", "country", "email")
"""What may be shown beside a name; nothing of it is unless it was chosen."""
LONGEST_ABOUT = 1_000


@dataclass(frozen=True, slots=True)
class Profile:
    """The names of the fields somebody chose to show, and what they say of themselves."""

    fields: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody as others find them; what they do not show is empty."""

    name: str
    organisation: str
    position: str
    country: str
    email: str
    about: str


def profile(db: Connection, attendee_id: int) -> Profile:
    """Return what somebody chose, nothing before they did."""
    row = db.execute(_OWN, {"attendee": attendee_id}).first()
    return Profile(tuple(parse(row.fields)), row.about) if row else Profile()


def set_profile(db: Connection, attendee_id: int, chosen: Profile) -> Profile:
    """Keep what somebody chooses and return it; whether they are listed their consent says.

    Raises Invalid for a field that cannot be shown and for too long a text.
    """
    if unknown := set(chosen.fields) - set(FIELDS):
        raise Invalid(f"“{min(unknown)}” cannot be shown; choose of: {', '.join(FIELDS)}.")
    about = clean(chosen.about)
    if len(about) > LONGEST_ABOUT:
        raise Invalid(f"Say it in at most {LONGEST_ABOUT} characters.")
    kept = Profile(tuple(name for name in FIELDS if name in chosen.fields), about)
    take_turns(db)
    db.execute(directory.delete().where(directory.c.attendee_id == attendee_id))
    row = {"attendee_id": attendee_id, "fields": dump(list(kept.fields)), "about": about}
    db.execute(directory.insert(), row)
    return kept


def is_listed(db: Connection, attendee_id: int) -> bool:
    """Say whether somebody agreed to be found."""
    return answers_to(db, "listed").get(attendee_id, False)


def listed(db: Connection, words: str = "") -> list[Listed]:
    """Return who comes and agreed to be found, by surname; each of the words is in what they show.

    What somebody does not show is not searched either, so that nobody can guess at it.
    """
    wanted = fold(words).split()
    return [one for one in _everyone(db) if _has(one, wanted)]


def _everyone(db: Connection) -> Iterator[Listed]:
    agreed = answers_to(db, "listed")
    people = [row for row in db.execute(_ALL) if agreed.get(row.id) and _name(row)]
    for row in sorted(people, key=lambda row: (fold(row.surname), fold(row.given_name), row.id)):
        fields = parse(row.fields) if row.fields else ()
        shown = {name: getattr(row, name) if name in fields else "" for name in FIELDS}
        yield Listed(name=_name(row), about=row.about or "", **shown)


def _name(row: Any) -> str:
    return f"{row.given_name} {row.surname}".strip()


def _has(one: Listed, wanted: list[str]) -> bool:
    text = fold(" ".join(asdict(one).values())) if wanted else ""
    return all(word in text for word in wanted)


_OWN = select(directory.c.fields, directory.c.about).where(
    directory.c.attendee_id == bindparam("attendee")
)
_ALL = (
    select(
        attendee.c.id,
        attendee.c.given_name,
        attendee.c.surname,
        *(attendee.c[name] for name in FIELDS),
        directory.c.fields,
        directory.c.about,
    )
    .outerjoin(directory, directory.c.attendee_id == attendee.c.id)
    .where(attendee.c.status == str(Status.REGISTERED))
)
