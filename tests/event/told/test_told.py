"""Who is told equals what an oracle says, for every publish of random histories."""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest
from builders import OPENING, a_part, a_session, an_agenda, publish_agenda
from gates import a_gate
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select, update

from event import tables
from event.agenda.model import Role
from event.database import Database
from event.people.attendees import add_all
from event.people.model import Attendee, Status, guid_of
from event.schedule.speaking import set_speaking
from event.text import dump
from event.times import to_seconds
from event.told.told import REASONS, told_of
from sync.publish import publish

AT = to_seconds(OPENING)
HOUR = 3600
SESSIONS = (1, 2, 3, 4)
PEOPLE = range(6)
AUDIENCES = (["everyone"], ["press"], ["delegate", "press"], ["choice"])
CATEGORIES = ("delegate", "press", "delegate", "speaker", "press", "delegate")
"""Of the people; the last of them does not come."""
TIES = ("bookmark", "unmarked", "waiting", "booked", "released", "meeting", "declined", "shift")
TELLING = ("move", "room", "cancel", "suspend", "drop", "part", "speaker")
EDITS = (*TELLING, "title", "abstract", "add")


@dataclass
class World:
    """A database and what the oracle knows of it; speaker n of `known` is person n."""

    db: Database
    people: list[Attendee]
    known: list[int]
    rooms: tuple[int, ...]
    ties: set[tuple[int, str, int]] = field(default_factory=set)
    audience: dict[int, list[str]] = field(default_factory=dict)
    speakers: dict[int, int] = field(default_factory=dict)


def a_world(db: Database) -> World:
    made = [a_session(n, room_id=1, speakers=(Role(speaker_id=n),)) for n in SESSIONS]
    made = [replace(one, parts=(a_part(10 + one.id, one),)) for one in made]
    agenda = publish_agenda(db, replace(an_agenda(4), sessions=tuple(made)))
    assert [one.id for one in agenda.sessions] == list(SESSIONS)
    known = [0, *(one.id for one in agenda.speakers)]
    new = [
        Attendee(0, guid_of(""), surname=f"P{n}", category=CATEGORIES[n], language="pl")
        for n in PEOPLE
    ]
    new[-1] = replace(new[-1], status=Status.CANCELLED)
    with db.write() as tx:
        people = list(add_all(tx, new, at=AT))
        for n in SESSIONS:
            a_gate(tx, slug=f"room-{n}", session_id=n)
            set_speaking(tx, known[n], people[n].id)
    return World(db, people, known, tuple(room.id for room in agenda.rooms))


def reset(world: World, audiences: list[list[str]], ties: set[tuple[int, str, int]]) -> int:
    world.ties, world.audience = ties, dict(zip(SESSIONS, audiences, strict=True))
    world.speakers = {n: n for n in SESSIONS}
    with world.db.write() as tx:
        for table in (tables.bookmark, tables.booking, tables.meeting, tables.device):
            tx.execute(delete(table))
        for n, audience in world.audience.items():
            values = {"audience": str(audience).replace("'", '"').replace(" ", "")}
            again = values | {
                "state": "confirmed",
                "starts_at": AT + n * HOUR,
                "room_id": world.rooms[0],
            }
            tx.execute(update(tables.session).where(tables.session.c.id == n).values(again))
            let_speak(tx, n, world.known[n])
        tx.execute(update(tables.part).values(state="confirmed"))
        for person, reason, session in sorted(ties):
            tie(tx, world.people[person].id, reason, session)
    return publish(world.db, lambda _: None, at=OPENING, by="organiser/test").clock.seq


