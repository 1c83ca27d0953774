"""The log of scans, to be read in the order in which it was written; it names nobody."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from io import StringIO
from typing import Any

from sqlalchemy import Connection, bindparam, select, tuple_

from badges.short import short_code
from event.door.scans import Scan, scan_of
from event.tables import gate, scan
from event.times import from_seconds

COLUMNS = ("id", "at", "received_at", "gate", "kind", "outcome", "reason", "holder", "short_code",
           "medium", "generation", "leaving", "via", "target", "note", "device", "online",
           "trusted", "skewed", "late")  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read_log(
    db: Connection,
    *,
    since: int = 0,
    after: str = "",
    holder: int | None = None,
    limit: int | None = None,
) -> Iterator[Scan]:
    """Yield scans that were received `since` then (Unix milliseconds), the id `after` that one.

    With a `holder` only theirs.
    """
    log = _LOG if holder is None else _LOG.where(scan.c.holder == holder)
    found = db.execute(log.limit(limit), {"since": since, "after": after})
    return (scan_of(row) for row in found)


def slugs(db: Connection) -> dict[int, str]:
    """Return the slug of each gate by id."""
    return {row.id: row.slug for row in db.execute(select(gate.c.id, gate.c.slug))}


def line(item: Scan, gates: Mapping[int, str]) -> dict[str, Any]:
    """Return a scan as the log shows it: moments in UTC, the gate by its slug."""
    values = asdict(item) | {
        "at": _moment(item.t_est),
        "received_at": _moment(item.received_at),
        "gate": None if item.gate_id is None else gates.get(item.gate_id),
        "short_code": None if item.holder is None else short_code(item.holder),
        "medium": None if item.medium is None else ("phone", "paper")[item.medium],
    }
    return {name: values[name] for name in COLUMNS}


def as_csv(lines: Iterable[Mapping[str, Any]]) -> str:
    """Return a CSV file (RFC 4180), the headings first.

    What a spreadsheet would take for a formula has an apostrophe before it.
    """
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row.values()] for row in lines)
    return file.getvalue()


def _cell(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
    return value


def _moment(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{from_seconds(seconds):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


_LOG = (
    select(scan)
    .where(tuple_(scan.c.received_at, scan.c.id) > tuple_(bindparam("since"), bindparam("after")))
    .order_by(scan.c.received_at, scan.c.id)
)
