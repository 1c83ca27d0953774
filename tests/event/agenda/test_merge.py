"""An import meets what is there: who is who, what stays, what goes, what ids they have."""

import dataclasses
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from agendas import TAGS, agendas, public
from builders import (
    OPENING,
    a_part,
    a_room,
    a_session,
    a_speaker,
    all_fields,
    an_agenda,
    an_event,
    guid,
    imported,
    publish_agenda,
)
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.differences import differences
from event.agenda.importing import import_agenda
from event.agenda.merge import LARGEST_SOURCE_ID, largest_id, merge
from event.agenda.model import (
    Agenda,
    PointOfInterest,
    Role,
    Session,
    State,
    Track,
    Venue,
)
from event.agenda.rows import LISTS, load
from event.database import Database
from event.formats.files import read_file, write_file

LATER = OPENING + timedelta(hours=1)


def merged(current: Agenda | None, agenda: Agenda, **fields: Any) -> Agenda:
    first_id = largest_id(current) + 1 if current else 1
    return merge(current, imported(agenda, **fields), at=LATER, first_id=first_id)


def carrying(*names: str, of: str = "session") -> dict[str, frozenset[str]]:
    """Return what a format carries that knows of one class just these fields."""
    return all_fields() | {of: frozenset(names)}


@given(agenda=agendas())
def test_the_same_agenda_again_changes_nothing(agenda: Agenda) -> None:
    once = merged(None, agenda)
    assert merged(once, agenda) == once
    assert merged(once, once) == once


@given(first=agendas(), second=agendas())
def test_the_second_of_two_agendas_again_changes_nothing(first: Agenda, second: Agenda) -> None:
    both = merged(merged(None, first), second)
    again = merged(both, second)
    assert again == both
    assert differences(both, again, now=OPENING) == []


@given(
    histories=st.lists(st.tuples(agendas(), st.booleans()), max_size=4),
    number=st.sampled_from(["1", "2", "5", "7", "12", ""]),
)
def test_ids_stay_unique_and_references_hold_after_any_imports(
    histories: list[tuple[Agenda, bool]], number: str
) -> None:
    current: Agenda | None = None
    for agenda, complete in histories:
        sessions = tuple(
            dataclasses.replace(s, source_id=number if place == 0 else "")
            for place, s in enumerate(agenda.sessions)
        )
        new = merged(current, dataclasses.replace(agenda, sessions=sessions), complete=complete)
        assert_whole(new)
        if current is not None:
            kept = {session.id: session.guid for session in new.sessions}
            assert kept.items() >= {s.id: kept[s.id] for s in current.sessions}.items()
        current = new


def assert_whole(agenda: Agenda) -> None:
    ids = {name: Counter(item.id for item in getattr(agenda, name)) for name in LISTS}
    parts = [part for session in agenda.sessions for part in session.parts]
    ids["parts"] = Counter(part.id for part in parts)
    assert {name: count for name, count in ids.items() if count and max(count.values()) > 1} == {}
    for guids in ([s.guid for s in agenda.sessions], [p.guid for p in parts]):
        assert len(set(guids)) == len(guids)
    targets = {
        "room_id": "rooms", "track_id": "tracks", "type_id": "types", "venue_id": "venues",
        "picture_id": "media", "speaker_id": "speakers",
    }  # fmt: skip
    speaking: list[Any] = [*agenda.sessions, *parts]
    roles = [role for item in speaking for role in item.speakers]
    for item in (*(item for name in LISTS for item in getattr(agenda, name)), *roles):
        for field, target in targets.items():
            if (value := getattr(item, field, None)) is not None:
                assert value in ids[target], (item, field)


def test_a_session_is_known_by_its_guid_then_by_its_source_id() -> None:
    before = merged(None, an_agenda(0, sessions=(a_session(1, source_id="A"), a_session(2))))
    one, two = before.sessions
    renamed = a_session(9, guid=guid("new"), source_id="A", title={"en": "By source id"})
    same = a_session(2, id=8, title={"en": "By guid"}, source_id="B")
    after = merged(before, an_agenda(0, sessions=(renamed, same)))
    found = {session.id: session for session in after.sessions}
    assert found[one.id].title == {"en": "By source id"}
    assert found[one.id].guid == guid("new")
    assert found[two.id].title == {"en": "By guid"}
    assert len(found) == 2


