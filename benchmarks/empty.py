"""The reference: Flask with one empty route."""

from flask import Flask


def application() -> Flask:
    """Return an application that answers / with nothing."""
    app = Flask("empty", static_folder=None)
    app.add_url_rule("/", view_func=lambda: b"")
    return app
