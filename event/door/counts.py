"""Live counts: who is inside, how fast people arrive, and how much of it may not be known yet.

Everybody counts once in each number, however often they were scanned.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    distinct,
    func,
    null,
    select,
)

from event.door.decide import Outcome, Policy
from event.door.gates import Gate
from event.door.heard import Heard, all_heard
from event.door.passed import ARRIVED
from event.errors import NotFound
from event.people.enrolment import Device as Enrolled
from event.people.enrolment import scanners
from event.tables import event, passage, scan
from event.times import day_bounds, event_day, from_seconds, to_seconds, zone

STEP = 300
"""Seconds of one step in the series of arrivals."""
WINDOWS = (300, 900)
"""Seconds over which arrivals per minute are told."""


@dataclass(slots=True)
class Count:
    """People, each once: inside now, in today, ever, and in the last 5 and 15 minutes.

    `arrivals` are the people of each step of today (its start, UTC seconds), `refusals` today's
    refusals by reason.
    """

    inside: int = 0
    today: int = 0
    ever: int = 0
    last: tuple[int, int] = (0, 0)
    arrivals: list[tuple[int, int]] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Device:
    """A device that scans, and the last that was heard of it; None if nothing ever was."""

    id: int
    label: str
    role: str
    gates: tuple[str, ...]
    shift_ends_at: int | None
    scans: int
    heard: Heard | None


def counts(db: Connection, items: Sequence[Gate], *, at: int) -> tuple[Count, dict[str, Count]]:
    """Return what is counted at some gates together, and at each, by slug; `at` is UTC seconds.

    Today is the event day of `at`; nobody stays inside until the next. Whoever only picked up a
    badge or took a bus is inside nowhere. Practice counts nothing.
    """
    known = {item.id: item for item in items if item.policy is not Policy.PRACTICE}
    houses = [
        item.id
        for item in known.values()
        if item.policy is not Policy.PICKUP and not item.departure
    ]
    begin = day_start(db, at) * 1000
    wanted = {"gates": list(known), "houses": houses, "begin": begin} | {
        f"since_{seconds}": (at - seconds) * 1000 for seconds in WINDOWS
    }
    total, by_gate = Count(), {number: Count() for number in known}

    def of(number: int | None) -> Count:
        return total if number is None else by_gate[number]

    for statement in (_STANDING_ALL, _STANDING):
        for row in db.execute(statement, wanted):
            count = of(row.gate_id)
            count.inside, count.ever = row.inside, row.ever
    for statement in (_TODAY_ALL, _TODAY):
        for row in db.execute(statement, wanted):
            of(row.gate_id).today = row.today
            of(row.gate_id).last = (row.last_300, row.last_900)
    for statement in (_SERIES_ALL, _SERIES):
        for row in db.execute(statement, wanted):
            of(row.gate_id).arrivals.append((row.start // 1000, row.people))
    for row in db.execute(_REFUSALS, wanted):
        by_gate[row.gate_id].refusals[row.reason] = row.scans
        total.refusals[row.reason] = total.refusals.get(row.reason, 0) + row.scans
    return total, {known[number].slug: count for number, count in by_gate.items()}


def scanning(db: Connection, slugs: Collection[str] | None = None, *, at: int) -> list[Device]:
    """Return the devices that may scan, of some gates or all; `at` is UTC seconds.

    Left out are those locked out, and those whose shift is over with nothing left to send; who was
    enrolled again is one.
    """
    heard, scans = all_heard(db), {row.device: row for row in db.execute(_SCANS)}
    found = []
    for item in scanners(db):
        if item.revoked_at is not None:
            continue
        if slugs is not None and item.gates and not set(item.gates) & set(slugs):
            continue
        if _is_over(item, heard.get(item.id), at):
            continue
        sent = scans.get(item.uuid)
        found.append(
            Device(
                id=item.id,
                label=item.label,
                role=item.role,
                gates=item.gates,
                shift_ends_at=item.shift_ends_at,
                scans=sent.scans if sent else 0,
                heard=_latest(heard.get(item.id), sent.received_at // 1000 if sent else None),
            )
        )
    return found


def stamp(db: Connection) -> tuple[int, int]:
    """Return what is different whenever a scan was stored or a device was heard; it is cheap."""
    scans = db.execute(_COUNT).scalar_one()
    return scans, max((item.at for item in all_heard(db).values()), default=0)


def _is_over(item: Enrolled, heard: Heard | None, at: int) -> bool:
    """Say whether a device's shift is over, and it had sent everything when it was last heard."""
    has_left = item.shift_ends_at is not None and item.shift_ends_at <= at
    return has_left and not (heard and heard.waiting)


