"""The browser's pages: plain files under web/, which talk to the API like any other phone."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, jsonify, redirect, send_file, send_from_directory
from werkzeug.wrappers import Response as BaseResponse

import event.door
from event.errors import NotFound

blp = Blueprint("pages", __name__)

WEB = Path(__file__).parents[2] / "web"
PAGES, SHARED, SCREEN = ("link", "door", "app", "ticks", "desk", "verify"), "shared", "screen"
SENTENCES = Path(event.door.__file__).parent / "sentences.json"
"""What is said of each verdict: the API's sentences are the page's."""
PACKAGES = (
    "node_modules/@noble/ed25519/index.js",
    "node_modules/zxing-wasm/dist/es/reader/index.js",
    "node_modules/zxing-wasm/dist/es/share.js",
    "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm",
)
"""What the door uses where it is there (web/package.json) and a browser cannot do by itself."""
OFFLINE = {"door": PACKAGES, "app": PACKAGES[:1]}
"""The pages that work without a network, and the packages they use."""
POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Nothing runs that is not a file of ours; badges are pictures made from what the API sent."""
DOOR_POLICY = f"script-src 'self' 'wasm-unsafe-eval'; {POLICY}"
"""The door reads codes with WebAssembly where a browser cannot."""


def page_for(role: str) -> str:
    """Return the page where a code for a role is used."""
    return {"attendee": "link", "organiser": "desk"}.get(role, "door")


@blp.route("/")
def front() -> BaseResponse:
    """Send whoever opens the bare address to what most people look for."""
    return redirect("app")


@blp.route(f"/<any({', '.join(PAGES)}):page>")
def page(page: str) -> Response:
    """Send a page; what its address says behind # never reaches us."""
    answer = Response((WEB / page / "index.html").read_bytes(), mimetype="text/html")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = DOOR_POLICY if page == "door" else POLICY
    # Its tokens are for it alone.
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    return answer


@blp.route(f"/web/<any({', '.join((*PAGES, SCREEN, SHARED))}):folder>/<path:name>")
def asset(folder: str, name: str) -> Response:
    """Send a script, style or picture of a page; it is asked for again each time, with its tag."""
    answer = send_from_directory(WEB / folder, name, max_age=0)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer


@blp.route("/web/app/worker.js", defaults={"page": "app"})
@blp.route("/web/door/worker.js", defaults={"page": "door"})
def worker(page: str) -> Response:
    """Send the service worker, which may serve the page that lies above it."""
    answer = asset(SHARED, "worker.js")
    answer.headers["Service-Worker-Allowed"] = f"../../{page}"
    return answer


@blp.route("/web/app/files.json", defaults={"page": "app"})
@blp.route("/web/door/files.json", defaults={"page": "door"})
def files(page: str) -> Response:
    """List what a page consists of, with a version that changes with any of it."""
    found = dict(_files_of(page))
    digest = sha256()
    for name, path in found.items():
        digest.update(name.encode() + b"\0" + sha256(path.read_bytes()).digest())
    answer = jsonify({"version": digest.hexdigest()[:16], "files": list(found)})
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blp.route("/web/shared/sentences.json")
def sentences() -> Response:
    """Send what is said of each verdict."""
    return send_file(SENTENCES, mimetype="application/json", max_age=0)


@blp.route("/web/node_modules/<path:name>")
def package(name: str) -> Response:
    """Send a file of a package, if it is one of ours and installed."""
    if f"node_modules/{name}" not in PACKAGES:
        raise NotFound("There is no such file.")
    answer = send_from_directory(WEB / "node_modules", name, max_age=0)
    answer.headers["Content-Security-Policy"] = DOOR_POLICY
    return answer


def _files_of(page: str) -> Iterator[tuple[str, Path]]:
    """Yield the address and the path of each file of a page."""
    yield page, WEB / page / "index.html"
    for folder in (page, SHARED):
        for path in sorted((WEB / folder).iterdir()):
            if path.name not in {"index.html", "worker.js"}:
                yield f"web/{folder}/{path.name}", path
    yield "web/shared/sentences.json", SENTENCES
    for name in OFFLINE[page]:
        if (WEB / name).is_file():
            yield f"web/{name}", WEB / name
