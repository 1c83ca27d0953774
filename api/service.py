"""What every request needs, held by the application it belongs to: no global database or clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from flask import current_app, g
from sqlalchemy import Connection

from api.brake import Brake
from api.clock import Clock
from api.published import Publications
from api.settings import Settings
from event.database import Database
from sync.publish import Published, publish

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Service:
    """One event being served."""

    settings: Settings
    db: Database
    now: Clock
    publications: Publications
    feed_key: str
    brake: Brake

    def publish(
        self, edit: Callable[[Connection], T], *, reason: Mapping[str, str] | None = None
    ) -> Published[T]:
        """Publish an edit of whoever makes this request, and know of it at once."""
        done = publish(self.db, edit, at=self.now(), by=g.holder.by, reason=reason)
        self.publications.published(done.clock)
        return done


def service() -> Service:
    """Return the service of the application that handles this request."""
    return cast("Service", current_app.extensions["eventday"])
