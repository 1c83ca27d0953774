"""The reference for scans: a route of the same server that does one INSERT and commits."""

from itertools import count
from typing import Any

from flask import Flask
from sqlalchemy import text

from api.app import create_app
from api.auth import requires
from api.rest import Blueprint
from api.routes.scans import ScanInput
from api.service import service
from api.settings import from_environment

blp = Blueprint("Bare", __name__, url_prefix="/v1/bare")
_MAKE = text("CREATE TABLE IF NOT EXISTS bare (number BIGINT PRIMARY KEY, content TEXT)")
_INSERT = text("INSERT INTO bare (number, content) VALUES (:number, :content)")
_numbers = count()


@blp.route("", methods=["POST"])
@blp.response(204)
@requires("helpdesk")
@blp.arguments(ScanInput)
def store(body: dict[str, Any]) -> None:
    """Take the body of a scan, for the same token, and store that it came."""
    with service().db.write() as tx:
        tx.execute(_INSERT, {"number": next(_numbers), "content": body["id"]})


def application() -> Flask:
    """Return the application with that route."""
    app = create_app(from_environment())
    with app.extensions["eventday"].db.write() as tx:
        tx.execute(_MAKE)
    app.extensions["flask-smorest"]["apis"][""]["ext_obj"].register_blueprint(blp)
    return app
