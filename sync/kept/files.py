"""Files that are fetched whole: the snapshot, piece by piece if it must be, and media."""

import gzip
import re
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

from sync.kept.asking import FEED, LARGE, Asking
from sync.kept.head import LATER, unbase64
from sync.kept.storage import Mine, PhoneError, Row, write_whole

MEDIA = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg", "image/webp": "webp"}
_HEX = re.compile(r"[0-9a-f]{64}")
_LISTED = "SELECT sha256, media_type, bytes FROM media ORDER BY priority, sha256"


class Files:
    """What a folder holds beside the databases."""

    def __init__(
        self, folder: Path, asking: Asking, mine: Mine, clock: Callable[[], float]
    ) -> None:
        self.folder, self._asking, self._mine, self._clock = folder, asking, mine, clock

    def download(self, head: Row) -> bytes:
        """Return the head's snapshot; what arrives of it is kept, and continued (step 5)."""
        name, size = head["snapshot"]["name"], min(head["snapshot"]["bytes"], LARGE)
        part = self.folder / f"{name}.gz.part"
        for other in {*self.folder.glob("*.part")} - {part}:
            other.unlink()
        content = unpacked(part, size)
        if content is None:
            self._receive(part, size)
            content = unpacked(part, size)
        if content is None:
            raise PhoneError("unreachable", "The network broke off; the rest comes later.")
        try:
            return self._asking.same(content, unbase64(name[-46:-3], 32))
        except PhoneError:
            part.unlink()
            raise

    def _receive(self, part: Path, size: int) -> None:
        start = part.stat().st_size if part.exists() else 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        answer, chunks = self._asking.open(FEED + part.stem, size, headers | self._asking.caching)
        is_rest = answer.headers.get("content-range", "").startswith(f"bytes {start}-")
        is_usable = answer.status == 200 or (answer.status == 206 and is_rest)
        with part.open("ab" if answer.status == 206 and is_rest else "wb") as file:
            for chunk in chunks:
                file.write(chunk if is_usable else b"")

    def fetch_media(self, wanted: dict[str, tuple[str, int]]) -> None:
        """Fetch what is new, lowest priority first; drop what is no longer listed (step 6)."""
        folder, now = self.folder / "media", int(self._clock())
        folder.mkdir(exist_ok=True)
        there, failed = {path.name for path in folder.iterdir()}, self._mine.get("failed", {})
        for name in there - wanted.keys():
            (folder / name).unlink()
        for name, (digest, size) in wanted.items():
            if name in there or 0 <= now - failed.get(name, now - LATER) < LATER:
                continue
            try:
                write_whole(folder / name, self._asking.file(name, size, bytes.fromhex(digest)))
            except PhoneError:
                self._mine.set(
                    failed={n: at for n, at in failed.items() if n in wanted} | {name: now}
                )
                return


def unpacked(part: Path, size: int) -> bytes | None:
    """Return what a part holds, None unless it is whole, and what is wrong if it is damaged."""
    if not part.exists() or not part.stat().st_size:
        return None
    try:
        with gzip.open(part) as file:
            return file.read(size + 1)
    except EOFError:
        return None
    except (gzip.BadGzipFile, zlib.error):
        return b""


def listed_media(db: sqlite3.Connection) -> dict[str, tuple[str, int]]:
    """Return SHA-256 and size of the agenda's media by the names of their files, by priority."""
    return {
        f"media-{digest}.{MEDIA[kind]}": (digest, size)
        for digest, kind, size in db.execute(_LISTED)
        if kind in MEDIA and _HEX.fullmatch(digest)
    }
