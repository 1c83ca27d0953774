"""Web Push (RFC 8030): a message that only one browser can read, handed to its push service."""

import base64
import hmac
import json
import secrets
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.clock import real_time
from api.deliver.post import FAULTS, fault_of, post
from api.service import Service
from api.settings import Settings
from event.keys import push_key
from event.times import to_seconds
from event.told.queue import FAILED, GIVE_UP, GONE, SENT, WAITING, Message, Outcome
from event.told.subscriptions import Keys, subscription_of
from event.told.wording import wording_of

PAGE = "app#news"
"""What a tap opens, from where the pages are."""
LONGEST_TITLE, LONGEST_BODY = 200, 1_200
"""Bytes; with all their quotes escaped a message stays below 3 kB, and services take 4."""
_RECORD = 4_096
_VALID = 43_200
"""Seconds for which a service may take our word that it is us; RFC 8292 allows a day."""


def deliver(service: Service, one: Message) -> Outcome:
    """Try to hand a message to a phone's push service; return what became of it."""
    with service.db.read() as db:
        found = subscription_of(db, one.subscription_id or 0)
        title, body = wording_of(db, one.epoch, one.seq).words(one.numbers, one.language)
    if found is None:
        return Outcome(FAILED, "locked-out")
    now = to_seconds(real_time())
    shown = {
        "title": shortened(title, LONGEST_TITLE),
        "body": shortened(body, LONGEST_BODY),
        "lang": one.language,
        "tag": one.topic,
        "url": PAGE,
    }
    plain = json.dumps(shown, ensure_ascii=False).encode()
    sender, salt = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
    key = push_key(service.settings.home / "keys")
    headers = {
        "Authorization": authorization(
            key, found.endpoint, subject=contact(service.settings), expires=now + _VALID
        ),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(max(0, one.at + GIVE_UP - now)),
        "Topic": _topic(found.keys, one.topic),
        "Urgency": "high",
    }
    content = encrypted(plain, found.keys, sender=sender, salt=salt)
    try:
        answer = post(found.endpoint, content, headers, private="push" in service.settings.private)
    except FAULTS as error:
        return Outcome(WAITING, fault_of(error))
    return _outcome(answer.status, answer.after)


def _outcome(status: int, after: int) -> Outcome:
    """Return what an answer means (RFC 8030, sections 5 and 7.3); what it cannot take is final."""
    if 200 <= status < 300:
        return Outcome(SENT)
    if status in {404, 410}:
        return Outcome(GONE, str(status))
    if status in {408, 429} or status >= 500:
        return Outcome(WAITING, str(status), after)
    return Outcome(FAILED, str(status))


def _topic(keys: Keys, about: str) -> str:
    """Return what a push service replaces an older message by; what it means only we know."""
    return _base64url(hmac.digest(keys.auth, about.encode(), "sha256")[:24])


def encrypted(
    plain: bytes, keys: Keys, *, sender: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """Encrypt a message for a browser in one record (RFC 8291, section 3.4; RFC 8188).

    `sender` is a key of this message alone, `salt` 16 random bytes.
    """
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keys.p256dh)
    ours = point_of(sender)
    shared = sender.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, keys.auth, b"WebPush: info\0" + keys.p256dh + ours, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + _RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours
    # The last record ends with a 2 (RFC 8188, section 2).
    return header + AESGCM(key).encrypt(nonce, plain + b"\2", None)


def authorization(
    key: ec.EllipticCurvePrivateKey, endpoint: str, *, subject: str, expires: int
) -> str:
    """Return the header by which a push service knows who sends (RFC 8292, section 3)."""
    parts = urlsplit(endpoint)
    # An origin has small letters and no port that goes without saying (RFC 6454, section 6).
    origin = f"{parts.scheme}://{parts.netloc.lower().removesuffix(':443')}"
    claims = {"aud": origin, "exp": expires}
    claims |= {"sub": subject} if subject else {}
    token = ".".join(_base64url(_json(part)) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(key.sign(token.encode(), ec.ECDSA(SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"vapid t={token}.{_base64url(signature)}, k={public_of(key)}"


def public_of(key: ec.EllipticCurvePrivateKey) -> str:
    """Return the public half in base64url, as browsers take it for `applicationServerKey`."""
    return _base64url(point_of(key))


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a public key as an uncompressed point, 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def contact(settings: Settings) -> str:
    """Return whom a push service may turn to, "" for nobody; Apple's takes no message then."""
    if settings.sender:
        return f"mailto:{settings.sender}"
    return settings.url if settings.url.startswith("https://") else ""


def shortened(text: str, most: int) -> str:
    """Return the beginning of a text that has at most so many bytes."""
    content = text.encode()
    if len(content) <= most:
        return text
    return content[: most - 3].decode(errors="ignore").rstrip() + "…"


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