def test_a_guid_speaks_louder_than_a_source_id() -> None:
    sessions = (a_session(1, source_id="A"), a_session(2, source_id="B"))
    before = merged(None, an_agenda(0, sessions=sessions))
    swapped = (a_session(1, source_id="B"), a_session(2, source_id="A"))
    after = merged(before, an_agenda(0, sessions=swapped))
    assert [(s.id, s.guid) for s in after.sessions] == [(s.id, s.guid) for s in before.sessions]
    assert [s.source_id for s in after.sessions] == ["B", "A"]


def test_a_session_that_vanished_is_a_draft_and_comes_back_as_the_same(db: Database) -> None:
    whole = an_agenda()
    before = publish_agenda(db, whole)
    gone = whole.sessions[1]
    without = dataclasses.replace(whole, sessions=(whole.sessions[0], whole.sessions[2]))
    draft = next(s for s in publish_agenda(db, without).sessions if s.guid == gone.guid)
    assert draft.state is State.DRAFT
    assert (draft.id, draft.version, draft.sequence) == (before.sessions[1].id, 2, 1)
    with db.read() as tx:
        assert gone.guid not in {session.guid for session in load(tx, public=True).sessions}
    back = next(s for s in publish_agenda(db, whole).sessions if s.guid == gone.guid)
    assert (back.id, back.guid, back.state) == (draft.id, gone.guid, State.CONFIRMED)
    assert back.title == before.sessions[1].title


def test_a_vanished_session_comes_back_from_a_format_that_knows_no_states() -> None:
    whole = an_agenda()
    before = merged(None, whole)
    draft = merged(before, dataclasses.replace(whole, sessions=whole.sessions[1:]))
    back = merged(draft, whole, carries=carrying("title", "starts_at", "ends_at"))
    assert [s.state for s in back.sessions] == [State.CONFIRMED] * 3
    assert [s.id for s in back.sessions] == [s.id for s in before.sessions]


def test_a_cancelled_session_stays_cancelled_whether_the_file_has_it_or_not() -> None:
    before = merged(
        None, an_agenda(0, sessions=(a_session(1, state=State.CANCELLED), a_session(2)))
    )
    carries = carrying("title", "starts_at", "ends_at")
    for sessions in ((a_session(1), a_session(2)), (a_session(2),)):
        agenda = an_agenda(0, sessions=sessions)
        after = merged(before, agenda, carries=carries, complete=False)
        assert after.sessions == before.sessions


def test_a_file_of_what_is_public_misses_no_private_session() -> None:
    private = a_session(1, visibility=("vip",))
    before = merged(None, an_agenda(0, sessions=(private, a_session(2))))
    after = merged(before, an_agenda(0, sessions=(a_session(2),)), complete=False)
    assert after.sessions == before.sessions
    complete = merged(before, an_agenda(0, sessions=(a_session(2),)))
    assert [session.state for session in complete.sessions] == [State.DRAFT, State.CONFIRMED]


@pytest.mark.parametrize(
    ("source_id", "kept"),
    [
        ("4711", True),
        (str(LARGEST_SOURCE_ID), True),
        (str(LARGEST_SOURCE_ID + 1), False),
        ("9" * 30, False),
        ("0", False),
        ("-5", False),
        ("٤٢", False),
        ("²", False),
        ("ABC", False),
        ("", False),
    ],
)
def test_a_numeric_source_id_becomes_the_id(source_id: str, kept: bool) -> None:  # noqa: FBT001
    agenda = an_agenda(0, sessions=(a_session(1, source_id=source_id),))
    (session,) = merged(None, agenda, complete=False).sessions
    assert (str(session.id) == source_id) is kept
    assert session.source_id == source_id


def test_a_source_id_that_is_taken_does_not_become_the_id() -> None:
    agenda = an_agenda(0, sessions=(a_session(1, source_id="4711"),))
    before = merged(None, agenda, complete=False)
    new = a_session(2, source_id="4711", guid=guid("another"))
    after = merged(before, an_agenda(0, sessions=(a_session(1, source_id="other"), new)))
    ids = {session.guid: session.id for session in after.sessions}
    assert ids[guid("session 1")] == 4711
    assert ids[guid("another")] > 4711


def test_a_new_id_steps_over_a_source_id_just_ahead() -> None:
    numbered = [a_session(n, source_id=s) for n, s in enumerate(["2", "", "", "1", ""], start=1)]
    bare = Agenda(event=an_event(), sessions=tuple(numbered))
    ids = [session.id for session in merged(None, bare, complete=False).sessions]
    assert len(set(ids)) == 5
    assert ids[0] == 2


