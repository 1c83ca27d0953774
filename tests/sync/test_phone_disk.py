"""The reference client on disks that are full, read-only or rotten, crashed and killed."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from disks import no_file_above, read_only
from feeds import EPOCH, Feed, a_session, serving, text
from hypothesis import given
from hypothesis import strategies as st
from phones import A_QUARTER, BACK, MOVED, a_phone, held, kept_media, names, picture, sessions

from sync.phone import Phone
from sync.trouble import PhoneError

KILLS = int(os.environ.get("KILLS", "3"))


@pytest.mark.parametrize("size", [0, 100, 1000, 5000, 20_000, 30_000, 40_000])
def test_on_a_full_disk_the_old_data_stay(phone: Phone, feed: Feed, size: int) -> None:
    feed.publish(MOVED)
    with no_file_above(size):
        first = phone.sync()
    assert first.outcome in {"unwritable", "updated"}
    assert names(feed) == ["head"]
    held(phone.folder, feed)
    feed.restore((EPOCH, 1))
    feed.publish(a_session(3, title=text("x" * 20_000)))
    with no_file_above(size):
        second = phone.sync()
        for failed in (first, second):
            if failed.outcome == "unwritable":
                assert "free some space" in failed.sentence
    held(phone.folder, feed)
    if size == 0:
        with no_file_above(size), pytest.raises(PhoneError, match="free some space"):
            phone.put("bookmark", {})
        assert first.outcome == second.outcome == "unwritable"
        assert phone.status()["unsent"] == 0
    assert phone.sync().outcome in {"snapshot", "unchanged"}
    assert held(phone.folder, feed) == (EPOCH + 1, 2)


def test_in_a_read_only_folder_the_agenda_can_be_read(feed: Feed) -> None:
    # Not in pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp())
    phone = a_phone(folder, feed)
    phone.sync()
    feed.publish(MOVED)
    with read_only(folder):
        phone = a_phone(folder, feed)
        result = phone.sync()
        assert (result.outcome, "allow writing" in result.sentence) == ("unwritable", True)
        assert len(sessions(phone)) == 2
        assert phone.status()["seq"] == 1
        with pytest.raises(PhoneError, match="allow writing"):
            phone.put("bookmark", {})
    phone = a_phone(folder, feed)
    assert phone.sync().outcome == "updated"
    shutil.rmtree(folder)


def test_a_folder_that_is_none_is_refused_in_a_sentence(tmp_path: Path, feed: Feed) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PhoneError, match="Nothing can be stored here"):
        a_phone(tmp_path / "file" / "phone", feed)


@pytest.mark.parametrize("content", [b"", b"rubbish" * 1000, None])
def test_a_lost_or_damaged_snapshot_is_fetched_again(
    phone: Phone, feed: Feed, content: bytes | None
) -> None:
    phone.put("bookmark", {})
    (path,) = phone.folder.glob("snapshot-*")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    phone = a_phone(phone.folder, feed)
    assert phone.rows == {}
    assert phone.sync().outcome == "snapshot"
    assert held(phone.folder, feed) == (EPOCH, 1)
    assert phone.status()["unsent"] == 1


@A_QUARTER
@given(places=st.lists(st.tuples(st.integers(0, 1 << 20), st.binary(min_size=1, max_size=9))))
def test_whatever_went_bad_on_the_disk_people_get_a_sentence(
    places: list[tuple[int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    feed, folder = Feed(), tmp_path_factory.mktemp("phone")
    phone = a_phone(folder, feed)
    phone.sync()
    feed.publish(MOVED)
    phone.sync()
    phone.put("bookmark", {})
    for number, (place, rubbish) in enumerate(places):
        path = [*folder.glob("snapshot-*"), folder / "mine.db"][number % 2]
        content = path.read_bytes()
        place %= len(content)  # noqa: PLW2901
        path.write_bytes(content[:place] + rubbish + content[place + len(rubbish) :])
    feed.publish(BACK)
    with suppress(PhoneError):
        phone = a_phone(folder, feed)
        phone.sync()
        phone.flush()
        for read in (phone.status, phone.new, lambda: phone.search("a")):
            with suppress(PhoneError):
                read()


_EFFECTS = {
    "execute",
    "executemany",
    "executescript",
    "write",
    "flush",
    "fsync",
    "replace",
    "unlink",
}


@contextmanager
def every_crash(folder: Path, copies: Path) -> Iterator[list[Path]]:
    """Collect what a crash would leave: a copy of the folder before each effect on the disk."""
    found: dict[str, Path] = {}

    def before(_: object, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in _EFFECTS:
            files = sorted(path for path in folder.rglob("*") if path.is_file())
            content = b"".join(path.name.encode() + path.read_bytes() for path in files)
            if (name := sha256(content).hexdigest()) not in found:
                found[name] = copies / name
                shutil.copytree(folder, found[name])

    crashes: list[Path] = []
    sys.setprofile(before)
    try:
        yield crashes
    finally:
        sys.setprofile(None)
        crashes.extend(found.values())


@pytest.mark.parametrize("way", ["first", "log", "snapshot"])
def test_a_crash_at_any_moment_leaves_one_publish_and_every_item(
    tmp_path: Path, feed: Feed, way: str
) -> None:
    folder = tmp_path / "phone"
    if way != "first":
        phone = a_phone(folder, feed)
        phone.sync()
        phone.put("bookmark", {})
        phone.flush()
    old = held(folder, feed)
    feed.publish(MOVED)
    if way == "snapshot":
        feed.restore((EPOCH, 2))
    feed.publish(a_session(3), picture(feed, 1, b"picture"))
    new = feed.epoch, feed.seq
    folder.mkdir(exist_ok=True)
    with every_crash(folder, tmp_path) as crashes:
        phone = a_phone(folder, feed)
        item = phone.put("bookmark", {})
        phone.sync()
        phone.shown(phone.new())
        phone.flush()
    assert len(crashes) > 10
    for crash in crashes:
        assert held(crash, feed) in {old, new}
        phone = a_phone(crash, feed)
        assert phone.sync().outcome in {"snapshot", "updated", "unchanged"}
        assert held(crash, feed) == new
        assert kept_media(phone) == {b"picture"}
        assert len([*crash.glob("snapshot-*")]) == 1
        # Whatever the moment: it is new until it was shown, then the organisers are told.
        assert bool(phone.new()[1]) == (way != "first" and not kinds(crash, "seen"))
        phone.flush()
        assert phone.status()["unsent"] == 0
        # The number is given away with the item, or not at all.
        numbers = [n for (n,) in kinds(crash, "%")]
        assert numbers == [*range(1, len(numbers) + 1)]
    assert item in feed.items


def test_what_was_never_applied_is_never_new(tmp_path: Path, feed: Feed) -> None:
    folder = tmp_path / "phone"
    phone = a_phone(folder, feed)
    phone.sync()
    feed.publish(MOVED)
    with every_crash(folder, tmp_path) as crashes:
        phone = a_phone(folder, feed)
        phone.sync()
    feed.restore((EPOCH, 1))
    assert {held(crash, feed) for crash in crashes} == {(EPOCH, 1), (EPOCH, 2)}
    for crash in crashes:
        phone = a_phone(crash, feed)
        assert phone.sync().outcome == "snapshot"
        assert phone.new()[1] == {}


def kinds(folder: Path, kind: str) -> list[tuple[int]]:
    with closing(sqlite3.connect(folder / "mine.db")) as db:
        return db.execute(
            "SELECT n FROM item WHERE json_extract(item, '$.kind') LIKE ? ORDER BY n", (kind,)
        ).fetchall()


def test_a_file_is_on_the_disk_before_its_name_and_its_name_before_it_is_pointed_at(
    tmp_path: Path, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, bool]] = []
    phone = a_phone(tmp_path, feed)
    for name, function in (("fsync", os.fsync), ("rename", os.replace)):

        def noted(*args: Any, name: str = name, function: Any = function) -> Any:
            with closing(sqlite3.connect(tmp_path / "mine.db")) as db:
                pointed = db.execute("SELECT value FROM setting WHERE name = 'snapshot'").fetchone()
            done.append((name, pointed is not None))
            return function(*args)

        monkeypatch.setattr(os, name.replace("rename", "replace"), noted)
    assert phone.sync().outcome == "snapshot"
    # The pointer itself is SQLite's, whose commit syncs its folder with its journal.
    assert done == [("fsync", False), ("rename", False)]


PHONE = """
import sys
from pathlib import Path
from sync.phone import Phone
from sync.transport import Http, boot_of, since_boot
phone = Phone(Path(sys.argv[1]), Http(sys.argv[2]), boot=boot_of(), monotonic=since_boot)
while True:
    print(phone.put("bookmark", {}), flush=True)
    phone.sync()
    phone.shown(phone.new())
    phone.flush()
