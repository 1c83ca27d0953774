"""Seats: who of those who want one has it, who is offered one, who waits, as of a moment.

All that happens by itself is done here, by one function that may be called at any time, however
late or often: offers that ran out, no-shows, whoever is next.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, func, select, update

from event.door.gates import gates
from event.door.heard import unheard
from event.door.known import BOOKED as LETS_IN
from event.people.model import Status
from event.schedule.rules import Stand, in_turn, stands
from event.tables import attendee, booking, booking_rule, holder, passage

STANDING = frozenset({"draft", "suspended", "cancelled"})
"""The states of a session in which the timers of its bookings stand still."""
_MINUTE = 60


class Seat(StrEnum):
    """How a booking stands; the last three hold no seat and wait for none."""

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = LETS_IN
    RELEASED = "released"
    CANCELLED = "cancelled"
    REFUSED = "refused"


LIVE = frozenset({Seat.WAITING, Seat.OFFERED, Seat.BOOKED})
TAKEN = frozenset({Seat.OFFERED, Seat.BOOKED})
"""Those that hold a seat."""


def settle(db: Connection, session_id: int, *, at: int) -> None:
    """Bring the seats of a session to where they must be at a moment (UTC seconds).

    Others who give out its seats wait until this is committed. The same again changes nothing.
    """
    stand = in_turn(db, session_id)
    if stand is not None:
        settle_in_turn(db, stand, at=at)


def settle_in_turn(db: Connection, stand: Stand, *, at: int) -> None:
    """Do what `settle` does once it is our turn."""
    own = {"session": stand.rule.session_id, "moment": at}
    if stand.state in STANDING:
        if stand.paused_at is None:
            db.execute(_PAUSE, own | {"moment": _since(stand, 0, at)})
        return
    paused = stand.paused
    if stand.paused_at is not None:
        resumed = _since(stand, stand.paused_at, at)
        paused += max(0, resumed - max(stand.paused_at, stand.starts_at))
        db.execute(_PROLONG, own | {"seconds": resumed - stand.paused_at})
        db.execute(_RESUME, own | {"seconds": paused})
    db.execute(_NOT_COMING, own)
    db.execute(_EXPIRE, own)
    if at < stand.ends_at:
        _release(db, stand, paused, at=at)
        _move_up(db, stand, at=at)


def due(db: Connection, *, at: int) -> list[int]:
    """Return the ids of sessions whose seats something happens to at a moment (UTC seconds)."""
    counts = {row.session_id: row for row in db.execute(_COUNTS, {"moment": at})}
    return [
        stand.rule.session_id
        for stand in stands(db)
        if _is_due(stand, counts.get(stand.rule.session_id), at)
    ]


def free(db: Connection, stand: Stand) -> int | None:
    """Return how many seats nobody holds, 0 when more are held than there are, None for any."""
    if stand.places is None:
        return None
    taken: int = db.execute(_TAKEN, {"session": stand.rule.session_id}).scalar_one()
    return max(0, stand.places - taken)


def taken(db: Connection) -> dict[int, int]:
    """Return how many seats somebody holds, by session."""
    return {row.session_id: row.taken for row in db.execute(_COUNTS, {"moment": 0})}


def is_coming(db: Connection, attendee_id: int) -> bool:
    """Say whether somebody's registration stands."""
    return db.execute(_IS_ABSENT, {"who": attendee_id}).first() is None


def _is_due(stand: Stand, counts: Any, at: int) -> bool:
    is_standing = stand.state in STANDING
    if is_standing or stand.paused_at is not None:
        return is_standing is (stand.paused_at is None)
    if counts is None:
        return False
    if counts.expired or counts.gone:
        return True
    if at >= stand.ends_at:
        return False
    if counts.booked and stand.released_at is None and at >= _deadline(stand, stand.paused, at):
        return True
    is_free = stand.places is None or counts.taken < stand.places
    return bool(counts.waiting) and is_free


def _since(stand: Stand, earliest: int, at: int) -> int:
    """Return when the session came into its state, as far as is known: not before, not later."""
    changed = stand.changed_at
    return changed if changed is not None and earliest <= changed <= at else at


def _deadline(stand: Stand, paused: int, at: int) -> int:
    """Return when no-shows are released: later than now when they never are."""
    if stand.rule.release_after is None:
        return at + 1
    return stand.starts_at + stand.rule.release_after * _MINUTE + paused


