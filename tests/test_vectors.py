"""The test vectors: what the code says, and what a reader of its own makes of them."""

import base64
import copy
import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import doors
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from reading import apply, canonical, state_of, unbase64, verified

from badges.code import read, verifies
from event.door.decide import Outcome, Policy

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "openapi" / "vectors"


def vectors(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text())


def test_the_committed_vectors_are_what_the_code_says(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, FOLDER / "make.py", tmp_path], cwd=ROOT, check=True,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_text() for path in FOLDER.glob("*.json")}


def test_canonical_json() -> None:
    for case in vectors("canonical"):
        assert canonical(case["value"]).decode() == case["canonical"]
        assert hashlib.sha256(case["canonical"].encode()).hexdigest() == case["sha256"]


def test_states() -> None:
    for case in vectors("state"):
        total = sum(int.from_bytes(hashlib.sha256(canonical(row)).digest()) for row in case["rows"])
        raw = (total % 2**256).to_bytes(32)
        assert base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == case["state"]


def keyed(layout: Any, rows: Any) -> Any:
    return {
        (name, *values[: layout[name][0]]): dict(zip(layout[name][1], values, strict=True))
        for name, *values in rows
    }


def test_the_log_leads_where_it_should() -> None:
    case = vectors("log")
    layout = {name: (keys, columns) for name, keys, columns in case["tables"]}
    rows = keyed(layout, case["rows"])
    assert state_of(layout, rows) == case["state"]
    apply(layout, rows, case["records"])
    assert rows == keyed(layout, case["after"]["rows"])
    assert state_of(layout, rows) == case["after"]["state"]
    wrong, *_ = case["refused"]
    with pytest.raises(AssertionError):
        apply(layout, copy.deepcopy(keyed(layout, case["rows"])), wrong["records"])


def test_heads_that_verify_and_heads_that_do_not() -> None:
    case = vectors("head")
    for entry in case["heads"]:
        try:
            made = verified(entry["head"].encode(), case["key"])
            good = made["event"] == case["event"] and made["v"] == 1
        except (InvalidSignature, ValueError):
            good = False
        assert good == (not entry["refused"]), entry["what"]


def test_keys_lead_only_where_they_are_signed() -> None:
    for case in vectors("keys"):
        reached = [case["pinned"]]
        for link in case["keys"]["links"]:
            said = f"eventday-key-v1\n{case['keys']['event']}\n{link['to']}".encode()
            public = Ed25519PublicKey.from_public_bytes(unbase64(reached[-1]))
            try:
                public.verify(unbase64(link["sig"]), said)
            except InvalidSignature:
                continue
            reached.append(link["to"])
        assert reached == case["reaches"]


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def bits_of(text: str) -> int:
    """Return base32 as one number; ValueError for a character of no use."""
    return sum(ALPHABET.index(c) << 5 * place for place, c in enumerate(reversed(text)))


def refusal(case: Any, text: str) -> tuple[str, bytes]:
    """Return why a code is refused ("" when it is none) and its 76 bytes."""
    try:
        bits = bits_of(text)
    except ValueError:
        return "unreadable", b""
    if len(text) != 122 or bits % 4 or bits >> 605 != 4:
        return "unreadable", b""
    raw = (bits >> 2).to_bytes(76)
    if raw[1:3].hex() != case["tag"]:
        return "other_event", raw
    keys = {key["slot"]: unbase64(key["public"]) for key in case["keys"]}
    if raw[0] % 8 not in keys:
        return "unknown_key", raw
    try:
        Ed25519PublicKey.from_public_bytes(keys[raw[0] % 8]).verify(
            raw[12:], b"eventday-badge-v1\0" + UUID(case["event"]).bytes + raw[:12]
        )
    except InvalidSignature:
        return "bad_signature", raw
    return "", raw


