"""`eventday meetings …`: the organiser's list of who meets whom."""

from datetime import datetime
from pathlib import Path

import pytest
from builders import an_agenda
from click.testing import CliRunner, Result
from openpyxl import Workbook

from api.command import main
from event.formats.files import write_file

PEOPLE = """Nr;Imię;Nazwisko;E-mail
1;Łucja;Żółkiewska;lucja@x.pl
2;Jan;Żak;jan@x.pl
3;Jan;Nowak;nowak@x.pl
4;Jan;Nowak;nowak2@x.pl
"""
LIST = """Nr;Data;Godzina;Stolik;Osoba 1;Osoba 2;Przerwa;Kolor
1;03.06.2025;13:00;12;lucja@x.pl;Żak Jan;;red
2;;;7;2;nowak@x.pl;Sesja 2;red
3;2025-06-03;14.20;8;lucja@x.pl;nowak2@x.pl;;red
"""


class Home:
    """A folder the command line works in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"EVENTDAY_HOME": str(folder / "home"),
                            "EVENTDAY_CLOCK": "2025-05-01T12:00+02:00,0"}  # fmt: skip

    def __call__(self, *arguments: object) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(main, words, env=self.environment)

    def file(self, text: str, name: str = "meetings.csv") -> Path:
        (self.folder / name).write_text(text)
        return self.folder / name

    def listed(self) -> list[str]:
        return [" ".join(line.split()) for line in self("meetings", "list").stdout.splitlines()]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    data = write_file("agenda.yaml", an_agenda(), version="1.1", language=None, cancelled="omit")
    (tmp_path / "agenda.yaml").write_bytes(data)
    assert home("import", tmp_path / "agenda.yaml").exit_code == 0
    assert home("attendees", "import", home.file(PEOPLE, "people.csv")).exit_code == 0
    return home


def test_a_first_list_is_stored_and_the_same_again_changes_nothing(home: Home) -> None:
    result = home("meetings", "import", home.file(LIST))
    assert (result.exit_code, result.stdout) == (0, "3 added, 0 changed, 0 cancelled.\n")
    assert "  Osoba 2 → guest\n" in result.stderr
    assert "  Kolor → not used\n" in result.stderr
    assert home.listed() == [
        "2 2025-06-03 10:00 30 min 7 Jan Żak (invited), Jan Nowak (invited)",
        "1 2025-06-03 13:00 30 min 12 Łucja Żółkiewska (invited), Jan Żak (invited)",
        "3 2025-06-03 14:20 30 min 8 Łucja Żółkiewska (invited), Jan Nowak (invited)",
    ]
    again = home("meetings", "import", home.file(LIST))
    assert (again.exit_code, again.stdout) == (0, "Nothing changed.\n")


def test_a_later_list_is_compared_first(home: Home) -> None:
    home("meetings", "import", home.file(LIST))
    later = LIST.replace(";12;", ";13;").replace("3;2025-06-03;14.20", "4;2025-06-03;15:00")
    shown = home("meetings", "import", home.file(later))
    assert shown.exit_code == 4
    assert shown.stdout.splitlines()[:-1] == [
        "added    line 4", "changed  1 (line 2): place", "missing  3"]  # fmt: skip
    assert len(home.listed()) == 3
    done = home("meetings", "import", home.file(later), "--apply", "--cancel-missing")
    assert done.stdout.splitlines()[-1] == "1 added, 1 changed, 1 cancelled."
    assert "1 2025-06-03 13:00 30 min 13 Łucja Żółkiewska (invited), Jan Żak (invited)" in (
        home.listed()
    )
    again = home("meetings", "import", home.file(later), "--apply", "--cancel-missing")
    assert again.stdout.splitlines()[-1] == "Nothing changed."


def test_the_same_list_changes_nothing_while_a_break_is_cancelled(home: Home) -> None:
    home("meetings", "import", home.file(LIST))
    agenda = (home.folder / "agenda.yaml").read_text()
    off = agenda.replace("    id: 2\n", "    id: 2\n    state: cancelled\n")
    done = home("import", home.file(off, "off.yaml"), "--apply")
    assert "changed session 2 “Session 2”: state" in done.stdout
    again = home("meetings", "import", home.file(LIST))
    assert (again.exit_code, again.stdout) == (0, "Nothing changed.\n")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("5;03.06.2025;13:00;1;Jan Nowak;lucja@x.pl;;", "2 attendees are “Jan Nowak”"),
        ("5;03.06.2025;13:00;1;nobody@x.pl;lucja@x.pl;;", "0 attendees are “nobody@x.pl”"),
        ("5;03.06.2025;13:00;1;1;lucja@x.pl;;", "somebody would meet themselves"),
        ("5;03.06.2025;13:00;1;1;;;", "fewer than two people meet"),
        ("5;soon;13:00;1;1;2;;", "no time that can be read"),
        ("5;03.06.2025;25:00;1;1;2;;", "no time that can be read"),
        ("5;31.06.2025;13:00;1;1;2;;", "no time that can be read"),
        ("5;;;1;1;2;Lunch;", "no single session “Lunch”"),
        ("1;03.06.2025;16:00;1;1;2;;", "the same id as in line 2"),
    ],
)
def test_a_row_that_makes_no_meeting_is_a_line_and_the_others_are_kept(
    home: Home, row: str, said: str
) -> None:
    result = home("meetings", "import", home.file(LIST + row))
    assert result.exit_code == 3
    assert f"lost     line 5: {said}" in result.stderr
    assert len(home.listed()) == 3


def test_a_workbook_with_real_dates_and_ends(home: Home) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["Start", "End", "Guest 1", "Guest 2", "Room", "Title"])
    start, end = datetime(2025, 6, 3, 13, 0), datetime(2025, 6, 3, 13, 20)
    book.active.append([start, end, "lucja@x.pl", 2, "Room 1", "Wodór"])
    book.active.append([start, "13:45", "jan@x.pl", "nowak@x.pl", "Room 9", ""])
    book.save(home.folder / "m.xlsx")
    result = home("meetings", "import", home.folder / "m.xlsx")
    assert result.exit_code == 3
    assert "row 3: no single room “Room 9”; left out" in result.stderr
    assert [line.split()[3] for line in home.listed()] == ["20", "45"]


def test_columns_can_be_named_and_what_names_nobody_is_refused(home: Home) -> None:
    named = home.file(LIST.replace("Osoba 1", "Kto").replace("Osoba 2", "Z kim"))
    refused = home("meetings", "import", named)
    assert (refused.exit_code, "--map" in refused.stderr) == (1, True)
    maps = ("--map", "Kto=guest", "--map", "Z kim=guest")
    assert home("meetings", "import", named, *maps).exit_code == 0
    for wrong in ("Nobody=guest", "Kto=nothing"):
        assert home("meetings", "import", named, "--map", wrong).exit_code == 1
    ignored = home("meetings", "import", named, *maps, "--ignore", "Stolik", "--apply")
    assert ignored.stdout == "Nothing changed.\n"


def test_a_list_that_lies_where_people_are_erased_is_refused(home: Home) -> None:
    result = home("meetings", "import", home.file(LIST, "home/meetings.csv"))
    assert (result.exit_code, "EVENTDAY_HOME" in result.stderr) == (2, True)