def _release(db: Connection, stand: Stand, paused: int, *, at: int) -> None:
    """Release who has not come, once no device can still hold a scan of theirs."""
    since = _deadline(stand, paused, at)
    session = stand.rule.session_id
    own = [gate for gate in gates(db) if gate.session_id == session]
    if stand.released_at is not None or at < since or not own:
        return
    if any(unheard(db, gate, after=since) for gate in own):
        return
    came = set(db.execute(_CAME, {"gates": [gate.id for gate in own]}).scalars())
    absent = [number for number in db.execute(_HOLDING, {"session": session}).scalars()
              if number not in came]  # fmt: skip
    moves = [{"session": session, "who": number, "moment": at} for number in absent]
    if moves:
        db.execute(_NO_SHOW, moves)
    db.execute(_RELEASED, {"session": session, "moment": at})


def _move_up(db: Connection, stand: Stand, *, at: int) -> None:
    """Offer free seats to those who wait longest, or give them."""
    session, seconds = stand.rule.session_id, stand.rule.offer_seconds
    waiting = db.execute(next_in_line(), {"session": session}).scalars().all()
    moves = [
        {
            "session": session,
            "who": number,
            "moment": at,
            "seat": Seat.OFFERED if seconds else Seat.BOOKED,
            "until": at + seconds if seconds else None,
        }
        for number in waiting[: free(db, stand)]
    ]
    if moves:
        db.execute(_MOVE, moves)


def next_in_line() -> Select[tuple[int]]:
    """Return what selects the attendees who wait for a :session, longest first."""
    return (
        select(booking.c.attendee_id)
        .where(_OWN, booking.c.state == Seat.WAITING)
        .order_by(booking.c.queued_at, booking.c.attendee_id)
    )


_OWN = booking.c.session_id == bindparam("session")
_ONE = update(booking).where(_OWN, booking.c.attendee_id == bindparam("who"))
_MOVE = _ONE.values(
    state=bindparam("seat"), at=bindparam("moment"), offered_until=bindparam("until"), reason=""
)
_ENDED: dict[str, Any] = {"state": Seat.RELEASED, "at": bindparam("moment"), "offered_until": None}
_NO_SHOW = _ONE.values(_ENDED | {"reason": "no_show"})
_EXPIRE = (
    update(booking)
    .where(_OWN, booking.c.state == Seat.OFFERED, booking.c.offered_until <= bindparam("moment"))
    .values(_ENDED | {"reason": "offer_expired"})
)
_ABSENT = select(attendee.c.id).where(attendee.c.status != str(Status.REGISTERED))
_IS_ABSENT = _ABSENT.where(attendee.c.id == bindparam("who"))
_NOT_COMING = (
    update(booking)
    .where(_OWN, booking.c.state.in_(LIVE), booking.c.attendee_id.in_(_ABSENT))
    .values(_ENDED | {"reason": "not_coming"})
)
_PROLONG = (
    update(booking)
    .where(_OWN, booking.c.state == Seat.OFFERED)
    .values(offered_until=booking.c.offered_until + bindparam("seconds"))
)
_RULE = update(booking_rule).where(booking_rule.c.session_id == bindparam("session"))
_PAUSE = _RULE.values(paused_at=bindparam("moment"))
_RESUME = _RULE.values(paused_at=None, paused=bindparam("seconds"))
_RELEASED = _RULE.values(released_at=bindparam("moment"))
_TAKEN = select(func.count()).where(_OWN, booking.c.state.in_(TAKEN))
_HOLDING = (
    select(booking.c.attendee_id)
    .where(_OWN, booking.c.state == Seat.BOOKED)
    .order_by(booking.c.attendee_id)
)
_CAME = (
    select(holder.c.attendee_id)
    .join(passage, passage.c.holder == holder.c.number)
    .where(passage.c.gate_id.in_(bindparam("gates", expanding=True)), passage.c.entries > 0)
)


def _how_many(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


_COUNTS = (
    select(
        booking.c.session_id,
        _how_many(booking.c.state == Seat.WAITING).label("waiting"),
        _how_many(booking.c.state == Seat.BOOKED).label("booked"),
        _how_many(booking.c.state.in_(TAKEN)).label("taken"),
        _how_many(attendee.c.status != str(Status.REGISTERED)).label("gone"),
        _how_many(booking.c.offered_until <= bindparam("moment")).label("expired"),
    )
    .join(attendee, attendee.c.id == booking.c.attendee_id)
    .where(booking.c.state.in_(LIVE))
    .group_by(booking.c.session_id)
)
