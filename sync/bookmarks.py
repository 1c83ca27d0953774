"""`bookmark`: a phone's word that its owner wants to see a session, or no longer."""

from collections.abc import Sequence

from sqlalchemy import Connection

from event.schedule.bookmarks import Word, say
from event.text import parse
from sync.kinds import Item, Kind, Known, Payload, is_whole


def _check(payload: Payload, _: Known) -> str | None:
    is_good = is_whole(payload.get("session")) and isinstance(payload.get("on"), bool)
    return None if is_good else "bad-payload"


def _apply(db: Connection, known: Known, items: Sequence[tuple[Item, str]]) -> None:
    if known.sender is None or (own := known.sender.bearer.attendee_id) is None:
        return
    words = []
    for item, _ in items:
        said = parse(item.payload)
        t_est = item.t_est + known.ahead
        words.append(Word(own, said["session"], int(said["on"]), t_est, item.id))
    say(db, words)


BOOKMARK = Kind(_check, _apply, own=True)
