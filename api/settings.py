"""What the environment says: where things are kept and what time it is."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from event.errors import Invalid
from event.people.retention import PURPOSES
from event.times import EARLIEST, LATEST


@dataclass(frozen=True, slots=True)
class Settings:
    """Where one event lives. Every setting is an environment variable; docs/settings.md lists them.

    `clock` is the moment the event's clock shows when the process starts, None for real time;
    `clock_speed` is how many of its seconds pass in a real one. `url` is where phones reach it, for
    links and QR codes, without a slash at its end; empty when nobody said. `keep` is for how many
    days after the event a purpose of `event/people/retention.py` is kept, where not as usual.
    `private` are the channels that may go to addresses which are not public.
    """

    home: Path
    database: str
    clock: datetime | None = None
    clock_speed: float = 1.0
    url: str = ""
    keep: Mapping[str, int] = field(default_factory=dict)
    live: int = 2_000
    smtp: str = ""
    sender: str = ""
    private: frozenset[str] = frozenset()


NAMES = ("EVENTDAY_HOME", "EVENTDAY_DATABASE", "EVENTDAY_CLOCK", "EVENTDAY_URL", "EVENTDAY_KEEP",
         "EVENTDAY_LIVE", "EVENTDAY_SMTP", "EVENTDAY_SENDER", "EVENTDAY_PRIVATE")  # fmt: skip


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings. Raises Invalid when one of them makes no sense."""
    home = Path(environ.get("EVENTDAY_HOME") or "var").absolute()
    database = environ.get("EVENTDAY_DATABASE") or f"sqlite:///{home / 'eventday.db'}"
    known = ("sqlite:///", "postgresql+psycopg://")
    if not database.startswith(known) or database.endswith(":memory:"):
        raise Invalid(
            "EVENTDAY_DATABASE must start with sqlite:/// or postgresql+psycopg://; "
            "leave it out for a SQLite file in EVENTDAY_HOME."
        )
    clock, speed = _clock(environ.get("EVENTDAY_CLOCK", ""))
    url = (environ.get("EVENTDAY_URL") or "").rstrip("/")
    if url and not re.fullmatch(r"https?://[^\s/?#]+(?:/[^\s?#]*)?", url):
        raise Invalid("EVENTDAY_URL is an address such as https://event.example.org.")
    keep = _keep(environ.get("EVENTDAY_KEEP", ""))
    live = environ.get("EVENTDAY_LIVE") or "2000"
    if not re.fullmatch("[0-9]{1,5}", live):
        raise Invalid("EVENTDAY_LIVE is how many phones may listen at once, such as 2000.")
    smtp, sender = environ.get("EVENTDAY_SMTP") or "", environ.get("EVENTDAY_SENDER") or ""
    if smtp and not re.fullmatch(r"smtps?://(?:[^\s/@]*@)?[^\s/@:]+(?::[0-9]{1,5})?", smtp):
        raise Invalid("EVENTDAY_SMTP is a mail server, smtp://user:password@mail.example.org:587.")
    if (smtp or sender) and not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", sender):
        raise Invalid("EVENTDAY_SENDER is the address that mails come from, agenda@example.org.")
    private = frozenset(filter(None, environ.get("EVENTDAY_PRIVATE", "").split(",")))
    if not private <= {"push", "webhook"}:
        raise Invalid("EVENTDAY_PRIVATE is webhook, push or webhook,push.")
    return Settings(
        home=home,
        database=database,
        clock=clock,
        clock_speed=speed,
        url=url,
        keep=keep,
        live=int(live),
        smtp=smtp,
        sender=sender,
        private=private,
    )


def _keep(value: str) -> dict[str, int]:
    keep = {}
    for part in value.replace(" ", "").split(",") if value else ():
        name, _, days = part.partition("=")
        if name not in {purpose.name for purpose in PURPOSES} or not re.fullmatch(
            "[0-9]{1,4}", days
        ):
            usual = ",".join(f"{purpose.name}={purpose.days}" for purpose in PURPOSES)
            raise Invalid(f"EVENTDAY_KEEP is days by purpose, at most 9999, such as {usual}.")
        keep[name] = int(days)
    return keep


def _clock(value: str) -> tuple[datetime | None, float]:
    if not value:
        return None, 1.0
    moment, _, speed = value.partition(",")
    try:
        start = datetime.fromisoformat(moment.strip())
        rate = float(speed or 1)
        if start.tzinfo is None or not EARLIEST <= start <= LATEST or not 0 <= rate <= 86_400:
            raise ValueError  # noqa: TRY301
    except ValueError:
        raise Invalid(
            "EVENTDAY_CLOCK is a moment with its offset and, if wanted, a speed: "
            "2025-06-03T08:30+02:00 or 2025-06-03T08:30+02:00,60"
        ) from None
    return start.astimezone(UTC), rate
