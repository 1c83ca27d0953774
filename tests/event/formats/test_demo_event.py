"""The demo event in examples/rzeszow: it imports without a repair and shows all that we can do."""

import itertools
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from event.agenda.model import INTERPRETATION, LEGAL_KINDS, PLACES, Agenda, Session, State
from event.formats import agenda_file
from event.formats.agenda_xlsx import read as agenda_xlsx
from event.formats.agenda_xlsx import write as agenda_xlsx_write
from event.formats.agenda_yaml import read as agenda_yaml
from event.formats.agenda_yaml import write as agenda_yaml_write
from event.formats.imported import Imported
from event.times import event_day, zone

FOLDER = Path(__file__).parents[3] / "examples" / "rzeszow"
SCHEMA = Path(agenda_file.__file__).with_name("agenda.schema.json")
DATA = (FOLDER / "agenda.yaml").read_bytes()


@pytest.fixture(scope="module")
def imported() -> Imported:
    return agenda_yaml.read(DATA, folder=FOLDER)


@pytest.fixture(scope="module")
def agenda(imported: Imported) -> Agenda:
    return imported.agenda


def of_type(agenda: Agenda, name: str) -> list[Session]:
    (number,) = (kind.id for kind in agenda.types if kind.name["en"] == name)
    return [session for session in agenda.sessions if session.type_id == number]


def test_it_is_the_event_in_rzeszow(agenda: Agenda) -> None:
    event = agenda.event
    assert (event.acronym, event.timezone, event.languages) == (
        "cmr-rzeszow-2025",
        "Europe/Warsaw",
        ("en", "pl"),
    )
    assert (event.starts_on, event.ends_on) == (date(2025, 6, 3), date(2025, 6, 4))
    assert agenda.venues[0].address == "Jasionka 954, 36-002 Jasionka"
    assert "illustrative" in event.notice["en"]
    assert "poglądowy" in event.notice["pl"]


def test_it_needs_no_repair_and_comes_back_from_both_our_formats(imported: Imported) -> None:
    assert imported.repairs == ()
    agenda = imported.agenda
    assert agenda_yaml.read(agenda_yaml_write.write(agenda)).agenda == agenda
    workbook = agenda_xlsx.read(agenda_xlsx_write.write(agenda))
    assert workbook.repairs == ()
    assert workbook.agenda.sessions == agenda.sessions


def test_it_is_what_the_schema_says() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(agenda_yaml.load(DATA)[0])) == []


def test_every_text_is_in_english_and_polish(agenda: Agenda) -> None:
    things = [
        agenda.event, *agenda.venues, *agenda.rooms, *agenda.places, *agenda.tracks, *agenda.types,
        *agenda.speakers, *agenda.sessions, *agenda.announcements, *agenda.legal, *agenda.media,
        *(part for session in agenda.sessions for part in session.parts),
    ]  # fmt: skip
    texts = [
        getattr(thing, name)
        for thing in things
        for name in type(thing).__dataclass_fields__
        if isinstance(getattr(thing, name), dict)
    ]
    assert {tuple(text) for text in texts if text} == {("en", "pl")}


def test_every_session_is_on_a_day_of_the_event_and_in_a_room_of_its_own(agenda: Agenda) -> None:
    tz = zone(agenda.event.timezone)
    days = {event_day(session.starts_at, tz) for session in agenda.sessions}
    assert days == {date(2025, 6, 3), date(2025, 6, 4)}
    assert 28 <= len(agenda.sessions) <= 36
    published = [session for session in agenda.sessions if session.state is not State.DRAFT]
    for one, other in itertools.combinations(published, 2):
        if one.room_id == other.room_id:
            assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at
    for session in agenda.sessions:
        assert session.room_id is not None
        for part in session.parts:
            assert session.starts_at <= part.starts_at <= part.ends_at <= session.ends_at


