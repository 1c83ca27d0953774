"""`eventday certificates`: a page for each who came, outside of where nothing personal may lie."""

from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from gates import Hall, a_hall, scanned

from api.command import main
from event.database import Database
from event.door.certificates import verify
from event.people.model import Attendee

PEOPLE = [Attendee(id=0, guid="", given_name=given, surname=surname)
          for given, surname in (("Jan", "Żak"), ("Ada", "Łoś"), ("Ola", "Nowak"))]  # fmt: skip


@pytest.fixture
def hall(db: Database, tmp_path: Path) -> Hall:
    return a_hall(db, tmp_path / "home", PEOPLE)


@pytest.fixture
def run(db: Database, tmp_path: Path) -> Any:
    environment = {
        "EVENTDAY_HOME": str(tmp_path / "home"),
        "EVENTDAY_DATABASE": db.url.render_as_string(hide_password=False),
        "EVENTDAY_CLOCK": "2025-06-04T18:00+02:00,0",
        "EVENTDAY_URL": "https://event.example.org",
    }

    def invoke(*words: object, **more: str) -> Result:
        command = ["certificates", *map(str, words)]
        return CliRunner().invoke(main, command, env=environment | more)

    return invoke


def names(db: Database, file: Path) -> list[str]:
    """Return the names that the codes of a file say, page by page."""
    found = []
    with db.read() as tx:
        for page in pypdfium2.PdfDocument(file):
            (code,) = zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())
            address, _, text = code.text.partition("#")
            assert address == "https://event.example.org/verify"
            certificate, _ = verify(tx, text)
            assert certificate is not None
            found.append(certificate.name)
    return found


def test_one_file_or_a_file_each_for_those_who_came(
    db: Database, hall: Hall, run: Any, tmp_path: Path
) -> None:
    with db.write() as tx:
        for number in (0, 2):
            scanned(tx, number + 1, hall.code(number))
    file, folder = tmp_path / "all.pdf", tmp_path / "each"
    for _ in range(2):
        done = run(file)
        assert (done.exit_code, "certificates for 2" in done.stderr) == (0, True)
    assert names(db, file) == ["Ola Nowak", "Jan Żak"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert run(folder).exit_code == 0
    wanted = [hall.people[number].id for number in (0, 2)]
    assert sorted(path.name for path in folder.iterdir()) == [
        f"attendee-{number}.pdf" for number in wanted
    ]
    assert names(db, folder / f"attendee-{wanted[0]}.pdf") == ["Jan Żak"]


def test_a_name_without_letters_is_said_and_left_to_a_pen(
    db: Database, run: Any, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path / "home", [Attendee(id=0, guid="", given_name="李", surname="Wei")])
    with db.write() as tx:
        scanned(tx, 1, hall.code(0))
    done = run(tmp_path / "all.pdf")
    assert done.exit_code == 3
    assert "write the name by hand, no letters for 李" in done.stderr
    assert names(db, tmp_path / "all.pdf") == ["李 Wei"]


def test_it_is_refused_where_it_may_not_lie_or_nobody_came_or_nobody_can_check(
    db: Database, hall: Hall, run: Any, tmp_path: Path
) -> None:
    assert "No gate let anybody in" in run(tmp_path / "all.pdf").stderr
    with db.write() as tx:
        scanned(tx, 1, hall.code(0))
    assert "EVENTDAY_HOME" in run(tmp_path / "home" / "all.pdf").stderr
    assert "EVENTDAY_HOME" in run(tmp_path / "home" / "folder").stderr
    assert "EVENTDAY_URL" in run(tmp_path / "all.pdf", EVENTDAY_URL="").stderr
    assert list(tmp_path.glob("*.pdf")) == []
