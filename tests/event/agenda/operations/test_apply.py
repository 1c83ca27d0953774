"""Operations applied to an agenda: what each does, and what is refused whole."""

import dataclasses
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from builders import OPENING, a_part, a_room, a_session, a_speaker, an_agenda, guid

from event.agenda.model import Agenda, Role, Session, SessionType, State
from event.agenda.operations.apply import apply
from event.agenda.operations.kinds import (
    Announce,
    Cancel,
    CloseRoom,
    Delay,
    Move,
    New,
    Operation,
    RenameRoom,
    ReplaceSpeaker,
    Restore,
    Resume,
    Reword,
    Shorten,
    Suspend,
    Swap,
    from_document,
    to_document,
)
from event.errors import Invalid
from event.text import dump, parse

WHY = {"en": "the train is late", "pl": "pociąg się spóźnia"}
BREAK = SessionType(id=9, name={"en": "Coffee break", "pl": "Przerwa"})


def at(clock: str, day: int = 3) -> datetime:
    """Return a moment of June 2025 by the venue's clock."""
    return datetime.fromisoformat(f"2025-06-{day:02}T{clock}:00+02:00")


def session(number: int, start: str, end: str, room: int | None = 1, **fields: Any) -> Session:
    return a_session(number, starts_at=at(start), ends_at=at(end), room_id=room, **fields)


def an_agenda_of(*sessions: Session, **fields: Any) -> Agenda:
    speakers = tuple(a_speaker(n) for n in range(1, 4))
    return an_agenda(sessions=sessions, types=(BREAK,), speakers=speakers, **fields)


def done(agenda: Agenda, *operations: Operation, now: str = "08:00") -> dict[int, Session]:
    after = apply(agenda, operations, at=at(now), ids=count(100))
    return {session.id: session for session in after.sessions}


def times(sessions: dict[int, Session]) -> dict[int, str]:
    return {
        number: f"{s.starts_at.astimezone(at('00:00').tzinfo):%H:%M}–"
        f"{s.ends_at.astimezone(at('00:00').tzinfo):%H:%M}"
        for number, s in sessions.items()
    }


def faults(agenda: Agenda, *operations: Operation, now: str = "08:00") -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        apply(agenda, operations, at=at(now), ids=count(100))
    errors: Any = refused.value.fields["errors"]
    return {error["pointer"]: error["detail"] for error in errors}


def test_a_move_keeps_the_length_and_counts_one_version() -> None:
    agenda = an_agenda_of(session(1, "09:00", "10:00", reason={"en": "old"}))
    moved = done(agenda, Move(session=1, starts_at=at("11:15"), room=2, reason=WHY))[1]
    assert (moved.starts_at, moved.ends_at, moved.room_id) == (at("11:15"), at("12:15"), 2)
    assert (moved.version, moved.sequence, moved.changed_at) == (2, 1, at("08:00"))
    assert moved.reason == WHY


def test_a_delay_cascades_in_its_room_until_a_gap_absorbs_it() -> None:
    agenda = an_agenda_of(
        session(1, "09:00", "10:00"),
        session(2, "10:00", "10:30"),
        session(3, "10:40", "11:00"),
        session(4, "11:15", "12:00"),
        session(5, "10:00", "11:00", room=2),
    )
    assert times(done(agenda, Delay(session=1, minutes=20, reason=WHY))) == {
        1: "09:20–10:20",
        2: "10:20–10:50",
        3: "10:50–11:10",
        4: "11:15–12:00",
        5: "10:00–11:00",
    }
    assert done(agenda, Delay(session=1, minutes=20, reason=WHY))[3].reason == {}
    assert times(done(agenda, Delay(session=1, minutes=20, cascade=False)))[2] == "10:00–10:30"


def test_a_break_gives_what_it_has_but_ten_minutes() -> None:
    agenda = an_agenda_of(
        session(1, "09:00", "10:00"),
        session(2, "10:00", "10:30", type_id=9),
        session(3, "10:30", "11:00"),
    )
    assert times(done(agenda, Delay(session=1, minutes=20)))[2] == "10:20–10:30"
    assert times(done(agenda, Delay(session=1, minutes=20)))[3] == "10:30–11:00"
    late = times(done(agenda, Delay(session=1, minutes=35)))
    assert (late[2], late[3]) == ("10:35–10:45", "10:45–11:15")


def test_what_was_at_the_same_time_before_does_not_give_way() -> None:
    agenda = an_agenda_of(session(1, "09:00", "10:00"), session(2, "09:30", "10:30"))
    assert times(done(agenda, Delay(session=1, minutes=15)))[2] == "09:30–10:30"


