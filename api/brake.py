"""A brake on guessing tokens and codes."""

import threading
import time
from collections import OrderedDict

GUESSES = 20
"""Wrong ones an address may send in `WINDOW` seconds before it has to wait."""
WINDOW = 60
_ADDRESSES = 10_000


class Brake:
    """Counts what was wrong by address; the oldest addresses are forgotten first."""

    def __init__(self, guesses: int = GUESSES) -> None:
        self.guesses = guesses
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wrong(self, address: str) -> int:
        """Count a wrong one; return the seconds to wait, 0 while there are guesses left."""
        now = time.monotonic()
        with self._lock:
            since, count = self._wrong.pop(address, (now, 0))
            if now - since >= WINDOW:
                since, count = now, 0
            self._wrong[address] = (since, count + 1)
            if len(self._wrong) > _ADDRESSES:
                self._wrong.popitem(last=False)
        return int(WINDOW - (now - since)) + 1 if count >= self.guesses else 0

    def wait(self, address: str) -> int:
        """Return the seconds to wait before the next guess, 0 while there are guesses left."""
        now = time.monotonic()
        with self._lock:
            since, count = self._wrong.get(address, (now, 0))
        left = WINDOW - (now - since)
        return int(left) + 1 if count >= self.guesses and left > 0 else 0
