"""Who is asking: bearer tokens, roles, and a brake on guessing."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request

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
        with service().db.read() as db:
            if found := bearer_of(db, token.strip(), at=service().seconds()):
                return found
    if wait := service().brake.wrong(request.remote_addr or ""):
        raise Refused("too-many-requests", {"Retry-After": str(wait)})
    raise Refused("unauthorized", {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def requires(role: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only a token of that role through; who it is stands in `g.bearer`."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            found = bearer()
            if found is None:
                raise Refused("unauthorized", {"WWW-Authenticate": "Bearer"})
            if found.role != role:
                raise Refused("forbidden")
            g.bearer = found
            return view(*args, **kwargs)

        return guarded

    return decorate