def test_what_is_under_way_ends_later_with_its_parts_to_come() -> None:
    talk = session(1, "09:00", "10:00")
    parts = (
        a_part(11, talk, starts_at=at("09:00"), ends_at=at("09:20")),
        a_part(12, talk, starts_at=at("09:20"), ends_at=at("09:40")),
        a_part(13, talk, starts_at=at("09:40"), ends_at=at("10:00")),
    )
    agenda = an_agenda_of(dataclasses.replace(talk, parts=parts))
    late = done(agenda, Delay(session=1, minutes=10), now="09:30")[1]
    assert (late.starts_at, late.ends_at) == (at("09:00"), at("10:10"))
    assert [(p.starts_at, p.ends_at) for p in late.parts] == [
        (at("09:00"), at("09:20")),
        (at("09:20"), at("09:50")),
        (at("09:50"), at("10:10")),
    ]


def test_one_that_should_have_begun_begins_later() -> None:
    agenda = an_agenda_of(session(1, "09:00", "10:00"))
    assert times(done(agenda, Delay(session=1, minutes=15), now="09:05"))[1] == "09:15–10:15"


def test_everything_is_late_today_but_what_is_over_or_cancelled() -> None:
    agenda = an_agenda_of(
        session(1, "09:00", "09:45"),
        session(2, "11:00", "12:00"),
        session(3, "11:00", "12:00", room=2),
        session(4, "13:00", "14:00", state=State.CANCELLED),
        a_session(5, starts_at=at("11:00", day=4), ends_at=at("12:00", day=4), room_id=1),
    )
    after = done(agenda, Delay(all=True, minutes=20, reason=WHY), now="10:00")
    late = [number for number, s in after.items() if s.version == 2]
    assert late == [2, 3]
    assert after[3].reason == WHY
    after = done(agenda, Delay(room=2, minutes=20), now="10:00")
    assert [number for number, s in after.items() if s.version == 2] == [3]
    with_track = dataclasses.replace(
        agenda, sessions=(*agenda.sessions[:2], dataclasses.replace(agenda.sessions[2], track_id=1))
    )
    assert times(done(with_track, Delay(track=1, minutes=20)))[3] == "11:20–12:20"


def test_a_delay_may_pass_midnight_and_not_the_event_day() -> None:
    dinner = a_session(1, starts_at=at("22:00"), ends_at=at("23:30"), room_id=1)
    agenda = an_agenda_of(dinner)
    assert times(done(agenda, Delay(session=1, minutes=60)))[1] == "23:00–00:30"
    assert "into the next day" in faults(agenda, Delay(session=1, minutes=300))["/operations/0"]
    last = a_session(2, starts_at=at("22:00", day=4), ends_at=at("23:30", day=4))
    detail = faults(an_agenda_of(last), Delay(session=2, minutes=300))["/operations/0"]
    assert "outside the event's days" in detail
    assert "outside" in faults(agenda, Move(session=1, starts_at=at("09:00", 9)))["/operations/0"]


def test_a_suspended_session_goes_on_by_the_time_that_went_by() -> None:
    agenda = an_agenda_of(
        session(1, "10:00", "11:00"), session(2, "11:00", "12:00"), session(3, "14:00", "15:00")
    )
    stopped = apply(agenda, [Suspend(all=True, reason=WHY)], at=at("10:30"), ids=count(100))
    assert {s.state for s in stopped.sessions} == {State.SUSPENDED}
    after = done(stopped, Resume(all=True), now="10:50")
    assert times(after) == {1: "10:00–11:20", 2: "11:20–12:20", 3: "14:00–15:00"}
    assert {s.state for s in after.values()} == {State.CONFIRMED}
    later = done(stopped, Resume(all=True), now="11:10")
    assert times(later) == {1: "10:00–11:40", 2: "11:40–12:40", 3: "14:00–15:00"}
    said = done(stopped, Resume(session=1, minutes=5), now="11:10")
    assert times(said)[1] == "10:00–11:05"
    seconds = apply(
        stopped, [Resume(session=1)], at=at("10:50") + timedelta(seconds=1), ids=count(100)
    )
    assert seconds.sessions[0].ends_at == at("11:21")


