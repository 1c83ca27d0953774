"""The browser's pages: plain files under web/, which talk to the API like any other phone."""

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

blp = Blueprint("pages", __name__)

WEB = Path(__file__).parents[2] / "web"
PAGES, SHARED = ("link",), "shared"
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Nothing runs that is not a file of ours; badges are pictures made from what the API sent."""


@blp.route(f"/<any({', '.join(PAGES)}):page>")
def page(page: str) -> Response:
    """Send a page; what its address says behind # never reaches us."""
    answer = Response((WEB / page / "index.html").read_bytes(), mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = POLICY
    # Its tokens are for it alone.
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return answer


@blp.route(f"/web/<any({', '.join((*PAGES, SHARED))}):folder>/<path:name>")
def asset(folder: str, name: str) -> Response:
    """Send a script, style or picture of a page; it is asked for again each time, with its tag."""
    answer = send_from_directory(WEB / folder, name, max_age=0)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
