"""Step 0: hold the agenda, and show it without a network too. Standard library only.

python agenda.py http://127.0.0.1:8010 FOLDER [LANGUAGE]
"""

import json
import os
import sys
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

UNREACHABLE = (OSError, HTTPException, ValueError, KeyError, TypeError)
"""No network, no server, an error, or the sign-in page of a hotspot in place of an answer."""


def get(address: str, headers: Any, most: int = 1 << 24) -> tuple[str, bytes]:
    """Return the tag and the body of an answer; b"" if it is the one we have."""
    request = Request(address, headers={name: value for name, value in headers.items() if value})
    try:
        with urlopen(request, timeout=10) as answer:
            body = answer.read(most + 1)
    except HTTPError as error:
        if error.code == 304:
            return headers["If-None-Match"], b""
        raise
    if len(body) > most:
        raise ValueError("Too much came.")
    return answer.headers["ETag"], body


def refresh(api: str, folder: Path, language: str) -> tuple[Any, bool]:
    """Return what is kept, and whether the server could be asked for news of it."""
    kept = read(folder / "agenda.json") or {"etag": "", "agenda": None, "checked": 0}
    wish = {"Accept-Language": language}
    try:
        if "bootstrap" not in kept:
            kept["bootstrap"] = json.loads(get(f"{api}/v1/bootstrap", wish)[1])
        address = urljoin(api, kept["bootstrap"]["feeds"]["agenda"])
        etag, body = get(address, wish | {"If-None-Match": kept["etag"]})
        agenda = json.loads(body) if body else None
        if agenda and (at(agenda) >= at(kept["agenda"] or agenda)):
            kept |= {"etag": etag, "agenda": agenda}
    except UNREACHABLE:
        return kept, False
    save(folder / "agenda.json", kept | {"checked": int(time.time())})
    return kept, True


def at(given: Any) -> tuple[int, int]:
    """Return what tells older from newer: some cache may give us less than we have."""
    return given["epoch"], given["seq"]


def read(file: Path) -> Any:
    """Return what was saved, None if nothing was."""
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def save(file: Path, value: Any) -> None:
    """Write a file whole or not at all: the battery may end at any moment."""
    part = file.with_name(f"{file.name}.part")
    with part.open("w", encoding="utf-8") as out:
        json.dump(value, out, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


def show(agenda: Any) -> None:
    """Print sessions and their parts; times are the venue's as they stand."""
    rooms = {room["id"]: f", {room['name']}" for room in agenda["rooms"]}
    for session in agenda["sessions"]:
        for item in (session, *session["parts"]):
            room = rooms.get(item.get("room_id"), "")
            state = "" if item["state"] == "confirmed" else f" – {item['state']} {item['reason']}"
            print(f"{session['day']} {item['starts_at'][11:16]} {item['title']}{room}{state}")


def main(api: str, folder: str, language: str = "en") -> None:
    """Show the newest agenda there is."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    kept, is_fresh = refresh(api, Path(folder), language)
    if not kept["agenda"]:
        sys.exit("Nothing is kept yet and the server cannot be reached; try again.")
    show(kept["agenda"])
    if not is_fresh:
        print(f"Offline. Last checked {int(time.time() - kept['checked']) // 60} minutes ago.")


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) in {3, 4} else sys.exit(__doc__)
