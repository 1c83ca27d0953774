"""`seen`: a phone's word that it has shown a publish."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from event.tables import seen
from sync.kinds import Kind, Known, Payload, Told, is_whole


def _check(payload: Payload, known: Known) -> str | None:
    epoch, seq = payload.get("epoch"), payload.get("seq")
    if not (is_whole(epoch) and is_whole(seq)):
        return "bad-payload"
    return "not-published" if (epoch, seq) > (known.clock.epoch, known.clock.seq) else None


def _apply(db: Connection, _: Known, told: Sequence[Told]) -> None:
    epoch, seq = max((one.said["epoch"], one.said["seq"]) for one in told)
    newest = {"device": told[0].item.device, "epoch": epoch, "seq": seq}
    db.execute(_SEE[db.dialect.name], newest)


SEEN = Kind(_check, _apply, open=True)


def _unless_older(new: Any) -> Any:
    is_newer = tuple_(new.excluded.epoch, new.excluded.seq) > tuple_(seen.c.epoch, seen.c.seq)
    values = {"epoch": new.excluded.epoch, "seq": new.excluded.seq}
    return new.on_conflict_do_update(index_elements=["device"], set_=values, where=is_newer)


_SEE: Mapping[str, Any] = {
    "sqlite": _unless_older(sqlite.insert(seen)),
    "postgresql": _unless_older(postgresql.insert(seen)),
}
