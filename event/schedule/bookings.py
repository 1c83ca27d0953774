"""Bookings: what somebody says of a seat, and what they get; `seats` does what needs no word."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from event.errors import Conflict, Invalid
from event.schedule.answers import answers_of, missing, store_answers
from event.schedule.rules import Rule, Stand, find_rule, in_turn
from event.schedule.seats import LIVE, Seat, free, is_coming, next_in_line, settle, settle_in_turn
from event.tables import booking


@dataclass(frozen=True, slots=True)
class Booking:
    """How somebody stands with a session since `at`, and if they wait, at which place.

    `reason` is why a seat was released or refused. `wanted`, `t_est` and `item` are the register.
    """

    session_id: int
    attendee_id: int
    state: Seat
    at: int
    reason: str = ""
    queued_at: int = 0
    offered_until: int | None = None
    wanted: int = 0
    t_est: int = 0
    item: str = ""
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """That somebody wants a seat or no longer, with answers; when (in milliseconds) and where said.

    What is said last counts, whole: its answers too. With `t_est` None it is said just now. Who
    wants a seat and leaves out an answer, as a phone does that does not know the question, is heard
    only where nothing else was said.
    """

    session_id: int
    attendee_id: int
    on: bool
    answers: Mapping[str, str] = field(default_factory=dict)
    t_est: int | None = None
    item: str = ""


def say(db: Connection, wish: Wish, *, at: int) -> Booking | None:
    """Take a wish and return what came of it; one that was heard, or is older, changes nothing.

    `at` is the server's time in milliseconds: who is heard first is first in line. None for a
    session that needs no booking. A wish that cannot be is kept as refused, with a reason.
    """
    stand = in_turn(db, wish.session_id)
    if stand is None:
        return None
    settle_in_turn(db, stand, at=at // 1000)
    old = _find(db, wish)
    t_est = max(at, old.t_est + 1 if old else 0) if wish.t_est is None else wish.t_est
    is_whole = not any(missing(stand.rule, wish.answers))
    is_weak = wish.on and not is_whole and not _is_closed(stand.rule, at // 1000)
    if is_weak and wish.t_est is not None:
        # What lacks answers is no word beside any other, in whichever order they come.
        t_est, wish = 0, replace(wish, item="")
    if old and (t_est, wish.item) <= (old.t_est, old.item):
        return old
    said = {"wanted": int(wish.on), "t_est": t_est, "item": wish.item}
    new = _outcome(db, stand, wish, old, t_est=t_est, at=at)
    _store(db, old, wish, new | said)
    is_held = wish.on and old is not None and old.state in LIVE
    is_late = _is_closed(stand.rule, at // 1000) and not _owes(db, stand.rule, wish.attendee_id)
    if not is_held or (is_whole and not is_late):
        said_now = wish.answers if new["state"] in LIVE else {}
        store_answers(db, stand, wish.attendee_id, said_now)
    if new["state"] not in LIVE:
        settle(db, wish.session_id, at=at // 1000)
    return _find(db, wish)


def book(db: Connection, wish: Wish, *, at: int) -> Booking:
    """Do what `say` does for somebody who waits for the answer.

    Raises NotFound for a session that needs no booking, Invalid when answers are missing, Conflict
    when it cannot be; then nothing has changed.
    """
    rule = find_rule(db, wish.session_id)
    booked = say(db, wish, at=at)
    assert booked is not None
    if booked.state is Seat.REFUSED and booked.reason in _REFUSALS:
        raise Conflict(_REFUSALS[booked.reason], reason=booked.reason)
    asked = ", ".join(question.id for question in missing(rule, wish.answers))
    if wish.on and asked and not _is_closed(rule, at // 1000):
        raise Invalid(f"Answer what is asked of who comes: {asked}.")
    return booked


def swap(
    db: Connection, attendee_id: int, give: int, take: Wish, *, at: int
) -> tuple[Booking, Booking]:
    """Give one seat back and take another in one step; return both bookings.

    Doing it again is harmless. Raises what `book` does, and Conflict when there is no seat to take
    or to give: then nothing has changed.
    """
    if give == take.session_id:
        raise Invalid("Name two sessions: the one you give and the one you take.")
    for session_id in sorted((give, take.session_id)):
        in_turn(db, session_id)
    held, wanted = _one(db, give, attendee_id), _one(db, take.session_id, attendee_id)
    is_done = held is None or held.state not in LIVE
    if is_done and not (held and wanted and wanted.state is Seat.BOOKED):
        raise Conflict("You hold no seat there to give; book the other session.")
    taken = book(db, take, at=at)
    if taken.state is not Seat.BOOKED:
        raise Conflict("No seat is free there; you keep the one you have.")
    given = book(db, Wish(give, attendee_id, on=False), at=at)
    return given, taken


def bookings_of(db: Connection, attendee_id: int) -> list[Booking]:
    """Return all that somebody ever booked, with their places in line, by session."""
    rows = db.execute(_OF, {"who": attendee_id})
    return [_booking(row) for row in rows]


def bookings_in(db: Connection, session_id: int) -> list[Booking]:
    """Return all bookings of a session: those who wait in line, then by attendee."""
    rows = [_booking(row) for row in db.execute(_IN, {"session": session_id})]
    return sorted(rows, key=lambda one: (one.place or 0, one.attendee_id))


def _outcome(
    db: Connection, stand: Stand, wish: Wish, old: Booking | None, *, t_est: int, at: int
) -> dict[str, Any]:
    """Return state, moment, reason, place and end of offer that follow from a wish."""
    seconds = at // 1000
    state, reason, queued_at = Seat.CANCELLED, "", 0
    if wish.on:
        is_held = old is not None and old.state in LIVE
        reason = _refusal(db, stand, wish, is_held=is_held, at=seconds)
        if reason:
            state = Seat.REFUSED
        elif old is not None and is_held:
            # An offer is taken by who says yes after it was made.
            is_taken = old.state is Seat.OFFERED and t_est // 1000 >= old.at
            if not is_taken:
                return _kept(old)
            state = Seat.BOOKED
        else:
            state, reason, queued_at = _queued(db, stand, at)
    return {"state": state, "at": seconds, "reason": reason, "queued_at": queued_at,
            "offered_until": None}  # fmt: skip


def _kept(old: Booking) -> dict[str, Any]:
    names = ("state", "at", "reason", "queued_at", "offered_until")
    return {name: getattr(old, name) for name in names}


def _refusal(db: Connection, stand: Stand, wish: Wish, *, is_held: bool, at: int) -> str:
    """Return why a seat cannot be had, "" when it can; what is held is not taken by the clock."""
    rule = stand.rule
    if not is_held:
        if not is_coming(db, wish.attendee_id):
            return "not_coming"
        if stand.state in {"draft", "cancelled"}:
            return "not_held"
        if at >= stand.ends_at and stand.state != "suspended":
            return "over"
        if _is_closed(rule, at):
            return "closed"
        if rule.opens_at is not None and at < rule.opens_at:
            return "not_open"
    elif _is_closed(rule, at):
        return ""
    return "unanswered" if any(missing(rule, wish.answers)) else ""


def _is_closed(rule: Rule, at: int) -> bool:
    return rule.closes_at is not None and at >= rule.closes_at


def _owes(db: Connection, rule: Rule, attendee_id: int) -> bool:
    """Say whether somebody has yet to answer, as a substitute may still do after the cut-off."""
    return any(missing(rule, answers_of(db, attendee_id).get(rule.session_id, {})))


def _queued(db: Connection, stand: Stand, at: int) -> tuple[Seat, str, int]:
    """Return the seat, or the place at the end of the line, of who was not in it."""
    own = {"session": stand.rule.session_id}
    is_first = db.execute(next_in_line().limit(1), own).first() is None
    if is_first and free(db, stand) != 0:
        return Seat.BOOKED, "", 0
    if not stand.rule.waitlist:
        return Seat.REFUSED, "full", 0
    last: int = db.execute(_LAST, own).scalar() or 0
    return Seat.WAITING, "", max(at, last + 1)


def _store(db: Connection, old: Booking | None, wish: Wish, values: Mapping[str, Any]) -> None:
    key = {"session": wish.session_id, "who": wish.attendee_id}
    if old:
        db.execute(_UPDATE, key | {f"new_{name}": value for name, value in values.items()})
    else:
        names = {"session_id": wish.session_id, "attendee_id": wish.attendee_id}
        db.execute(booking.insert(), {**names, **values})


def _find(db: Connection, wish: Wish) -> Booking | None:
    return _one(db, wish.session_id, wish.attendee_id)


def _one(db: Connection, session_id: int, attendee_id: int) -> Booking | None:
    row = db.execute(_ONE, {"session": session_id, "who": attendee_id}).first()
    return _booking(row) if row else None


def _booking(row: Any) -> Booking:
    return Booking(**{**row._mapping, "state": Seat(row.state)})  # noqa: SLF001


_REFUSALS = {
    "not_coming": "Your registration is cancelled; ask at the help desk.",
    "not_held": "This session is not held; look at the agenda.",
    "over": "This session is over.",
    "closed": "Booking has closed; ask at the help desk.",
    "not_open": "Booking is not open yet; try again later.",
    "full": "All places are taken, and nobody can wait for one.",
}
_ahead = booking.alias()
_PLACE = (
    select(func.count())
    .select_from(_ahead)
    .where(
        _ahead.c.session_id == booking.c.session_id,
        _ahead.c.state == Seat.WAITING,
        _ahead.c.queued_at <= booking.c.queued_at,
        booking.c.state == Seat.WAITING,
    )
    .scalar_subquery()
)
_ALL = select(booking, func.nullif(_PLACE, 0).label("place"))
_IN = _ALL.where(booking.c.session_id == bindparam("session"))
_ONE = _IN.where(booking.c.attendee_id == bindparam("who"))
_OF = _ALL.where(booking.c.attendee_id == bindparam("who")).order_by(booking.c.session_id)
_LAST = select(func.max(booking.c.queued_at)).where(booking.c.session_id == bindparam("session"))
_UPDATE = (
    update(booking)
    .where(booking.c.session_id == bindparam("session"), booking.c.attendee_id == bindparam("who"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("state", "at", "reason", "queued_at", "offered_until", "wanted", "t_est",
                         "item")
        }
    )
)  # fmt: skip