def _latest(heard: Heard | None, scanned_at: int | None) -> Heard | None:
    """Return when a device was heard: a scan with a network is a sign of life, too."""
    if scanned_at is None or (heard and heard.at >= scanned_at):
        return heard
    return Heard(scanned_at, heard.battery, heard.waiting) if heard else Heard(scanned_at)


def day_start(db: Connection, at: int) -> int:
    """Return when the event day of a moment began; both UTC seconds. Raises NotFound."""
    name = db.execute(select(event.c.timezone)).scalar()
    if name is None:
        raise NotFound("There is no event yet; import an agenda.", code="no-event")
    tz = zone(name)
    return to_seconds(day_bounds(event_day(from_seconds(at), tz), tz)[0])


_GATES: BindParameter[Any] = bindparam("gates", expanding=True)
_NOBODYS = null().label("gate_id")
"""Of all gates together."""


def _standing(gate_id: ColumnElement[Any]) -> Select[Any]:
    is_inside = and_(
        passage.c.inside == 1,
        passage.c.last_at >= bindparam("begin"),
        passage.c.gate_id.in_(bindparam("houses", expanding=True)),
    )
    return select(
        gate_id,
        func.count(distinct(case((is_inside, passage.c.holder)))).label("inside"),
        func.count(distinct(passage.c.holder)).label("ever"),
    ).where(passage.c.gate_id.in_(_GATES))


def _today(gate_id: ColumnElement[Any], *columns: ColumnElement[Any]) -> Select[Any]:
    return select(gate_id, *columns).where(
        ARRIVED, scan.c.gate_id.in_(_GATES), scan.c.t_est >= bindparam("begin")
    )


_PEOPLE = func.count(distinct(scan.c.holder))
_ARRIVALS = (
    _PEOPLE.label("today"),
    *(
        func.count(
            distinct(case((scan.c.t_est >= bindparam(f"since_{seconds}"), scan.c.holder)))
        ).label(f"last_{seconds}")
        for seconds in WINDOWS
    ),
)
_START = (scan.c.t_est - scan.c.t_est % (STEP * 1000)).label("start")
_STANDING_ALL = _standing(_NOBODYS)
_STANDING = _standing(passage.c.gate_id).group_by(passage.c.gate_id)
_TODAY_ALL = _today(_NOBODYS, *_ARRIVALS)
_TODAY = _today(scan.c.gate_id, *_ARRIVALS).group_by(scan.c.gate_id)
_SERIES_ALL = _today(_NOBODYS, _START, _PEOPLE.label("people")).group_by("start").order_by("start")
_SERIES = (
    _today(scan.c.gate_id, _START, _PEOPLE.label("people"))
    .group_by(scan.c.gate_id, "start")
    .order_by("start")
)
_REFUSALS = (
    select(scan.c.gate_id, scan.c.reason, func.count().label("scans"))
    .where(
        scan.c.kind == "scan",
        scan.c.outcome == Outcome.REFUSED,
        scan.c.gate_id.in_(_GATES),
        scan.c.t_est >= bindparam("begin"),
    )
    .group_by(scan.c.gate_id, scan.c.reason)
    .order_by(scan.c.gate_id, scan.c.reason)
)
_SCANS = select(
    scan.c.device, func.count().label("scans"), func.max(scan.c.received_at).label("received_at")
).group_by(scan.c.device)
_COUNT = select(func.count()).select_from(scan)