def test_a_file_of_our_own_read_into_nothing_keeps_its_ids() -> None:
    before = merged(None, an_agenda(0, sessions=(a_session(70), a_session(7))))
    assert [session.id for session in before.sessions] == [7, 70]


def test_an_id_is_not_given_again_after_the_thing_is_gone(db: Database) -> None:
    first = publish_agenda(db, an_agenda(1, rooms=(a_room(1), a_room(2))))
    publish_agenda(db, an_agenda(1, rooms=(a_room(2),)))
    again = publish_agenda(db, an_agenda(1, rooms=(a_room(2), a_room(3))))
    assert {room.id for room in again.rooms} - {room.id for room in first.rooms} == {
        largest_id(first) + 1
    }


def test_fields_that_a_format_does_not_carry_stay() -> None:
    session = a_session(1, abstract={"en": "Long"}, capacity=30, slug="one")
    before = merged(None, an_agenda(0, sessions=(session,)))
    poor = a_session(1, title={"en": "New"}, abstract={"en": "Lost"})
    (after,) = merged(before, an_agenda(0, sessions=(poor,)), carries=carrying("title")).sessions
    assert after == dataclasses.replace(before.sessions[0], title={"en": "New"}, version=2)


def test_a_format_of_one_language_keeps_the_other_translations() -> None:
    before = merged(None, an_agenda(1))
    carries = carrying("title", "abstract")

    def after(title: str) -> Session:
        agenda = an_agenda(0, sessions=(a_session(1, title={"en": title}),))
        kept = merged(before, agenda, carries=carries, text_language="en", complete=False)
        return kept.sessions[0]

    assert after("Session 1") == before.sessions[0]
    assert after("Sesja 1") == before.sessions[0]
    assert after("Renamed").title == {"en": "Renamed", "pl": "Sesja 1"}


def test_a_complete_file_drops_what_nothing_uses_any_more() -> None:
    lonely = an_agenda(2, rooms=(a_room(1), a_room(2), a_room(3)))
    before = merged(None, lonely)
    after = merged(before, Agenda(event=an_event()))
    assert {session.state for session in after.sessions} == {State.DRAFT}
    # What the drafts need stays: they may come back.
    assert after.rooms == before.rooms[:2]
    assert after.speakers == before.speakers
    assert after.tracks == before.tracks


def test_a_partial_file_drops_nothing_but_sessions() -> None:
    before = merged(None, an_agenda(2))
    after = merged(before, Agenda(event=an_event()), complete=False)
    assert after.rooms == before.rooms
    assert after.speakers == before.speakers
    assert after.tracks == before.tracks
    assert [session.state for session in after.sessions] == [State.DRAFT, State.DRAFT]


def test_what_a_draft_needs_stays_with_all_that_this_needs_in_turn(db: Database) -> None:
    venue = Venue(id=1, name={"en": "Hall"})
    room = a_room(1, venue_id=1)
    agenda = an_agenda(0, venues=(venue,), rooms=(room,), sessions=(a_session(1, room_id=1),))
    before = publish_agenda(db, agenda)
    after = publish_agenda(db, Agenda(event=an_event()))
    assert after.venues == before.venues
    assert after.rooms == before.rooms
    with db.read() as tx:
        assert load(tx, public=False) == after


def test_a_part_that_moved_to_another_session_is_the_same_part(db: Database) -> None:
    one, two = a_session(1), a_session(2)
    part = a_part(1, one)
    before = publish_agenda(
        db, an_agenda(0, sessions=(dataclasses.replace(one, parts=(part,)), two))
    )
    after = publish_agenda(
        db, an_agenda(0, sessions=(one, dataclasses.replace(two, parts=(part,))))
    )
    assert [len(session.parts) for session in after.sessions] == [0, 1]
    assert after.sessions[1].parts == before.sessions[0].parts
    back = publish_agenda(db, an_agenda(0, sessions=(dataclasses.replace(one, parts=(part,)),)))
    assert back.sessions[0].parts == before.sessions[0].parts
    assert back.sessions[1].parts == ()
    assert back.sessions[1].state is State.DRAFT


def test_two_things_of_one_name_stay_two_and_keep_their_ids() -> None:
    venue = Venue(id=1, name={"en": "Hall"})
    toilets = tuple(
        PointOfInterest(id=n, venue_id=1, kind="toilet", name={"en": "Toilet"}, floor={"en": floor})
        for n, floor in enumerate(["0", "1", "1"], start=1)
    )
    tracks = (Track(id=1, name={"en": "A"}), Track(id=2, name={"en": "a"}, color="#000000"))
    agenda = Agenda(event=an_event(), venues=(venue,), places=toilets, tracks=tracks)
    before = merged(None, agenda)
    assert merged(before, agenda) == before


