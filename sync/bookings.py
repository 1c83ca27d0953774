"""`booking`: a phone's word that its owner wants a seat, with answers, or no longer."""

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import Connection

from event.errors import NotFound
from event.people.attendees import find
from event.schedule.bookings import Wish, say
from event.schedule.own import check_known
from event.schedule.rules import LONGEST_ANSWER, MOST_QUESTIONS
from event.text import parse
from sync.kinds import Kind, Known, Payload, Told, is_short, is_whole


def _check(payload: Payload, _: Known) -> str | None:
    answers = payload.get("answers", {})
    is_good = (
        is_whole(payload.get("session"))
        and isinstance(payload.get("on"), bool)
        and isinstance(answers, dict)
        and len(answers) <= MOST_QUESTIONS
        and all(is_short(answer, LONGEST_ANSWER) for answer in answers.values())
    )
    return None if is_good else "bad-payload"


def _apply(db: Connection, known: Known, told: Sequence[Told]) -> None:
    """Tell the words on each session, the last one first: those before would only move the line."""
    if known.sender is None or (own := known.sender.bearer.attendee_id) is None:
        return
    category = find(db, own).category
    # Sessions in one order everywhere: transactions that share some must not wait in a circle.
    words = sorted(told, key=lambda one: (-one.said["session"], one.item.t_est, one.item.id))
    for one in reversed(words):
        item, said = one.item, one.said
        wish = Wish(
            said["session"],
            own,
            said["on"],
            parse(one.beside),
            t_est=item.t_est + known.ahead,
            item=item.id,
        )
        with suppress(NotFound):
            if wish.on:
                check_known(db, wish.session_id, category)
            say(db, wish, at=known.at)


BOOKING = Kind(_check, _apply, own=True)
