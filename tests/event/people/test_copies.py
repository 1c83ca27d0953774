"""Files that hold somebody are found, whatever they are packed in; what nobody can read is said."""

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from canaries import ADA
from packed import sealed, searchable, spreadsheet, zipped

from event.people import copies
from event.people.copies import copies_of
from event.people.model import Attendee

GUID = "5f0c1c9e-6c1f-4b0e-9d55-0e2f3a1b7c44"
PERSON = replace(ADA, guid=GUID)
JAN = Attendee(id=0, guid=GUID.replace("5", "6"), given_name="Jan", surname="Żak", email="jan@x.pl")


def planted(home: Path, files: dict[str, bytes]) -> list[str]:
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return sorted(files)


def found(home: Path, person: Attendee = PERSON, *, is_sealed: bool = False) -> list[str]:
    held = copies_of(person, home)
    return sorted(str(c.path.relative_to(home)) for c in held if c.sealed is is_sealed)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_each_kind_of_file_that_holds_somebody_is_found(home: Path, tmp_path: Path) -> None:
    names = planted(home, searchable(PERSON, tmp_path))
    assert found(home) == names
    assert found(home, is_sealed=True) == []


def test_nobody_is_found_in_the_files_of_another(home: Path, tmp_path: Path) -> None:
    planted(home, searchable(PERSON, tmp_path))
    assert copies_of(JAN, home) == []


def test_what_cannot_be_looked_into_is_said_to_be_so(home: Path) -> None:
    names = planted(home, sealed(PERSON))
    assert found(home, JAN, is_sealed=True) == names
    assert found(home, JAN) == []


def test_a_zip_that_is_sealed_in_part_is_known_to_hold_whom_the_rest_names(home: Path) -> None:
    planted(home, {"a.zip": zipped(a=b"%PDF-1.4", b=PERSON.email.encode())})
    assert found(home) == ["a.zip"]


def test_a_name_must_be_there_whole(home: Path) -> None:
    planted(home, {
        "a.csv": b"Jan;Kowalski\nEwa;\xc5\xbbakowska\n",
        "b.xlsx": spreadsheet(("Jan", "Nowak"), ("Ewa", "Żakowska")),
        "keys/badge-0.pem": b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQ\n",
        "empty": b"",
    })  # fmt: skip
    assert copies_of(JAN, home) == []


def test_who_has_no_name_is_found_by_number_alone(home: Path) -> None:
    place = Attendee(id=0, guid=GUID, external_id="17", organisation="Kanarkowo")
    planted(home, {"a.csv": b"17;Kanarkowo\n", "b.csv": GUID.upper().encode()})
    assert found(home, place) == ["b.csv"]


def test_words_are_found_where_two_readings_meet(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_CHUNK", 64)
    monkeypatch.setattr(copies, "_OVERLAP", 32)
    files = {f"{n}.csv": b"x" * n + b";Jan;" + b"y" * 90 + ";Żak".encode() for n in range(70)}
    assert found(home, JAN) == [] != planted(home, files) == found(home, JAN)


def test_a_bomb_is_not_unpacked(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "MOST", 100_000)
    zeros = b"0" * 90_000
    planted(home, {"a.gz": gzip.compress(zeros * 2), "b.zip": zipped(a=zeros, b=zeros)})
    assert found(home, is_sealed=True) == ["a.gz", "b.zip"]


def test_what_is_in_use_is_left_out(home: Path) -> None:
    planted(home, {"eventday.db": PERSON.email.encode()})
    (home / "alias.db").symlink_to(home / "eventday.db")
    assert copies_of(PERSON, home, but={(home / "eventday.db").resolve()}) == []
