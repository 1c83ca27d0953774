"""Who is told equals what an oracle says, for every publish of random histories."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any

from builders import OPENING, a_part, a_session, an_agenda, publish_agenda
from gates import a_gate
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, bindparam, delete, insert, select, union, update

from event import tables
from event.agenda.edit import add_session, edit_session, moved
from event.agenda.model import PUBLIC, Announcement, Role, Session, State
from event.agenda.operations.kinds import Announce
from event.agenda.rows import load
from event.agenda.undo import undo
from event.database import Database
from event.people.attendees import add_all
from event.people.model import Attendee, Status, guid_of
from event.schedule.speaking import set_speaking
from event.text import dump, parse
from event.times import to_seconds
from event.told.told import REASONS, told_of
from sync.announcements import start_announcements
from sync.edits import Edits
from sync.edits import edit as sync_edit
from sync.publish import publish, read_clock

AT = to_seconds(OPENING)
HOUR = 3600
SESSIONS = (1, 2, 3, 4)
PEOPLE = range(6)
AUDIENCES = (["everyone"], ["press"], ["delegate", "press"], ["choice"])
CATEGORIES = ("delegate", "press", "delegate", "speaker", "press", "delegate")
"""Of the people; the last of them does not come."""
TIES = ("bookmark", "unmarked", "waiting", "booked", "released", "meeting", "declined", "shift")
TELLING = ("move", "room", "cancel", "suspend", "drop", "part", "speaker", "hide", "keep", "show")
EDITS = (*TELLING, "title", "abstract", "add")
HIDDEN = {"hide": ("press",), "keep": ("delegate", "press"), "show": PUBLIC}
"""Who may know of a session after that edit."""


@dataclass
class World:
    """A database and what the oracle knows of it; speaker n of `known` is person n."""

    db: Database
    people: list[Attendee]
    known: list[int]
    rooms: tuple[int, ...]
    ties: set[tuple[int, str, int]] = field(default_factory=set)
    audience: dict[int, list[str]] = field(default_factory=dict)


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
    with world.db.write() as tx:
        for table in (tables.bookmark, tables.booking, tables.meeting, tables.device):
            tx.execute(delete(table))
        for n, audience in world.audience.items():
            values = {"audience": str(audience).replace("'", '"').replace(" ", "")}
            again = values | {
                "state": "confirmed",
                "visibility": '["public"]',
                "starts_at": AT + n * HOUR,
                "ends_at": AT + (n + 1) * HOUR,
                "room_id": world.rooms[0],
            }
            tx.execute(update(tables.session).where(tables.session.c.id == n).values(again))
            let_speak(tx, n, world.known[n])
        part = {"state": "confirmed", "starts_at": AT, "ends_at": AT + 60}
        tx.execute(update(tables.part).values(part))
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
    def change(session: Session) -> Session:
        match kind:
            case "move":
                return moved(session, starts_at=session.starts_at + timedelta(minutes=10))
            case "room":
                return replace(session, room_id=sum(world.rooms) - (session.room_id or 0))
            case "cancel" | "suspend":
                state = State.CANCELLED if kind == "cancel" else State.SUSPENDED
                return replace(session, state=state)
            case "drop" | "add":
                return replace(session, state=State.DRAFT if kind == "drop" else State.CONFIRMED)
            case "part":
                parts = tuple(replace(part, state=State.CANCELLED) for part in session.parts)
                return replace(session, parts=parts)
            case "speaker":
                following = world.known[speaker_of(world, session) % 4 + 1]
                return replace(session, speakers=(Role(speaker_id=following),))
            case "hide" | "keep" | "show":
                return replace(session, visibility=HIDDEN[kind])
        words: dict[str, Any] = {kind: {"en": f"{kind} {n}"}}
        return replace(session, **words)

    edit_session(tx, n, change, at=OPENING)


def speaker_of(world: World, session: Session) -> int:
    """Return the person who speaks in a session."""
    (role,) = session.speakers
    return world.known.index(role.speaker_id)


def sessions_of(db: Database) -> dict[int, Session]:
    """Return the sessions that are no drafts."""
    with db.read() as tx:
        return {s.id: s for s in load(tx, public=False).sessions if s.state is not State.DRAFT}


def is_told(old: Session, new: Session) -> bool:
    """Say whether what differs matters to those who know of a session before and after."""
    is_elsewhere = (old.starts_at, old.room_id) != (new.starts_at, new.room_id)
    is_other = old.state is not new.state and not {State.CANCELLED, State.SUSPENDED}.isdisjoint(
        {old.state, new.state}
    )
    parts = [[part.state for part in one.parts] for one in (old, new)]
    return is_elsewhere or is_other or parts[0] != parts[1] or old.speakers != new.speakers


def oracle(
    world: World, before: dict[int, Session], after: dict[int, Session]
) -> dict[int, list[str]]:
    """Return by person why they are told, from how the sessions stood before and stand now."""
    found: dict[int, set[str]] = defaultdict(set)
    for n, old in before.items():
        new = after.get(n)
        for number, person in enumerate(world.people[:-1]):
            ties = ties_of(world, number, n)
            speaks = [number == speaker_of(world, one) for one in (old, new) if one]
            ties |= {"speaking"} if speaks[-1] or (any(speaks) and new) else set()
            is_inside = not {"speaking", "gate"}.isdisjoint(ties)
            knew = is_inside or not {*PUBLIC, person.category}.isdisjoint(old.visibility)
            knows = new and (is_inside or not {*PUBLIC, person.category}.isdisjoint(new.visibility))
            if not knew or (knows and new and not is_told(old, new)):
                continue
            audience = world.audience[n]
            ties |= {"everyone"} if audience == ["everyone"] else set()
            ties |= {"category"} if person.category in audience else set()
            found[person.id] |= ties
    return {who: [r for r in REASONS if r in why] for who, why in sorted(found.items()) if why}


def ties_of(world: World, number: int, n: int) -> set[str]:
    """Return what the test tied a person to a session by; the last word of a kind counts."""
    named = {
        "bookmark": "bookmark", "waiting": "booking", "booked": "booking",
        "meeting": "meeting", "shift": "gate",
    }  # fmt: skip
    group = {"unmarked": "bookmark", "waiting": "seat", "booked": "seat", "released": "seat"}
    latest = {
        group.get(reason, reason): reason
        for person, reason, session in sorted(world.ties)
        if (person, session) == (number, n)
    }
    return {named[reason] for reason in latest.values() if reason in named}


def told_of_all(db: Database, changes: Sequence[Any]) -> dict[int, list[str]]:
    """Return by person why they are told of a publish; nobody is twice."""
    with db.read() as tx:
        found = told_of(tx, changes, at=AT)
    keys = [one.person.key for one in found]
    assert len(keys) == len(set(keys))
    return {one.person.key[1]: list(one.reasons) for one in found}


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
        reset(world, audiences, ties)
        for steps in history:
            before = sessions_of(db)
            done = publish(db, partial(all_of, world, steps), at=OPENING, by="organiser/test")
            assert told_of_all(db, done.changes) == oracle(world, before, sessions_of(db))

    holds()


VISIBILITIES = (PUBLIC, ("press",), ("delegate", "press"))


def test_a_session_that_is_taken_back_is_told_to_whom_it_was_for_and_who_had_it(
    db: Database,
) -> None:
    world = a_world(db)
    tie_of = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(("bookmark", "waiting", "booked")))

    @given(
        st.sampled_from(AUDIENCES),
        st.sampled_from(VISIBILITIES),
        st.integers(1, 4),
        st.sets(tie_of, max_size=3),
    )
    def holds(audience: list[str], visibility: Any, speaker: int, ties: Any) -> None:
        new = a_session(9, guid=guid_of(""), audience=tuple(audience), visibility=visibility,
                        speakers=(Role(speaker_id=world.known[speaker]),))  # fmt: skip
        made = publish(
            db, lambda tx: add_session(tx, new, at=OPENING), at=OPENING, by="organiser/test"
        )
        n = made.value.id
        assert told_of_all(db, made.changes) == {}
        world.ties = {(person, reason, n) for person, reason in ties}
        world.audience[n] = audience
        with db.write() as tx:
            for person, reason, _ in sorted(world.ties):
                tie(tx, world.people[person].id, reason, n)
        before = sessions_of(db)
        undone = publish(
            db, lambda tx: undo(tx, made.clock.seq, at=OPENING), at=OPENING, by="organiser/test"
        )
        assert n not in sessions_of(db)
        expected = oracle(world, {n: before[n]}, {})
        speaks = world.people[speaker].id
        why = {"speaking", *expected.get(speaks, ())}
        expected[speaks] = [reason for reason in REASONS if reason in why]
        assert told_of_all(db, undone.changes) == expected
        again = publish(
            db, lambda tx: undo(tx, undone.clock.seq, at=OPENING), at=OPENING, by="organiser/test"
        )
        assert told_of_all(db, again.changes) == {}
        # Whoever had it has it again.
        with db.read() as tx:
            kept = set(tx.execute(_HAD, {"n": n}).scalars())
        assert kept == {world.people[person].id for person, _, _ in world.ties}

    holds()


_HAD = union(
    *(
        select(table.c.attendee_id).where(table.c.session_id == bindparam("n"))
        for table in (tables.bookmark, tables.booking)
    )
)


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
              "session_id": 1, "old": "{}", "new": "{}", "audience": '["choice"]',
              "visibility": '["public"]'}  # fmt: skip
    with world.db.read() as tx:
        found = told_of(tx, [change], at=at)
        ids = list(tx.execute(select(tables.device.c.id).order_by(tables.device.c.id)).scalars())
    names = dict(zip(ids, ("first", "second", "third", "fourth"), strict=True))
    assert all(one.reasons == ("gate",) and one.person.key[0] == "device" for one in found)
    return [names[one.person.key[1]] for one in found]


MINUTES = st.integers(-3, 9)
AUDIENCE = st.sampled_from([("everyone",), ("press",), ("delegate", "speaker"), ("vip",)])


def test_announcements_are_told_to_exactly_their_audience_once_when_they_begin(
    db: Database,
) -> None:
    world = a_world(db)
    one = st.tuples(MINUTES, st.none() | st.integers(1, 6), AUDIENCE)

    @given(st.lists(one, min_size=1, max_size=3), st.lists(st.integers(1, 12), max_size=5))
    def holds(announced: Any, ticks: Any) -> None:
        words = [
            Announce(guid=guid_of(""), title={"en": f"{n}"}, audience=audience,
                     starts_at=minute(starts),
                     expires_at=None if lasts is None else minute(max(starts, 0) + lasts))
            for n, (starts, lasts, audience) in enumerate(announced)
        ]  # fmt: skip
        edits = Edits(operations=words, at=OPENING)
        done = publish(db, lambda tx: sync_edit(tx, [edits], at=OPENING), at=OPENING, by="o/test")
        told: dict[str, list[int]] = defaultdict(list)
        heard(db, done.changes, told)
        for tick in sorted(ticks):
            start_announcements(db, at=minute(tick), issued_at=OPENING)
            assert start_announcements(db, at=minute(tick), issued_at=OPENING) is None
        with db.read() as tx:
            later = select(tables.change).where(tables.change.c.seq > done.clock.seq)
            for _, rows in groupby(tx.execute(later).mappings(), lambda row: row["seq"]):
                heard(db, list(rows), told)
        looks = [0, *sorted(ticks)]
        for n, (starts, lasts, audience) in enumerate(announced):
            ends = 99 if lasts is None else max(starts, 0) + lasts
            is_on = any(starts <= look < ends for look in looks)
            whom = [p.id for p in world.people[:-1] if {*audience} & {"everyone", p.category}]
            assert told[f"{n}"] == (whom if is_on else [])
        with db.write() as tx:
            tx.execute(delete(tables.announcement))
        publish(db, lambda _: None, at=OPENING, by="organiser/test")

    holds()


def minute(number: int) -> datetime:
    return OPENING + timedelta(minutes=number)


def heard(db: Database, changes: Sequence[Any], told: dict[str, list[int]]) -> None:
    """Note who is told of which announcement."""
    titles = {row["number"]: parse(row["new"]).get("title", {}).get("en") for row in changes}
    with db.read() as tx:
        for one in told_of(tx, changes, at=AT):
            for number in one.numbers:
                told[titles[number]].append(one.person.key[1])


def test_what_was_in_force_when_the_agenda_was_published_is_no_news(db: Database) -> None:
    word = Announcement(id=1, guid=guid_of(""), title={"en": "Old"}, starts_at=minute(-9))
    later = replace(word, id=2, guid=guid_of(""), starts_at=minute(5))
    made = publish_agenda(db, replace(an_agenda(1), announcements=(word, later)))
    assert start_announcements(db, at=minute(1), issued_at=OPENING) is None
    begun = start_announcements(db, at=minute(5), issued_at=OPENING)
    assert begun is not None
    assert begun.seq == 2
    with db.read() as tx:
        (row,) = tx.execute(select(tables.change)).mappings()
    assert (row["kind"], row["subject_id"]) == ("started", made.announcements[1].id)
    assert row["audience"] == dump(["everyone"])


def test_an_announcement_that_is_edited_or_removed_is_told_while_it_is_in_force(
    db: Database,
) -> None:
    a_world(db)
    row = {"id": 900, "starts_at": AT, "title": '{"en":"Fire"}', "expires_at": AT + 60}
    with db.write() as tx:
        tx.execute(insert(tables.announcement), row)
    for kind, at, count in (("edited", AT, 5), ("edited", AT + 60, 0), ("edited", AT - 1, 0),
                            ("removed", AT, 0)):  # fmt: skip
        change = {"number": 1, "kind": kind, "subject": "announcement", "subject_id": 900,
                  "session_id": None, "old": "{}", "new": "{}", "at": at,
                  "audience": '["everyone"]', "visibility": '["public"]'}  # fmt: skip
        with db.read() as tx:
            assert len(told_of(tx, [change], at=AT)) == count


def test_servers_that_look_at_once_let_an_announcement_begin_once(db: Database) -> None:
    word = Announcement(id=1, guid=guid_of(""), title={"en": "Now"}, starts_at=minute(5))
    publish_agenda(db, replace(an_agenda(1), announcements=(word,)))
    servers = [db, *(Database(db.url.render_as_string(hide_password=False)) for _ in range(3))]
    begin = partial(start_announcements, at=minute(5), issued_at=OPENING)
    with ThreadPoolExecutor(len(servers)) as pool:
        clocks = list(pool.map(begin, servers))
    for server in servers[1:]:
        server.close()
    with db.read() as tx:
        assert [row.kind for row in tx.execute(select(tables.change))] == ["started"]
        assert read_clock(tx).seq == 2
    assert all(clock is None or clock.seq == 2 for clock in clocks)
