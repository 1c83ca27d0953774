"""Reading the spreadsheet everyone has."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from event.errors import Invalid
from event.formats.attendees.columns import FIELDS, mapping_of
from event.formats.attendees.people import Person, people_of
from event.formats.attendees.table import MOST_ROWS, Table, guarded, read_table
from event.formats.attendees.writing import written
from event.formats.imported import Report
from event.people.model import Status
from event.text import clean

WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30
)


def table(path: Path, report: Report | None = None) -> Table:
    return read_table(path, report or Report())


def a_file(folder: Path, content: bytes, name: str = "people.csv") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def a_workbook(folder: Path, *rows: list[object]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / "people.xlsx")
    return folder / "people.xlsx"


def people(rows: list[list[str]], report: Report | None = None, **said: str) -> list[Person]:
    names, *rest = rows
    read = Table(tuple(names), tuple((f"row {n}", tuple(r)) for n, r in enumerate(rest, 2)))
    return people_of(read, mapping_of(names, said=said, ignored=()), report or Report())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_any_usual_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = f"Imię{delimiter}Nazwisko\r\nŁucja{delimiter}Żółkiewska-Śliż\r\n"
    read = table(a_file(tmp_path, text.encode(encoding)))
    assert read.columns == ("Imię", "Nazwisko")
    assert read.rows == (("line 2", ("Łucja", "Żółkiewska-Śliż")),)


def test_a_workbook_is_read_as_text_and_its_formulas_are_not_run(tmp_path: Path) -> None:
    report = Report()
    path = a_workbook(tmp_path, ["Nr", "Name", "x"], [7, "Ada", "=1+1"], [8.0, "Jan", True])
    read = table(path, report)
    assert read.rows == (("row 2", ("7", "Ada", "")), ("row 3", ("8", "Jan", "yes")))
    assert [(r.where, r.lost) for r in report] == [("row 2, column 3", True)]


def test_lines_in_two_encodings_are_both_read_and_said(tmp_path: Path) -> None:
    report = Report()
    data = "name\nŁucja Żak\n".encode() + "Świętosława Ćma\nJan Nowak\n".encode("cp1250")
    read = table(a_file(tmp_path, data), report)
    names = [cells[0] for _, cells in read.rows]
    assert names == ["Łucja Żak", "Świętosława Ćma", "Jan Nowak"]
    assert [(r.where, r.done, r.lost) for r in report] == [
        ("line 3", "read as Windows-1250", False)
    ]


def test_a_character_that_no_encoding_has_is_said(tmp_path: Path) -> None:
    report = Report()
    read = table(a_file(tmp_path, b"name\nAda \x81\n"), report)
    assert read.rows == (("line 2", ("Ada \N{REPLACEMENT CHARACTER}",)),)
    assert [(r.where, r.lost) for r in report] == [("the file", False), ("line 2", True)]


@pytest.mark.parametrize("content", [b"\n\nname;nr\nAda;1\n", b"sep=;\r\nname;nr\r\nAda;1\r\n"])
def test_what_stands_before_the_names_of_columns_is_passed_over(
    tmp_path: Path, content: bytes
) -> None:
    read = table(a_file(tmp_path, content))
    assert (read.columns, [cells for _, cells in read.rows]) == (("name", "nr"), [("Ada", "1")])


def test_a_csv_may_begin_as_a_zip_file_does(tmp_path: Path) -> None:
    assert table(a_file(tmp_path, b"PK;name\n1;Ada\n")).columns == ("PK", "name")


def test_a_short_row_is_filled_up_and_a_long_one_names_its_columns(tmp_path: Path) -> None:
    read = table(a_file(tmp_path, b"name,a\nAda\nJan,1,2\n"))
    assert read.columns == ("name", "a", "column 3")
    assert [cells for _, cells in read.rows] == [("Ada", "", ""), ("Jan", "1", "2")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "has no rows"),
        (b"\n\n", "has no rows"),
        (b"name\n" + b"\x00" * 10, "neither CSV nor XLSX"),
        (b"PK\x03\x04 no zip", "no XLSX workbook"),
        (b"name\n" + b"x\n" * (MOST_ROWS + 1), "more than 20,000 rows"),
        (b'name\n"' + b"x" * 200_000, "field larger than"),
        (b"name\n" + b";" * 500 + b"x", "more than 500 columns"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        table(a_file(tmp_path, content))


def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path) -> None:
    data = io.BytesIO()
    with (
        zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as member,
    ):
        for _ in range(210):
            member.write(bytes(1_000_000))
    assert len(data.getvalue()) < 1_000_000
    with pytest.raises(Invalid, match="unpacks into more"):
        table(a_file(tmp_path, data.getvalue(), "people.xlsx"))


def test_a_file_that_is_not_there_or_far_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        table(tmp_path / "nothing.csv")
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(200_000_000)
    with pytest.raises(Invalid, match="larger than 50 MB"):
        table(tmp_path / "huge.csv")


@given(value=WORDS)
def test_a_guarded_cell_is_read_back_and_no_spreadsheet_runs_it(value: str) -> None:
    value = clean(value)
    assert guarded(value)[:1] not in {"=", "+", "-", "@", "\t"}
    report = Report()
    for name in ("a.csv", "a.xlsx"):
        data = written(Path(name).suffix, [["name", "note", "box"], ["Ada", value, "1"]])
        rows = _read(data, name, report)
        assert [cells for _, cells in rows] == [("Ada", value, "1")]
    assert not list(report)


@pytest.mark.parametrize("value", ["=1+1", "+48 17 1", "-", "@x", "#N/A", "'x", "''x", "'=x"])
def test_what_a_spreadsheet_takes_for_something_else_is_read_back(value: str) -> None:
    for name in ("a.csv", "a.xlsx"):
        data = written(Path(name).suffix, [["name"], [value]])
        assert _read(data, name, Report()) == ((_row_of(name), (value,)),)


def _row_of(name: str) -> str:
    return "line 2" if name == "a.csv" else "row 2"


def _read(data: bytes, name: str, report: Report) -> tuple[tuple[str, tuple[str, ...]], ...]:
    import tempfile  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        return read_table(a_file(Path(folder), data, name), report).rows


@pytest.mark.parametrize(
    ("names", "fields"),
    [
        (["Imię", "Nazwisko", "Adres e-mail", "Firma"],
         ["given_name", "surname", "email", "organisation"]),
        (["Imię i nazwisko", "E-mail", "Kraj"], ["name", "email", "country"]),
        (["Imię / First name", "Nazwisko (Surname)", "Firma/instytucja", "E-mail / Telefon"],
         ["given_name", "surname", "organisation"]),
        (["Vorname", "Nachname", "Einrichtung", "Sprache"],
         ["given_name", "surname", "organisation", "language"]),
        (["Order code", "Attendee name: Given name", "Attendee name: Family name", "Product"],
         ["external_id", "given_name", "surname", "category"]),
        (["Name", "Vorname", "Mail"], ["surname", "given_name", "email"]),
        (["Name", "Surname"], ["given_name", "surname"]),
        (["Full name", "First name"], ["name", "given_name"]),
        (["Order #", "E-mail", "Attendee #", "Attendee ID", "First name", "Surname",
          "Attendee email"], ["external_id", "given_name", "surname", "email"]),
        (["Title", "Full name", "Position"], ["name", "position"]),
        (["First_Name", "LAST NAME", "Ticket Type", "Dietary requirements"],
         ["given_name", "surname", "category", "diet"]),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_their_names(names: list[str], fields: list[str]) -> None:
    assert list(mapping_of(names, said={}, ignored=()).values()) == fields


def test_what_is_said_goes_before_what_is_guessed() -> None:
    names = ["Name", "Company", "Badge name"]
    assert mapping_of(names, said={"badge name": "name"}, ignored=["Company"]) == {2: "name"}
    twice = ["Name", "Mail", "mail"]
    assert mapping_of(twice, said={}, ignored=["Mail"]) == {0: "name"}
    assert mapping_of(twice, said={}, ignored=[]) == {0: "name", 1: "email"}


@pytest.mark.parametrize(
    ("said", "ignored", "sentence"),
    [
        ({"Nmae": "name"}, (), "no column “Nmae”; there are: Name, E-mail"),
        ({"Name": "nmae"}, (), "no field “nmae”; choose one of: " + FIELDS[0]),
        ({}, ("Name",), "No column holds a name"),
        ({"Name": "note", "E-mail": "note"}, (), "Only one column can be note"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(
    said: dict[str, str], ignored: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        mapping_of(["Name", "E-mail"], said=said, ignored=ignored)


@pytest.mark.parametrize(
    ("name", "given_name", "surname"),
    [
        ("Łucja Żółkiewska", "Łucja", "Żółkiewska"),
        ("Żółkiewska-Śliż, Łucja Anna", "Łucja Anna", "Żółkiewska-Śliż"),
        ("Sukarno", "", "Sukarno"),
        ("Ada\N{NO-BREAK SPACE}Łoś", "Ada", "Łoś"),
        ("Anna Maria van Dijk", "Anna Maria van", "Dijk"),
    ],
)
def test_one_column_of_names_is_taken_apart(name: str, given_name: str, surname: str) -> None:
    (person,) = people([["name"], [name]])
    assert (person.attendee.given_name, person.attendee.surname) == (given_name, surname)


def test_a_shared_address_is_said_and_nobody_is_merged() -> None:
    report = Report()
    rows = [["name", "email"], ["Ada A", "desk@x.pl"], ["Jan B", "DESK@x.pl"], ["Ewa C", "e@x.pl"]]
    assert len(people(rows, report)) == 3
    assert [(r.where, r.what, r.lost) for r in report] == [
        ("row 2", "2 people share this e-mail", False)
    ]


def test_the_same_person_twice_counts_once_and_is_said() -> None:
    report = Report()
    rows = [["nr", "name", "email"], ["1", "Ada A", ""], ["1", "ada  a", "a@x"],
            ["", "Jan C", "j@x"], ["", "jan  c", "J@X"]]  # fmt: skip
    assert [p.attendee.name for p in people(rows, report)] == ["Ada A", "Jan C"]
    assert [(r.where, r.what) for r in report if r.lost] == [
        ("row 3", "the same person as in row 2"),
        ("row 5", "the same person as in row 4"),
    ]


def test_an_id_of_several_people_is_their_orders_and_nobody_is_lost() -> None:
    report = Report()
    rows = [["order code", "name"], ["AB1", "Ada A"], ["AB1", "Jan B"], ["AB2", "Ewa C"]]
    found = [(p.attendee.name, p.attendee.external_id) for p in people(rows, report)]
    assert found == [("Ada A", None), ("Jan B", None), ("Ewa C", "AB2")]
    assert [str(r) for r in report] == [
        "row 2: 2 people have the external id AB1; told apart by name and e-mail"
    ]


@pytest.mark.parametrize(
    ("words", "tag"),
    [("PL", "pl"), ("Polski", "pl"), ("Englisch", "en"), ("Українська", "uk"), ("pt_br", "pt-BR"),
     ("zh-hant", "zh-Hant"), ("", ""), ("Klingon", ""), ("-", "")],
)  # fmt: skip
def test_a_language_is_understood_or_left_open(words: str, tag: str) -> None:
    report = Report()
    (person,) = people([["name", "language"], ["Ada", words]], report)
    assert person.attendee.language == tag
    assert len(list(report)) == (bool(words) and not tag)


def test_a_status_that_nobody_knows_says_nothing() -> None:
    report = Report()
    rows = [["name", "status"], ["Ada", "pending"], ["Jan", "Paid"], ["Ewa", "Canceled"]]
    found = [(p.attendee.status, "status" in p.said) for p in people(rows, report)]
    assert found == [
        (Status.REGISTERED, False),
        (Status.REGISTERED, True),
        (Status.CANCELLED, True),
    ]
    assert [(r.where, r.lost) for r in report] == [("row 2", True)]


def test_what_is_too_long_is_cut_and_said() -> None:
    report = Report()
    rows = [["name", "diet", "access", "party", "category"], ["Ada", *["y" * 300] * 4]]
    (person,) = people(rows, report)
    lengths = [len(text) for text in (*person.needs, person.party, person.category)]
    assert lengths == [200, 200, 200, 100]
    assert [r.lost for r in report] == [True] * 4


def test_needing_nothing_is_no_need() -> None:
    rows = [["imie", "dieta", "potrzeby"], ["Ada", "Brak", "-"], ["Jan", "bez glutenu", "rampa"]]
    assert [p.needs for p in people(rows)] == [("", ""), ("bez glutenu", "rampa")]


def test_the_name_of_a_column_may_say_that_surnames_come_first() -> None:
    names = [["Nazwisko i imię"], ["Żak Łucja Anna"], ["Ćma, Ewa"], ["Sukarno"]]
    found = [(p.attendee.given_name, p.attendee.surname) for p in people(names)]
    assert found == [("Łucja Anna", "Żak"), ("Ewa", "Ćma"), ("", "Sukarno")]


def test_an_attendees_number_goes_before_an_orders() -> None:
    names = ["Order #", "Imię", "Attendee #"]
    assert mapping_of(names, said={}, ignored=()) == {1: "given_name", 2: "external_id"}


def test_another_encoding_is_said(tmp_path: Path) -> None:
    report = Report()
    table(a_file(tmp_path, "Imię\nŁucja".encode("cp1250")), report)
    assert [str(r) for r in report] == [
        "the file: not in UTF-8; read as Windows-1250; look at the names"
    ]


def test_utf_16_is_known_without_its_mark_too(tmp_path: Path) -> None:
    read = table(a_file(tmp_path, "imię\nŁucja\n".encode("utf-16-le")))
    assert (read.columns, read.rows) == (("imię",), (("line 2", ("Łucja",)),))


def test_what_a_spreadsheet_takes_for_an_escaped_letter_stays_as_it_is(tmp_path: Path) -> None:
    path = a_file(tmp_path, written(".xlsx", [["name"], ["_x0041_ Łoś"]]), "people.xlsx")
    assert load_workbook(path).active["A2"].value == "_x005F_x0041_ Łoś"
    assert table(path).rows == (("row 2", ("_x0041_ Łoś",)),)


def test_each_fault_is_a_line_and_the_rest_of_the_row_is_kept() -> None:
    report = Report()
    header = ["name", "email", "language", "minor", "photo", "organisation", "status", "category"]
    rows = [
        header,
        ["", "x@y", "", "", "", "", "", ""],
        ["Ada A", "no address", "?", "perhaps", "tak", "O" * 300, "Anulowany", "🎉"],
    ]
    (person,) = people(rows, report)
    assert [r.where for r in report] == ["row 2", *["row 3"] * 5]
    assert (person.attendee.email, person.attendee.language, person.category) == ("", "", "")
    assert person.attendee.status is Status.CANCELLED
    assert len(person.attendee.organisation) == 200
    assert person.consents == {"photo": True}


@given(rows=st.lists(st.lists(WORDS, min_size=5, max_size=5), max_size=5))
def test_no_row_is_too_strange_to_read(rows: list[list[str]]) -> None:
    names = ["name", "email", "language", "minor", "photo"]
    for person in people([names, *rows]):
        assert person.attendee.given_name or person.attendee.surname
