"""The test vectors: what the code says, and what a reader of its own makes of them."""

import base64
import copy
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from reading import apply, canonical, state_of, unbase64, verified

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
