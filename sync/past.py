"""What a door device did itself: kept for the whole event, also after it was uploaded."""

from event.door.decide import Outcome
from event.door.history import UNDO_WITHIN, Entry, admissions
from sync.replica import Row


class Past:
    """A device's own entries in the order in which they were made; moments are milliseconds.

    `heard` are the undos of which the feed has heard.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._entries: dict[tuple[str, int], list[Entry]] = {}
        self._scans: dict[str, tuple[str, int | None, Entry]] = {}
        self._settled: dict[str, str] = {}
        self._clears: list[tuple[str | None, int]] = []
        self.registered: set[int] = set()
        self.heard: frozenset[str] = frozenset()
        self._last = 0

    def add(self, item: Row, at: int) -> None:
        """Add an item; of two at one moment the later one came later."""
        self._last = at = max(at, self._last + 1)
        name, kind, said = item["id"], item["kind"], item["payload"]
        target = said.get("scan", "")
        entry = Entry(
            name, kind, at, self._device, said.get("outcome", ""), said.get("reason", ""), target,
            said.get("leaving", False),
        )  # fmt: skip
        if kind == "clear":
            self._clears.append((said.get("gate"), at))
        elif kind == "register":
            self.registered.add(said["holder"])
        elif kind == "scan":
            self._scans[name] = said["gate"], said.get("holder"), entry
        else:
            self._settled[target] = Outcome.REFUSED if kind == "undo" else entry.outcome
        gate, holder, _ = self._scans.get(target or name, ("", None, entry))
        if holder is not None:
            self._entries.setdefault((gate, holder), []).append(entry)

    def entries(self, gate: str, holder: int) -> list[Entry]:
        """Return what was done here with a holder at a gate."""
        return self._entries.get((gate, holder), [])

    def clears(self, gate: str) -> list[int]:
        """Return when everybody was sent out of a gate by this device."""
        return [at for slug, at in self._clears if slug in {None, gate}]

    def holders(self, gate: str) -> set[int]:
        """Return who was here at a gate."""
        return {holder for slug, holder in self._entries if slug == gate}

    def undone(self, gate: str, holder: int) -> set[int]:
        """Return the minutes (UTC seconds) of first entries that only the feed still counts."""
        entries = self.entries(gate, holder)
        counted = {entry.id for entry in admissions(entries)}
        passed = admissions([e for e in entries if e.kind != "undo" or e.id in self.heard])
        return {
            entry.at // 60_000 * 60
            for entry in passed
            if entry.reason != "reentry" and entry.id not in counted
        }

    def open_question(self) -> str | None:
        """Return the last scan that asked something nobody has answered."""
        for name, (_, _, entry) in reversed(self._scans.items()):
            if entry.outcome == Outcome.ASK:
                return None if name in self._settled else name
        return None

    def last_entry(self, at: int) -> str | None:
        """Return the last scan, if it let somebody in and may be undone at a moment.

        Who undoes a repeat means the person, and so the scan before.
        """
        last = next(reversed(self._scans.values()), None)
        for name, (_, holder, entry) in reversed(self._scans.items()):
            if last and holder == last[1] and entry.reason != "repeat":
                is_in = self._settled.get(name, entry.outcome) == Outcome.ADMITTED
                return name if is_in and at - entry.at <= UNDO_WITHIN else None
        return None

    def holder(self, scan: str) -> int | None:
        """Return whose badge was scanned."""
        return self._scans[scan][1] if scan in self._scans else None
