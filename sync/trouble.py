"""What can go wrong on a phone, in sentences for people."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

SENSELESS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What Python raises where data are not shaped as they should be."""
FAILED = frozenset({"refused", "outdated", "unreachable", "unwritable"})
"""The outcomes of a `PhoneError`."""
DAMAGED = "What is kept here is damaged; set the app up again."


class PhoneError(Exception):
    """What cannot be done, in a sentence for people; what the phone holds is as it was before."""

    def __init__(self, outcome: str, sentence: str, *, retry_after: float = 0) -> None:
        super().__init__(sentence)
        self.outcome, self.retry_after = outcome, retry_after


@contextmanager
def refusing(sentence: str = DAMAGED) -> Iterator[None]:
    """Say in a sentence what is wrong with the network, the disk, or else with what is there."""
    try:
        yield
    except ConnectionError as error:
        sentence = "No answer; what this phone holds stays, and it asks again later."
        raise PhoneError("unreachable", sentence) from error
    except (OSError, sqlite3.Error, *SENSELESS) as error:
        # 1 is SQLite's number for a statement that does not fit the tables: no fault of the disk.
        is_disk = getattr(error, "sqlite_errorcode", 1) != 1
        if isinstance(error, OSError) or (isinstance(error, sqlite3.OperationalError) and is_disk):
            sentence = f"Nothing can be stored here ({error}): free some space or allow writing."
            raise PhoneError("unwritable", sentence) from error
        raise PhoneError("refused", sentence) from error
