"""Decisions at the door: what is wanted is written here by hand, and the rule must agree."""

from dataclasses import asdict
from itertools import combinations
from typing import Any
from uuid import UUID

from drafts import (
    DAYS,
    DOOR,
    HERE,
    HOLDER,
    NOW,
    SPEAKER,
    Change,
    Draft,
    claims,
    door,
    every,
    gate,
    keys,
    known,
    passed,
    scan,
    shape,
    stands,
)

from badges.code import Flag, Medium
from event.door.decide import PRACTISED, Policy, Standing

FAULTS: tuple[tuple[str, str, Change], ...] = (
    ("lower case", "refused unreadable", scan(spelled=str.lower)),
    ("another event", "refused other_event", scan(event=UUID(int=1))),
    ("a key of tomorrow", "refused unknown_key", keys(not_before=NOW + 1)),
    ("a revoked key", "refused key_revoked", keys(revoked=True)),
    ("a forged signature", "refused bad_signature", scan(signer=6)),
    ("a card for practice", "refused practice_card", claims(flags=Flag.PRACTICE)),
    ("nobody's number", "refused unknown_holder", door(badges={}, complete=True)),
    ("an older generation", "refused replaced", known(paper=2)),
    ("a substituted attendee", "refused replaced", stands(Standing.REPLACED)),
    ("a cancelled attendee", "refused cancelled", stands(Standing.CANCELLED)),
    ("a gate for others", "refused wrong_gate", gate(categories=frozenset({SPEAKER}))),
    ("a gate of another day", "refused wrong_day", gate(days=0b10)),
    ("a gate that opens later", "refused too_early", gate(opens_at=NOW + 1)),
    ("a gate that has closed", "refused too_late", gate(closes_at=NOW)),
    ("no booking", "refused not_booked", gate(needs_booking=True)),
    ("the same badge again", "admitted repeat", passed(last_at=NOW - 5, last_device=HERE)),
    ("an entry before", "admitted reentry", passed()),
    ("a strict gate", "refused already_admitted", every(gate(policy=Policy.ONCE), passed())),
    ("still inside", "refused already_inside", every(gate(policy=Policy.IN_AND_OUT), passed())),
    ("a full gate", "refused full", gate(capacity=10)),
    ("a blank", "ask question", stands(Standing.BLANK)),
    ("an ID to look at", "ask look_at_id", stands(Standing.LOOK_AT_ID)),
    ("a note", "ask note", stands(Standing.NOTE)),
)
"""What may be wrong, in the order in which it is looked for; ten are inside the gate."""
_HISTORY = {"an entry before", "a strict gate", "still inside"}
_NEEDS_BADGE = {"an older generation", "a substituted attendee", "a cancelled attendee",
                "a blank", "an ID to look at", "a note"}  # fmt: skip
_OF_ATTENDEES = {"a substituted attendee", "an ID to look at", "a note"}
"""What nobody can say of a blank, which is no attendee's."""


def _day(number: int, seconds: int) -> Change:
    """Return a scan so many seconds after the start of an event day."""
    return scan(at=DAYS[number][0] + seconds)


def _card(number: int) -> Change:
    """Return a card for practice."""
    return claims(holder=0, category=number, flags=Flag.PRACTICE)


STRICT, DAILY = gate(policy=Policy.ONCE), gate(policy=Policy.ONCE_PER_DAY)
BOTH_WAYS, COUNT = gate(policy=Policy.IN_AND_OUT), gate(policy=Policy.COUNT)
PICKUP, PRACTICE = gate(policy=Policy.PICKUP), gate(policy=Policy.PRACTICE)
TALLY, LEAVING = gate(free_flow=True), scan(leaving=True)
OUT, AGAIN = passed(inside=False), passed(last_at=NOW - 5, last_device=HERE)
NEW = claims(holder=0x01020304, category=SPEAKER)
TYPED, SOMEBODY = scan(typed=HOLDER), scan(typed=0x01020304)

