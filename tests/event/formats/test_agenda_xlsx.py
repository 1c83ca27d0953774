"""The agenda workbook: it comes back as it was, as people edit it, and never as a bomb."""

import contextlib
import dataclasses
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from agendas import agendas, renumbered
from builders import a_part, a_room, a_session, an_agenda, an_event
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from event.agenda.model import Agenda, Interpretation, Link, Role, State, guid_of
from event.errors import Invalid
from event.formats.agenda_xlsx.cells import SHEETS, escape, join, split, unescape
from event.formats.agenda_xlsx.read import read
from event.formats.agenda_xlsx.workbook import MAX_TAGS, MAX_UNPACKED
from event.formats.agenda_xlsx.write import write


def edited(agenda: Agenda, edit: Callable[[Workbook], None]) -> bytes:
    """Return the agenda's workbook after somebody edited and saved it."""
    workbook = load_workbook(io.BytesIO(write(agenda)))
    edit(workbook)
    saved = io.BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def put(sheet: Any, header: str, row: int, value: Any) -> None:
    """Put a value under a header, as typed into a cell without a format of its own."""
    column = next(cell.column for cell in sheet[1] if cell.value == header)
    cell = sheet.cell(row, column)
    cell.number_format = "General"
    cell.value = value


def problems_of(data: bytes) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read(data)
    return caught.value.detail.split("\n")[1:]


def without_content(agenda: Agenda) -> Agenda:
    media = tuple(dataclasses.replace(medium, content=None) for medium in agenda.media)
    return dataclasses.replace(agenda, media=media)


# What is written is read again


@given(agendas())
def test_every_agenda_comes_back_as_it_was_but_for_the_pictures(agenda: Agenda) -> None:
    written = write(agenda)
    imported = read(written)
    assert imported.agenda == without_content(renumbered(agenda))
    assert not [repair for repair in imported.repairs if repair.lost]
    assert not [repair for repair in imported.repairs if repair.done.startswith("took “")]
    assert write(imported.agenda) == written


def test_texts_longer_than_a_cell_go_on_in_further_columns() -> None:
    session = a_session(1, abstract={"en": "word " * 9000 + "end", "pl": "_x0041_" * 6000})
    agenda = an_agenda(0, sessions=(session,))
    assert read(write(agenda)).agenda == agenda
    headers = [cell.value for cell in load_workbook(io.BytesIO(write(agenda)))["Sessions"][1]]
    assert "abstract.en +3" in headers
    assert "abstract.en +4" not in headers


@given(st.lists(st.text(alphabet="a;\\ \n()", max_size=6).map(str.strip), min_size=1))
@example(["a\\", "; b", "c;"])
def test_a_list_in_one_cell_is_split_where_it_was_joined(items: list[str]) -> None:
    assert split(join(items)) == items


@given(st.text(alphabet="_x0045Fad", max_size=20))
def test_what_a_spreadsheet_would_take_for_an_escape_comes_back(text: str) -> None:
    assert unescape(escape(text)) == text


def test_the_workbook_is_pleasant_to_edit() -> None:
    workbook = load_workbook(io.BytesIO(write(an_agenda())))
    assert workbook.sheetnames == list(SHEETS)
    assert [name.lower() for name in workbook.sheetnames] == [
        "event", "venues", "rooms", "places", "tracks", "types", "speakers", "sessions", "parts",
        "announcements", "legal", "media",
    ]  # fmt: skip
    assert [sheet.freeze_panes for sheet in workbook] == ["A2"] * 12
    rooms = workbook["Rooms"]
    assert [cell.value for cell in rooms[1]] == [
        "key", "name.en", "name.pl", "venue", "floor.en", "floor.pl", "capacity",
        "description.en", "description.pl", "accessibility.en", "accessibility.pl", "guid",
    ]  # fmt: skip
    assert rooms.auto_filter.ref == "A1:L3"
    assert rooms.column_dimensions["B"].width == 36
    starts = workbook["Sessions"]["B2"]
    assert starts.value == datetime(2025, 6, 3, 9, 0)
    assert starts.number_format == "yyyy-mm-dd hh:mm"
    assert workbook["Event"]["G2"].is_date


