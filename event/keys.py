"""The event's signing keys: one pair each for all its server processes."""

import base64
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from event.errors import Invalid


def push_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    """Return the private key by which push services know us (RFC 8292), made on first use.

    Raises Invalid when its file holds no key of the curve P-256.
    """
    path = folder / "push.pem"
    key = _kept(path, lambda: ec.generate_private_key(ec.SECP256R1()))
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Invalid(f"{path} holds no P-256 key; restore it from a backup of keys/.")
    return key


def key_in(folder: Path, name: str) -> Ed25519PrivateKey:
    """Return the private key in a file, made on first use with mode 0600.

    Raises Invalid when the file is there but holds no Ed25519 key.
    """
    path = folder / name
    key = _kept(path, Ed25519PrivateKey.generate)
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(f"{path} holds no Ed25519 key; restore it from a backup of keys/.")
    return key


def _kept(
    path: Path, make: Callable[[], Ed25519PrivateKey | ec.EllipticCurvePrivateKey]
) -> PrivateKeyTypes | None:
    """Return the key in a file, which is made where there is none; None when it holds no key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        pem = make().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        # A name of its own: processes in two containers may have the same number.
        number, part = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
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
        return load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
        return None


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half, 32 bytes, as 43 characters of base64url."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
