"""What reading an agenda file yields: the agenda, what the format can say, and every repair."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from event.agenda.model import Agenda

MAX_BYTES = 50_000_000
"""The largest file that is read; real agendas of 1,000 sessions take 4 MB."""

MAX_SESSIONS = 20_000

Cancelled = Literal["omit", "keep"]
"""What a schedule file does with cancelled sessions."""


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that was not as it should be and what was done; `lost` if it is not kept."""

    where: str
    what: str
    done: str
    lost: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.done}"


class Report:
    """Collects repairs while a file is read."""

    def __init__(self) -> None:
        self._repairs: list[Repair] = []

    def __iter__(self) -> Iterator[Repair]:
        return iter(self._repairs)

    def repaired(self, where: str, what: str, done: str) -> None:
        """Note something that was put right without losing anything."""
        self._repairs.append(Repair(where, what, done))

    def lost(self, where: str, what: str, done: str) -> None:
        """Note something that could not be kept."""
        self._repairs.append(Repair(where, what, done, lost=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An agenda read from a file.

    `carries` names, per class of the model in lower case ("session", "room", …), the fields the
    format can express: a merge leaves all others as they are. Ids are positive and unique per class
    and only hold this agenda together. `text_language` is the language of a format that knows just
    one, else "". `complete` says that what the file does not mention is to go, whatever its class;
    otherwise only public sessions that are not cancelled are missed when absent.
    """

    agenda: Agenda
    carries: Mapping[str, frozenset[str]]
    repairs: tuple[Repair, ...] = ()
    complete: bool = False
    text_language: str = ""
    format: str = field(default="")