def test_the_bytes_depend_on_the_agenda_alone() -> None:
    with zipfile.ZipFile(io.BytesIO(write(an_agenda()))) as archive:
        assert {member.date_time for member in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2000-01-01T00:00:00Z") == 2


@pytest.mark.parametrize("text", ["=1+1", "+48 17 123", "-1", "@a", "#N/A", "101", "2025-06-03"])
def test_text_is_never_a_formula_a_number_or_a_date(text: str) -> None:
    data = write(an_agenda(1, event=an_event(title={"en": text})))
    cell = load_workbook(io.BytesIO(data))["Event"]["B2"]
    assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@")
    assert cell.quotePrefix
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in b"".join(map(archive.read, archive.namelist()))


def test_times_are_real_dates_but_for_those_the_clock_shows_twice() -> None:
    moments = [datetime(2025, 10, 26, hour, 30, 1, tzinfo=UTC) for hour in (0, 1, 2)]
    sessions = tuple(
        a_session(number, starts_at=moment, ends_at=moment)
        for number, moment in enumerate(moments, 1)
    )
    data = write(an_agenda(0, sessions=sessions))
    assert [row[1].value for row in load_workbook(io.BytesIO(data))["Sessions"].iter_rows(2)] == [
        "2025-10-26T02:30:01+02:00",
        "2025-10-26T02:30:01+01:00",
        datetime(2025, 10, 26, 3, 30, 1),
    ]
    assert [session.starts_at for session in read(data).agenda.sessions] == moments


def test_a_workbook_speaks_for_all_but_the_pictures() -> None:
    imported = read(write(an_agenda()))
    assert imported.complete
    assert "content" not in imported.carries["media"]
    assert {"sha256", "alt"} <= imported.carries["media"]
    assert {"title", "room_id", "parts", "guid"} <= imported.carries["session"]
    assert "id" not in imported.carries["session"]


# What people do to it


def test_columns_may_be_moved_and_rows_left_empty() -> None:
    agenda = an_agenda()

    def edit(workbook: Workbook) -> None:
        sheet = workbook["Sessions"]
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        sheet.delete_rows(1, 99)
        for row in rows:
            sheet.append(row[::-1])
            sheet.append([])
        workbook.move_sheet("Sessions", -7)

    imported = read(edited(agenda, edit))
    assert imported.agenda == agenda
    assert imported.repairs == ()


def test_an_added_row_needs_no_key_and_no_guid() -> None:
    def edit(workbook: Workbook) -> None:
        sheet = workbook["Sessions"]
        put(sheet, "title.en", 9, "Coffee break")
        put(sheet, "starts", 9, datetime(2025, 6, 3, 11, 0))
        put(sheet, "ends", 9, time(11, 30))
        put(sheet, "languages", 9, "en; pl;")
        put(sheet, "audience", 9, "vip; press")
        put(sheet, "interpretation", 9, "pl (sign); en")
        put(sheet, "speakers", 9, "lucja-1 (moderator); lucja-2")
        put(sheet, "links", 9, "https://example.org/a; https://example.org/b")
        put(sheet, "state", 9, "tentative")

    session = read(edited(an_agenda(), edit)).agenda.sessions[3]
    assert session.guid == guid_of("demo2025", "session coffee-break")
    assert session.starts_at == datetime(2025, 6, 3, 9, 0, tzinfo=UTC)
    assert session.ends_at == datetime(2025, 6, 3, 9, 30, tzinfo=UTC)
    assert session.languages == ("en", "pl")
    assert session.audience == ("vip", "press")
    assert session.interpretation == (
        Interpretation(language="pl", kind="sign"),
        Interpretation(language="en"),
    )
    assert session.speakers == (Role(speaker_id=1, role="moderator"), Role(speaker_id=2))
    assert session.links == (
        Link(url="https://example.org/a"),
        Link(url="https://example.org/b"),
    )
    assert session.state is State.TENTATIVE


@pytest.mark.parametrize(
    ("sheet", "header", "value", "attribute", "read_as", "odd"),
    [
        ("Rooms", "name.en", 101, "name", {"en": "101"}, "a number where text is expected"),
        ("Rooms", "name.en", 101.0, "name", {"en": "101"}, "a number where text is expected"),
        ("Rooms", "name.en", 1.5, "name", {"en": "1.5"}, "a number where text is expected"),
        ("Rooms", "name.en", True, "name", {"en": "TRUE"}, "a truth value for text"),
        (
            "Rooms", "name.en", date(2025, 6, 3), "name", {"en": "2025-06-03"},
            "a date or time where text is expected",
        ),
        ("Rooms", "capacity", "250", "capacity", 250, "a number typed as text"),
        ("Rooms", "capacity", 250.0, "capacity", 250, ""),
        ("Rooms", "name.en", "a_x000D_\nb", "name", {"en": "a\nb"}, ""),
        (
            "Sessions", "starts", "2025-06-03 8:30", "starts_at",
            datetime(2025, 6, 3, 6, 30, tzinfo=UTC), "a date or time typed as text",
        ),
        (
            "Sessions", "starts", "3.6.2025 08:30", "starts_at",
            datetime(2025, 6, 3, 6, 30, tzinfo=UTC), "a date or time typed as text",
        ),
        (
            "Sessions", "starts", "2025-06-03T08:30+02:00", "starts_at",
            datetime(2025, 6, 3, 6, 30, tzinfo=UTC), "",
        ),
        (
            "Sessions", "starts", datetime(2025, 6, 3, 8, 29, 59, 999_000), "starts_at",
            datetime(2025, 6, 3, 6, 30, tzinfo=UTC), "",
        ),
        (
            "Sessions", "starts", 45811.354166666664, "starts_at",
            datetime(2025, 6, 3, 6, 30, tzinfo=UTC), "a number where a date is expected",
        ),
        ("Sessions", "recording_optout", "Yes", "recording_optout", True,
         "a truth value typed as text"),
        ("Sessions", "recording_optout", False, "recording_optout", False, ""),
    ],
)  # fmt: skip
def test_what_is_typed_differently_is_taken_for_what_it_means(
    sheet: str, header: str, value: Any, attribute: str, read_as: Any, odd: str
) -> None:
    agenda = an_agenda(1, rooms=(a_room(1, name={"en": "A"}), a_room(2)))
    imported = read(edited(agenda, lambda workbook: put(workbook[sheet], header, 2, value)))
    thing = getattr(imported.agenda, sheet.lower())[0]
    assert getattr(thing, attribute) == read_as
    assert [repair.what for repair in imported.repairs] == ([odd] if odd else [])
    if odd:
        assert imported.repairs[0].where == f"{sheet} row 2, {header}"


def test_unknown_columns_and_sheets_are_reported() -> None:
    def edit(workbook: Workbook) -> None:
        workbook["Rooms"]["M1"] = "capcity"
        workbook["Rooms"]["M2"] = 250
        workbook["Rooms"]["N1"] = "guid.en"
        workbook.create_sheet("To do")["A1"] = "book a bus"

    imported = read(edited(an_agenda(), edit))
    assert imported.agenda == an_agenda()
    assert [(str(repair), repair.lost) for repair in imported.repairs] == [
        ("Sheet To do: is none of the agenda's; left it out", True),
        ("Sheet Rooms, column “capcity”: is unknown; did you mean capacity?; left it out", True),
        ("Sheet Rooms, column “guid.en”: is unknown; did you mean guid?; left it out", True),
    ]


def test_a_column_that_is_gone_is_not_carried() -> None:
    def edit(workbook: Workbook) -> None:
        workbook["Rooms"].delete_cols(7)
        workbook["Rooms"].delete_cols(2)

    room = a_room(1, name={"en": "Hall", "pl": "Sala"}, capacity=250)
    imported = read(edited(an_agenda(0, rooms=(room,)), edit))
    assert "capacity" not in imported.carries["room"]
    assert "name" in imported.carries["room"]
    assert imported.agenda.rooms[0].name == {"pl": "Sala"}


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (lambda w: w.remove(w["Media"]), "Sheet Media: is missing; keep it, if only with"),
        (lambda w: w["Sessions"].delete_cols(2), "Sheet Sessions: has no column starts"),
        (lambda w: w["Event"].delete_rows(2), "Sheet Event: has 0 rows; it needs exactly one"),
        (lambda w: w["Rooms"].delete_rows(1, 9), "Sheet Rooms: has no column name"),
        (lambda w: put(w["Event"], "acronym", 3, "b"), "Sheet Event: has 2 rows"),
        (lambda w: put(w["Rooms"], "venue", 1, "key"), "Sheet Rooms: has the column key twice"),
        (lambda w: put(w["Rooms"], "capacity", 2, "=1+1"), "Rooms row 2, capacity: is a formula;"),
        (lambda w: put(w["Rooms"], "capacity", 2, "#REF!"), "Rooms row 2, capacity: shows #REF!;"),
        (lambda w: put(w["Rooms"], "capacity", 2, 1.5), "Rooms row 2, capacity: “1.5” is no whole"),
        (lambda w: put(w["Rooms"], "capacity", 2, 1e300), "Rooms row 2, capacity: “1000000"),
        (
            lambda w: put(w["Rooms"], "guid", 3, w["Rooms"]["L2"].value),
            "is also given at Rooms row 2",
        ),
        (
            lambda w: put(w["Sessions"], "room", 2, "rom-1"),
            "Sessions row 2, room: none of the rooms",
        ),
        (lambda w: put(w["Sessions"], "starts", 2, 1e10), "Sessions row 2, starts: “10000000000"),
        (lambda w: put(w["Sessions"], "starts", 2, timedelta(days=9)), "is no time; write 2025"),
        (lambda w: put(w["Sessions"], "title.en", 9, "A"), "Sessions row 9, starts: is missing"),
        (lambda w: put(w["Parts"], "session", 3, "a"), "Parts row 3, session: no session has the"),
        (lambda w: put(w["Parts"], "title.en", 2, None), "Parts row 2, title: is missing"),
        (
            lambda w: put(w["Event"], "starts_on", 2, "soon"),
            "Event row 2, starts_on: “soon” is no day",
        ),
        (
            lambda w: put(w["Event"], "languages", 2, "english"),
            "Event row 2, languages.0: “english”",
        ),
    ],
)
def test_what_cannot_be_understood_is_refused_with_sheet_and_row(
    edit: Callable[[Workbook], None], problem: str
) -> None:
    session = a_session(1)
    agenda = an_agenda(
        1, sessions=(dataclasses.replace(session, parts=(a_part(1, session),)), a_session(2))
    )
    assert [line for line in problems_of(edited(agenda, edit)) if problem in line]


