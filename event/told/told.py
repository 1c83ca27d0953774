"""Who is told of a publish: whom it touches, each once, why, and in which language.

New sessions and other words for them stand in the feed for whoever looks; told are those who
would else go to the wrong place, or wait for somebody who does not come. Why so:
docs/decisions/0019-who-is-told.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, literal, select, union_all

from event.agenda.model import EVERYONE, PUBLIC, State
from event.people.model import Status
from event.schedule.meetings import Answer
from event.schedule.seats import LIVE
from event.tables import (
    announcement,
    attendee,
    booking,
    bookmark,
    device,
    gate,
    meeting,
    meeting_guest,
    session,
    session_speaker,
    speaking,
)
from event.text import dump, parse

KINDS = frozenset({
    "moved", "cancelled", "suspended", "resumed", "restored", "removed", "speakers",
})  # fmt: skip
"""Of sessions and parts; an announcement is told in force, when it is published or starts."""
REASONS = ("everyone", "category", "bookmark", "booking", "speaking", "meeting", "gate")
"""Why somebody is told; the first counts where only one does."""

INSIDE = frozenset({"speaking", "gate"})
"""Ties of those who know of a session though it is kept from their category."""

Key = tuple[str, int]
"""Who it is: ("attendee", id), or ("device", id) for a phone at a gate that is nobody's own."""
Ties = Mapping[Key, set[tuple[str, int]]]
"""What ties people to sessions: reason and session."""

_AT_ONCE = 1_000
"""Sessions in one query; SQLite takes 32,766 values, and each stands there five times."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom something may touch; "" where there is no category or language."""

    key: Key
    category: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing people are told of: its number in the publish, its session, whom that is for.

    An announcement has no session. Only those hear of it who may know of it (`visibility`), and not
    those who still have what others lose (`kept`).
    """

    number: int
    session_id: int | None
    audience: tuple[str, ...]
    visibility: tuple[str, ...] = PUBLIC
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One person who is told: why, in the order of `REASONS`, and of which numbers."""

    person: Person
    reasons: tuple[str, ...]
    numbers: tuple[int, ...]


def told(matters: Sequence[Matter], people: Iterable[Person], ties: Ties) -> Iterator[Told]:
    """Yield whom matters touch, in the order of people, each person once."""
    by_session: dict[int | None, list[Matter]] = defaultdict(list)
    for matter in matters:
        by_session[matter.session_id].append(matter)
    meant: dict[str, list[tuple[Matter, set[str]]]] = {}
    alike: dict[str, tuple[tuple[str, ...], tuple[int, ...]]] = {}
    for person in people:
        mine: dict[int | None, set[str]] = defaultdict(set)
        for reason, session_id in ties.get(person.key, ()):
            if session_id in by_session:
                mine[session_id].add(reason)
        if person.category not in meant:
            meant[person.category] = list(_reasons(matters, person.category, set()))
            alike[person.category] = _summed(meant[person.category])
        what = alike[person.category]
        if mine:
            found = [one for one in meant[person.category] if one[0].session_id not in mine]
            for number, reasons in mine.items():
                found += _reasons(by_session[number], person.category, reasons)
            what = _summed(found)
        if what[1]:
            yield Told(person, *what)


def told_of(db: Connection, changes: Sequence[Mapping[str, Any]], *, at: int) -> list[Told]:
    """Return who is told of a publish's rows of `change` at a moment (UTC seconds)."""
    wanted = [one for one in changes if one["subject"] in {"session", "part"}]
    wanted = [one for one in wanted if one["kind"] in KINDS]
    sessions = sorted({int(one["session_id"]) for one in wanted})
    there = {row.id: tuple(parse(row.visibility)) for row in _in_turn(db, _THERE, sessions)}
    matters = [
        Matter(
            number=one["number"],
            session_id=one["session_id"],
            audience=tuple(parse(one["audience"])),
            visibility=tuple(parse(one["visibility"])),
            kept=there.get(one["subject_id"], ()) if _is_session_gone(one) else (),
        )
        for one in wanted
    ]
    matters += [
        Matter(one["number"], None, tuple(parse(one["audience"])))
        for one in changes
        if one["subject"] == "announcement" and _is_in_force(db, one)
    ]
    if not matters:
        return []
    ties = _ties(db, sessions, at)
    # Who spoke in what is gone stands in its record; a draft may have others by now.
    for session_id in {one["session_id"] for one in wanted if _is_session_gone(one)} - there.keys():
        for mine in ties.values():
            mine.discard(("speaking", session_id))
    for one in wanted:
        if one["kind"] in {"speakers", "removed"}:
            for person in _went_or_came(db, one):
                ties["attendee", person].add(("speaking", one["session_id"]))
    return list(told(matters, _people(db, ties), ties))


def _reasons(
    matters: Iterable[Matter], category: str, ties: set[str]
) -> Iterator[tuple[Matter, set[str]]]:
    """Yield the matters that somebody of a category with these ties is told of, and why."""
    for matter in matters:
        is_inside = not INSIDE.isdisjoint(ties)
        if matter.kept and (is_inside or category in matter.kept):
            continue
        if not (is_inside or matter.visibility == PUBLIC or category in matter.visibility):
            continue
        reasons = set(ties)
        if category and EVERYONE[0] in matter.audience:
            reasons.add("everyone")
        elif category in matter.audience:
            reasons.add("category")
        if reasons:
            yield matter, reasons


