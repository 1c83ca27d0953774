"""`feedback`: a phone's word on what its owner thinks of a session."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Connection

from event.errors import NotFound
from event.people.attendees import find
from event.schedule.feedback import BEST, LONGEST_TEXT, Opinion, say
from event.schedule.own import check_known
from sync.kinds import Kind, Known, Payload, Told, is_short, is_whole


def _check(payload: Payload, _: Known) -> str | None:
    is_good = (
        is_whole(payload.get("session"))
        and is_whole(payload.get("rating"), 1, BEST)
        and is_short(payload.get("text", ""), LONGEST_TEXT)
    )
    return None if is_good else "bad-payload"


def _apply(db: Connection, known: Known, told: Sequence[Told]) -> None:
    if known.sender is None or (own := known.sender.bearer.attendee_id) is None:
        return
    category = find(db, own).category
    opinions = []
    for one in told:
        item, said = one.item, one.said
        with suppress(NotFound):
            check_known(db, said["session"], category)
            t_est, text = item.t_est + known.ahead, said.get("text", "")
            opinions.append(Opinion(own, said["session"], said["rating"], text, t_est, item.id))
    say(db, opinions)


FEEDBACK = Kind(_check, _apply, own=True)