def test_cancelling_says_where_to_go_instead_in_each_language() -> None:
    agenda = an_agenda_of(
        session(1, "09:00", "10:00"),
        session(2, "09:00", "10:00", room=2),
        a_session(3, starts_at=at("10:30", day=4), ends_at=at("11:00", day=4)),
    )
    gone = done(agenda, Cancel(session=1, reason=WHY, replaced_by=2, repeated_by=3))[1]
    assert gone.state is State.CANCELLED
    assert gone.reason == {
        "en": "the train is late. Instead: “Session 2”. Same content: “Session 3”, 4.06, 10:30.",
        "pl": "pociąg się spóźnia. Zamiast tego: „Sesja 2”. Ta sama treść: „Sesja 3”, 4.06, 10:30.",
    }
    back = apply(agenda, [Cancel(session=1)], at=at("08:00"), ids=count(100))
    assert done(back, Restore(session=1))[1].state is State.CONFIRMED


def test_a_part_falls_out_and_its_session_goes_on() -> None:
    talk = session(1, "09:00", "10:00")
    agenda = an_agenda_of(dataclasses.replace(talk, parts=(a_part(11, talk), a_part(12, talk))))
    after = done(agenda, Cancel(part=12, reason=WHY))[1]
    assert [part.state for part in after.parts] == [State.CONFIRMED, State.CANCELLED]
    assert (after.state, after.version, after.sequence) == (State.CONFIRMED, 2, 0)


def test_a_speaker_is_replaced_in_the_session_and_its_parts() -> None:
    talk = session(1, "09:00", "10:00", speakers=(Role(speaker_id=1, role="host"),))
    parts = (a_part(11, talk, speakers=(Role(speaker_id=1), Role(speaker_id=2))),)
    agenda = an_agenda_of(dataclasses.replace(talk, parts=parts))
    after = done(agenda, ReplaceSpeaker(session=1, old=1, new=3))[1]
    assert after.speakers == (Role(speaker_id=3, role="host"),)
    assert after.parts[0].speakers == (Role(speaker_id=3), Role(speaker_id=2))
    alone = done(agenda, ReplaceSpeaker(part=11, old=1))[1]
    assert alone.parts[0].speakers == (Role(speaker_id=2),)
    assert alone.speakers == talk.speakers


def test_two_sessions_swap_starts_and_rooms_and_keep_their_lengths() -> None:
    agenda = an_agenda_of(session(1, "09:00", "10:00"), session(2, "14:00", "14:30", room=2))
    after = done(agenda, Swap(a=1, b=2))
    assert times(after) == {1: "14:00–15:00", 2: "09:00–09:30"}
    assert (after[1].room_id, after[2].room_id) == (2, 1)


def test_a_session_is_shortened_as_far_as_its_parts_allow() -> None:
    talk = session(1, "09:00", "10:00")
    parts = (a_part(11, talk, starts_at=at("09:30"), ends_at=at("10:00")),)
    agenda = an_agenda_of(dataclasses.replace(talk, parts=parts))
    after = done(agenda, Shorten(session=1, minutes=10))[1]
    assert (after.ends_at, after.parts[0].ends_at) == (at("09:50"), at("09:50"))
    assert "Part 11" in faults(agenda, Shorten(session=1, minutes=30))["/operations/0"]
    assert "Nothing" in faults(agenda, Shorten(session=1, minutes=60))["/operations/0"]
    # To be moved to a nearer end is to be shortened.
    there = Move(session=1, starts_at=at("11:00"), ends_at=at("11:50"))
    (part,) = done(agenda, there)[1].parts
    assert (part.starts_at, part.ends_at) == (at("11:30"), at("11:50"))
    assert "Part 11" in faults(agenda, Move(session=1, ends_at=at("09:30")))["/operations/0"]
    assert (
        "before it starts" in faults(agenda, Move(session=1, ends_at=at("08:59")))["/operations/0"]
    )


def test_a_closed_room_empties_into_another_or_waits() -> None:
    agenda = an_agenda_of(
        session(1, "09:00", "10:00"), session(2, "11:00", "12:00"), session(3, "15:00", "16:00")
    )
    moved = done(agenda, CloseRoom(room=1, to=2, until=at("14:00")), now="10:30")
    assert [moved[n].room_id for n in (1, 2, 3)] == [1, 2, 1]
    waiting = done(agenda, CloseRoom(room=1), now="10:30")
    states = [State.CONFIRMED, State.SUSPENDED, State.SUSPENDED]
    assert [waiting[n].state for n in (1, 2, 3)] == states


