"""Imports that wait for somebody to accept or refuse what they would change, row by row."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select

from event import tables
from event.agenda.choosing import chosen, key_of
from event.agenda.differences import Difference, differences
from event.agenda.importing import keep, merged
from event.errors import NotFound, Stale
from event.formats.imported import Imported
from event.times import from_seconds, to_seconds


@dataclass(frozen=True, slots=True)
class Review:
    """A file whose differences wait, who brought it, and when."""

    id: int
    name: str
    at: datetime
    by: str


def add_review(
    db: Connection,
    content: bytes,
    *,
    name: str,
    timezone: str,
    language: str,
    at: datetime,
    by: str,
) -> Review:
    """Keep an agenda file, pictures included, for review; `name` is the file's."""
    row = {
        "name": name,
        "content": content,
        "timezone": timezone,
        "language": language,
        "at": to_seconds(at),
        "by": by,
    }
    number = db.execute(_TABLE.insert().returning(_TABLE.c.id), row).scalar_one()
    return Review(number, name, at, by)


def reviews(db: Connection) -> list[Review]:
    """Return what waits for a review, the oldest first."""
    return [Review(row.id, row.name, from_seconds(row.at), row.by) for row in db.execute(_REVIEWS)]


def rows(db: Connection, review_id: int, *, at: datetime) -> list[tuple[str, Difference]]:
    """Return what a file would change of the agenda as it is now, each difference with its key.

    Raises NotFound.
    """
    current, new = merged(db, _read(db, review_id), at=at)
    return [(key_of(d), d) for d in differences(current, new, now=at)] if current else []


def accept(db: Connection, review_id: int, keys: Collection[str], *, at: datetime) -> None:
    """Make the accepted differences; the others are refused, and the review is over.

    Raises NotFound, and Stale when a difference is not there any more.
    """
    current, new = merged(db, _read(db, review_id), at=at)
    assert current is not None, "a review is of an agenda that there is"
    there = {key_of(difference) for difference in differences(current, new, now=at)}
    if unknown := set(keys) - there:
        raise Stale(
            f"{len(unknown)} of the rows are not as you saw them; get the review again.",
            touched=sorted(unknown),
        )
    keep(db, current, chosen(current, new, keys, at=at))
    drop_review(db, review_id)


def drop_review(db: Connection, review_id: int) -> None:
    """Refuse all of a review. Raises NotFound."""
    if not db.execute(_DROP, {"id": review_id}).rowcount:
        raise NotFound(f"There is no review {review_id}; see GET /v1/reviews.")


def _read(db: Connection, review_id: int) -> Imported:
    row = db.execute(_REVIEW, {"id": review_id}).first()
    if row is None:
        raise NotFound(f"There is no review {review_id}; see GET /v1/reviews.")
    # Only now: whoever serves reviews to nobody needs none of these 15 MB.
    from event.formats.files import read_bytes  # noqa: PLC0415

    return read_bytes(row.content, timezone=row.timezone, language=row.language)


_TABLE = tables.review
_REVIEWS = select(_TABLE.c.id, _TABLE.c.name, _TABLE.c.at, _TABLE.c.by).order_by(_TABLE.c.id)
_REVIEW = select(_TABLE).where(_TABLE.c.id == bindparam("id"))
_DROP = delete(_TABLE).where(_TABLE.c.id == bindparam("id"))
