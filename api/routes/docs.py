"""Documentation that works without the internet: the API's pages and its problems."""

from html import escape
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, send_from_directory

from api.problems import PROBLEMS

blp = Blueprint("docs", __name__)

_DIST = Path(flask_swagger_ui.__file__).parent / "dist"


@blp.route("/docs/assets/<path:name>")
def assets(name: str) -> Response:
    """Send a file of the pages that show the API."""
    return send_from_directory(_DIST, name, max_age=86_400)


@blp.route("/docs/problems")
def problems() -> str:
    """Show every problem: what `type` in a problem document leads to."""
    rows = "".join(
        f"<section id={code}><h2><code>{code}</code> {p.status}</h2>"
        + "".join(
            f"<p lang={language}><b>{escape(p.title[language])}.</b> {escape(p.detail[language])}"
            for language in p.title
        )
        + "</section>"
        for code, p in PROBLEMS.items()
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>eventday: problems</title>"
        "<meta name=viewport content='width=device-width'>"
        "<style>body{font:1rem/1.5 system-ui;max-width:44rem;margin:2rem auto;padding:0 1rem}"
        ":target{background:#ffc}</style><h1>Problems</h1>" + rows + "</html>"
    )
