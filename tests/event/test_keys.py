"""The event's signing key: made once, the same for all, never replaced."""

import base64
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from event.errors import Invalid
from event.keys import key_in, public_text, push_key

ROOT = Path(__file__).parents[2]


def pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, password: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    key = key_in(folder, "feed.pem")
    assert [path.name for path in folder.iterdir()] == ["feed.pem"]
    assert (folder / "feed.pem").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    again = key_in(folder, "feed.pem")
    assert pem(again) == pem(key)
    key.public_key().verify(again.sign(b"head"), b"head")


def test_the_public_half_is_43_characters_of_base64url(tmp_path: Path) -> None:
    key = key_in(tmp_path, "feed.pem")
    text = public_text(key)
    assert len(text) == 43
    assert base64.urlsafe_b64decode(text + "=") == key.public_key().public_bytes_raw()


def test_another_folder_has_another_key(tmp_path: Path) -> None:
    assert public_text(key_in(tmp_path / "a", "feed.pem")) != public_text(
        key_in(tmp_path / "b", "feed.pem")
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"junk",
        b"\xff" * 100,
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(Ed25519PrivateKey.generate(), b"password"),
        pem(Ed25519PrivateKey.generate())[:-60],
    ],
    ids=["empty", "junk", "binary", "another kind", "with a password", "cut off"],
)
def test_a_file_without_a_key_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "feed.pem").write_bytes(content)
    with pytest.raises(Invalid, match=r"no Ed25519 key; restore it from a backup of keys/"):
        key_in(tmp_path, "feed.pem")
    assert (tmp_path / "feed.pem").read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [b"", pem(Ed25519PrivateKey.generate()), pem(ec.generate_private_key(ec.SECP384R1()))],
    ids=["empty", "another kind", "another curve"],
)
def test_push_services_know_one_kind_of_key(tmp_path: Path, content: bytes) -> None:
    assert pem(push_key(tmp_path)) == pem(push_key(tmp_path))
    (tmp_path / "push.pem").write_bytes(content)
    with pytest.raises(Invalid, match=r"no P-256 key; restore it from a backup of keys/"):
        push_key(tmp_path)


def test_a_key_that_was_restored_is_used(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    (tmp_path / "feed.pem").write_bytes(pem(key))
    assert pem(key_in(tmp_path, "feed.pem")) == pem(key)


def test_threads_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    for attempt in range(10):
        folder = tmp_path / str(attempt)
        barrier = threading.Barrier(8)
        found: list[str] = []

        def work(folder: Path, barrier: threading.Barrier, found: list[str]) -> None:
            barrier.wait()
            found.append(public_text(key_in(folder, "feed.pem")))

        shared = (folder, barrier, found)
        threads = [threading.Thread(target=work, args=shared) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [public_text(key_in(folder, "feed.pem"))] * 8
        assert [path.name for path in folder.iterdir()] == ["feed.pem"]


def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    source = (
        "import sys; from pathlib import Path; from event.keys import key_in, public_text\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "print(public_text(key_in(Path(sys.argv[1]), 'feed.pem')))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", source, str(tmp_path / "keys")],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    found = {process.communicate()[0] for process in processes}
    assert found == {public_text(key_in(tmp_path / "keys", "feed.pem")) + "\n"}
