"""The mirrored folder: whole at every moment, and never an older head."""

from pathlib import Path

import pytest
from builders import OPENING, an_agenda, publish_agenda
from reading import verified

from event.database import Database
from event.errors import NotFound
from sync import links, upkeep
from sync.mirror import mirror
from sync.publish import read_clock
from sync.signing import Signer


def test_a_folder_is_filled_and_head_is_the_last(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    upkeep.tend(db, issued_at=OPENING)
    signer, folder = Signer(tmp_path), tmp_path / "www"
    written = mirror(db, signer, folder)
    assert written[-2:] == ["keys", "head"]
    with db.read() as tx:
        signed = signer.signed(read_clock(tx))
    made = verified((folder / "head").read_bytes(), signed.key)
    name = made["snapshot"]["name"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [".lock", "head", "keys", name, f"{name}.gz", f"{name}.zst", f"{name}.br"]
    )
    assert mirror(db, signer, folder) == []


def test_a_publish_adds_what_is_new_and_keeps_what_was_there(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    signer, folder = Signer(tmp_path), tmp_path / "www"
    mirror(db, signer, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    publish_agenda(db, an_agenda(9))
    log, head = mirror(db, signer, folder)
    assert (log[:4], head) == ("log-", "head")
    assert (folder / f"{log}.gz").exists()
    for name in before.keys() - {"head"}:
        assert (folder / name).read_bytes() == before[name]


def test_a_newer_head_is_never_replaced(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    newer = '{"epoch":9999999999,"seq":1,"issued":1}\nsignature'
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / "head").write_text(newer)
    assert "head" not in mirror(db, Signer(tmp_path), folder)
    assert (folder / "head").read_text() == newer


def test_what_is_no_longer_published_is_no_longer_given_out(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    signer, folder = Signer(tmp_path), tmp_path / "www"
    mirror(db, signer, folder)
    gone = ("media-00.svg", "log-1-1-2-A.json", "log-1-1-2-A.json.gz", "snapshot-1-1-A.db")
    for name in gone:
        (folder / name).write_text("once public")
    (folder / "robots.txt").write_text("the administrator's own")
    assert mirror(db, signer, folder) == []
    assert not any((folder / name).exists() for name in gone)
    assert (folder / "robots.txt").exists()


def test_nothing_is_written_before_there_is_an_event(db: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        mirror(db, Signer(tmp_path), tmp_path / "www")
    assert [path.name for path in (tmp_path / "www").iterdir()] == [".lock"]


def test_a_rotated_key_is_led_to_by_the_one_before(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    signer, folder = Signer(tmp_path), tmp_path / "www"
    mirror(db, signer, folder)
    links.rotate(db, tmp_path / "keys", issued_at=OPENING)
    key = links.rotate(db, tmp_path / "keys", issued_at=OPENING)
    assert mirror(db, signer, folder) == ["keys", "head"]
    verified((folder / "head").read_bytes(), key)
    with db.read() as tx:
        assert links.content(tx, tmp_path / "keys") == (folder / "keys").read_bytes()
