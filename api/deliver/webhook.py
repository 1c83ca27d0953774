"""Webhooks as Standard Webhooks 1.0.0 has them: a publish as signed JSON, for a gateway."""

import base64
import hmac
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from api.caching import dumped
from api.clock import real_time
from api.deliver.post import FAULTS, fault_of, post
from api.service import Service
from event.tables import attendee, event, holder
from event.text import parse
from event.times import from_seconds, rfc3339, to_seconds, zone
from event.told.channels import writable
from event.told.messages import changes_of, known_to
from event.told.queue import FAILED, GONE, SENT, WAITING, Message, Outcome
from event.told.told import Told, told_of
from event.told.webhooks import Webhook, webhook_of
from event.told.wording import Wording, wording_of

TYPE = "agenda.changed"


def deliver(service: Service, one: Message) -> Outcome:
    """Try to tell a gateway of a publish; return what became of it."""
    now = to_seconds(real_time())
    with service.db.read() as db:
        found = webhook_of(db, one.webhook_id or 0, at=now)
        if found is None:
            return Outcome(FAILED, "deleted")
        body = dumped(document(db, one.epoch, one.seq, recipients=found.recipients))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "eventday",
        "webhook-id": one.key,
        "webhook-timestamp": str(now),
        "webhook-signature": signatures(found, one.key, now, body),
    }
    try:
        answer = post(found.url, body, headers, private="webhook" in service.settings.private)
    except FAULTS as error:
        return Outcome(WAITING, fault_of(error))
    if 200 <= answer.status < 300:
        return Outcome(SENT)
    # All else may be a gateway that is being mended: a day is long.
    return Outcome(GONE if answer.status == 410 else WAITING, str(answer.status), answer.after)


def signatures(webhook: Webhook, key: str, at: int, body: bytes) -> str:
    """Sign a message with each secret (Standard Webhooks 1.0.0, “Signature scheme”)."""
    content = f"{key}.{at}.".encode() + body
    keys = [base64.b64decode(secret.partition("_")[2]) for secret in webhook.secrets]
    digests = [base64.b64encode(hmac.digest(one, content, "sha256")).decode() for one in keys]
    return " ".join(f"v1,{digest}" for digest in digests)


def document(db: Connection, epoch: int, seq: int, *, recipients: str) -> dict[str, Any]:
    """Return what a gateway is told: each change in each language, and to whom it matters now."""
    changes = {one["number"]: one for one in changes_of(db, epoch, seq)}
    at = next(iter(changes.values()))["at"]
    wording, found = wording_of(db, epoch, seq), told_of(db, list(changes.values()), at=at)
    known = known_to(recipients, found, changes)
    told = [one for one in found if not known.isdisjoint(one.numbers)]
    row = db.execute(select(event.c.uuid, event.c.timezone)).one()
    data: dict[str, Any] = {
        "event": row.uuid,
        "epoch": epoch,
        "seq": seq,
        "people": len(told),
        "changes": [_change(changes[number], wording) for number in sorted(known)],
    }
    if recipients != "none":
        data["recipients"] = _recipients(db, told, contacts=recipients == "contacts")
    moment = rfc3339(from_seconds(at), zone(row.timezone))
    return {"type": TYPE, "timestamp": moment, "data": data}


def _change(change: Mapping[str, Any], wording: Wording) -> dict[str, Any]:
    named = ("number", "kind", "subject", "session_id")
    words = {one: wording.words([change["number"]], one) for one in wording.languages}
    return {name: change[name] for name in named} | {
        "id": change["subject_id"],
        "reason": parse(change["reason"]),
        "text": {one: {"title": title, "body": body} for one, (title, body) in words.items()},
    }


def _recipients(db: Connection, told: Sequence[Told], *, contacts: bool) -> list[dict[str, Any]]:
    """Return who agreed to be written to, by their language and what changes for them."""
    agreed = writable(db)
    people = {row.id: row for row in db.execute(_PEOPLE)}
    groups = defaultdict(list)
    for one in told:
        kind, number = one.person.key
        if kind == "attendee" and number in agreed and number in people:
            groups[one.person.language, one.numbers].append(people[number])
    return [
        {"language": language, "changes": list(numbers)}
        | (
            {"contacts": [_contact(row) for row in rows]}
            if contacts
            else {"holders": [row.number for row in rows]}
        )
        for (language, numbers), rows in groups.items()
    ]


def _contact(row: Any) -> dict[str, Any]:
    return {"holder": row.number, "external_id": row.external_id, "email": row.email}


_PEOPLE = select(attendee.c.id, attendee.c.external_id, attendee.c.email, holder.c.number).join(
    holder, holder.c.attendee_id == attendee.c.id
)
