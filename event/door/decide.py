"""Whether somebody may pass: one pure rule, the same on the server, a scanner and in a browser.

It knows what it is given and nothing else; docs/door.md tells it in words, and
openapi/vectors/decisions.json holds other languages to it. Moments are UTC seconds.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from enum import IntFlag, StrEnum
from uuid import UUID

from badges.code import Claim, Code, Flag, Medium, Unreadable, event_tag, read, verifies

REPEAT = 30
"""Seconds within which the same device reading the same badge means the same person."""
FREE_FLOW = "free_flow"
"""Why somebody is admitted where everybody is counted and nobody is asked."""


class Outcome(StrEnum):
    """The three answers at a door."""

    ADMITTED = "admitted"
    ASK = "ask"
    REFUSED = "refused"


class Policy(StrEnum):
    """How often somebody may pass a gate."""

    FIRST_ENTRY = "first_entry"
    ONCE = "once"
    ONCE_PER_DAY = "once_per_day"
    IN_AND_OUT = "in_and_out"
    COUNT = "count"
    PICKUP = "pickup"
    PRACTICE = "practice"


class Standing(IntFlag):
    """What a door knows of a holder besides what the code says; the first bits are `Flag`'s."""

    LOOK_AT_ID = Flag.LOOK_AT_ID
    MINOR = Flag.MINOR
    STAFF = Flag.STAFF
    BLANK = Flag.BLANK
    CANCELLED = 16
    REPLACED = 32
    NOTE = 64


@dataclass(frozen=True, slots=True)
class Key:
    """A public key (32 bytes) by which codes are verified."""

    public: bytes
    not_before: int
    not_after: int | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Badge:
    """What a door holds of one holder: the valid generations, category, days, standing."""

    phone: int
    paper: int
    category: int
    days: int
    standing: Standing


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate's rules as they are now; no categories means all, `days` is a bitmap."""

    id: int
    policy: Policy = Policy.FIRST_ENTRY
    categories: frozenset[int] = frozenset()
    days: int = 0xFFFF
    opens_at: int | None = None
    closes_at: int | None = None
    capacity: int | None = None
    needs_booking: bool = False
    free_flow: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """Where a holder stands at the gate: entries since it was last cleared, and on which days."""

    entries: int
    days: int
    inside: bool
    last_at: int
    last_device: str


@dataclass(frozen=True, slots=True)
class Door:
    """All that a decision depends on: the event's days as [start, end), what is known, the gate.

    `complete` says that a holder who is not in `badges` does not exist; a device that may not have
    heard of the newest trusts the signature. `inside` counts who is inside the gate
    and passed it on this event day.
    """

    event: UUID
    days: tuple[tuple[int, int], ...]
    keys: Mapping[int, Key]
    badges: Mapping[int, Badge]
    gate: Gate
    passages: Mapping[int, Passage]
    booked: Container[int] = frozenset()
    inside: int = 0
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: an outcome, a reason where there is one to tell, and whose badge it was.

    A holder is only named when the signature was good, and never by a card for practice. A
    category of 0 is not known.
    """

    outcome: Outcome
    reason: str = ""
    holder: int | None = None
    medium: Medium | None = None
    generation: int | None = None
    category: int = 0


def decide(text: str, door: Door, *, at: int, device: str, leaving: bool = False) -> Verdict:
    """Return the verdict on what was scanned; the first rule that says no gives the reason."""
    try:
        code = read(text)
    except Unreadable:
        return _refused("unreadable")
    return decide_code(code, door, at=at, device=device, leaving=leaving)


def decide_code(code: Code, door: Door, *, at: int, device: str, leaving: bool = False) -> Verdict:
    """Return the verdict on a text that could be read."""
    if reason := _untrusted(code, door, at):
        return _refused(reason)
    claim = code.claim
    if claim.flags & Flag.PRACTICE:
        return _practised(claim, door.gate)
    badge = door.badges.get(claim.holder)
    named = Verdict(
        Outcome.ADMITTED,
        holder=claim.holder,
        medium=claim.medium,
        generation=claim.generation,
        category=badge.category if badge else claim.category,
    )
    if door.gate.free_flow:
        return replace(named, reason=FREE_FLOW)  # whoever has a badge of ours is counted
    if badge is None:
        if door.complete:
            return replace(named, outcome=Outcome.REFUSED, reason="unknown_holder")
        badge = _claimed(claim)
    valid = badge.paper if claim.medium is Medium.PAPER else badge.phone
    if claim.generation < valid:
        return replace(named, outcome=Outcome.REFUSED, reason="replaced")
    return _decided(named, badge, door, at=at, device=device, leaving=leaving)


def decide_holder(
    holder: int, door: Door, *, at: int, device: str, leaving: bool = False
) -> Verdict:
    """Return the verdict on somebody found by short code or name, who must show an ID."""
    named = Verdict(Outcome.ADMITTED, holder=holder)
    badge = door.badges.get(holder)
    if badge is None:
        return replace(named, outcome=Outcome.REFUSED, reason="unknown_holder")
    badge = replace(badge, standing=badge.standing | Standing.LOOK_AT_ID)
    named = replace(named, category=badge.category)
    return _decided(named, badge, door, at=at, device=device, leaving=leaving)


def event_day(days: tuple[tuple[int, int], ...], at: int) -> int | None:
    """Return the number of the event day a moment is in, None for a day without the event."""
    return next((n for n, (start, end) in enumerate(days) if start <= at < end), None)


def _untrusted(code: Code, door: Door, at: int) -> str:
    """Return why a code is none of this event's, "" if it is."""
    key = door.keys.get(code.claim.slot)
    if code.tag != event_tag(door.event):
        return "other_event"
    if key is None or at < key.not_before:
        return "unknown_key"
    if key.revoked or (key.not_after is not None and at >= key.not_after):
        return "key_revoked"
    return "" if verifies(code, door.event, key.public) else "bad_signature"


