"""`scan`, `undo`, `answer`, `register` and `clear`: what a door did while it was away."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from badges.code import GENERATIONS, Claim, Flag, Unreadable, fingerprint, read, verifies
from event.database import take_turns
from event.door.decide import Outcome, Policy
from event.door.late import LATE
from event.door.register import register
from event.door.roster import keys_of
from event.door.scans import Scan, read_scans, store
from event.door.settle import settle
from event.door.turns import wait_for, wait_for_everyone
from event.errors import Invalid
from event.people.codes import event_uuid
from event.people.model import Attendee
from event.people.rules import checked_attendee
from event.people.tokens import TRUSTED
from sync.kinds import Kind, Known, Payload, Told, is_short, is_whole

_BAD = "bad-payload"
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_WORD = re.compile(r"[a-z_]{0,30}")
_FINGERPRINT = re.compile(r"(?:[0-9a-f]{16})?")
_LONGEST_NOTE, _LONGEST_CODE = 500, 4_000
_OUTCOMES = tuple(map(str, Outcome))
_PERSON = ("given_name", "surname", "organisation", "category")


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(_WORD.fullmatch(value))


def _is_scan(value: object) -> bool:
    return isinstance(value, str) and bool(_UUID7.fullmatch(value.lower()))


def _is_note(value: object) -> bool:
    return is_short(value, _LONGEST_NOTE)


def _is_holder(value: object) -> bool:
    return is_whole(value, 0, 2**32 - 1)


_SCAN: Mapping[str, Callable[[Any], bool]] = {
    "outcome": lambda value: value in _OUTCOMES,
    "reason": _is_word,
    "via": _is_word,
    "leaving": lambda value: isinstance(value, bool),
    "holder": lambda value: value is None or _is_holder(value),
    "medium": lambda value: value is None or is_whole(value, 0, 1),
    "generation": lambda value: value is None or is_whole(value, 0, GENERATIONS - 1),
    "fp": lambda value: isinstance(value, str) and bool(_FINGERPRINT.fullmatch(value)),
    "code": lambda value: is_short(value, _LONGEST_CODE),
    "note": _is_note,
}
"""What each name in a scan's payload must be; all but `gate` and `outcome` may be left out."""


_NAMES: Mapping[str, tuple[str, ...]] = {
    "scan": ("gate", *_SCAN),
    "undo": ("scan", "note"),
    "answer": ("scan", "outcome"),
    "register": ("holder",),
    "clear": ("gate",),
}
"""What is checked of each kind's payload, and of that, what the log of scans has."""


def _check_gate(slug: object, known: Known) -> str | None:
    """Return what is wrong with a gate and who says to have stood there."""
    if not isinstance(slug, str) or slug not in known.gates:
        return "unknown-gate"
    is_allowed = known.sender is not None and known.sender.bearer.may_scan_at(slug)
    return None if is_allowed else "not-allowed"


def _check_scan(payload: Payload, known: Known) -> str | None:
    if code := _check_gate(payload.get("gate"), known):
        return code
    is_good = all(is_good(payload[name]) for name, is_good in _SCAN.items() if name in payload)
    is_nobody = payload.get("holder") is None and "code" not in payload
    is_let_in = payload.get("outcome") != Outcome.REFUSED
    return None if is_good and "outcome" in payload and not (is_let_in and is_nobody) else _BAD


def _check_undo(payload: Payload, _: Known) -> str | None:
    return None if _is_scan(payload.get("scan")) and _is_note(payload.get("note", "")) else _BAD


def _check_answer(payload: Payload, _: Known) -> str | None:
    is_answer = payload.get("outcome") in [Outcome.ADMITTED, Outcome.REFUSED]
    return None if _is_scan(payload.get("scan")) and is_answer else _BAD


def _check_clear(payload: Payload, known: Known) -> str | None:
    # In an emergency every door may say that nobody is inside anywhere.
    return _check_gate(payload["gate"], known) if payload.get("gate") is not None else None


