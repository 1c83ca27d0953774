"""Step 1: say what is new, in words. Standard library only, on top of step 0.

python changes.py http://127.0.0.1:8010 FOLDER [LANGUAGE]
"""

import json
import sys
from pathlib import Path
from typing import Any

from agenda import UNREACHABLE, get, read, refresh, save

ANEW = "The agenda was replaced; please look at it again."


def news(api: str, folder: Path, language: str) -> tuple[list[str], Any]:
    """Return what is new since people were last told, and up to where; the first time nothing."""
    seen = read(folder / "seen.json")
    if not seen:
        return [], newest(api, folder, language)
    changes, more, since = [], True, seen["seq"]
    while more:
        address, wish = f"{api}/v1/changes?since={since}", {"Accept-Language": language}
        answer = json.loads(get(address, wish)[1])
        if answer["epoch"] != seen["epoch"] or answer["seq"] < since:
            # The database was restored: numbers of before mean nothing now.
            return [ANEW], newest(api, folder, language)
        changes += answer["changes"]
        since, more = answer["next"], answer["more"]
    if since == seen["seq"]:
        return [], seen
    agenda = newest(api, folder, language)
    if agenda["epoch"] == seen["epoch"] and agenda["seq"] < since:
        return [], seen  # some cache has yet to learn of it: next time
    return [words(change, agenda) for change in changes], seen | {"seq": since}


def newest(api: str, folder: Path, language: str) -> Any:
    """Return the agenda as the server has it, which step 0 keeps."""
    kept, is_fresh = refresh(api, folder, language)
    if not is_fresh:
        raise OSError
    return kept["agenda"]


def words(change: Any, agenda: Any) -> str:
    """Return one change as a line of text; an app says it in its own languages."""
    sessions = [session for session in agenda["sessions"] if session["id"] == change["session_id"]]
    parts = [part for session in sessions for part in session["parts"]]
    items = {"session": sessions, "part": parts}.get(change["subject"], [])
    new = change["new"]
    item = next((item for item in items if item["id"] == change["id"]), new or change["old"])
    line = f"{change['kind']}: {item.get('title') or item.get('name') or change['subject']}"
    if new.get("starts_at"):
        line += f", {new['starts_at'][11:16]}"
    line += "".join(f", {r['name']}" for r in agenda["rooms"] if r["id"] == new.get("room_id"))
    return line + (f" ({change['reason']})" if change["reason"] else "")


def main(api: str, folder: str, language: str = "en") -> None:
    """Print what is new."""
    kept = Path(folder)
    kept.mkdir(parents=True, exist_ok=True)
    try:
        lines, at = news(api, kept, language)
    except UNREACHABLE:
        sys.exit("Offline; what is kept stays.")
    print("\n".join(lines) or "Nothing new.")
    # Only now: to be told twice is better than never.
    save(kept / "seen.json", {"epoch": at["epoch"], "seq": at["seq"]})


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) in {3, 4} else sys.exit(__doc__)