LISTED: tuple[tuple[str, str, Change], ...] = (
    # Texts
    ("a good badge", "admitted", every()),
    ("nothing", "refused unreadable", scan(spelled=lambda _: "")),
    ("a link", "refused unreadable", scan(spelled=lambda _: "https://example.org/")),
    ("a short code given as a text", "refused unreadable", scan(spelled=lambda _: "3FAVFQFF")),
    ("a character too many", "refused unreadable", scan(spelled=lambda good: good + "A")),
    ("a line end behind it", "refused unreadable", scan(spelled=lambda good: good + "\n")),
    ("digits of another script", "refused unreadable", scan(spelled=lambda _: "E" + "٢" * 121)),
    ("a phone's code", "admitted", claims(medium=Medium.PHONE)),
    ("another slot's key", "admitted", every(claims(slot=1), scan(signer=6))),
    ("a slot without a key", "refused unknown_key", claims(slot=7)),
    ("twin events with one tag", "refused bad_signature", scan(event=UUID(int=96_431))),
    # Keys
    ("a key from now on", "admitted", keys(not_before=NOW)),
    ("a key from the next second on", "refused unknown_key", keys(not_before=NOW + 1)),
    ("a key until the next second", "admitted", keys(not_after=NOW + 1)),
    ("a key until now", "refused key_revoked", keys(not_after=NOW)),
    ("a key that ended", "refused key_revoked", keys(not_after=NOW - 1)),
    ("a revoked key that never began", "refused unknown_key",
     keys(not_before=NOW + 1, revoked=True)),
    ("a revoked key and a badge of the other", "admitted",
     every(keys(revoked=True), claims(slot=1), scan(signer=6))),
    # Generations
    ("one generation older", "refused replaced", every(known(paper=3), claims(generation=2))),
    ("the same generation", "admitted", every(known(paper=3), claims(generation=3))),
    ("a generation not heard of yet", "admitted", every(known(paper=3), claims(generation=4))),
    ("paper lost, phone still good", "admitted",
     every(known(paper=2), claims(medium=Medium.PHONE))),
    ("phone lost, paper still good", "admitted", known(phone=2)),
    ("phone lost and shown", "refused replaced",
     every(known(phone=2), claims(medium=Medium.PHONE))),
    # Holders nobody here has heard of
    ("a late registration without a network", "admitted", NEW),
    ("the same with a network", "refused unknown_holder", every(NEW, door(complete=True))),
    ("a late registration at a gate for others", "refused wrong_gate",
     every(NEW, gate(categories=frozenset({1})))),
    ("a late registration at its own gate", "admitted",
     every(NEW, gate(categories=frozenset({SPEAKER})))),
    ("a late registration on another day", "refused wrong_day", every(NEW, claims(days=0b10))),
    ("a late registration whose ID to look at", "ask look_at_id",
     every(NEW, claims(flags=Flag.LOOK_AT_ID))),
    ("a blank nobody has heard of", "ask question", every(NEW, claims(flags=Flag.BLANK))),
    ("a blank nobody has heard of, and an ID to look at", "ask question",
     every(NEW, claims(flags=Flag.BLANK | Flag.LOOK_AT_ID))),
    ("a late registration of staff and a minor", "admitted",
     every(NEW, claims(flags=Flag.STAFF | Flag.MINOR))),
    ("flags of a later version", "admitted", every(NEW, claims(flags=Flag(0x70)))),
    ("a generation nobody has heard of", "admitted", every(NEW, claims(generation=127))),
    # What is known comes before what the code says
    ("moved to another category", "admitted",
     every(known(category=SPEAKER), gate(categories=frozenset({SPEAKER})))),
    ("moved out of the category", "refused wrong_gate",
     every(known(category=SPEAKER), gate(categories=frozenset({1})))),
    ("days taken away", "refused wrong_day", known(days=0b10)),
    ("days added", "admitted", every(claims(days=0b10), known(days=0b01))),
    ("a blank that was bound", "admitted", claims(flags=Flag.BLANK)),
    ("an ID nobody needs to see any more", "admitted", claims(flags=Flag.LOOK_AT_ID)),
    ("one of two categories", "admitted", gate(categories=frozenset({1, SPEAKER}))),
    ("no category at a gate for some", "refused wrong_gate",
     every(known(category=0), gate(categories=frozenset({1})))),
    # Days
    ("the first second of the first day", "admitted", every(_day(0, 0), known(days=0b01))),
    ("the last second of the first day", "admitted", every(_day(0, 86399), known(days=0b01))),
    ("the first second of the second day", "refused wrong_day",
     every(_day(1, 0), known(days=0b01))),
    ("the second day", "admitted", every(_day(1, 0), known(days=0b10))),
    ("the evening before", "admitted", every(_day(0, -1), known(days=0b10), keys(not_before=0))),
    ("after the event", "admitted", every(_day(1, 86400), known(days=0b01))),
    ("no day at all, on a day", "refused wrong_day", known(days=0)),
    ("a gate of the other day", "refused wrong_day", gate(days=0b10)),
    ("badge and gate share no day", "refused wrong_day", every(known(days=0b01), gate(days=0b10))),
    ("an event without days", "admitted", every(door(days=()), known(days=0))),
    # Hours
    ("a second before opening", "refused too_early", gate(opens_at=NOW + 1)),
    ("at opening", "admitted", gate(opens_at=NOW)),
    ("a second after opening", "admitted", gate(opens_at=NOW - 1)),
    ("a second before closing", "admitted", gate(closes_at=NOW + 1)),
    ("at closing", "refused too_late", gate(closes_at=NOW)),
    ("a second after closing", "refused too_late", gate(closes_at=NOW - 1)),
    ("a departure that left", "refused too_late", gate(ended=True)),
    ("ended before it opens", "refused too_early", gate(ended=True, opens_at=NOW + 1)),
    # Bookings and places
    ("a booking", "admitted", every(gate(needs_booking=True), door(booked=(HOLDER,)))),
    ("somebody else's booking", "refused not_booked",
     every(gate(needs_booking=True), door(booked=(1,)))),
    ("a booking that is not needed", "admitted", door(booked=(HOLDER,))),
    ("the last place", "admitted", gate(capacity=11)),
    ("no place left", "refused full", gate(capacity=10)),
    ("more inside than places", "refused full", gate(capacity=9)),
    ("a gate without places", "refused full", every(gate(capacity=0), door(inside=0))),
    # Repeats
    ("at once", "admitted repeat", passed(last_at=NOW, last_device=HERE)),
    ("29 seconds later", "admitted repeat", passed(last_at=NOW - 29, last_device=HERE)),
    ("30 seconds later", "admitted repeat", passed(last_at=NOW - 30, last_device=HERE)),
    ("31 seconds later", "admitted reentry", passed(last_at=NOW - 31, last_device=HERE)),
    ("at another device", "admitted reentry", passed(last_at=NOW - 5)),
    ("a clock that was set back", "admitted reentry", passed(last_at=NOW + 5, last_device=HERE)),
    ("a repeat at a strict gate", "admitted repeat", every(STRICT, AGAIN)),
    ("a repeat at a daily gate", "admitted repeat", every(DAILY, AGAIN)),
    ("a repeat both ways", "admitted repeat", every(BOTH_WAYS, AGAIN)),
    ("a repeat where it is counted", "admitted repeat", every(COUNT, AGAIN)),
    ("a repeat at the badge desk", "admitted repeat", every(PICKUP, AGAIN)),
    ("a repeat at a full gate", "admitted repeat", every(gate(capacity=10), AGAIN)),
    ("a repeat by somebody whose ID was seen", "admitted repeat",
     every(stands(Standing.LOOK_AT_ID), AGAIN)),
    ("out and at once in again", "admitted", every(BOTH_WAYS, AGAIN, OUT)),
    ("in again right after all were sent out", "admitted", every(AGAIN, OUT, passed(entries=0))),
    # Policies
    ("first entry: back from lunch", "admitted reentry", passed()),
    ("first entry: back, ID to look at", "admitted reentry",
     every(passed(), stands(Standing.LOOK_AT_ID))),
    ("first entry: back to a full house", "admitted reentry", every(passed(), gate(capacity=10))),
    ("first entry: sent out by the alarm", "admitted", passed(entries=0, days=0, inside=False)),
    ("once: the first time", "admitted", STRICT),
    ("once: the second time", "refused already_admitted", every(STRICT, passed())),
    ("once: the next day", "refused already_admitted", every(STRICT, passed(), _day(1, 3600))),
    ("once a day: the first time", "admitted", DAILY),
    ("once a day: the same day", "refused already_admitted", every(DAILY, passed())),
    ("once a day: the next day", "admitted", every(DAILY, passed(), _day(1, 3600))),
    ("once a day: both days", "refused already_admitted",
     every(DAILY, passed(days=0b11), _day(1, 3600))),
    ("once a day: just before four", "refused already_admitted",
     every(DAILY, passed(), _day(0, 86399))),
    ("once a day: at four", "admitted", every(DAILY, passed(), _day(1, 0))),
    ("once a day: after the event", "admitted", every(DAILY, passed(days=0b11), _day(1, 86400))),
    ("in and out: in", "admitted", BOTH_WAYS),
    ("in and out: in twice", "refused already_inside", every(BOTH_WAYS, passed())),
    ("in and out: in again", "admitted", every(BOTH_WAYS, passed(), OUT)),
    ("in and out: in again, full", "refused full",
     every(BOTH_WAYS, passed(), OUT, gate(capacity=10))),
    ("in and out: in until four", "refused already_inside",
     every(BOTH_WAYS, passed(), _day(0, 86399))),
    ("in and out: the next day", "admitted", every(BOTH_WAYS, passed(), _day(1, 0))),
    ("in and out: out on the next day", "admitted",
     every(BOTH_WAYS, LEAVING, passed(), _day(1, 3600))),
    ("count: the third time", "admitted", every(COUNT, passed(entries=2))),
    ("count: no place left", "refused full", every(COUNT, passed(), gate(capacity=10))),
    ("badge desk: the first time", "admitted", PICKUP),
    ("badge desk: the second time", "refused already_admitted", every(PICKUP, passed())),
    ("practice: never counts", "admitted", every(PRACTICE, passed())),
    ("practice: no repeat", "admitted", every(PRACTICE, AGAIN)),
    ("practice: a cancelled attendee", "refused cancelled",
     every(PRACTICE, stands(Standing.CANCELLED))),
    ("practice: a question", "ask look_at_id", every(PRACTICE, stands(Standing.LOOK_AT_ID))),
    ("practice: before the doors open", "refused too_early",
     every(PRACTICE, gate(opens_at=NOW + 1))),
    *((f"practice: card {number}", wants, every(PRACTICE, _card(number)))
      for number, wants in enumerate(PRACTISED)),
    ("practice: a card of a later version", "refused unreadable",
     every(PRACTICE, _card(len(PRACTISED)))),
    ("practice: a card, with all gates closed", "admitted",
     every(PRACTICE, gate(ended=True), _card(0))),
    ("practice: a forged card", "refused bad_signature", every(PRACTICE, _card(0), scan(signer=6))),
    ("a card for practice by whom it names", "refused practice_card",
     every(_card(0), claims(holder=HOLDER))),
    # Questions
    ("an ID before a note", "ask look_at_id", stands(Standing.LOOK_AT_ID | Standing.NOTE)),
    ("a minor of the staff", "admitted", stands(Standing.MINOR | Standing.STAFF)),
    ("replaced and cancelled", "refused replaced", stands(Standing.REPLACED | Standing.CANCELLED)),
    # Leaving
    ("leaving", "admitted", every(BOTH_WAYS, LEAVING, passed())),
    ("leaving without having come", "admitted", every(BOTH_WAYS, LEAVING)),
    ("leaving after closing", "admitted", every(BOTH_WAYS, LEAVING, gate(closes_at=NOW))),
    ("leaving, cancelled meanwhile", "admitted",
     every(BOTH_WAYS, LEAVING, stands(Standing.CANCELLED))),
    ("leaving a full hall", "admitted", every(BOTH_WAYS, LEAVING, gate(capacity=10))),
    ("leaving with an old badge", "refused replaced", every(BOTH_WAYS, LEAVING, known(paper=2))),
    ("leaving with a forged badge", "refused bad_signature",
     every(BOTH_WAYS, LEAVING, scan(signer=6))),
    ("leaving where nobody counts who leaves", "refused too_late",
     every(LEAVING, gate(closes_at=NOW))),
    # Free flow: whoever has a badge of ours is counted
    ("free flow", "admitted free_flow", TALLY),
    ("free flow: nobody's number", "admitted free_flow",
     every(TALLY, door(badges={}, complete=True))),
    ("free flow: an old badge", "admitted free_flow", every(TALLY, known(paper=2))),
    ("free flow: cancelled", "admitted free_flow", every(TALLY, stands(Standing.CANCELLED))),
    ("free flow: closed", "admitted free_flow", every(TALLY, gate(closes_at=NOW))),
    ("free flow: a repeat", "admitted free_flow", every(TALLY, AGAIN)),
    ("free flow: full", "admitted free_flow", every(TALLY, gate(capacity=10))),
    ("free flow: a question", "admitted free_flow", every(TALLY, stands(Standing.NOTE))),
    ("free flow: another event", "refused other_event", every(TALLY, scan(event=UUID(int=1)))),
    ("free flow: a forged signature", "refused bad_signature", every(TALLY, scan(signer=6))),
    ("free flow: a card for practice", "refused practice_card", every(TALLY, _card(0))),
    ("free flow: a revoked key", "refused key_revoked", every(TALLY, keys(revoked=True))),
    # Short codes and names
    ("typed", "ask look_at_id", TYPED),
    ("typed: nobody's number", "refused unknown_holder", SOMEBODY),
    ("typed: nobody's number with a network", "refused unknown_holder",
     every(SOMEBODY, door(complete=True))),
    ("typed: an old badge is no matter", "ask look_at_id", every(TYPED, known(paper=2))),
    ("typed: substituted", "refused replaced", every(TYPED, stands(Standing.REPLACED))),
    ("typed: cancelled", "refused cancelled", every(TYPED, stands(Standing.CANCELLED))),
    ("typed: a gate for others", "refused wrong_gate",
     every(TYPED, gate(categories=frozenset({SPEAKER})))),
    ("typed: another day", "refused wrong_day", every(TYPED, known(days=0b10))),
    ("typed: too early", "refused too_early", every(TYPED, gate(opens_at=NOW + 1))),
    ("typed: no booking", "refused not_booked", every(TYPED, gate(needs_booking=True))),
    ("typed: full", "refused full", every(TYPED, gate(capacity=10))),
    ("typed: back from lunch", "ask reentry", every(TYPED, passed())),
    ("typed: a second time", "refused already_admitted", every(TYPED, STRICT, passed())),
    ("typed: a repeat", "admitted repeat", every(TYPED, AGAIN)),
    ("typed: a blank", "ask question", every(TYPED, stands(Standing.BLANK))),
    ("typed: a note", "ask look_at_id", every(TYPED, stands(Standing.NOTE))),
    ("typed: free flow", "ask look_at_id", every(TYPED, TALLY)),
    ("typed: leaving", "admitted", every(TYPED, BOTH_WAYS, LEAVING)),
    ("typed: practice", "ask look_at_id", every(TYPED, PRACTICE, passed())),
    ("typed: the keys do not matter", "ask look_at_id", every(TYPED, door(keys={}))),
)  # fmt: skip


