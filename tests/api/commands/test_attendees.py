"""`eventday attendees …`, on a home of its own."""

import csv
import stat
from pathlib import Path

import pytest
from builders import an_agenda
from click.testing import CliRunner, Result

from api.command import main
from event.formats.files import write_file

CLOCK = "2025-05-01T12:00+02:00,0"
LIST = """Nr;Imię;Nazwisko;E-mail;Firma;Dieta;Buty
1;Łucja;Żółkiewska;desk@x.pl;Łódź SA;wegańska;42
2;Jan;Żak;desk@x.pl;Łódź SA;Wegańska;43
"""


class Home:
    """A folder the command line works in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"EVENTDAY_HOME": str(folder / "home"), "EVENTDAY_CLOCK": CLOCK,
                            "EVENTDAY_URL": "https://event.example.org"}  # fmt: skip

    def __call__(self, *arguments: object) -> Result:
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(main, words, env=self.environment)

    def file(self, text: str, name: str = "list.csv") -> Path:
        (self.folder / name).write_bytes(text.encode("cp1250"))
        return self.folder / name


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    data = write_file("agenda.yaml", an_agenda(), version="1.1", language=None, cancelled="omit")
    (tmp_path / "agenda.yaml").write_bytes(data)
    assert home("import", tmp_path / "agenda.yaml").exit_code == 0
    return home


@pytest.fixture
def full(home: Home) -> Home:
    assert home("attendees", "import", home.file(LIST)).exit_code == 0
    return home


def test_a_first_list_is_stored_and_says_what_it_took_for_what(home: Home) -> None:
    result = home("attendees", "import", home.file(LIST))
    assert (result.exit_code, result.stdout) == (0, "2 added, 0 changed, 0 cancelled.\n")
    assert "  Imię → given_name\n" in result.stderr
    assert "  Buty → not used\n" in result.stderr
    assert "new category" not in result.stderr
    assert "line 2: 2 people share this e-mail; all are kept" in result.stderr


def test_a_later_list_is_compared_and_stored_when_asked(full: Home) -> None:
    changed = full.file(LIST.replace("Żak", "Żuk").replace("2;Jan", "3;Ola;Nowa;;;;\n2;Jan"))
    result = full("attendees", "import", changed)
    assert result.exit_code == 4
    assert result.stdout.splitlines() == [
        "added    Ola Nowa (line 3)",
        "changed  2 Jan Żak: surname: Żak → Żuk",
        "Nothing was changed. To apply: eventday attendees import FILE --apply",
    ]
    assert "Żuk" not in full("attendees", "list").stdout
    assert full("attendees", "import", changed, "--apply").exit_code == 0
    assert full("attendees", "list", "zuk").stdout == "     2  Jan Żuk, Łódź SA  delegate\n"
    assert full("attendees", "import", changed).stdout == "Nothing changed.\n"


def test_missing_ones_are_said_and_cancelled_when_asked(full: Home) -> None:
    shorter = full.file("\n".join(LIST.splitlines()[:2]))
    result = full("attendees", "import", shorter)
    assert (result.exit_code, result.stdout) == (0, "missing  2 Jan Żak\nNothing changed.\n")
    assert full("attendees", "import", shorter, "--cancel-missing").exit_code == 4
    result = full("attendees", "import", shorter, "--cancel-missing", "--apply")
    assert result.stdout.endswith("0 added, 0 changed, 1 cancelled.\n")
    assert "cancelled" in full("attendees", "list", "jan").stdout


def test_a_mapping_can_be_corrected(home: Home) -> None:
    path = home.file("Who;Where\nAda Łoś;Here\n")
    refused = home("attendees", "import", path)
    assert refused.exit_code == 1
    assert "No column holds a name" in refused.stderr
    result = home("attendees", "import", path, "--map", "Who=name", "--ignore", "Where")
    assert result.exit_code == 0
    assert "  Who → name (“Surname, Given”, else the last word is the surname)" in result.stderr
    assert "Ada Łoś" in home("attendees", "list").stdout
    assert home("attendees", "import", path, "--map", "Who").exit_code == 1


def test_what_is_lost_is_said_and_makes_the_exit_code_3(home: Home) -> None:
    result = home("attendees", "import", home.file("name;email\nAda Łoś;nothing\n;x@y\n"))
    assert result.exit_code == 3
    assert "lost     line 2: the e-mail address is none; left empty" in result.stderr
    assert "lost     line 3: no name" in result.stderr


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_an_export_is_for_its_owner_and_comes_back_as_nothing_new(full: Home, name: str) -> None:
    path = full.folder / name
    assert full("attendees", "export", path).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert full("attendees", "import", path).stdout == "Nothing changed.\n"
    assert full("attendees", "export", full.folder / "out.pdf").exit_code == 1


def test_caterers_get_counts(full: Home) -> None:
    assert full("attendees", "needs").stdout == "diet      2  wegańska\n"


def test_each_link_opens_one_persons_page(full: Home) -> None:
    path = full.folder / "links.csv"
    assert full("attendees", "links", path).exit_code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    header, *rows = csv.reader(path.read_text("utf-8-sig").splitlines())
    assert header == ["name", "email", "language", "link"]
    assert [row[0] for row in rows] == ["Łucja Żółkiewska", "Jan Żak"]
    links = {row[3] for row in rows}
    assert len(links) == 2
    assert all(link.startswith("https://event.example.org/link#evl_") for link in links)


def test_a_colleague_comes_instead_and_a_delegation_comes_without_names(full: Home) -> None:
    result = full("attendees", "substitute", 2, "--given", "Iga", "--surname", "Nowa")
    assert result.stdout.startswith("Iga Nowa has the id 3;")
    assert "replaced" in full("attendees", "list", "jan").stdout
    result = full("attendees", "party", "Łódzkie", "--size", "3", "--category", "vip")
    assert result.stdout == "Łódzkie has the id 1 and 3 places.\n"
    assert full("attendees", "list", "lodzkie").stdout.count("Łódzkie") == 3
    assert full("attendees", "party", "x", "--size", "0").exit_code == 1
    kept = "kept     3 Jan Żak (line 3): Iga Nowa comes instead\nNothing changed.\n"
    assert full("attendees", "import", full.file(LIST)).stdout == kept


def test_links_need_the_address_they_begin_with(full: Home) -> None:
    full.environment["EVENTDAY_URL"] = ""
    result = full("attendees", "links", full.folder / "links.csv")
    assert (result.exit_code, (full.folder / "links.csv").exists()) == (1, False)
    assert "EVENTDAY_URL=https://event.example.org" in result.stderr
    path = full.folder / "links.csv"
    assert full("attendees", "links", path, "--server", "https://e.example.org/").exit_code == 0
    assert "https://e.example.org/link#evl_" in path.read_text("utf-8-sig")


def test_what_somebody_needs_is_never_printed_beside_a_name(full: Home) -> None:
    result = full("attendees", "import", full.file(LIST.replace("Wegańska", "koszerna")))
    assert "changed  2 Jan Żak: diet\n" in result.stdout
    assert "koszerna" not in result.output


def test_new_categories_are_said(home: Home) -> None:
    result = home("attendees", "import", home.file("name;typ\nAda Łoś;Wystawca\n"))
    assert "new category Wystawca\n" in result.stderr
    shown = home("attendees", "import", home.file("name;typ\nAda Łoś;Juror\n"))
    assert shown.stdout.splitlines()[0] == "changed  1 Ada Łoś: category: wystawca → Juror"
    assert "new category Juror\n" in shown.stderr


def test_a_list_has_no_comma_for_an_organisation_that_is_not_there(home: Home) -> None:
    home("attendees", "import", home.file("Imię;Nazwisko;Firma\nJan;Żak;\nEwa;Ćma;Łódź SA\n"))
    lines = home("attendees", "list").stdout.splitlines()
    assert [line.split(maxsplit=1)[1] for line in lines] == [
        "Ewa Ćma, Łódź SA  delegate",
        "Jan Żak  delegate",
    ]
