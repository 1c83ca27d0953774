"""`eventday report` and `eventday scans export`: files for after the event."""

import csv
import json
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from gates import NOW, Hall, a_gate, a_hall, an_id, scanned
from openpyxl import load_workbook

from api.command import main
from badges.short import short_code
from event.database import Database
from event.door.afterwards import tell
from event.door.scans import Scan
from event.people.model import Attendee
from event.schedule.feedback import rate


@pytest.fixture
def hall(db: Database, tmp_path: Path) -> Hall:
    names = [("Łoś", "<b>PL"), ("Żak", "=1+1"), ("Nowak", "")]
    made = a_hall(db, tmp_path, [Attendee(id=0, guid="", surname=n, country=c) for n, c in names])
    with db.write() as tx:
        a_gate(tx, "room", session_id=1)
        scanned(tx, 1, made.code(0), device="=device")
        scanned(tx, 2, made.code(1), after=1000, gate="room")
        scanned(tx, 3, "no badge")
        note = Scan(id=an_id(4), kind="undo", target=an_id(2), note='@him, "he" left',
                    device="desk", trusted=True)  # fmt: skip
        tell(tx, "room", note)
        scanned(tx, 5, made.code(1), after=1100, gate="room")
    return made


@pytest.fixture
def run(db: Database, tmp_path: Path) -> Any:
    environment = {
        "EVENTDAY_HOME": str(tmp_path / "home"),
        "EVENTDAY_DATABASE": db.url.render_as_string(hide_password=False),
        "EVENTDAY_CLOCK": "2025-06-04T18:00+02:00,0",
    }

    def invoke(*words: object) -> Result:
        return CliRunner().invoke(main, list(map(str, words)), env=environment)

    return invoke


class Reader(HTMLParser):
    """What stands in a page, and what it would fetch from elsewhere."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


@pytest.mark.usefixtures("hall")
def test_the_page_stands_by_itself_and_names_nobody(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    done = run("report", file)
    assert (done.exit_code, done.stderr) == (0, f"{file}: 2 of 3 came\n"), done.output
    text = file.read_text()
    page = Reader(text)
    assert page.addresses == []
    assert "script" not in page.tags
    assert {"People each day", "3 June 2025", "<b>PL", "not told", "Delegate"} <= set(page.words)
    assert "As known on 4 June 2025, 18:00." in text
    assert "Busiest: 09:00–09:15, 1 people" in text
    assert page.tags.count("figure") == 1
    assert not any(name in text for name in ("Łoś", "Żak", "Nowak"))
    run("report", file, "--language", "pl")
    assert {"Osoby każdego dnia", "3 czerwca 2025", "Kraje"} <= set(Reader(file.read_text()).words)


@pytest.mark.usefixtures("hall")
def test_the_workbook_holds_the_same_numbers(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "report.xlsx"
    assert run("report", file).exit_code == 0
    book = load_workbook(file)
    rows = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    assert rows["Attendance report"][1:3] == [("Registered", 3), ("Came", 2)]
    assert rows["People each day"][1:] == [("2025-06-03", 2, 2)]
    assert rows["Arrivals by quarter of an hour"][1:] == [
        ("2025-06-03", "09:00", 1), ("2025-06-03", "09:15", 1),
    ]  # fmt: skip
    assert rows["Countries"][1:] == [("<b>PL", 1, 1), ("'=1+1", 1, 1), ("not told", 0, 1)]
    assert rows["Sessions"][1][-1] == 1
    assert "report.html or report.xlsx" in run("report", tmp_path / "report.pdf").stderr


def test_countries_are_called_by_their_names_in_the_reports_language(
    run: Any, db: Database, tmp_path: Path
) -> None:
    facts = [("A", "DE"), ("B", "Niemcy"), ("C", "Utopia")]
    a_hall(db, tmp_path, [Attendee(id=0, guid="", surname=n, country=c) for n, c in facts])
    page, book = tmp_path / "report.html", tmp_path / "report.xlsx"
    for language, country in (("en", "Germany"), ("pl", "Niemcy")):
        for file in (page, book):
            run("report", file, "--language", language)
        assert {country, "Utopia"} <= set(Reader(page.read_text()).words)
        sheet = load_workbook(book)[{"en": "Countries", "pl": "Kraje"}[language]]
        assert list(sheet.iter_rows(min_row=2, values_only=True)) == [
            (country, 0, 2), ("Utopia", 0, 1),
        ]  # fmt: skip


def test_how_sessions_were_rated_is_told_and_words_only_when_wanted(
    run: Any, db: Database, hall: Hall, tmp_path: Path
) -> None:
    with db.write() as tx:
        for person, rating, text in zip(hall.people, (5, 4, 4), ("<i>Good", "", "=2"), strict=True):
            rate(tx, person.id, 1, rating=rating, text=text, at=NOW)
    page, book = tmp_path / "report.html", tmp_path / "report.xlsx"
    for file in (page, book):
        run("report", file)
    assert {"Feedback", "4.3", "Mean of 5"} <= set(Reader(page.read_text()).words)
    assert "counts only" in page.read_text()
    assert "Good" not in page.read_text()
    assert "In their words" not in load_workbook(book).sheetnames
    assert list(load_workbook(book)["Feedback"].iter_rows(values_only=True))[1][1:] == (
        3, 0, 0, 0, 2, 1,
    )  # fmt: skip
    for file in (page, book):
        run("report", file, "--words")
    assert {"In their words", "<i>Good", "=2"} <= set(Reader(page.read_text()).words)
    assert "counts only" not in page.read_text()
    said = load_workbook(book)["In their words"].iter_rows(values_only=True)
    assert [text for _, text in said] == ["<i>Good", "'=2"]
    assert not any(name in page.read_text() for name in ("Łoś", "Żak", "Nowak"))


def test_a_report_before_the_doors_open_says_so(run: Any, db: Database, tmp_path: Path) -> None:
    a_hall(db, tmp_path)
    file = tmp_path / "report.html"
    assert run("report", file).exit_code == 0
    assert "Nobody has come yet." in file.read_text()


def test_the_log_goes_out_whole_and_runs_in_no_spreadsheet(
    run: Any, hall: Hall, tmp_path: Path
) -> None:
    as_csv, as_json = tmp_path / "scans.csv", tmp_path / "scans.json"
    for file in (as_csv, as_json):
        assert run("scans", "export", file).stderr == f"{file}: 5 lines\n"
        assert file.stat().st_mode & 0o777 == 0o600
        assert not any(name in file.read_text() for name in ("Łoś", "Żak", "Nowak"))
    told, read = (
        json.loads(as_json.read_text()),
        list(csv.DictReader(StringIO(as_csv.read_bytes().decode()))),
    )
    assert [line["id"] for line in told] == [line["id"] for line in read]
    first = next(line for line in told if line["id"] == an_id(1))
    assert (first["at"], first["gate"], first["device"], first["online"]) == (
        "2025-06-03T07:00:00.000Z", "main", "=device", True,
    )  # fmt: skip
    assert first["short_code"] == short_code(hall.people[0].holder)
    cells = {line["id"]: line for line in read}
    assert (cells[an_id(1)]["device"], cells[an_id(1)]["online"]) == ("'=device", "1")
    assert cells[an_id(4)]["note"] == '\'@him, "he" left'
    assert "scans.csv or scans.json" in run("scans", "export", tmp_path / "scans.txt").stderr
    assert "EVENTDAY_HOME" in run("scans", "export", tmp_path / "home" / "scans.csv").stderr
