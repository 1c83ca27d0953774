"""Signing heads as they are given out, and knowing when the database has gone back in time."""

import base64
import fcntl
import threading
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from event.keys import key_in, public_text
from event.text import parse
from sync.epoch import Last
from sync.feed import PUBLIC, Feed
from sync.files import write_whole
from sync.publish import Clock

_DOMAIN = b"eventday-head-v1\n"


class Behind(Exception):
    """The database is not what phones may have seen of it; `last` is the newest head they have."""

    def __init__(self, last: Last) -> None:
        super().__init__(f"The database is behind {last}.")
        self.last = last


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head as phones get it, of which clock and when, and the public key that verifies it."""

    content: bytes
    clock: Clock
    issued: int
    key: str


class Signer:
    """Signs the heads of a feed with its key, and keeps the newest; safe in any thread.

    The kept head tells, when the database is replaced by an older copy, that phones have seen more.
    """

    def __init__(self, home: Path, feed: Feed = PUBLIC) -> None:
        self.keys, self.feed = home / "keys", feed
        self._key()  # a key that cannot be used is found now, not by the first phone
        self._kept = home / "feed" / f"{feed.prefix}head"
        self._lock = threading.Lock()
        self._signed: tuple[str, SignedHead] | None = None

    def public(self) -> str:
        """Return the public key that verifies the heads signed now, as base64url."""
        return public_text(self._key())

    def signed(self, clock: Clock) -> SignedHead:
        """Return the signed head of a clock. Raises Behind if a newer one was given out before.

        The clock must have been read after all that this home has signed: read it again before
        believing that the database is behind.
        """
        signed = self._signed
        if signed and signed[0] == clock.head:
            return signed[1]
        with self._lock:
            payload = parse(clock.head)
            key = self._key()
            head = SignedHead(
                content=sign(key, clock.head),
                clock=clock,
                issued=payload["issued"],
                key=public_text(key),
            )
            self._keep(head)
            self._signed = clock.head, head
            return head

    def last(self) -> Last:
        """Return what the newest head that was given out says; zeros if none is known."""
        try:
            head = parse(self._kept.read_text().partition("\n")[0])
            return Last(head["epoch"], head["seq"], head["issued"], head["state"])
        except (OSError, ValueError, KeyError, TypeError):
            # Never written, or cut short by a power failure.
            return Last(0, 0, 0, "")

    def _key(self) -> Ed25519PrivateKey:
        return key_in(self.keys, f"{self.feed.key}.pem")

    def _keep(self, head: SignedHead) -> None:
        clock = head.clock
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        with (self._kept.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            last = self.last()
            if last.is_ahead_of(clock):
                raise Behind(last)
            if (clock.epoch, clock.seq, head.issued) > (last.epoch, last.seq, last.issued):
                write_whole(self._kept, head.content)


def sign(key: Ed25519PrivateKey, line: str) -> bytes:
    """Return both lines of a head (docs/sync.md, "Head")."""
    signature = base64.urlsafe_b64encode(key.sign(_DOMAIN + line.encode())).rstrip(b"=")
    return line.encode() + b"\n" + signature
