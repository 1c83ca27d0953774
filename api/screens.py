"""What a screen beside a room's door shows: its sessions of the day, and what changed of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from event import tables
from event.agenda.model import Agenda, Room, Session, State
from event.text import parse, pick
from event.times import event_day, from_seconds, to_seconds, zone
from sync.publish import Clock

WORDS = {
    "now": {"en": "Now", "pl": "Teraz"},
    "next": {"en": "Next", "pl": "Następnie"},
    "free": {"en": "Nothing more in this room today.", "pl": "Dziś w tej sali nic więcej."},
    "changed": {"en": "Changed", "pl": "Zmiany"},
    "stale": {"en": "No connection; times may have changed.", "pl": "Brak połączenia."},
    "cancelled": {"en": "Cancelled", "pl": "Odwołane"},
    "suspended": {"en": "Interrupted, end unknown", "pl": "Przerwane, koniec nieznany"},
    "tentative": {"en": "Not confirmed yet", "pl": "Jeszcze niepotwierdzone"},
}
SHOWN = 12 * 3600
"""Seconds for which a change is shown."""
_MOVED = 6
"""Changes that a screen has room for."""


def screen(
    agenda: Agenda, room: Room, changes: Sequence[Mapping[str, Any]], *, languages: Sequence[str],
    at: datetime,
) -> dict[str, Any]:  # fmt: skip
    """Return what the template of a screen shows; texts are (first, second language or "").

    `changes` are records of sessions, newest first.
    """
    tz = zone(agenda.event.timezone)

    def both(text: Mapping[str, str]) -> tuple[str, str]:
        first = pick(text, languages[:1])[0]
        second = pick(text, languages[1:2])[0] if languages[1:] else ""
        return first, "" if second == first else second

    def clock(seconds: int) -> str:
        return from_seconds(seconds).astimezone(tz).strftime("%H:%M")

    today = event_day(at, tz)
    here = sorted(
        (
            one
            for one in agenda.sessions
            if one.room_id == room.id and event_day(one.starts_at, tz) == today
        ),
        key=lambda one: (one.starts_at, one.id),
    )
    names = {one.id: one.name for one in agenda.speakers}
    sessions = {one.id: one for one in agenda.sessions}
    rooms = {one.id: both(one.name)[0] for one in agenda.rooms}
    items = [
        {
            "starts": to_seconds(one.starts_at),
            "ends": to_seconds(one.ends_at),
            "state": str(one.state),
            "when": when,
            "time": f"{clock(to_seconds(one.starts_at))}–{_end(one, clock)}",
            "title": both(one.title),
            "said": _said(one, both),
            "speakers": ", ".join(names[role.speaker_id] for role in one.speakers),
        }
        for one, when in zip(here, _whens(here, at), strict=True)
    ]
    return {
        "room": both(room.name),
        "event": both(agenda.event.title)[0],
        "language": languages[0],
        "second": languages[1] if languages[1:] else "",
        "zone": agenda.event.timezone,
        "now": to_seconds(at),
        "clock": clock(to_seconds(at)),
        "words": {name: both(words) for name, words in WORDS.items()},
        "sessions": items,
        "changes": _moves(changes, room.id, sessions, rooms, both, clock)[:_MOVED],
    }


def recent(db: Connection, clock: Clock, *, at: int) -> list[Mapping[str, Any]]:
    """Return the records of what moved or was called off lately, newest first."""
    found = db.execute(_RECENT, {"epoch": clock.epoch, "since": at - SHOWN}).mappings()
    return [dict(row) | {"old": parse(row["old"]), "new": parse(row["new"])} for row in found]


def _whens(here: Sequence[Session], at: datetime) -> list[str]:
    """Return of each session whether it is on, next, later or over; screen.js says the same."""
    whens, is_next = [], True
    for one in here:
        if at >= one.ends_at:
            whens.append("past")
        elif at >= one.starts_at:
            whens.append("now")
        else:
            whens.append("next" if is_next else "later")
            is_next = is_next and one.state is State.CANCELLED
    return whens


def _end(one: Session, clock: Any) -> str:
    return "?" if one.state is State.SUSPENDED else str(clock(to_seconds(one.ends_at)))


def _said(one: Session, both: Any) -> tuple[str, str]:
    if one.state is State.CONFIRMED:
        return "", ""
    states, reasons = both(WORDS[str(one.state)]), both(one.reason) if one.reason else ("", "")
    first, second = (
        f"{state}: {why}" if why else state for state, why in zip(states, reasons, strict=True)
    )
    return first, second


def _moves(
    changes: Sequence[Mapping[str, Any]], room_id: int, sessions: Mapping[int, Session],
    rooms: Mapping[int, str], both: Any, clock: Any,
) -> list[dict[str, str]]:  # fmt: skip
    """Return what moved in, out or in time, each session once, and where it is by now."""
    found: dict[int, dict[str, str]] = {}
    for row in changes:
        old, new, session = row["old"], row["new"], sessions.get(row["subject_id"])
        if session is None or session.id in found:
            continue
        if room_id not in {session.room_id, old.get("room_id"), new.get("room_id")}:
            continue
        now = {"starts_at": to_seconds(session.starts_at), "room_id": session.room_id}
        is_off = session.state is State.CANCELLED
        found[session.id] = {
            "title": both(session.title)[0],
            "was": _place(old, rooms, clock),
            # It may have moved on between other rooms, and nobody is to follow it from one to one.
            "now": both(WORDS["cancelled"])[0]
            if is_off
            else _place({name: now.get(name) for name in new}, rooms, clock),
        }
    return list(found.values())


def _place(values: Mapping[str, Any], rooms: Mapping[int, str], clock: Any) -> str:
    words = [clock(values["starts_at"])] if values.get("starts_at") else []
    if values.get("room_id"):
        words.append(rooms.get(values["room_id"], "–"))
    return " ".join(words)


_RECENT = (
    select(tables.public_change)
    .where(
        and_(
            tables.public_change.c.epoch == bindparam("epoch"),
            tables.public_change.c.at >= bindparam("since"),
            tables.public_change.c.subject == "session",
            tables.public_change.c.kind == "moved",
        )
    )
    .order_by(tables.public_change.c.seq.desc(), tables.public_change.c.number)
)
