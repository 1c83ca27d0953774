"""What a door device knows: the rows of the door's feed as what they mean; pure functions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from event.door.decide import Badge, Door, Gate, Key, Passage, Policy, Standing, event_day
from event.door.history import course_of
from sync.past import Past
from sync.replica import Row, Rows, decoded

EVERY_GATE = 0
NEAR = 5_000
"""Milliseconds by which the server may have put a clear of ours elsewhere than our clock did."""
SILENT = 120
"""Seconds from which a door counts as not heard."""
_BIAS = 2**31
"""What the feed takes from a holder's number."""
_FLAGS = ("needs_booking", "free_flow", "ended")


@dataclass(frozen=True, slots=True)
class Place:
    """A gate as people know it, and its rules."""

    slug: str
    name: Mapping[str, str]
    rules: Gate


@dataclass(frozen=True, slots=True)
class Known:
    """All that the feed says; passages and bookings by gate and then holder, clears by gate.

    `doubles` are (gate, holder, UTC seconds) of badges that two doors let in.
    """

    event: UUID
    timezone: str
    days: tuple[tuple[int, int], ...]
    keys: Mapping[int, Key]
    badges: Mapping[int, Badge]
    places: Mapping[str, Place]
    passages: Mapping[int, Mapping[int, Passage]]
    booked: Mapping[int, frozenset[int]]
    cleared: Mapping[int, int]
    categories: Mapping[int, Mapping[str, str]]
    devices: tuple[Row, ...]
    doubles: tuple[tuple[int, int, int], ...]


def known_of(rows: Rows) -> Known | None:
    """Return what rows of the door's feed mean, None when there are none."""
    tables: dict[str, list[Row]] = {}
    for (name, *_), row in rows.items():
        tables.setdefault(name, []).append(row)
    if "event" not in tables:
        return None
    (event,) = tables["event"]
    holders = {row["n"]: row["holder"] + _BIAS for row in tables.get("badge", ())}
    gates = sorted(tables.get("gate", ()), key=lambda row: (row["position"], row["id"]))
    return Known(
        event=UUID(event["uuid"]),
        timezone=event["timezone"],
        days=tuple((start, end) for start, end in json.loads(event["days"])),
        keys={row["slot"]: _key(row) for row in tables.get("key", ())},
        badges={row["holder"] + _BIAS: _badge(row["packed"]) for row in tables.get("badge", ())},
        places={row["slug"]: _place(row) for row in gates},
        passages=_passages(tables.get("passage", ()), holders),
        booked=_booked(tables.get("booked", ()), holders),
        cleared={row["gate_id"]: row["at"] for row in tables.get("cleared", ())},
        categories={
            row["number"]: json.loads(row["name"]) for row in tables.get("category", ())
        },
        devices=tuple(tables.get("device", ())),
        doubles=tuple(
            (row["gate_id"], holders[row["n"]], row["at"]) for row in tables.get("double", ())
        ),
    )  # fmt: skip


def door_of(known: Known, place: Place, past: Past, holder: int | None, at: int) -> Door:
    """Return what a decision about a holder at a gate, at a moment (UTC seconds), depends on."""
    passage = None if holder is None else passage_of(known, place, past, holder)
    badge = None if holder is None else known.badges.get(holder)
    if badge and holder in past.registered:
        badge = replace(badge, standing=badge.standing & ~Standing.BLANK)
    return Door(
        event=known.event,
        days=known.days,
        keys=known.keys,
        badges={holder: badge} if holder is not None and badge else {},
        gate=place.rules,
        passages={holder: passage} if holder is not None and passage else {},
        booked=known.booked.get(place.rules.id, ()),
        inside=0 if place.rules.capacity is None else inside(known, place, past, at),
    )


