"""How many are told of a publish, and how many know of it: counts, and no names."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select

from event.errors import NotFound
from event.tables import device, publish, seen
from event.told.channels import CHANNELS, reached
from event.told.messages import changes_of
from event.told.told import REASONS, Key, Told, told_of

NONE = "none"


@dataclass(frozen=True, slots=True)
class Reach:
    """How many a publish touches; have seen it, only have a phone, have no way at all.

    `by_channel` counts whom each channel reaches now, as `counted` does.
    """

    seq: int
    people: int
    seen: int
    offline: int
    unreachable: int
    by_channel: Mapping[str, int]


def counted(found: Sequence[Told], channels: Mapping[str, Collection[int]]) -> dict[str, Any]:
    """Return how many are told, by first reason and by each channel that reaches them.

    `channels` are the attendees of each. Phones follow the feed; "none" are those whom nothing
    reaches beyond it.
    """
    reasons = Counter(one.reasons[0] for one in found)
    return {
        "people": len(found),
        "by_reason": {name: reasons[name] for name in REASONS},
        "by_channel": _by_channel({one.person.key for one in found}, channels),
    }


def _by_channel(
    touched: Collection[Key], channels: Mapping[str, Collection[int]]
) -> dict[str, int]:
    people = {number for kind, number in touched if kind == "attendee"}
    own = {name: people & set(channels.get(name, ())) for name in CHANNELS}
    return {name: len(some) for name, some in own.items()} | {
        NONE: len(touched) - len(set().union(*own.values()))
    }


def reach(db: Connection, epoch: int, seq: int, *, at: int, mail: bool) -> Reach:
    """Return how far a publish has come at a moment (UTC seconds), by what phones have shown.

    It touches those whom it would touch now; `mail` says whether we send any. Raises NotFound.
    """
    own = {"epoch": epoch, "seq": seq}
    if db.execute(_PUBLISH, own).first() is None:
        raise NotFound(f"There is no publish {seq}; see GET /v1/changes.")
    touched = {one.person.key for one in told_of(db, changes_of(db, epoch, seq), at=at)}
    have: set[Key] = set()
    know: set[Key] = set()
    for row in db.execute(_PHONES):
        key = ("device", row.id) if row.attendee_id is None else ("attendee", row.attendee_id)
        have.add(key)
        if row.epoch is not None and (row.epoch, row.seq) >= (epoch, seq):
            know.add(key)
    channels = reached(db, mail=mail)
    informed, owners = len(touched & know), len(touched & have)
    written = {("attendee", number) for number in set().union(*channels.values())}
    return Reach(
        seq=seq,
        people=len(touched),
        seen=informed,
        offline=owners - informed,
        unreachable=len(touched - have - written),
        by_channel=_by_channel(touched, channels),
    )


_PUBLISH = select(publish.c.seq).where(
    publish.c.epoch == bindparam("epoch"), publish.c.seq == bindparam("seq")
)
_PHONES = (
    select(device.c.id, device.c.attendee_id, seen.c.epoch, seen.c.seq)
    .outerjoin(seen, seen.c.device == device.c.uuid)
    .where(device.c.revoked_at.is_(None))
)
