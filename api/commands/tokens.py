"""Tokens."""

import click

from api.commands.opened import opened
from event import tables
from event.people.tokens import ROLES, create_token, revoke_token
from event.times import from_seconds, to_seconds


@click.group()
def token() -> None:
    """Make, list and revoke tokens."""


@token.command()
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--label", default="", help="Whose it is; shown in the list and in records.")
def create(role: str, label: str) -> None:
    """Print a new token, which cannot be shown again."""
    with opened() as (_, db, now), db.write() as tx:
        made = create_token(tx, role=role, label=label, at=to_seconds(now()))
    click.echo(made)


@token.command("list")
def list_() -> None:
    """List tokens: id, role, since when, label."""
    with opened() as (_, db, _now), db.read() as tx:
        rows = tx.execute(tables.token.select().order_by(tables.token.c.created_at)).mappings()
        for row in rows:
            state = "revoked" if row["revoked_at"] else "valid"
            since = from_seconds(row["created_at"]).isoformat()
            click.echo(f"{row['sha256'][:12]}  {row['role']}  {since}  {state}  {row['label']}")


@token.command()
@click.argument("id")
def revoke(id: str) -> None:  # noqa: A002
    """Revoke the token with that ID."""
    with opened() as (_, db, now), db.write() as tx:
        revoke_token(tx, id, at=to_seconds(now()))