def inside(known: Known, place: Place, past: Past, at: int) -> int:
    """Return how many are inside a gate at a moment (UTC seconds), as far as this device has heard.

    Nobody stays inside until the next event day: whoever did not scan out went home.
    """
    day = event_day(known.days, at)
    holders = known.passages.get(place.rules.id, {}).keys() | past.holders(place.slug)
    passages = (passage_of(known, place, past, holder) for holder in holders)
    here = (passage for passage in passages if passage and passage.inside)
    return sum(event_day(known.days, passage.last_at) == day for passage in here)


def passage_of(known: Known, place: Place, past: Past, holder: int) -> Passage | None:
    """Return where a holder stands: what the feed says and what was done here, both together."""
    number, policy = place.rules.id, place.rules.policy
    theirs = known.passages.get(number, {}).get(holder)
    heard = max(known.cleared.get(number, 0), known.cleared.get(EVERY_GATE, 0))
    cleared = sorted([heard, *past.clears(place.slug)])
    course = course_of(
        past.entries(place.slug, holder),
        cleared,
        policy=policy,
        day_of=lambda at: event_day(known.days, at // 1000),
    )
    if theirs:
        # Everybody was sent out here, or this entry was undone, and the feed has not heard of it.
        is_swept = cleared[-1] > heard + NEAR and theirs.last_at * 1000 < cleared[-1]
        if is_swept or theirs.last_at // 60 * 60 in past.undone(place.slug, holder):
            theirs = None
    if course is None:
        return theirs
    mine = Passage(
        course.entries, course.days, course.inside, course.last_at // 1000, course.last_device
    )
    if theirs is None:
        return mine
    later = mine if mine.last_at >= theirs.last_at else theirs
    return replace(
        later, entries=max(mine.entries, theirs.entries), days=mine.days | theirs.days
    )  # fmt: skip


def silent(known: Known, now: int, *, but: int | None) -> list[tuple[str, int]]:
    """Return labels of other devices that were not heard lately, and for how many seconds."""
    others = [(row["label"], now - row["heard_at"]) for row in known.devices if row["id"] != but]
    return sorted((label, since) for label, since in others if since > SILENT)


def doubles(known: Known, past: Past) -> list[tuple[str, int, int]]:
    """Return gate, holder and moment (UTC seconds) of badges that we and another door let in."""
    slugs = {place.rules.id: slug for slug, place in known.places.items()}
    return [
        (slugs[gate], holder, at)
        for gate, holder, at in known.doubles
        if gate in slugs and past.entries(slugs[gate], holder)
    ]


def _key(row: Row) -> Key:
    raw = decoded(row["public"])
    return Key(raw, row["not_before"], row["not_after"], row["status"] == "revoked")


def _badge(packed: int) -> Badge:
    return Badge(
        phone=(packed >> 31 & 127) + 1,
        paper=(packed >> 38) + 1,
        category=((packed & 255) + 1) % 256,
        days=0xFFFF - (packed >> 15 & 0xFFFF),
        standing=Standing(packed >> 8 & 127),
    )


def _place(row: Row) -> Place:
    said: dict[str, Any] = {field.name: row[field.name] for field in fields(Gate)}
    said |= {name: bool(row[name]) for name in _FLAGS}
    said |= {"categories": frozenset(json.loads(row["categories"]))}
    rules = Gate(**said | {"policy": Policy(row["policy"])})
    return Place(row["slug"], json.loads(row["name"]), rules)


def _passages(rows: Any, holders: Mapping[int, int]) -> dict[int, dict[int, Passage]]:
    """Return passages by gate and holder; a row has all gates of one holder."""
    found: dict[int, dict[int, Passage]] = {}
    for row in rows:
        numbers = iter(json.loads(row["gates"]))
        for gate, minute, flags in zip(numbers, numbers, numbers, strict=True):
            at = minute * 60 + (flags >> 17)
            passage = Passage(1, flags >> 1 & 0xFFFF, bool(flags & 1), at, "")
            found.setdefault(gate, {})[holders[row["n"]]] = passage
    return found


def _booked(rows: Any, holders: Mapping[int, int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(row["gate_id"], set()).add(holders[row["n"]])
    return {gate: frozenset(numbers) for gate, numbers in found.items()}