def test_codes_say_what_was_claimed_and_others_are_refused() -> None:
    case = vectors("badges")
    assert hashlib.sha256(UUID(case["event"]).bytes).digest()[:2].hex() == case["tag"]
    for entry in case["codes"]:
        why, raw = refusal(case, entry["text"])
        assert why == ""
        assert entry["claim"] == {
            "slot": raw[0] % 8,
            "holder": int.from_bytes(raw[3:7]),
            "medium": raw[7] >> 7,
            "generation": raw[7] % 128,
            "category": raw[8],
            "days": int.from_bytes(raw[9:11]),
            "flags": raw[11],
        }
        digest = hashlib.sha256(entry["text"].encode()).digest()
        assert entry["fingerprint"] == digest[:8].hex()
    for entry in case["refused"]:
        assert refusal(case, entry["text"])[0] == entry["refused"], entry["what"]
    assert {entry["refused"] for entry in case["refused"]} == {
        "unreadable", "other_event", "unknown_key", "bad_signature",
    }  # fmt: skip


def test_under_a_weak_key_a_code_that_nobody_signed_seems_signed_and_is_refused() -> None:
    case = vectors("badges")
    event = UUID(case["event"])
    for entry in case["weak"]:
        # Our library is one that takes it: this is why we look at the key first.
        keys = [{"slot": 0, "public": entry["public"]}]
        assert refusal(case | {"keys": keys}, entry["text"])[0] == ""
        assert not verifies(read(entry["text"]), event, unbase64(entry["public"]))


def doubled(element: int, times: int) -> int:
    """Return an element of GF(32) times x so often, modulo x⁵ + x² + 1."""
    for _ in range(times):
        element = element << 1 ^ (0b100101 if element & 16 else 0)
    return element


def holder_of(text: str) -> int | None:
    typed = text.strip(" ").upper().replace(" ", "").replace("-", "")
    typed = typed.replace("O", "0").replace("I", "1").replace("L", "1")
    if len(typed) != 8 or any(character not in CROCKFORD for character in typed):
        return None
    *digits, check = (CROCKFORD.index(character) for character in typed)
    for place, digit in enumerate(digits, start=1):
        check ^= doubled(digit, place)
    number = int("".join(f"{digit:05b}" for digit in digits), 2)
    return number if check == 0 and number < 2**32 else None


def test_short_codes_name_their_holder_and_wrong_ones_nobody() -> None:
    case = vectors("badges")
    for entry in case["short"]:
        assert holder_of(entry["text"]) == entry["holder"]
    for entry in case["typed"]:
        assert holder_of(entry["typed"]) == entry["holder"], entry["typed"]


def test_sealed_names_open_with_their_badge() -> None:
    case = vectors("badges")
    for entry in case["sealed"]:
        _, raw = refusal(case, entry["code"])
        secret = hmac.digest(UUID(case["event"]).bytes, raw[12:], "sha256")
        derived = block = b""
        for number in (1, 2, 3):
            block = hmac.digest(secret, block + b"eventday-sealed-v1" + bytes([number]), "sha256")
            derived += block
        assert derived[:8].hex() == entry["id"]
        box = bytes.fromhex(entry["box"])
        plain = AESGCM(derived[8:40]).decrypt(box[:12], box[12:], None)
        assert plain.rstrip(b"\0").decode() == entry["text"]


def test_decisions_at_the_door() -> None:
    cases = doors.DECISIONS["decisions"]
    assert len({case["name"] for case in cases}) == len(cases) >= 200
    for case in cases:
        assert doors.decided(case) == doors.verdict_of(case), case["name"]


REASONS = {
    "", "repeat", "reentry", "look_at_id", "note", "question",
    "unreadable", "other_event", "unknown_key", "key_revoked", "bad_signature", "unknown_holder",
    "replaced", "cancelled", "wrong_gate", "wrong_day", "too_early", "too_late", "not_booked",
    "full", "already_inside", "already_admitted", "practice_card", "free_flow",
}  # fmt: skip


def test_every_answer_the_rule_can_give_is_among_the_decisions() -> None:
    cases = doors.DECISIONS["decisions"]
    assert {doors.verdict_of(case).outcome for case in cases} == set(Outcome)
    assert {doors.verdict_of(case).reason for case in cases} == REASONS
    assert {doors.door_of(case).gate.policy for case in cases} == set(Policy)


def test_courses_of_holders() -> None:
    for case in doors.COURSES["courses"]:
        assert doors.course(case) == doors.wanted_course(case), case["name"]
    assert {case["policy"] for case in doors.COURSES["courses"]} == set(Policy)