def _summed(
    found: Sequence[tuple[Matter, set[str]]],
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return why and of which numbers, in order."""
    why = {reason for _, reasons in found for reason in reasons}
    named = tuple(reason for reason in REASONS if reason in why)
    return named, tuple(sorted(matter.number for matter, _ in found))


def _is_session_gone(change: Mapping[str, Any]) -> bool:
    return (change["subject"], change["kind"]) == ("session", "removed")


def _is_in_force(db: Connection, change: Mapping[str, Any]) -> bool:
    """Say whether an announcement was in force when it was published, and still is there."""
    if change["kind"] == "removed":
        return False
    row = db.execute(_ANNOUNCEMENT, {"wanted": change["subject_id"]}).first()
    # In a rehearsal there is no row.
    starts_at = row.starts_at if row else parse(change["new"]).get("starts_at")
    expires_at = row.expires_at if row else None
    at: int = change["at"]
    return starts_at is not None and starts_at <= at < (expires_at or at + 1)


def _ties(db: Connection, sessions: Sequence[int], at: int) -> dict[Key, set[tuple[str, int]]]:
    ties: dict[Key, set[tuple[str, int]]] = defaultdict(set)
    for row in _in_turn(db, _TIES, sessions):
        ties["attendee", row.attendee_id].add((row.reason, row.session_id))
    gates = {row.slug: row.session_id for row in _in_turn(db, _GATES, sessions)}
    for row in db.execute(_SHIFTS, {"moment": at}) if gates else ():
        key = ("device", row.id) if row.attendee_id is None else ("attendee", row.attendee_id)
        for slug in gates.keys() & set(parse(row.gates) or gates):
            ties[key].add(("gate", gates[slug]))
    return ties


def _went_or_came(db: Connection, change: Mapping[str, Any]) -> Iterable[int]:
    sides = [parse(change[side]).get("speaker_ids", []) for side in ("old", "new")]
    return db.execute(_SPEAKERS, {"wanted": sorted({*sides[0], *sides[1]})}).scalars()


def _people(db: Connection, ties: Ties) -> Iterator[Person]:
    """Yield those who come, and phones at gates that are nobody's own."""
    for row in db.execute(_COMING):
        yield Person(("attendee", row.id), row.category, row.language)
    yield from (Person(key) for key in sorted(ties) if key[0] == "device")


def _in_turn(db: Connection, statement: Any, sessions: Sequence[int]) -> Iterator[Any]:
    for start in range(0, len(sessions), _AT_ONCE):
        yield from db.execute(statement, {"sessions": sessions[start : start + _AT_ONCE]})


_SESSIONS: BindParameter[Any] = bindparam("sessions", expanding=True)
_THERE = select(session.c.id, session.c.visibility).where(
    session.c.id.in_(_SESSIONS),
    session.c.state != str(State.DRAFT),
    session.c.visibility != dump(list(PUBLIC)),
)
_ANNOUNCEMENT = select(announcement).where(announcement.c.id == bindparam("wanted"))
_COMING = (
    select(attendee.c.id, attendee.c.category, attendee.c.language)
    .where(attendee.c.status == str(Status.REGISTERED))
    .order_by(attendee.c.id)
)
_TIES = union_all(
    select(bookmark.c.attendee_id, literal("bookmark").label("reason"), bookmark.c.session_id)
    .where(bookmark.c.session_id.in_(_SESSIONS), bookmark.c.marked == 1),
    select(booking.c.attendee_id, literal("booking"), booking.c.session_id)
    .where(booking.c.session_id.in_(_SESSIONS), booking.c.state.in_(LIVE)),
    select(speaking.c.attendee_id, literal("speaking"), session_speaker.c.session_id)
    .join(session_speaker, session_speaker.c.speaker_id == speaking.c.speaker_id)
    .where(session_speaker.c.session_id.in_(_SESSIONS)),
    select(meeting_guest.c.attendee_id, literal("meeting"), meeting.c.session_id)
    .join(meeting, meeting.c.id == meeting_guest.c.meeting_id)
    .where(
        meeting.c.session_id.in_(_SESSIONS),
        meeting.c.state != str(State.CANCELLED),
        meeting_guest.c.answer != str(Answer.DECLINED),
    ),
)  # fmt: skip
_GATES = select(gate.c.slug, gate.c.session_id).where(gate.c.session_id.in_(_SESSIONS))
_SHIFTS = select(device.c.id, device.c.attendee_id, device.c.gates).where(
    device.c.role == "gate",
    device.c.revoked_at.is_(None),
    (device.c.shift_ends_at.is_(None)) | (device.c.shift_ends_at > bindparam("moment")),
)
_SPEAKERS = select(speaking.c.attendee_id).where(
    speaking.c.speaker_id.in_(bindparam("wanted", expanding=True))
)
