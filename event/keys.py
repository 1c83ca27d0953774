"""The event's signing key: one Ed25519 pair for all its server processes."""

import base64
import os
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from event.errors import Invalid


def feed_key(folder: Path) -> Ed25519PrivateKey:
    """Return the private key that signs the feed, made on first use.

    Raises Invalid when its file holds no Ed25519 key.
    """
    return key_in(folder, "feed.pem")


def key_in(folder: Path, name: str) -> Ed25519PrivateKey:
    """Return the private key in a file, made on first use with mode 0600.

    Raises Invalid when the file is there but holds no Ed25519 key.
    """
    path = folder / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    if not path.exists():
        # A name of its own: processes in two containers may have the same number.
        number, part = tempfile.mkstemp(dir=folder, prefix=f"{name}.")
        with os.fdopen(number, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link never replaces: of two processes that start at once, both use the first's key.
            os.link(part, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(part)  # noqa: PTH108
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(f"{path} holds no Ed25519 key; restore it from a backup of keys/.")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half, 32 bytes, as 43 characters of base64url."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
