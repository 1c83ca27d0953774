"""The log of scans: facts, each stored once, whoever sends it how often, and never changed."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import Connection, and_, func, select

from event.door.history import Entry
from event.tables import scan
from event.tables.many import among, insert_many, inserts


@dataclass(frozen=True, slots=True)
class Scan:
    """A row of `scan`: a scan, an undo, an answer, or a clear; times are Unix milliseconds."""

    id: str
    kind: str = "scan"
    gate_id: int | None = None
    holder: int | None = None
    medium: int | None = None
    generation: int | None = None
    fingerprint: str = ""
    outcome: str = ""
    reason: str = ""
    via: str = ""
    leaving: bool = False
    target: str = ""
    note: str = ""
    device: str = ""
    online: bool = False
    trusted: bool = False
    t: int = 0
    t_est: int = 0
    skewed: bool = False
    late: str = ""
    received_at: int = 0


def store(db: Connection, scans: Sequence[Scan]) -> dict[str, Scan]:
    """Add scans whose ids are new to the log; return what is stored under each id.

    When all are new that is what was given, the first of each id. What an undo or an answer is
    about gives its gate and holder, when it is here already. Of one scan that was both asked
    online and decided by the device, whose network was too slow, the device's verdict counts: that
    is what the door did.
    """
    known = read_scans(db, [item.target for item in scans if item.target])
    firsts: dict[str, Scan] = {}
    for item in scans:
        about = known.get(item.target) or firsts.get(item.target)
        if about:
            item = replace(item, gate_id=about.gate_id, holder=about.holder)  # noqa: PLW2901
        firsts.setdefault(item.id, item)
    rows = {name: _row(firsts[name]) for name in sorted(firsts)}
    if insert_many(db, _INSERT, list(rows.values())) == len(rows):
        return firsts
    if decided := [rows[name] for name, item in firsts.items() if not item.online]:
        insert_many(db, _OVERRULE, sorted(decided, key=itemgetter("id")))
    return read_scans(db, list(firsts))


def read_scans(db: Connection, ids: Sequence[str]) -> dict[str, Scan]:
    """Return scans by id."""
    rows = db.execute(_BY_ID, {"ids": ids}) if ids else ()
    return {row.id: scan_of(row) for row in rows}


def scan_of(row: Any) -> Scan:
    """Return the scan of a row."""
    values: dict[str, Any] = row._asdict()
    for name in _FLAGS:
        values[name] = bool(values[name])
    return Scan(**values)


def entry_of(item: Scan) -> Entry:
    """Return what counts of a scan in a holder's course."""
    return Entry(
        id=item.id,
        kind=item.kind,
        at=item.t_est,
        device=item.device,
        outcome=item.outcome,
        reason=item.reason,
        target=item.target,
        leaving=item.leaving,
        trusted=item.trusted,
    )


def _row(item: Scan) -> dict[str, Any]:
    row = dict(zip(_COLUMNS, _VALUES(item), strict=True))
    for name in _FLAGS:
        row[name] = int(row[name])
    return row


_COLUMNS = tuple(field.name for field in fields(Scan))
_VALUES = attrgetter(*_COLUMNS)
_FLAGS = ("leaving", "online", "trusted", "skewed")
_INSERT = inserts(scan, lambda new: new.on_conflict_do_nothing())
_OVERRULE = inserts(
    scan,
    lambda new: new.on_conflict_do_update(
        index_elements=["id"],
        set_={
            **{name: new.excluded[name] for name in ("outcome", "reason", "online", "late")},
            # Who was refused as nobody was perhaps let in as somebody.
            **{
                name: func.coalesce(new.excluded[name], scan.c[name])
                for name in ("holder", "medium", "generation")
            },
        },
        where=and_(
            scan.c.kind == "scan",
            new.excluded.kind == "scan",
            scan.c.online > new.excluded.online,
            scan.c.device == new.excluded.device,
        ),
    ),
)
_BY_ID = select(scan).where(among(scan.c.id, "ids"))