def test_nobody_speaks_in_two_places_at_once(agenda: Agenda) -> None:
    spoken: dict[int, list[tuple[datetime, datetime]]] = {}
    for session in agenda.sessions:
        if session.state is State.CANCELLED:
            continue
        for part in session.parts:
            for role in part.speakers:
                spoken.setdefault(role.speaker_id, []).append((part.starts_at, part.ends_at))
        for role in session.speakers if not session.parts else ():
            spoken.setdefault(role.speaker_id, []).append((session.starts_at, session.ends_at))
    assert set(spoken) == {speaker.id for speaker in agenda.speakers}
    for times in spoken.values():
        for (_, ends), (starts, _) in itertools.pairwise(sorted(times)):
            assert ends <= starts


def test_it_shows_every_kind_of_session(agenda: Agenda) -> None:
    states = [session.state for session in agenda.sessions]
    assert {state: states.count(state) for state in State} == {
        State.DRAFT: 1,
        State.TENTATIVE: 1,
        State.CONFIRMED: len(states) - 3,
        State.SUSPENDED: 0,
        State.CANCELLED: 1,
    }
    assert all(s.reason for s in agenda.sessions if s.state is State.CANCELLED)
    assert [s.audience for s in agenda.sessions if s.visibility != ("public",)] == [("vip",)]
    assert ("cluster-manager",) in {s.audience for s in agenda.sessions}
    used = {entry.kind for s in agenda.sessions for entry in s.interpretation}
    assert used == set(INTERPRETATION)
    assert len(of_type(agenda, "Panel")) == 3
    visits = of_type(agenda, "Site visit")
    assert {visit.audience for visit in visits} == {("choice",)}
    assert all(visit.capacity for visit in visits)
    tables = of_type(agenda, "Matchmaking")
    assert len({table.room_id for table in tables}) == len(tables) == 6
    assert all(len(session.parts) >= 5 for session in of_type(agenda, "Pitches"))
    opening = of_type(agenda, "Plenary")[0]
    assert opening.starts_at == datetime(2025, 6, 3, 7, 0, tzinfo=UTC)
    assert opening.ends_at - opening.starts_at == timedelta(minutes=90)


def test_speakers_are_visibly_made_up(agenda: Agenda) -> None:
    for speaker in agenda.speakers:
        assert speaker.organisation.startswith("Example ")
        assert speaker.biography["en"].startswith("A placeholder, not a person.")
        assert speaker.biography["pl"].startswith("Postać zastępcza")


def test_places_announcements_and_legal_texts_are_there(agenda: Agenda) -> None:
    kinds = {place.kind for place in agenda.places}
    assert kinds <= set(PLACES)
    assert {"entrance", "first-aid", "exit", "assembly-point", "quiet"} <= kinds
    assert len(agenda.announcements) == 3
    assert tuple(text.kind for text in agenda.legal) == LEGAL_KINDS
    assert "112" in agenda.venues[0].emergency["en"]


def test_maps_and_logo_are_small_still_drawings(agenda: Agenda) -> None:
    assert [(medium.kind, medium.width, medium.height) for medium in agenda.media] == [
        ("logo", 240, 240),
        ("map", 600, 860),
        ("map", 600, 700),
    ]
    floors = {tuple(room.floor.items()) for room in agenda.rooms}
    for medium in agenda.media:
        assert medium.media_type == "image/svg+xml"
        assert medium.bytes < 12_000
        assert medium.alt["en"]
        assert medium.alt["pl"]
        assert medium.kind == "logo" or tuple(medium.floor.items()) in floors


@pytest.mark.parametrize(("name", "floor"), [("floor0", "Ground floor"), ("floor1", "First floor")])
def test_a_map_names_the_rooms_of_its_floor_in_both_languages(
    agenda: Agenda, name: str, floor: str
) -> None:
    drawing = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    shown = " · ".join(re.findall(r">([^<>]+)</text>", drawing))
    here = agenda.venues[0].id
    rooms = [r for r in agenda.rooms if r.venue_id == here and r.floor["en"] == floor]
    for room in rooms:
        table = re.fullmatch(r"Table (\d)", room.name["en"])
        for words in (table[1],) if table else room.name.values():
            assert words in shown
