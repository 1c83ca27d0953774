"""Writing the feed's files into a folder, from which any web server hands them out."""

import fcntl
from pathlib import Path

from sqlalchemy import Connection, select

from event import tables
from event.agenda.model import MEDIA_EXTENSIONS
from event.database import Database
from event.errors import NotFound
from event.text import parse
from sync import links
from sync.feed import PUBLIC
from sync.files import write_whole
from sync.head import read_file
from sync.packing import ENCODERS
from sync.publish import read_clock
from sync.signing import Signer


def mirror(database: Database, signer: Signer, folder: Path) -> list[str]:
    """Bring a folder up to date and return the names written; `head` comes last, so it never lies.

    The bytes are those the API gives out; `.gz` and `.br` beside a name are its encodings. Raises
    NotFound without an event, OSError where the folder cannot be written: then what was there
    stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = {path.name for path in folder.iterdir()}
        with database.read() as db:
            clock = read_clock(db)
            if not clock.head:
                raise NotFound("Nothing is published yet; import an agenda.", code="no-event")
            # Signed before anything is written: a database gone back in time writes nothing.
            signed = signer.signed(clock)
            stored = set(db.execute(_NAMES).scalars())
            media = _media(db)
            written = sorted(stored - there) + sorted(media.keys() - there)
            for name in written:
                picture = media.get(name)
                content = read_file(db, name) if picture is None else _picture(db, picture)
                _write(folder, name, content or b"")
            keys = links.content(db, signer.keys)
        if not _is_newer(folder / "head", clock.head):
            return written
        for name, content in (("keys", keys), ("head", signed.content)):
            if not (folder / name).exists() or (folder / name).read_bytes() != content:
                write_whole(folder / name, content, durable=True)
                written.append(name)
        kept = {*stored, *media, *(f"{name}.gz" for name in stored)}
        for name in there - kept:
            # What is no longer published, a portrait that was withdrawn say, is not given out.
            if name.startswith(("snapshot-", "log-", "media-")):
                (folder / name).unlink(missing_ok=True)
    return written


def _write(folder: Path, name: str, content: bytes) -> None:
    # The other way round a crash between the two would leave one without the other for good.
    if name.startswith("log-"):
        write_whole(folder / f"{name}.gz", ENCODERS[".gz"](content), durable=True)
    write_whole(folder / name, content, durable=True)


def _is_newer(kept: Path, line: str) -> bool:
    """Say whether a head may take the place of the one that is there."""
    try:
        there = parse(kept.read_text().partition("\n")[0])
        order = there["epoch"], there["seq"], there["issued"]
    except (OSError, ValueError, KeyError, TypeError):
        return True
    head = parse(line)
    return bool((head["epoch"], head["seq"], head["issued"]) >= order)


def _media(db: Connection) -> dict[str, int]:
    """Return the id of each published picture by the name of its file."""
    table = tables.PUBLIC["media"]
    rows = db.execute(select(table.c.id, table.c.sha256, table.c.media_type))
    return {f"media-{sha256}.{MEDIA_EXTENSIONS[kind]}": number for number, sha256, kind in rows}


def _picture(db: Connection, number: int) -> bytes:
    media = tables.media
    return bytes(db.execute(select(media.c.content).where(media.c.id == number)).scalar() or b"")


_NAMES = select(tables.feed_file.c.name).where(tables.feed_file.c.feed == PUBLIC.name)
"""What is not everybody's is never mirrored."""