def test_words_rooms_and_announcements() -> None:
    talk = session(1, "09:00", "10:00", reason=WHY)
    agenda = an_agenda_of(dataclasses.replace(talk, parts=(a_part(11, talk),)))
    after = apply(
        agenda,
        [
            Reword(session=1, title={"en": "New"}, abstract={"en": "Much"}),
            Reword(part=11, title={"en": "Other"}),
            RenameRoom(room=1, name={"en": "Hall B"}),
            Announce(guid=guid("a"), title={"en": "Fire drill"}),
            New(guid=guid("n"), title={"en": "More"}, starts_at=at("10:00"), ends_at=at("11:00")),
        ],
        at=at("08:00"),
        ids=count(100),
    )
    changed, new = after.sessions
    assert (changed.title, changed.reason, changed.version) == ({"en": "New"}, WHY, 2)
    assert changed.parts[0].title == {"en": "Other"}
    assert after.rooms == (a_room(1, name={"en": "Hall B"}), a_room(2))
    assert (after.announcements[0].id, after.announcements[0].starts_at) == (100, at("08:00"))
    assert (new.id, new.version, new.changed_at) == (101, 1, at("08:00"))


def test_every_fault_is_named_and_nothing_is_done() -> None:
    talk = session(1, "09:00", "10:00")
    agenda = an_agenda_of(talk, session(2, "10:00", "11:00", state=State.CANCELLED))
    found = faults(
        agenda,
        Move(session=99, starts_at=at("09:00")),
        Move(session=1, room=7),
        Move(session=1),
        Move(session=2, room=2),
        Cancel(),
        Cancel(session=1, part=3),
        Cancel(part=3),
        Restore(session=1),
        Resume(session=1),
        Delay(session=1, all=True, minutes=5),
        Delay(track=8, minutes=5),
        ReplaceSpeaker(session=1, old=3, new=2),
        ReplaceSpeaker(session=1, old=1, new=77),
        Swap(a=1, b=1),
        Reword(session=1),
        CloseRoom(room=1, to=1),
        New(guid=talk.guid, title={"en": "x"}, starts_at=at("10:00"), ends_at=at("11:00")),
        New(guid=guid("n"), title={"en": "x"}, starts_at=at("11:00"), ends_at=at("10:00")),
        New(guid=guid("n"), title={"en": "x"}, starts_at=at("11:00"), ends_at=at("12:00"), type=3),
        Announce(guid=guid("a"), title={"en": "x"}, expires_at=at("07:00")),
        Cancel(session=1, replaced_by=2),
    )
    assert sorted(found, key=lambda p: int(p.rpartition("/")[2])) == [
        f"/operations/{n}" for n in range(21)
    ]
    assert "There is no session 99" in found["/operations/0"]
    assert "restore it first" in found["/operations/3"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Move(session=1, starts_at=at("11:00")), Move(session=1, starts_at=at("12:00"))),
        (Move(session=1, room=2), Cancel(session=1)),
        (Cancel(session=1), Move(session=1, room=2)),
        (Cancel(session=1), Restore(session=1)),
        (Cancel(session=1), Suspend(session=1)),
        (Delay(all=True, minutes=5), Delay(room=1, minutes=10)),
        (Delay(all=True, minutes=5), Move(session=1, starts_at=at("11:00"))),
        (Swap(a=1, b=2), Move(session=2, room=2)),
        (Reword(session=1, title={"en": "A"}), Reword(session=1, title={"en": "B"})),
        (RenameRoom(room=1, name={"en": "A"}), RenameRoom(room=1, name={"en": "B"})),
    ],
)
def test_operations_that_contradict_each_other_are_refused(
    first: Operation, second: Operation
) -> None:
    agenda = an_agenda_of(session(1, "09:00", "10:00"), session(2, "09:00", "10:00", room=2))
    assert set(faults(agenda, first, second)) == {"/operations/1"}


def test_operations_that_go_together_are_done() -> None:
    agenda = an_agenda_of(session(1, "09:00", "10:00"), session(2, "10:00", "11:00", room=2))
    after = done(
        agenda,
        Delay(all=True, minutes=15),
        Cancel(session=2, reason=WHY),
        Move(session=1, room=2),
        Reword(session=1, title={"en": "New"}),
    )
    assert times(after) == {1: "09:15–10:15", 2: "10:15–11:15"}
    assert (after[2].state, after[1].room_id, after[1].version) == (State.CANCELLED, 2, 2)


@pytest.mark.parametrize(
    "operation",
    [
        Move(session=1, starts_at=OPENING, reason=WHY),
        Delay(track=1, minutes=5, cascade=False, day=OPENING.date()),
        Resume(all=True, minutes=0),
        New(
            guid=guid("n"), title=WHY, starts_at=OPENING, ends_at=OPENING,
            speakers=(Role(speaker_id=1),), audience=("everyone",),
        ),
        Announce(guid=guid("a"), title=WHY, expires_at=OPENING),
        Cancel(part=4, replaced_by=2),
    ],
)  # fmt: skip
def test_an_operation_can_be_kept(operation: Operation) -> None:
    assert from_document(parse(dump(to_document(operation)))) == operation
