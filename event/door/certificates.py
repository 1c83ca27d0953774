"""Certificates of attendance, made of the agenda and the log of scans when they are asked for."""

from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from badges.certificate import Certificate, Visited, read, sign, verified
from badges.code import Unreadable
from event.agenda.model import Agenda, Session, State
from event.door.presence import Presence, presence
from event.errors import Conflict
from event.people.attendees import everyone, find
from event.people.badge_keys import REVOKED, badge_keys
from event.people.codes import Signer, event_uuid
from event.people.model import Attendee
from event.text import Text, pick
from event.times import zone

MOST, LONGEST = 10, 1_500
"""Sessions that are listed, and characters of a code; fewer are listed when it would be longer."""
_LETTERS, _MORE_LETTERS = 120, 240
_LANGUAGES = ("en", "pl")


def certificate_of(
    db: Connection, agenda: Agenda, attendee_id: int, signer: Signer, *, on: date
) -> tuple[Certificate, str]:
    """Return the certificate of an attendee and its code, issued on a day.

    Raises NotFound, and Conflict when they came on no day of the event or have no name.
    """
    person = find(db, attendee_id)
    found = presence(db, zone(agenda.event.timezone), of=attendee_id).get(attendee_id)
    days = _days(found, agenda)
    if found is None or not days:
        raise Conflict(
            "No gate let them in on a day of the event yet; there is nothing to certify."
        )
    if not _name(person):
        raise Conflict("They have no name yet; enter it first.")
    return _made(person, found, days, agenda, signer, on)


def certificates(
    db: Connection, agenda: Agenda, signer: Signer, *, on: date
) -> list[tuple[Attendee, Certificate, str]]:
    """Return the certificates of all who came and have a name, with their codes, by surname."""
    came = presence(db, zone(agenda.event.timezone))
    people = [(person, came.get(person.id)) for person in everyone(db) if _name(person)]
    return [
        (person, *_made(person, found, days, agenda, signer, on))
        for person, found in sorted(people, key=lambda pair: (pair[0].surname, pair[0].id))
        if found and (days := _days(found, agenda))
    ]


def verify(db: Connection, text: str) -> tuple[Certificate | None, str]:
    """Return what a code says, or None and why it says nothing.

    unreadable: no code; unknown_key, revoked_key: signed with none of ours, or with one that is no
    longer good; forged: not signed so for this event.
    """
    try:
        code = read(text)
    except Unreadable:
        return None, "unreadable"
    known = {key.slot: key for key in badge_keys(db)}.get(code.slot)
    if known is None:
        return None, "unknown_key"
    found = verified(code, event_uuid(db), known.raw)
    if found and known.status == REVOKED:
        return None, "revoked_key"
    return found, "" if found else "forged"


def _name(person: Attendee) -> str:
    return f"{person.given_name} {person.surname}".strip()


def _days(found: Presence | None, agenda: Agenda) -> tuple[date, ...]:
    event = agenda.event
    return tuple(
        day for day in (found.days if found else ()) if event.starts_on <= day <= event.ends_on
    )


def _made(
    person: Attendee, found: Presence, days: tuple[date, ...], agenda: Agenda, signer: Signer,
    on: date,
) -> tuple[Certificate, str]:  # fmt: skip
    event, tz = agenda.event, zone(agenda.event.timezone)
    languages = (person.language, *event.languages)
    visited = [
        Visited(
            one.starts_at.astimezone(tz).replace(tzinfo=None),
            int((one.ends_at - one.starts_at).total_seconds()) // 60,
            _short(pick(one.title, languages)[0]),
        )
        for one in agenda.sessions
        if one.id in found.sessions and _teaches(one)
    ]
    visited.sort(key=lambda one: (one.starts_at, one.title))
    minutes = _minutes(visited)
    place = next((v.city or pick(v.name, languages)[0] for v in agenda.venues), "")
    for listed in range(min(MOST, len(visited)), -1, -1):
        made = Certificate(
            name=_short(_name(person)),
            event=_both(event.title),
            organiser=_both(event.hosts, _MORE_LETTERS),
            place=_short(place),
            first=event.starts_on,
            last=event.ends_on,
            days=days,
            sessions=tuple(visited[:listed]),
            more=len(visited) - listed,
            minutes=minutes,
            issued=on,
        )
        code = sign(made, signer.event, signer.slot, signer.key)
        if len(code) <= LONGEST:
            break
    return made, code


def _minutes(visited: list[Visited]) -> int:
    """Return how long all of them took, by start; whoever changed rooms was in one at a time."""
    total = timedelta()
    until: datetime | None = None
    for one in visited:
        end = one.starts_at + timedelta(minutes=one.minutes)
        total += max(timedelta(), end - max(one.starts_at, until or one.starts_at))
        until = max(end, until or end)
    return int(total.total_seconds()) // 60


def _teaches(session: Session) -> bool:
    """Say whether somebody spoke in it: dinners have gates too."""
    speaks = session.speakers or any(part.speakers for part in session.parts)
    return bool(speaks) and session.state is not State.CANCELLED


def _both(text: Text, most: int = _LETTERS) -> dict[str, str]:
    """Return a text in the languages of a certificate, or in the one there is."""
    value, language = pick(text, _LANGUAGES)
    there = {tag: text[tag] for tag in _LANGUAGES if tag in text} or {language: value}
    return {tag: _short(words, most) for tag, words in there.items() if words}


def _short(text: str, most: int = _LETTERS) -> str:
    """Return a text on one line, cut where a certificate has no more room."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
