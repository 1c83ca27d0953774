"""Local servers that messages arrive at, which read and check them as the real ones do."""

import base64
import email.policy
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from event.database import Database
from event.people.enrolment import enrol, new_link
from event.told.subscriptions import subscribe


class Sink(socketserver.ThreadingTCPServer):
    """An SMTP server that keeps mails, answers to RCPT as told, and takes mails once it is open."""

    allow_reuse_address = True
    daemon_threads = True
    answer = "250 ok"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails: list[EmailMessage] = []
        self.open = threading.Event()
        self.open.set()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Session(socketserver.StreamRequestHandler):
    server: Sink

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline():
            match line[:4].upper().strip():
                case b"RCPT":
                    self.say(self.server.answer)
                case b"DATA":
                    self.say("354 go on")
                    self.keep()
                case b"QUIT":
                    return self.say("221 bye")
                case _:
                    self.say("250 ok")
        return None

    def keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        read: Any = message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.mails.append(read)
        self.server.open.wait(10)
        self.say("250 kept")


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class Receiver(ThreadingHTTPServer):
    """An HTTP server that keeps what is posted, and answers as told; once `open` is set."""

    daemon_threads = True
    status, more = 201, {"Location": "/"}

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[Received] = []
        self.open = threading.Event()
        self.open.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append(Received(self.path, headers, body))
        self.server.open.wait(10)
        self.send_response(self.server.status)
        for name, value in self.server.more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


S = TypeVar("S", Sink, Receiver)


@contextmanager
def serving(server: S) -> Iterator[S]:
    with server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@dataclass(frozen=True, slots=True)
class Browser:
    """The half of Web Push that a browser has: it alone reads what is sent to it."""

    private: ec.EllipticCurvePrivateKey
    auth: bytes

    @property
    def point(self) -> bytes:
        public = self.private.public_key()
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, endpoint: str) -> dict[str, Any]:
        keys = {"p256dh": base64url(self.point), "auth": base64url(self.auth)}
        return {"endpoint": endpoint, "expirationTime": None, "keys": keys}

    def read(self, body: bytes) -> bytes:
        """Decrypt a message as RFC 8291, section 3.4 and RFC 8188, section 2 say."""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        theirs, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.private.exchange(ec.ECDH(), point)
        info = b"WebPush: info\0" + self.point + theirs
        secret = hkdf(self.auth, shared, info, 32)
        key = hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = hkdf(salt, secret, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, record, None)
        plain, mark, padding = padded.rpartition(b"\2")
        assert (mark, padding.strip(b"\0")) == (b"\2", b"")
        return plain


def a_browser() -> Browser:
    return Browser(ec.generate_private_key(ec.SECP256R1()), uuid4().bytes)


def hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """Derive at most 32 bytes (RFC 5869)."""
    extracted = hmac.digest(salt, secret, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")[:length]


def claims_of(authorization: str, key: str) -> dict[str, Any]:
    """Return what a push service is told, once the signature is that of the key (RFC 8292)."""
    scheme, _, rest = authorization.partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, fields["k"]) == ("vapid", key)
    token, _, signature = fields["t"].rpartition(".")
    raw = unbase64url(signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64url(key))
    public.verify(encode_dss_signature(r, s), token.encode(), ec.ECDSA(SHA256()))
    header, claims = (json.loads(unbase64url(part)) for part in token.split("."))
    assert header == {"typ": "JWT", "alg": "ES256"}
    read: dict[str, Any] = claims
    return read


def signed_by(secret: str, received: Received) -> bool:
    """Say whether one of a webhook's signatures is by a secret (Standard Webhooks 1.0.0)."""
    headers = received.headers
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.digest(key, content, "sha256")).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


def subscribed(db: Database, attendee_id: int, endpoint: str) -> Browser:
    """Enrol a phone of somebody that is told of changes at an endpoint."""
    browser = a_browser()
    with db.write() as tx:
        secret = new_link(tx, attendee_id, at=1).secret
        device, _ = enrol(tx, secret, uuid=str(uuid4()), at=1)
        given = browser.subscription(endpoint)
        subscribe(tx, attendee_id, device.id, endpoint=endpoint, **given["keys"], at=1)
    return browser


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