def _practised(claim: Claim, gate: Gate) -> Verdict:
    """Return what a card for practice is to show where one practises; elsewhere it is no badge."""
    if gate.policy is not Policy.PRACTICE:
        return _refused("practice_card")
    if claim.category >= len(PRACTISED):
        return _refused("unreadable")
    outcome, _, reason = PRACTISED[claim.category].partition(" ")
    return Verdict(Outcome(outcome), reason)


def day_begins(days: tuple[tuple[int, int], ...], at: int) -> int:
    """Return when the event day of a moment began, or the time without the event it is in."""
    return max((edge for day in days for edge in day if edge <= at), default=0)


def _decided(
    named: Verdict, badge: Badge, door: Door, *, at: int, device: str, leaving: bool
) -> Verdict:
    """Return the verdict on a holder whose code is good."""
    holder, gate = named.holder or 0, door.gate
    if leaving and gate.policy is Policy.IN_AND_OUT:
        return named
    if reason := _gone(badge) or _closed(badge, holder, door, at):
        return replace(named, outcome=Outcome.REFUSED, reason=reason)
    passage = None if gate.policy is Policy.PRACTICE else door.passages.get(holder)
    if passage:
        is_same = passage.inside and passage.last_device == device
        if is_same and 0 <= at - passage.last_at <= REPEAT:
            return replace(named, reason="repeat")
        if known := _known(passage, door, at):
            outcome = Outcome.REFUSED
            if known == "reentry":
                # A short code stands on every list: who has no badge shows an ID each time.
                outcome = Outcome.ASK if named.medium is None else Outcome.ADMITTED
            return replace(named, outcome=outcome, reason=known)
    if gate.capacity is not None and door.inside >= gate.capacity:
        return replace(named, outcome=Outcome.REFUSED, reason="full")
    for flag, reason in _QUESTIONS:
        if badge.standing & flag:
            return replace(named, outcome=Outcome.ASK, reason=reason)
    return named


def _gone(badge: Badge) -> str:
    """Return why the holder does not come any more, "" if they do."""
    if badge.standing & Standing.REPLACED:
        return "replaced"
    return "cancelled" if badge.standing & Standing.CANCELLED else ""


def _closed(badge: Badge, holder: int, door: Door, at: int) -> str:
    """Return why the gate is not for this holder now, "" if it is."""
    gate, day = door.gate, event_day(door.days, at)
    if gate.categories and badge.category not in gate.categories:
        return "wrong_gate"
    # Before and after the event, the gate's own hours say enough.
    if day is not None and not (gate.days & badge.days) >> day & 1:
        return "wrong_day"
    if gate.opens_at is not None and at < gate.opens_at:
        return "too_early"
    if gate.ended or (gate.closes_at is not None and at >= gate.closes_at):
        return "too_late"
    if gate.needs_booking and holder not in door.booked:
        return "not_booked"
    return ""


def _known(passage: Passage, door: Door, at: int) -> str:
    """Return what it means that the holder has been here, "" if nothing."""
    day = event_day(door.days, at)
    match door.gate.policy:
        case Policy.FIRST_ENTRY if passage.entries:
            return "reentry"
        case Policy.ONCE | Policy.PICKUP if passage.entries:
            return "already_admitted"
        case Policy.ONCE_PER_DAY if day is not None and passage.days >> day & 1:
            return "already_admitted"
        # Nobody stays inside until the next day: whoever did not scan out went home.
        case Policy.IN_AND_OUT if passage.inside and event_day(door.days, passage.last_at) == day:
            return "already_inside"
    return ""


def _claimed(claim: Claim) -> Badge:
    """Return what the code says of a holder nobody here has heard of: it is signed."""
    generation = claim.generation
    standing = Standing(int(claim.flags) & _FROM_CODE)
    return Badge(generation, generation, claim.category, claim.days, standing)


def _refused(reason: str) -> Verdict:
    return Verdict(Outcome.REFUSED, reason)


PRACTISED = (
    "admitted",
    "admitted repeat",
    "admitted reentry",
    "ask look_at_id",
    "ask note",
    "ask question",
    "refused already_admitted",
    "refused already_inside",
    "refused wrong_gate",
    "refused wrong_day",
    "refused too_early",
    "refused too_late",
    "refused not_booked",
    "refused full",
    "refused replaced",
    "refused cancelled",
    "refused other_event",
    "refused unreadable",
    "refused bad_signature",
    "refused key_revoked",
    "refused unknown_key",
    "refused unknown_holder",
)
"""What cards for practice show, by their number; printed cards hold on to this order."""
_FROM_CODE = int(Flag.LOOK_AT_ID | Flag.MINOR | Flag.STAFF | Flag.BLANK)
_QUESTIONS = (
    (Standing.BLANK, "question"),
    (Standing.LOOK_AT_ID, "look_at_id"),
    (Standing.NOTE, "note"),
)
"""What a volunteer is asked to do first; a blank that nobody is known to have comes before all."""