def test_a_workbook_of_another_kind_is_told_where_to_begin() -> None:
    own = Workbook()
    own.create_sheet("Programme").append(["Title", "Start", "Room"])
    saved = io.BytesIO()
    own.save(saved)
    with pytest.raises(Invalid, match=r"eventday export agenda\.xlsx"):
        read(saved.getvalue())


# What strangers send


TWO = write(an_agenda(2))


def repacked(
    change: Callable[[str, bytes], bytes], *, method: int = zipfile.ZIP_DEFLATED, said: int = 0
) -> bytes:
    """Return a workbook whose members were changed; the first says it unpacks into `said` bytes."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(TWO)) as archive,
        zipfile.ZipFile(packed, "w", method) as result,
    ):
        for name in archive.namelist():
            result.writestr(name, change(name, archive.read(name)))
        result.infolist()[0].file_size += said
    return packed.getvalue()


def in_rooms(old: bytes, new: bytes) -> bytes:
    return repacked(lambda name, data: data.replace(old, new, 1) if "sheet3" in name else data)


BOMB = b"""<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>"""


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is no XLSX workbook"),
        (b"PK\x03\x04", "is no XLSX workbook"),
        (b"\xd0\xcf\x11\xe0 an old or encrypted workbook", "without a password"),
        (write(an_agenda(1))[:-100], "is no XLSX workbook"),
        (in_rooms(b"<sheetData>", b"<sheetData"), "is no XLSX workbook"),
        (in_rooms(b'r="A2"', b'r="&#65;"'), "is no XLSX workbook"),
        (in_rooms(b"<worksheet", BOMB + b"<worksheet"), "declares a document type"),
        (repacked(lambda _, data: BOMB + data), "declares a document type"),
        (repacked(lambda _, data: data, method=zipfile.ZIP_LZMA), "packed in an unusual way"),
        (in_rooms(b"<worksheet", b'<?xml version="1.0" encoding="cp037"?><worksheet'), "UTF-8"),
        (in_rooms(b"<sheetData>", b"<sheetData>" + b"<c/>" * MAX_TAGS), "more than any agenda"),
        (repacked(lambda _, data: data, said=MAX_UNPACKED), "more than any agenda"),
    ],
)
def test_a_workbook_that_is_none_or_a_bomb_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(data)
    assert sentence in caught.value.detail


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    for size in (b"A1:A1", b"A1:XFD1048576"):
        data = in_rooms(b'<dimension ref="A1:L3"', b'<dimension ref="' + size + b'"')
        assert read(data).agenda == an_agenda(2)


def test_a_row_beyond_the_last_that_can_be_costs_nothing() -> None:
    data = in_rooms(b'<row r="3"', b'<row r="999999999"')
    assert "none of the rooms has the key “room-2”" in problems_of(data)[0]


def test_a_cell_far_to_the_right_or_far_below_costs_nothing() -> None:
    def edit(workbook: Workbook) -> None:
        workbook["Rooms"]["XFD2"] = "far"
        workbook["Rooms"]["ZZ1048576"] = "away"

    assert read(edited(an_agenda(), edit)).agenda == an_agenda()


GOOD = write(an_agenda(1))


@given(st.integers(0, len(GOOD)), st.binary(max_size=8))
def test_damage_in_the_archive_raises_nothing_but_invalid(at: int, noise: bytes) -> None:
    for data in (noise, GOOD[:at] + noise + GOOD[at + len(noise) :]):
        with contextlib.suppress(Invalid):
            read(data)


@given(
    st.sampled_from(["xl/workbook.xml", "xl/worksheets/sheet8.xml", "xl/styles.xml"]),
    st.integers(0, 4000),
    st.sampled_from([b'"', b"<", b">", b"0", b"-1", b"9" * 30, b" ", b"s"]),
)
def test_damage_in_a_sheet_raises_nothing_but_invalid(name: str, at: int, noise: bytes) -> None:
    def change(member: str, data: bytes) -> bytes:
        return data[:at] + noise + data[at + 1 :] if member == name else data

    with contextlib.suppress(Invalid):
        read(repacked(change))