def _check_register(payload: Payload, known: Known) -> str | None:
    if not _is_holder(payload.get("holder")):
        return _BAD
    try:
        checked_attendee(_person(payload), known.categories, nameless=False)
    except (AttributeError, Invalid, TypeError):
        return _BAD
    return None


def _apply(db: Connection, known: Known, told: Sequence[Told]) -> None:
    """Store what happened, and bring passages, incidents and blanks up to date with it."""
    claims = _genuine(db, [one.beside for one in told if one.beside])
    scans = [_scan(one, claims.get(one.beside), known) for one in told]
    kinds = {item.kind for item in scans}
    # Locks in one order everywhere: whose turn it is with people, then the door.
    if "register" in kinds:
        take_turns(db)
    if "clear" in kinds:
        wait_for_everyone(db)
    else:
        about = read_scans(db, [item.target for item in scans if item.target]).values()
        wait_for(db, {s.holder for s in (*scans, *about) if s.holder is not None})
    written = [item for item in scans if item.kind == "register"]
    people = {one.item.id: _person(one.said) for one in told if one.item.kind == "register"}
    if written:
        register(db, written, people, at=max(item.received_at for item in written) // 1000)
    scans = [item for item in scans if item.kind != "register"]
    stored = store(db, scans)
    settle(db, stored.values(), new=all(stored[item.id] is item for item in scans))


def _scan(one: Told, claim: Claim | None, known: Known) -> Scan:
    """Return an item as the log of scans has it; of what nobody checked it has nothing."""
    item, code = one.item, one.beside
    said = {name: one.said[name] for name in _NAMES[item.kind] if name in one.said}
    outcome, gate = said.get("outcome", ""), known.gates.get(said.get("gate") or "")
    made = Scan(
        id=item.id,
        kind=item.kind,
        gate_id=gate.id if gate else None,
        holder=said.get("holder"),
        medium=said.get("medium"),
        generation=said.get("generation"),
        fingerprint=fingerprint(code) if code else said.get("fp", ""),
        outcome=outcome,
        reason=said.get("reason", ""),
        via=said.get("via", ""),
        # As `event.door.admit` has it: elsewhere nobody goes out.
        leaving=bool(gate and gate.policy is Policy.IN_AND_OUT and said.get("leaving")),
        target=said.get("scan", "").lower(),
        note=said.get("note", ""),
        device=item.device,
        trusted=known.sender is not None and known.sender.bearer.role in TRUSTED,
        t=item.t,
        t_est=item.t_est + known.ahead,
        skewed=bool(item.skewed),
        received_at=item.received_at + known.ahead,
    )
    if claim and claim.flags & Flag.PRACTICE:
        return replace(made, holder=None, medium=None, generation=None)
    if claim:
        return replace(made, holder=claim.holder, medium=claim.medium, generation=claim.generation)
    if not code:
        return made
    # Whoever let somebody in with a code that nobody signed was deceived, whoever they took it for.
    return replace(made, late=LATE if outcome == Outcome.ADMITTED else "", holder=None)


def _genuine(db: Connection, codes: Sequence[str]) -> dict[str, Claim]:
    """Return what the codes say that one of this event's keys has signed."""
    if not codes:
        return {}
    event, keys, found = event_uuid(db), keys_of(db), {}
    for text in codes:
        try:
            code = read(text)
        except Unreadable:
            continue
        key = keys.get(code.claim.slot)
        if key and verifies(code, event, key.public):
            found[text] = code.claim
    return found


def _person(payload: Payload) -> Attendee:
    """Return who was written down."""
    return Attendee(id=0, guid="", **{name: payload[name] for name in _PERSON if name in payload})


DOOR: Mapping[str, Kind] = {
    "scan": Kind(_check_scan, _apply),
    "undo": Kind(_check_undo, _apply),
    "answer": Kind(_check_answer, _apply),
    "register": Kind(_check_register, _apply),
    "clear": Kind(_check_clear, _apply),
}