def tie(tx: Connection, person: int, reason: str, session: int) -> None:
    own = {"attendee_id": person, "session_id": session}
    match reason:
        case "bookmark" | "unmarked":
            row = own | {"marked": int(reason == "bookmark"), "t_est": 1}
            known = tables.bookmark.c.attendee_id == person, tables.bookmark.c.session_id == session
            tx.execute(delete(tables.bookmark).where(*known))
            tx.execute(insert(tables.bookmark), row)
        case "waiting" | "booked" | "released":
            known = tables.booking.c.attendee_id == person, tables.booking.c.session_id == session
            tx.execute(delete(tables.booking).where(*known))
            tx.execute(insert(tables.booking), own | {"state": reason, "at": AT})
        case "meeting" | "declined":
            row = {"guid": guid_of(""), "session_id": session, "starts_at": AT, "changed_at": AT,
                   "state": "confirmed"}  # fmt: skip
            made = tx.execute(insert(tables.meeting), row).inserted_primary_key[0]
            answer = "declined" if reason == "declined" else "invited"
            guest = {"meeting_id": made, "attendee_id": person, "answer": answer}
            tx.execute(insert(tables.meeting_guest), guest)
        case "shift":
            row = {"role": "gate", "gates": f'["room-{session}"]', "attendee_id": person,
                   "enrolled_at": AT, "shift_ends_at": AT + 1}  # fmt: skip
            tx.execute(insert(tables.device), row)


def let_speak(tx: Connection, session: int, speaker: int) -> None:
    table = tables.session_speaker
    tx.execute(update(table).where(table.c.session_id == session).values(speaker_id=speaker))


def edit(tx: Connection, world: World, kind: str, n: int) -> None:
    session = tables.session
    one = update(session).where(session.c.id == n)
    match kind:
        case "move":
            tx.execute(one.values(starts_at=session.c.starts_at + 600))
        case "room":
            tx.execute(one.values(room_id=sum(world.rooms) - session.c.room_id))
        case "cancel" | "suspend":
            tx.execute(one.values(state="cancelled" if kind == "cancel" else "suspended"))
        case "drop":
            tx.execute(one.values(state="draft"))
        case "add":
            tx.execute(one.values(state="confirmed"))
        case "part":
            tx.execute(
                update(tables.part).where(tables.part.c.session_id == n).values(state="cancelled")
            )
        case "speaker":
            world.speakers[n] = world.speakers[n] % 4 + 1
            let_speak(tx, n, world.known[world.speakers[n]])
        case _:
            tx.execute(one.values({kind: f'{{"en":"{kind} {n}"}}'}))


def oracle(world: World, rows: list[Any], before: dict[int, int]) -> dict[int, list[str]]:
    """Return by person why they are told, from what the test itself did."""
    touched = {
        row["session_id"]
        for row in rows
        if row["kind"] not in {"added", "edited", "confirmed", "tentative"}
    }
    swapped = {row["session_id"] for row in rows if row["kind"] == "speakers"}
    named = {
        "bookmark": "bookmark", "waiting": "booking", "booked": "booking",
        "meeting": "meeting", "shift": "gate",
    }  # fmt: skip
    latest: dict[tuple[int, str, int], str] = {}
    for person, reason, session in sorted(world.ties):
        group = {"unmarked": "bookmark", "waiting": "seat", "booked": "seat", "released": "seat"}
        kind = group.get(reason, reason)
        latest[person, kind, session] = reason
    found: dict[int, list[str]] = {}
    for number, person in enumerate(world.people[:-1]):
        why = set()
        for session in touched:
            audience = world.audience[session]
            why |= {"everyone"} if audience == ["everyone"] else set()
            why |= {"category"} if person.category in audience else set()
            speaking = {world.speakers[session]}
            speaking |= {before[session]} if session in swapped else set()
            why |= {"speaking"} if number in speaking else set()
            why |= {
                named[reason]
                for (who, _, where), reason in latest.items()
                if (who, where) == (number, session) and reason in named
            }
        if why:
            found[person.id] = [reason for reason in REASONS if reason in why]
    return found


