"""Takes messages to people, beside the requests: a thread that ends with its process."""

import logging
import secrets
import threading

from api.clock import real_time
from api.deliver import mail
from api.service import Service
from event.times import to_seconds
from event.told.messages import FAILED, NEWS, Message, make, settle, skip, take, untold
from event.told.wording import Wording, wording_of

TICK = 1.0
AT_ONCE = 20
_log = logging.getLogger(__name__)


class Courier(threading.Thread):
    """Looks once a second for publishes that were not told, and for messages that are due.

    Several processes may do so at once: each message is taken by one of them.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(name="courier", daemon=True)
        self._service = service
        self._ended = threading.Event()

    def run(self) -> None:
        """Work until `end` is called."""
        while not self._ended.wait(TICK):
            try:
                while self.tick():
                    pass
            except Exception:  # noqa: BLE001  # what went wrong once must not end the work
                _log.exception("A message could not be taken care of; it is tried again.")

    def end(self) -> None:
        """Let the thread end before its next look."""
        self._ended.set()

    def tick(self) -> int:
        """Make what is to be made, try what is due, and return how many messages were tried."""
        self._make()
        db, now = self._service.db, to_seconds(real_time())
        with db.write() as tx:
            taken = take(tx, at=now, most=AT_ONCE)
        for one in taken:
            state, fault = self._tried(one)
            spread = secrets.randbelow(1_000) / 1_000
            with db.write() as tx:
                settle(tx, one, state, fault=fault, at=to_seconds(real_time()), spread=spread)
        return len(taken)

    def _make(self) -> None:
        db, now = self._service.db, self._service.seconds()
        with db.read() as tx:
            waiting = untold(tx)
        for epoch, seq, at in waiting:
            with db.write() as tx:
                if now - at > NEWS:
                    skip(tx, epoch, seq)
                else:
                    make(tx, epoch, seq, at=at, real=to_seconds(real_time()))

    def _tried(self, one: Message) -> tuple[str, str]:
        """Try to send a message; return what became of it, and why."""
        if not one.to:
            return FAILED, "no-consent"
        settings = self._service.settings
        with self._service.db.read() as tx:
            wording: Wording = wording_of(tx, one.epoch, one.seq)
        try:
            letter = mail.written(
                wording.words(one.numbers, one.language),
                sender=settings.sender,
                to=one.to,
                language=one.language,
                key=f"eventday-{one.epoch}-{one.seq}-{one.id}",
                at=one.at,
            )
            return mail.send(settings.smtp, letter)
        except ValueError:
            return FAILED, "no-address"
