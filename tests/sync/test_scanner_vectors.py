"""The test vectors' decisions: by the server, by a scanner that was away, and after it met."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import doors
import pytest
from builders import an_agenda, publish_agenda
from gates import AT, a_gate, an_id
from sqlalchemy import Connection, insert, select, update

from badges.code import Unreadable, read
from badges.short import read_short
from event import tables
from event.database import Database
from event.door.admit import Reading, admit
from event.door.decide import Badge, Door, Passage, Standing, Verdict, decide, decide_holder
from event.door.known import BOOKED
from event.door.scans import Scan
from event.people.badge_keys import CURRENT, REVOKED
from event.people.categories import KNOWN
from event.people.model import Status
from event.text import dump
from sync.door import DOOR, differences
from sync.known import door_of, known_of
from sync.past import Past
from sync.replica import Rows

HERE, MAIN, SESSION, OTHERS = "scanner-a", 1, 1, 10**6
SLUGS = {item.number: item.slug for item in KNOWN}


@pytest.fixture
def tx(db: Database) -> Iterator[Connection]:
    publish_agenda(db, an_agenda())
    with db.write() as tx:
        assert a_gate(tx) == MAIN
        tx.execute(update(tables.event).values(uuid=doors.DECISIONS["door"]["event"]))
        # From long before until long after, so that the gate's hours are its own.
        hours = {"starts_at": 10**9, "ends_at": 2 * 10**9}
        tx.execute(update(tables.session).where(tables.session.c.id == SESSION).values(hours))
        yield tx


def test_server_and_scanner_decide_alike_before_and_after_they_meet(tx: Connection) -> None:
    for case in doors.DECISIONS["decisions"]:
        door = doors.door_of(case)
        with tx.begin_nested() as savepoint:
            prepare(tx, door)
            wanted, rows, past = judged(case, away_from(door)), feed(tx), did(door)
            own = {("passage", holder) for holder in past.holders("main")}
            away = {key: row for key, row in rows.items() if key not in own}
            for held in (away, rows):
                assert by_scanner(held, past, case) == told(wanted), case["name"]
            if is_taken_as_it_is(case.get("text", "")):
                wanted = judged(case, replace(door, complete=True))
                assert by_server(tx, case) == told(wanted), case["name"]
            savepoint.rollback()


def away_from(door: Door) -> Door:
    """Return what a device knows of a door: not all holders, nor what strangers did elsewhere."""
    known = {
        holder: passage
        for holder, passage in door.passages.items()
        if holder in door.badges or passage.last_device == HERE
    }
    return replace(door, complete=False, passages=known)


def is_taken_as_it_is(text: str) -> bool:
    """Say whether a text is decided on as it is: spaces are dropped, short codes are read."""
    with suppress(Unreadable):
        return not read_short(text)
    return text == text.strip()


def judged(case: Any, door: Door) -> Verdict:
    how = {name: case[name] for name in ("at", "device", "leaving")}
    if "holder" in case:
        return decide_holder(case["holder"], door, **how)
    return decide(case["text"], door, **how)


def told(verdict: Verdict | Scan) -> tuple[Any, ...]:
    """Return what the log has of a verdict."""
    return verdict.outcome, verdict.reason, verdict.holder, verdict.medium, verdict.generation


def by_scanner(rows: Rows, past: Past, case: Any) -> tuple[Any, ...]:
    known, holder = known_of(rows), case.get("holder")
    assert known is not None
    with suppress(Unreadable):
        holder = read(case.get("text", "")).claim.holder
    return told(judged(case, door_of(known, known.places["main"], past, holder, case["at"])))


def by_server(tx: Connection, case: Any) -> tuple[Any, ...]:
    at = case["at"] * 1000
    what = Reading(an_id(1), case.get("text", ""), case.get("holder"), leaving=case["leaving"])
    return told(admit(tx, "main", what, device=HERE, trusted=False, t=at, at=at).scan)


def feed(tx: Connection) -> Rows:
    """Return what a device would hold that asks now."""
    return {
        (found.table, *found.key): {name: found.new[name] for name in DOOR.columns(found.table)}
        for found in differences(tx, at=AT)
        if found.new is not None
    }


def did(door: Door) -> Past:
    """Return what this device must have done, so that somebody stands where a decision says."""
    past = Past(HERE)
    for holder, passage in door.passages.items():
        if passage.last_device != HERE:
            continue
        entered = {"gate": "main", "outcome": "admitted", "holder": holder}
        things: list[tuple[str, Any]] = [("scan", entered)] * max(passage.entries, 1)
        if not passage.entries:
            things.append(("clear", {"gate": "main"}))
        elif not passage.inside:
            things.append(("scan", entered | {"leaving": True}))
        for n, (kind, payload) in enumerate(things):
            at = (passage.last_at - len(things) + 1 + n) * 1000
            past.add({"id": f"{kind} {n}", "kind": kind, "payload": payload}, at)
    return past


def prepare(tx: Connection, door: Door) -> None:
    """Let the database say what a door knows."""
    _gate(tx, door)
    if not door.days:
        tx.execute(update(tables.event).values(ends_on="0001-01-01"))
    for slot, key in door.keys.items():
        public = base64.urlsafe_b64encode(key.public).rstrip(b"=").decode()
        status = REVOKED if key.revoked else CURRENT
        hours = {"not_before": key.not_before, "not_after": key.not_after}
        row = {"slot": slot, "public": public, "status": status} | hours
        tx.execute(insert(tables.badge_key), row)
    for number, badge in door.badges.items():
        _person(tx, number, badge)
    for number, passage in door.passages.items():
        _passage(tx, number, passage)
    for holder in set(door.booked) - door.badges.keys():  # type: ignore[call-overload]
        _person(tx, holder, Badge(1, 1, 1, 3, Standing(0)))
    inside = sum(1 for passage in door.passages.values() if passage.inside)
    others = 0 if door.gate.capacity is None else door.inside - inside
    for number in range(OTHERS, OTHERS + others):
        _person(tx, number, Badge(1, 1, 1, 3, Standing.BLANK))
        today = door.days[0][0]
        _passage(tx, number, Passage(1, 1, inside=True, last_at=today, last_device="another"))
    for holder in door.booked:  # type: ignore[attr-defined]
        found = select(tables.holder.c.attendee_id).where(tables.holder.c.number == holder)
        booked = {"session_id": SESSION, "attendee_id": tx.execute(found).scalar_one()}
        tx.execute(insert(tables.booking), booked | {"state": BOOKED, "at": 0})


def _gate(tx: Connection, door: Door) -> None:
    rules = door.gate
    values = {
        "policy": str(rules.policy),
        "categories": dump([SLUGS[number] for number in sorted(rules.categories)]),
        "days": rules.days,
        "opens_at": rules.opens_at,
        "closes_at": rules.closes_at,
        "session_id": SESSION if rules.needs_booking else None,
        "capacity": rules.capacity,
        "needs_booking": int(rules.needs_booking),
        "free_flow": int(rules.free_flow),
        "ended_at": 1 if rules.ended else None,
    }
    tx.execute(update(tables.gate).values(values))


def _person(tx: Connection, number: int, badge: Badge) -> None:
    """Add a holder, with an attendee unless it is a blank, under the next small number."""
    stands, attendee_id = badge.standing, None
    has_ended = stands & Standing.CANCELLED and stands & (Standing.BLANK | Standing.REPLACED)
    if not stands & Standing.BLANK:
        status = Status.CANCELLED if stands & Standing.CANCELLED else Status.REGISTERED
        values = {
            "guid": f"guid of {number}",
            "registered_at": 0,
            "changed_at": 0,
            "category": SLUGS.get(badge.category, ""),
            "days": badge.days,
            "look_at_id": int(bool(stands & Standing.LOOK_AT_ID)),
            "note": "note" if stands & Standing.NOTE else "",
            "status": str(Status.REPLACED if stands & Standing.REPLACED else status),
        }
        made = tx.execute(insert(tables.attendee).values(values))
        (attendee_id,) = made.inserted_primary_key or (None,)
    holder = {
        "number": number,
        "attendee_id": attendee_id,
        "blank": int(attendee_id is None),
        "phone": badge.phone,
        "paper": badge.paper,
        "created_at": 0,
        "ended_at": 1 if has_ended else None,
    }
    tx.execute(insert(tables.holder).values(holder))
    tx.execute(insert(tables.door_number).values(n=number, holder=number))


def _passage(tx: Connection, number: int, passage: Passage) -> None:
    moments = {"first_at": passage.last_at * 1000, "last_at": passage.last_at * 1000}
    said = {"entries": passage.entries, "days": passage.days, "inside": int(passage.inside)}
    row = {"gate_id": MAIN, "holder": number, "last_device": passage.last_device}
    tx.execute(insert(tables.passage).values(row | moments | said))
