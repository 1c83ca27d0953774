"""What our files say beyond the formats yields to an edit and never breaks a reading."""

import json
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING, a_session, an_agenda, guid

from event.agenda.model import Agenda
from event.formats.imported import Imported
from event.formats.schedule.beyond import patch, patched
from event.formats.schedule.json import read, write
from event.formats.schedule.xml import read as read_xml
from event.formats.schedule.xml import write as write_xml


def of_one(**fields: Any) -> Agenda:
    return an_agenda(sessions=(a_session(1, **fields),))


def reread(agenda: Agenda, beyond: dict[str, Any]) -> Imported:
    """Write an agenda, change what it says beyond the format for its session, and read that."""
    document = json.loads(write(agenda, version="7"))
    meta = document["schedule"]["conference"]["meta"]["eventday"]
    meta["sessions"].setdefault(guid("session 1"), {}).update(beyond)
    return read(json.dumps(document).encode())


def test_a_patch_makes_one_text_of_another() -> None:
    said, meant = {"en": "Hello", "de": "Hallo"}, {"en": "Hello", "pl": "Cześć"}
    assert patch(said, meant) == {"de": None, "pl": "Cześć"}
    assert patched(said, patch(said, meant)) == meant
    assert patch(said, said) == {}


def test_an_edit_of_the_title_stands_beside_its_translations() -> None:
    data = write(of_one(), version="7").replace(b'"title":"Session 1"', b'"title":"Opening"')
    assert read(data).agenda.sessions[0].title == {"en": "Opening", "pl": "Sesja 1"}


def test_an_edit_of_the_duration_stands_against_the_true_end() -> None:
    data = write(of_one(ends_at=OPENING + timedelta(hours=30)), version="7")
    assert read(data).agenda.sessions[0].ends_at == OPENING + timedelta(hours=30)
    edited = read(data.replace(b'"23:59"', b'"01:00"'))
    assert edited.agenda.sessions[0].ends_at == OPENING + timedelta(hours=1)


@pytest.mark.parametrize(
    "beyond",
    [
        {"title": 3},
        {"title": {"en": None, "pl": None}},
        {"title": {"<tag>": "x"}},
        {"ends_at": None},
        {"ends_at": ["2025-06-03T07:45:00+00:00", "9999-12-31T23:59:59-14:00"]},
        {"ends_at": ["2025-06-03T07:45:00+00:00", "2025-01-01T00:00:00+00:00"]},
        {"links": [[], [{"url": "javascript:alert(1)", "title": {}}]]},
        {"languages": [[], ["klingon"]]},
        {"speakers": [[], [["nobody", "speaker"]]]},
        {"state": ["confirmed", "gone"]},
        {"visibility": [["public"], []]},
        {"recording_optout": [None, "perhaps"]},
    ],
)
def test_what_is_broken_beyond_the_format_is_left_out_and_reported(beyond: dict[str, Any]) -> None:
    agenda = of_one(title={"en": "Session 1"})
    imported = reread(agenda, beyond)
    assert [repair.what for repair in imported.repairs] == [
        "what the file says beyond the format is broken"
    ]
    (session,) = imported.agenda.sessions
    assert session.title == {"en": "Session 1"}
    assert session.ends_at == agenda.sessions[0].ends_at


def test_a_file_of_ours_with_broken_facts_is_one_of_others() -> None:
    data = write(of_one(abstract={"en": "a <b>"}), version="7")
    imported = read(data.replace(b'"no_room":', b'"no_home":'))
    assert imported.text_language == "en"
    assert [repair.what for repair in imported.repairs][-1:] == ["its text is HTML"]


def test_words_that_look_like_markup_survive_in_our_own_files() -> None:
    abstract = {"en": "Use <b>, &amp; and ?> ]]> --> “\\u003e”.\n  - so\n\tor so"}
    for text in (read(write(of_one(abstract=abstract), version="7")),
                 read_xml(write_xml(of_one(abstract=abstract), version="7"))):  # fmt: skip
        assert text.agenda.sessions[0].abstract == abstract


def test_xml_says_in_which_language_a_session_is() -> None:
    agenda = of_one(title={"pl": "Otwarcie?>"})
    imported = read_xml(write_xml(agenda, version="7", language="en"))
    assert imported.agenda.sessions[0].title == {"pl": "Otwarcie?>"}
    assert imported.text_language == "en"
