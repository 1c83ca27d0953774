"""`bookmark`: a phone's word that its owner wants to see a session, or no longer."""

from collections.abc import Sequence

from sqlalchemy import Connection

from event.schedule.bookmarks import Word, say
from sync.kinds import Kind, Known, Payload, Told, is_whole


def _check(payload: Payload, _: Known) -> str | None:
    is_good = is_whole(payload.get("session")) and isinstance(payload.get("on"), bool)
    return None if is_good else "bad-payload"


def _apply(db: Connection, known: Known, told: Sequence[Told]) -> None:
    if known.sender is None or (own := known.sender.bearer.attendee_id) is None:
        return
    words = []
    for one in told:
        session, is_on = one.said["session"], int(one.said["on"])
        words.append(Word(own, session, is_on, one.item.t_est + known.ahead, one.item.id))
    say(db, words)


BOOKMARK = Kind(_check, _apply, own=True)
