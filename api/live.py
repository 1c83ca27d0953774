"""Tells open streams of a publish at once: server-sent events (HTML standard, section 9.2).

An event is the signed head itself, so that a phone which is told need not ask. Every stream holds
a thread of the server, so there is an end to them; who comes later polls, which is as right.
"""

import logging
import threading
from collections.abc import Callable, Iterator

from api.published import LOOK_AGAIN
from event.errors import NotFound
from sync.publish import Clock
from sync.signing import SignedHead

HEARTBEAT = 15.0
"""Seconds after which a silent stream says that it is alive; who hung up is noticed then."""
RETRY = 3_000
"""Milliseconds after which a browser asks again, at random up to three times as many."""

_log = logging.getLogger(__name__)


class Live:
    """The streams of this process. Safe to use from any thread.

    A thread of its own looks where the feed stands, ten times a second while anybody listens.
    """

    def __init__(
        self, clock: Callable[[], Clock], head: Callable[[], SignedHead], *, most: int
    ) -> None:
        self._clock, self._head, self._most = clock, head, most
        self._changed = threading.Condition()
        self._told = ("", b"")
        self._open = 0
        self._looks = self._ended = False

    def enter(self) -> bool:
        """Take a place for a stream, to be given back by `leave`; say whether there was one."""
        with self._changed:
            if self._ended or self._open >= self._most:
                return False
            self._open += 1
            if not self._looks:
                self._told = ("", b"")  # nobody looked meanwhile, and this may be over
                threading.Thread(target=self._look, name="live", daemon=True).start()
                self._looks = True
            return True

    def leave(self) -> None:
        """Give a place back."""
        with self._changed:
            self._open -= 1

    def stream(self, last: str) -> Iterator[bytes]:
        """Yield events from where a listener stands, "" for who has none; then heartbeats."""
        yield f"retry: {RETRY}\n\n".encode()
        while True:
            with self._changed:
                if self._told[0] in {"", last} and not self._ended:
                    self._changed.wait(HEARTBEAT)
                if self._ended:
                    return
                now, event = self._told
            if now in {"", last}:
                yield b":\n\n"
            else:
                last = now
                yield event

    def close(self) -> None:
        """End all streams; no other begins."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _look(self) -> None:
        known = None
        while True:
            with self._changed:
                if self._ended or not self._open:
                    self._looks = False
                    return
            try:
                if (clock := self._clock()) != known:
                    signed = self._head()
                    known = signed.clock if signed.clock == clock else None
                    self._tell(signed)
            except NotFound:
                pass  # there is no event yet
            except Exception:  # noqa: BLE001  # the next look may go better
                _log.exception("Where the feed stands could not be read; it is tried again.")
            threading.Event().wait(LOOK_AGAIN)

    def _tell(self, signed: SignedHead) -> None:
        moment = f"{signed.clock.epoch}-{signed.clock.seq}"
        lines = signed.content.splitlines()
        data = b"".join(b"data: %s\n" % line for line in lines)
        with self._changed:
            self._told = moment, b"id: %s\nevent: head\n%s\n" % (moment.encode(), data)
            self._changed.notify_all()
