"""Takes messages to people, beside the requests: threads that end with their process."""

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from queue import SimpleQueue
from typing import Any

from api.clock import real_time
from api.deliver import mail, push, webhook
from api.service import Service
from event.times import to_seconds
from event.told.channels import MAIL, PUSH, WEBHOOK
from event.told.messages import NEWS, add, mark_told, messages_of, untold
from event.told.queue import WAITING, Message, Outcome, settle, take

TICK = 1.0
AT_ONCE, ABREAST = 72, 6
"""Messages on their way, and of these in one lane: slow webhooks hold up nobody but themselves."""
MADE_AT_ONCE = 250
"""Messages that are added in one transaction."""
DELIVER: Mapping[str, Callable[[Service, Message], Outcome]] = {
    MAIL: mail.deliver,
    PUSH: push.deliver,
    WEBHOOK: webhook.deliver,
}
_log = logging.getLogger(__name__)


class Courier(threading.Thread):
    """Looks once a second for publishes that were not told, and for messages that are due.

    Several processes may do so at once: each message is taken by one of them. Each attempt is a
    thread of its own; what became of it is written down at the next look, which it hastens.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(name="courier", daemon=True)
        self._service = service
        self._ended = False
        self._woken = threading.Event()
        self._going: list[Message] = []
        self._back: SimpleQueue[tuple[Message, Outcome]] = SimpleQueue()

    def run(self) -> None:
        """Work until `end` is called."""
        while not self._ended:
            self.wait(TICK)
            try:
                self.tick()
            except Exception:  # noqa: BLE001  # what went wrong once must not end the work
                _log.exception("A message could not be taken care of; it is tried again.")

    def end(self) -> None:
        """Let the thread end before its next look."""
        self._ended = True
        self._woken.set()

    def wait(self, seconds: float) -> None:
        """Wait until an attempt is over, at most so long."""
        self._woken.wait(seconds)
        self._woken.clear()

    def tick(self) -> int:
        """Write down what became of attempts, begin new ones, and return how many are under way.

        One transaction for all of it: a disk is asked once, not for each message.
        """
        self._make()
        now = to_seconds(real_time())
        ended = [self._back.get() for _ in range(self._back.qsize())]
        over = {one.id for one, _ in ended}
        going = [one for one in self._going if one.id not in over]
        try:
            with self._service.db.write() as tx:
                for one, outcome in ended:
                    settle(tx, one, outcome, at=now, spread=secrets.randbelow(1_000) / 1_000)
                taken = take(tx, at=now, most=AT_ONCE, wide=ABREAST, going=going)
        except BaseException:
            for each in ended:  # what was sent is to be written down, or it is sent again
                self._back.put(each)
            raise
        self._going = [*going, *taken]
        for one in taken:
            threading.Thread(target=self._try, args=(one,), name="attempt", daemon=True).start()
        return len(self._going)

    def _make(self) -> None:
        now = self._service.seconds()
        with self._service.db.read() as tx:
            waiting = untold(tx)
        for epoch, seq, at in waiting:
            try:
                self._tell(epoch, seq, at, is_news=now - at <= NEWS)
            except Exception:  # noqa: BLE001  # the others are told all the same
                _log.exception("Publish %d could not be told; it is tried again.", seq)

    def _tell(self, epoch: int, seq: int, at: int, *, is_news: bool) -> None:
        """Make the messages of a publish, some at a time: who writes else waits for no crowd.

        Whoever is killed meanwhile begins again, and adds those that are not there yet.
        """
        db, rows = self._service.db, list[dict[str, Any]]()
        if is_news:
            real, is_mailing = to_seconds(real_time()), bool(self._service.settings.smtp)
            with db.read() as tx:
                rows = messages_of(tx, epoch, seq, at=at, real=real, mail=is_mailing)
        for start in range(0, len(rows), MADE_AT_ONCE):
            with db.write() as tx:
                add(tx, rows[start : start + MADE_AT_ONCE])
        with db.write() as tx:
            mark_told(tx, epoch, seq)

    def _try(self, one: Message) -> None:
        try:
            outcome = DELIVER[one.channel](self._service, one)
        except Exception as error:  # noqa: BLE001  # this message waits; the others go on
            # Of the error only its kind: it may quote an address.
            _log.error("A message by %s failed: %s", one.channel, type(error).__name__)
            outcome = Outcome(WAITING, type(error).__name__)
        self._back.put((one, outcome))
        self._woken.set()
