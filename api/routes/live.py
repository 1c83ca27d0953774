"""News at once, for whoever keeps a connection open."""

import re

from flask import Response, request

from api.problems import Refused
from api.rest import Blueprint
from api.service import service

blp = Blueprint("Live", __name__, description="What happens, as it happens.")

EVENT_ID = re.compile(r"[0-9]{1,20}-[0-9]{1,20}")


@blp.route("/v1/live")
@blp.response(200, content_type="text/event-stream")
@blp.problems(404, 503)
def live() -> Response:
    """Listen: each publish comes as its signed head, within a second.

    Server-sent events of the type `head`; `id` is epoch-seq and `data` the two lines of
    `GET /v1/sync/public/head`. With `Last-Event-ID` nothing is told again. A stream that has
    nothing to say sends a comment every 15 seconds. 503: too many listen; poll instead.
    """
    service().publications.edition()
    streams = service().live
    if not streams.enter():
        raise Refused("too-many-streams")
    last = request.headers.get("Last-Event-ID", "")
    answer = Response(streams.stream(last if EVENT_ID.fullmatch(last) else ""))
    answer.call_on_close(streams.leave)
    answer.content_type = "text/event-stream"
    answer.headers["Cache-Control"] = "no-store"
    # What stands in between must not wait for more.
    answer.headers["X-Accel-Buffering"] = "no"
    return answer
