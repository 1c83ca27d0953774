"""Writes the test vectors beside this file: `python openapi/vectors/make.py`."""

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from codes import badges
from courses import courses
from decisions import decisions
from known import EVENT, key
from schedules import schedules

from event.keys import public_text
from event.text import dump
from sync.signing import sign
from sync.state import EMPTY, moved_on

LAYOUT = [
    ["room", 1, ["id", "name"]],
    ["session", 1, ["id", "title", "room_id", "starts_at"]],
    ["session_speaker", 3, ["session_id", "part_id", "speaker_id", "position"]],
]


def canonical() -> Any:
    """Return values and their canonical JSON, as text and as the SHA-256 of its bytes."""
    values: list[Any] = [
        None,
        0,
        -1,
        2**53,
        "",
        "Łódź",
        'quote " backslash \\ slash /',
        "line\nfeed\ttab\u0001\u007f\u2028",
        "🙂",
        [],
        {},
        ["b", "a", 1, None],
        {"pl": "Wodór", "en": "Hydrogen", "de-AT": "Wasserstoff"},
        ["session", 7, {"title": '{"en":"A","pl":"B"}', "room_id": None}],
    ]
    return [
        {
            "value": value,
            "canonical": dump(value),
            "sha256": hashlib.sha256(dump(value).encode()).hexdigest(),
        }
        for value in values
    ]


BEFORE = [
    ["room", 1, '{"en":"Hall A","pl":"Sala A"}'],
    ["room", 2, '{"en":"Hall B"}'],
    ["session", 10, '{"en":"Opening"}', 1, 1748934000],
    ["session", 11, '{"en":"Hydrogen","pl":"Wodór"}', None, 1748937600],
    ["session_speaker", 10, 0, 5, 0],
]


def state() -> Any:
    """Return sets of rows and their state; the order of rows does not matter."""
    sets = [[], BEFORE[:1], BEFORE, list(reversed(BEFORE)), BEFORE[1:]]
    return [{"rows": rows, "state": moved_on(EMPTY, gone=[], come=rows)} for rows in sets]


def log() -> Any:
    """Return rows, the records after them, and what the rows are then; and what must be refused."""
    moved = ["session", 10, '{"en":"Opening"}', 2, 1748934900]
    added = ["session", 12, '{"en":"New"}', 1, 1748941200]
    speaker = ["session_speaker", 12, 0, 6, 1]
    steps: list[tuple[list[Any], list[Any], list[Any]]] = [
        ([["session", 10, {"room_id": 2, "starts_at": 1748934900}]], [BEFORE[2]], [moved]),
        (
            [
                ["session", 12, {"title": '{"en":"New"}', "room_id": 1, "starts_at": 1748941200}],
                ["session_speaker", 12, 0, 6, {"position": 1}],
            ],
            [],
            [added, speaker],
        ),
        ([["session_speaker", 10, 0, 5], ["session", 11]], [BEFORE[4], BEFORE[3]], []),
        ([], [], []),
    ]
    records, rows = [], list(BEFORE)
    now = moved_on(EMPTY, gone=[], come=rows)
    start = now
    for seq, (ops, gone, come) in enumerate(steps, start=8):
        now = moved_on(now, gone=gone, come=come)
        rows = [row for row in rows if row not in gone] + come
        digest = base64.urlsafe_b64decode(now + "=").hex()[:16]
        records.append({"s": seq, "h": digest, "ops": ops})
    wrong = records[0] | {"h": "0" * 16}
    return {
        "tables": LAYOUT,
        "seq": 7,
        "state": start,
        "rows": BEFORE,
        "records": records,
        "after": {"seq": 11, "state": now, "rows": sorted(rows, key=dump)},
        "refused": [
            {"why": "the hash after the record is another", "records": [wrong]},
            {"why": "a record is missing", "records": records[1:]},
            {
                "why": "there is no such table",
                "records": [records[0] | {"ops": [["sqlite_schema", 1, {"sql": ""}]]}],
            },
            {
                "why": "there is no such column",
                "records": [records[0] | {"ops": [["session", 10, {"nothing": 1}]]}],
            },
        ],
    }


def head() -> Any:
    """Return heads that verify and heads that must be refused, with the key and event pinned."""
    line = dump(
        {
            "v": 1,
            "event": EVENT,
            "epoch": 1748932200,
            "seq": 8,
            "schema": 1,
            "state": log()["state"],
            "issued": 1748934000,
            "expires": 1749538800,
            "snapshot": {"seq": 7, "name": "snapshot-1748932200-7-" + "A" * 43 + ".db",
                         "bytes": 86016, "wire": 15053},
            "log_from": 1,
            "log": [[1, 7, "A" * 43, 4626]],
            "tail": log()["records"][:1],
            "poll": [60, 30],
        }
    )  # fmt: skip
    good = sign(key(1), line).decode()
    signature = good.partition("\n")[2]
    other = line.replace(EVENT, EVENT.replace("1111", "2222", 1))
    undomained = base64.urlsafe_b64encode(key(1).sign(line.encode())).rstrip(b"=").decode()
    cases = [
        (good, "", "as it should be"),
        (good.replace('"seq":8', '"seq":9'), "signature", "the payload was changed"),
        (sign(key(2), line).decode(), "signature", "another key signed it"),
        (f"{line}\n{undomained}", "signature", "it was signed without the domain"),
        (f"{line}\n{signature[:-3]}AAA", "signature", "the signature was changed"),
        (line, "form", "there is no signature"),
        (f"{good}\nmore", "form", "there is a third line"),
        ("<html>Sign in to Wi-Fi</html>", "form", "a captive portal answered"),
        ("", "form", "nothing came"),
        (sign(key(1), other).decode(), "event", "it is another event's"),
        (sign(key(1), line.replace('"v":1', '"v":2')).decode(), "version", "a later format"),
    ]
    return {
        "event": EVENT,
        "key": public_text(key(1)),
        "heads": [{"head": text, "refused": why, "what": what} for text, why, what in cases],
    }


def keys() -> Any:
    """Return a chain of keys, and which key one may arrive at from each."""

    def link(old: int, new: int, *, signer: int | None = None) -> dict[str, str]:
        to = public_text(key(new))
        said = f"eventday-key-v1\n{EVENT}\n{to}".encode()
        signature = key(old if signer is None else signer).sign(said)
        sig = base64.urlsafe_b64encode(signature).rstrip(b"=").decode()
        return {"from": public_text(key(old)), "to": to, "sig": sig}

    chain = {"v": 1, "event": EVENT, "links": [link(1, 2), link(2, 3)]}
    forged = {"v": 1, "event": EVENT, "links": [link(1, 2), link(2, 4, signer=4)]}
    one, two, three, four = (public_text(key(number)) for number in (1, 2, 3, 4))
    return [
        {"keys": chain, "pinned": one, "reaches": [one, two, three]},
        {"keys": chain, "pinned": two, "reaches": [two, three]},
        {"keys": chain, "pinned": three, "reaches": [three]},
        {"keys": chain, "pinned": four, "reaches": [four]},
        {"keys": forged, "pinned": one, "reaches": [one, two]},
    ]


def write(folder: Path) -> None:
    """Write each file as readable JSON."""
    for made in (canonical, state, log, head, keys, badges, decisions, courses, schedules):
        content = json.dumps(made(), indent=1, ensure_ascii=False)
        (folder / f"{made.__name__}.json").write_text(content + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