def test_for_every_publish_the_told_are_those_of_the_oracle(db: Database) -> None:
    world = a_world(db)
    tie_of = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(TIES), st.sampled_from(SESSIONS))
    step = st.lists(st.tuples(st.sampled_from(EDITS), st.sampled_from(SESSIONS)), min_size=1)

    @given(
        st.lists(st.sampled_from(AUDIENCES), min_size=4, max_size=4),
        st.sets(tie_of, max_size=12),
        st.lists(step, min_size=1, max_size=3),
    )
    def holds(audiences: Any, ties: Any, history: Any) -> None:
        since = reset(world, audiences, ties)
        for steps in history:
            before = dict(world.speakers)
            done = publish(db, partial(all_of, world, steps), at=OPENING, by="organiser/test")
            of_it = select(tables.change).where(tables.change.c.seq > since)
            since = done.clock.seq
            with db.read() as tx:
                rows = list(tx.execute(of_it).mappings())
                found = told_of(tx, rows, at=AT)
            keys = [one.person.key for one in found]
            assert len(keys) == len(set(keys))
            assert all(one.person.language == "pl" for one in found)
            said = {one.person.key[1]: list(one.reasons) for one in found}
            assert said == oracle(world, rows, before)

    holds()


def all_of(world: World, steps: list[tuple[str, int]], tx: Connection) -> None:
    for kind, n in steps:
        edit(tx, world, kind, n)


def test_a_phone_at_a_gate_that_is_nobodys_is_told_until_its_shift_ends(db: Database) -> None:
    world = a_world(db)
    reset(world, [["choice"]] * 4, set())
    rows = [
        {"gates": '["room-1"]', "shift_ends_at": AT + 60},
        {"gates": "[]", "shift_ends_at": None},
        {"gates": '["room-2"]', "shift_ends_at": None},
        {"gates": '["room-1"]', "shift_ends_at": None, "revoked_at": AT},
    ]
    with db.write() as tx:
        for row in rows:
            own = {"role": "gate", "enrolled_at": AT, "revoked_at": None}
            tx.execute(insert(tables.device), own | row)
        set_speaking(tx, world.known[1], None)
    assert told_at_gates(world, AT) == ["first", "second"]
    assert told_at_gates(world, AT + 60) == ["second"]


def told_at_gates(world: World, at: int) -> list[str]:
    change = {"number": 1, "kind": "moved", "subject": "session", "subject_id": 1,
              "session_id": 1, "old": "{}", "new": "{}"}  # fmt: skip
    with world.db.read() as tx:
        found = told_of(tx, [change], at=at)
        ids = list(tx.execute(select(tables.device.c.id).order_by(tables.device.c.id)).scalars())
    names = dict(zip(ids, ("first", "second", "third", "fourth"), strict=True))
    assert all(one.reasons == ("gate",) and one.person.key[0] == "device" for one in found)
    return [names[one.person.key[1]] for one in found]


@pytest.mark.parametrize(
    ("starts", "expires", "kind", "count"),
    [(0, None, "added", 5), (0, 1, "edited", 5), (1, None, "added", 0), (-9, 0, "moved", 0),
     (0, None, "removed", 0)],
)  # fmt: skip
def test_an_announcement_is_told_while_it_is_in_force(
    db: Database, starts: int, expires: int | None, kind: str, count: int
) -> None:
    a_world(db)
    row = {"id": 900, "starts_at": AT + starts, "title": '{"en":"Fire"}',
           "expires_at": None if expires is None else AT + expires}  # fmt: skip
    change = {"number": 1, "kind": kind, "subject": "announcement", "subject_id": 900,
              "session_id": None, "old": "{}", "new": dump({"starts_at": AT + starts})}  # fmt: skip
    with db.write() as tx:
        tx.execute(insert(tables.announcement), row)
    with db.read() as tx:
        assert len(told_of(tx, [change], at=AT)) == count


def test_an_announcement_for_a_category_is_told_to_that_category(db: Database) -> None:
    a_world(db)
    row = {"id": 900, "starts_at": AT, "title": '{"en":"Fire"}', "audience": '["press"]'}
    change = {"number": 1, "kind": "added", "subject": "announcement", "subject_id": 900,
              "session_id": None, "old": "{}", "new": "{}"}  # fmt: skip
    with db.write() as tx:
        tx.execute(insert(tables.announcement), row)
    with db.read() as tx:
        found = told_of(tx, [change], at=AT)
    assert [(one.reasons, one.person.category) for one in found] == [(("category",), "press")] * 2