"""


def test_a_killed_phone_holds_one_publish_and_every_item(tmp_path: Path, feed: Feed) -> None:
    put: set[str] = set()
    random = Random(KILLS)  # noqa: S311
    at, number = (0, 0), 3
    with serving(feed) as address:
        for _ in range(KILLS):
            process = subprocess.Popen(
                [sys.executable, "-c", PHONE, tmp_path, address], stdout=subprocess.PIPE, text=True
            )
            assert process.stdout
            with process:
                for _ in range(random.randrange(1, 12)):
                    put.add(process.stdout.readline().strip())
                    number += 1
                    feed.publish(a_session(number, title=text("x" * random.randrange(900))))
                    if random.random() < 0.3:
                        feed.restore((feed.epoch, feed.seq))
                process.send_signal(signal.SIGKILL)
                put.update(process.stdout.read().split())
            before, at = at, held(tmp_path, feed)
            assert at >= before
    put.discard("")
    phone = a_phone(tmp_path, feed, clock=time.time)
    phone.sync()
    phone.flush()
    assert held(tmp_path, feed) == (feed.epoch, feed.seq)
    assert phone.status()["unsent"] == 0
    assert put <= feed.items.keys()
    items = sorted(feed.items.values(), key=lambda item: item["n"])
    assert [item["n"] for item in items] == [*range(1, len(items) + 1)]


@pytest.mark.parametrize("stand", ["{}", "[]", '{"epoch":"x"}', '{"state":5}', "sound, but seq"])
def test_a_stand_that_makes_no_sense_counts_as_none(phone: Phone, feed: Feed, stand: str) -> None:
    with closing(sqlite3.connect(phone.folder / "mine.db", isolation_level=None)) as db:
        (sound,) = db.execute("SELECT value FROM setting WHERE name = 'stand'").fetchone()
        if stand.startswith("sound"):
            stand = json.dumps(json.loads(sound) | {"seq": "1"})
        db.execute("UPDATE setting SET value = ? WHERE name = 'stand'", (stand,))
    phone = a_phone(phone.folder, feed)
    assert (phone.rows, phone.status()["seq"]) == ({}, 0)
    assert phone.sync().outcome == "snapshot"
    assert held(phone.folder, feed) == (EPOCH, 1)