def test_two_speakers_of_one_name_are_not_taken_for_each_other() -> None:
    namesakes = (a_speaker(1, name="Jan Nowak"), a_speaker(2, name="Jan Nowak"))
    before = merged(None, an_agenda(0, speakers=namesakes))
    third = a_speaker(3, name="Jan Nowak")
    after = merged(before, an_agenda(0, speakers=(*namesakes, third)))
    assert after.speakers[:2] == before.speakers
    assert after.speakers[2].guid == third.guid


def test_a_speaker_without_a_known_guid_is_known_by_name() -> None:
    before = merged(None, an_agenda(1))
    other = a_speaker(1, guid=guid("another file"), name="ŁUCJA  1")
    after = merged(before, an_agenda(1, speakers=(other,)))
    assert [s.id for s in after.speakers] == [s.id for s in before.speakers]


def test_the_uuid_of_the_event_never_changes_and_a_partial_file_adds_its_languages() -> None:
    before = merged(None, an_agenda())
    other = an_event(uuid=guid("other"), languages=("de",), title={"de": "Anders"})
    after = merged(before, an_agenda(event=other), complete=False)
    assert after.event.uuid == before.event.uuid
    assert "de" in after.event.languages
    assert after.event.title == {"de": "Anders"}


def test_a_role_that_is_named_twice_is_kept_once() -> None:
    twice = a_session(1, speakers=(Role(speaker_id=1), Role(speaker_id=1)))
    (session,) = merged(None, an_agenda(1, sessions=(twice,))).sessions
    assert len(session.speakers) == 1


def test_a_public_file_leaves_an_unlisted_speaker_where_they_stood() -> None:
    hidden, shown = a_speaker(1, listed=False), a_speaker(2)
    roles = (Role(speaker_id=1), Role(speaker_id=2))
    agenda = an_agenda(0, speakers=(hidden, shown), sessions=(a_session(1, speakers=roles),))
    before = merged(None, agenda)
    file = an_agenda(0, speakers=(shown,), sessions=(a_session(1, speakers=roles[1:]),))
    assert merged(before, file, complete=False).sessions == before.sessions


def test_an_import_into_a_database_raises_the_next_id(db: Database) -> None:
    agenda = an_agenda(0, sessions=(a_session(1, source_id="900"),), rooms=())
    with db.write() as tx:
        import_agenda(tx, imported(agenda, complete=False), at=OPENING)
        more = an_agenda(0, sessions=(a_session(1, source_id="900"), a_session(2)), rooms=())
        new = import_agenda(tx, imported(more, complete=False), at=OPENING)
    assert sorted(session.id for session in new.sessions) == [900, 901]


EXPORTS = ("schedule.xml", "schedule.json", "agenda.ics", "agenda.yaml", "agenda.xlsx")


@pytest.mark.parametrize("name", EXPORTS)
@given(agenda=agendas())
def test_an_agenda_s_own_export_changes_nothing(tmp_path: Path, name: str, agenda: Agenda) -> None:
    current = merged(None, distinct(agenda))
    private = name in {"agenda.yaml", "agenda.xlsx"}
    file = tmp_path / name
    shown = current if private else public(current)
    file.write_bytes(write_file(name, shown, version="1.1", language=None, cancelled="omit"))
    read = read_file(file)
    after = merge(current, read, at=LATER, first_id=largest_id(current) + 1)
    assert differences(current, after, now=OPENING) == []


def distinct(agenda: Agenda) -> Agenda:
    """Return an agenda whose things have a name of their own, with a session that all may see."""
    sessions = (*agenda.sessions, a_session(60))
    return dataclasses.replace(
        agenda,
        event=dataclasses.replace(agenda.event, languages=TAGS),
        sessions=sessions,
        **{
            kind: tuple(
                dataclasses.replace(item, name={"en": f"{kind} {number}"})
                for number, item in enumerate(getattr(agenda, kind))
            )
            for kind in ("tracks", "types")
        },
        rooms=tuple(
            dataclasses.replace(room, name={"en": f"Room {number}"}, capacity=number or None)
            for number, room in enumerate(agenda.rooms)
        ),
        speakers=tuple(
            dataclasses.replace(speaker, name=" ".join(f"{number} {speaker.name}".split()))
            for number, speaker in enumerate(agenda.speakers)
        ),
    )
