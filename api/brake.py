"""A brake on guessing tokens."""

import threading
import time
from collections import OrderedDict

GUESSES = 20
"""Wrong tokens an address may send in `WINDOW` seconds before it has to wait."""
WINDOW = 60
_ADDRESSES = 10_000


class Brake:
    """Counts wrong tokens by address; the oldest addresses are forgotten first."""

    def __init__(self, guesses: int = GUESSES) -> None:
        self.guesses = guesses
        self._wrong: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wrong(self, address: str) -> int:
        """Count a wrong token; return the seconds to wait, 0 while there are guesses left."""
        now = time.monotonic()
        with self._lock:
            since, count = self._wrong.pop(address, (now, 0))
            if now - since >= WINDOW:
                since, count = now, 0
            self._wrong[address] = (since, count + 1)
            if len(self._wrong) > _ADDRESSES:
                self._wrong.popitem(last=False)
        return int(WINDOW - (now - since)) + 1 if count >= self.guesses else 0