def decisions() -> Any:
    """Return a door, and decisions by what differs from it."""
    cases = [(f"{name} alone", wants, change) for name, wants, change in FAULTS]
    cases += _pairs()
    cases += LISTED
    return {"door": shape(DOOR), "decisions": [_decision(*case) for case in cases]}


def _pairs() -> list[tuple[str, str, Change]]:
    """Return two faults at once: the one that is looked for earlier is told."""
    made = []
    for (first, wants, change), (second, _, other) in combinations(FAULTS, 2):
        two = {first, second}
        if ("nobody's number" in two and two & _NEEDS_BADGE) or two <= _HISTORY:
            continue
        if "a blank" in two and two & _OF_ATTENDEES:
            continue
        made.append((f"{first} comes before {second}", wants, every(change, other)))
    return made


def _decision(name: str, wants: str, change: Change) -> dict[str, Any]:
    draft = change(Draft())
    verdict = draft.decided()
    said = f"{verdict.outcome} {verdict.reason}".strip()
    if said != wants:
        raise AssertionError(f"{name}: wanted “{wants}”, and the rule says “{said}”")
    full, plain = shape(draft.door), shape(DOOR)
    return {
        "name": name,
        **({"text": draft.text} if draft.typed is None else {"holder": draft.typed}),
        "door": {k: v for k, v in full.items() if v != plain[k] and k != "gate"},
        "gate": {k: v for k, v in full["gate"].items() if v != plain["gate"][k]},
        "at": draft.at,
        "device": HERE,
        "leaving": draft.leaving,
        "verdict": asdict(verdict),
    }
