"""Who is asking: bearer tokens, roles, and a brake on guessing."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request
from flask_smorest import Blueprint

from api.problems import Refused
from api.service import service
from event.people.tokens import PREFIX, Bearer, bearer_of

P = ParamSpec("P")
R = TypeVar("R")


def bearer() -> Bearer | None:
    """Return who makes this request, None without a token. Refuses a token that is not valid."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() == "bearer" and token.strip().startswith(PREFIX):
        with service().db.read(once=True) as db:
            if found := bearer_of(db, token.strip(), at=service().seconds()):
                return found
    guessed()
    raise Refused("unauthorized", {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def guessed() -> None:
    """Count a wrong token. Refuses when too many came from that address."""
    if wait := service().brake.wrong(address()):
        raise Refused("too-many-requests", {"Retry-After": str(wait)})


def requires(*roles: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only tokens of these roles through, and document that; who it is stands in `g.bearer`.

    What the view answers is for the bearer alone: no cache keeps it, unless the view says more.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            found = bearer()
            if found is None:
                raise Refused("unauthorized", {"WWW-Authenticate": "Bearer"})
            if found.role not in roles:
                raise Refused("forbidden")
            g.bearer = found
            return view(*args, **kwargs)

        documented: Callable[P, R] = Blueprint.doc(security=[{"token": []}])(guarded)
        return documented

    return decorate


def own() -> int:
    """Return which attendee asks. Refuses a token that stands for nobody."""
    number: int | None = g.bearer.attendee_id
    if number is None:
        raise Refused("forbidden")
    return number


def address() -> str:
    """Return the address a request comes from.

    A proxy on this machine says for whom it asks, last in X-Forwarded-For; anybody else could say
    anything there.
    """
    sender = request.remote_addr or ""
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    try:
        if ipaddress.ip_address(sender).is_loopback:
            return str(ipaddress.ip_address(said))
    except ValueError:
        pass
    return sender
