"""The sandbox: an application around ours that spoils answers on request, for writers of apps.

Nothing else imports it: what `eventday serve` serves cannot be made to misbehave.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import marshmallow as ma
from flask import Flask, g, jsonify, redirect, render_template_string, request
from flask_smorest import abort
from werkzeug.wrappers import Request, Response

from api import problems
from api.clock import real_time
from api.feed_files import HEAD as HEAD_TYPE
from api.inputs import Input, Whole
from api.service import Service
from event.agenda.edit import edit_session, with_part, with_state
from event.agenda.model import Agenda, Part, Session, State
from event.errors import Conflict, Invalid, NotFound
from event.people.tokens import Bearer
from event.text import fold
from sync.epoch import renew

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT, HEAD = "/sandbox", "/v1/sync/public/head"
REASON = {"en": "The speaker is ill.", "pl": "Prelegentka jest chora."}
"""Why the keynote is cancelled; `reset` restores what was cancelled for this reason."""


@dataclass(slots=True)
class Spell:
    """How many more answers are spoilt, and what `seconds` there are to it."""

    count: int = 0
    seconds: int = 0


class Counted(Input):
    """How many answers are to be spoilt; 0 ends it."""

    count = Whole(least=0, most=1000, load_default=3)


class Timed(Counted):
    """The same, and by how many seconds they are late, or say to wait."""

    seconds = Whole(least=0, most=60, load_default=5)


FORMS: dict[str, type[Counted]] = {"late": Timed, "unavailable": Timed, "stale-head": Counted}
"""What can be asked for a number of answers, and with which fields."""


class Sandbox:
    """A WSGI application that passes requests on to another and spoils some of the answers.

    `pause` is what waits for so many seconds.
    """

    def __init__(self, app: Flask, *, pause: Callable[[float], object] = time.sleep) -> None:
        self._application: WSGIApplication = app.wsgi_app
        self._service: Service = app.extensions["eventday"]
        self._pause = pause
        self._lock = threading.Lock()
        self._spells = {what: Spell() for what in FORMS}
        self._heads: deque[tuple[tuple[int, int], bytes]] = deque(maxlen=2)
        self._panel = self._routes()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        self._note_head()
        path = environ["PATH_INFO"]
        if path == ROOT or path.startswith(f"{ROOT}/"):
            return self._panel(environ, start_response)
        late, seconds = self._is_next("late"), self._spells["late"].seconds
        answer = self._spoilt(environ) or self._application
        body = answer(environ, start_response)
        if late:
            # Only now: on a slow network too, what arrives late is old.
            self._pause(seconds)
        return body

    def _spoilt(self, environ: "WSGIEnvironment") -> "WSGIApplication | None":
        asked = Request(environ)
        answer: Response | None = None
        # A cache that holds an old head asks the server itself when it is told no-cache.
        may_be_stale = asked.path == HEAD and not asked.cache_control.no_cache
        if self._is_next("unavailable"):
            wait = {"Retry-After": str(self._spells["unavailable"].seconds)}
            with self._panel.request_context(environ):
                answer = problems.document("unavailable", wait)
        elif may_be_stale and asked.method == "GET" and self._is_next("stale-head"):
            answer = Response(self._heads[0][1], content_type=HEAD_TYPE)
        return _for_everyone(answer) if answer else None

    def _is_next(self, what: str) -> bool:
        """Say whether this answer is to be spoilt so, and count it."""
        with self._lock:
            spell = self._spells[what]
            spell.count, was = max(0, spell.count - 1), spell.count
            return was > 0

    def _note_head(self) -> None:
        """Remember the present head, and the one before it."""
        signed = self._service.head()
        at = signed.clock.epoch, signed.clock.seq
        with self._lock:
            newest = self._heads[-1][0] if self._heads else (0, 0)
            # Another thread may have noted a newer one meanwhile.
            if at > newest:
                self._heads.append((at, signed.content))
            elif at == newest:  # dated anew
                self._heads[-1] = at, signed.content

    def _routes(self) -> Flask:
        panel = Flask("sandbox", static_folder=None)
        panel.json.sort_keys = False  # type: ignore[attr-defined]
        problems.register(panel)
        panel.after_request(_for_everyone)
        panel.add_url_rule(ROOT, view_func=self._page, strict_slashes=False)
        names = ",".join(f'"{name}"' for name in FORMS)
        for rule, view in (
            (f"<any({names}):what>", self._spell),
            ("new-epoch", self._new_epoch),
            ("cancel-keynote", self._cancel_keynote),
            ("reset", self._reset),
        ):
            panel.add_url_rule(f"{ROOT}/{rule}", view_func=view, methods=["POST"])
        return panel

    def _page(self) -> str:
        return render_template_string(
            _PAGE, root=ROOT, forms=FORMS, fields=_fields, **self._state()
        )

    def _spell(self, what: str) -> Any:
        asked = Spell(**_asked(FORMS[what]()))
        if what == "stale-head" and asked.count and len(self._heads) < 2:
            raise Conflict(f"There is no older head yet; first POST {ROOT}/cancel-keynote.")
        with self._lock:
            self._spells[what] = asked
        return self._told()

    def _new_epoch(self) -> Any:
        _asked(Input())
        service = self._service
        last = service.signer.last().epoch
        with service.db.write() as db:
            renew(db, after=last, at=service.now(), issued_at=real_time())
        service.publications.forget()
        return self._told()

    def _cancel_keynote(self) -> Any:
        _asked(Input())
        found = self._keynote()
        if found is None:
            raise NotFound("No session or part of this agenda is called a keynote or a plenary.")
        if found[1].state is not State.CANCELLED:
            self._publish(*found, State.CANCELLED, REASON)
        return self._told()

    def _reset(self) -> Any:
        _asked(Input())
        with self._lock:
            self._spells = {what: Spell() for what in FORMS}
        found = self._keynote()
        if found and found[1].state is State.CANCELLED and found[1].reason == REASON:
            self._publish(*found, State.CONFIRMED, {})
        return self._told()

    def _publish(
        self, session: Session, item: Session | Part, state: State, reason: dict[str, str]
    ) -> None:
        service = self._service

        def change(now: Session) -> Session:
            if isinstance(item, Part):
                return with_part(now, item.id, lambda part: with_state(part, state, reason=reason))
            changed: Session = with_state(now, state, reason=reason)
            return changed

        g.bearer = Bearer("organiser", "sandbox")
        service.publish(
            lambda db: edit_session(db, session.id, change, at=service.now()), reason=reason
        )

    def _keynote(self) -> tuple[Session, Session | Part] | None:
        return keynote(self._service.publications.edition().agenda)

    def _told(self) -> Any:
        """Answer a program with what is going on, and lead a browser back to the page."""
        kinds = ["application/json", "text/html"]
        if request.accept_mimetypes.best_match(kinds, kinds[0]) == kinds[1]:
            return redirect(ROOT, 303)
        return jsonify(self._state())

    def _state(self) -> dict[str, Any]:
        """Return what is going on."""
        clock, found = self._service.publications.clock(), self._keynote()
        late, unavailable, stale_head = (self._spells[what] for what in FORMS)
        return {
            "epoch": clock.epoch,
            "seq": clock.seq,
            "late": {"count": late.count, "seconds": late.seconds},
            "unavailable": {"count": unavailable.count, "seconds": unavailable.seconds},
            "stale_head": {"count": stale_head.count},
            "keynote": found and str(found[1].state),
        }


def keynote(agenda: Agenda) -> tuple[Session, Session | Part] | None:
    """Return the first part or session called a keynote, else a plenary, behind its session."""
    items: list[tuple[Session, Session | Part]] = []
    for session in sorted(agenda.sessions, key=lambda session: (session.starts_at, session.id)):
        items += [(session, part) for part in session.parts]
        items.append((session, session))
    for word in ("keynote", "plenary"):
        for session, item in items:
            if word in fold(item.title.get("en", "")):
                return session, item
    return None


def _asked(form: Input) -> dict[str, Any]:
    if request.is_json:
        raise Invalid("Send the fields as a form or in the query, not as JSON.")
    try:
        asked: dict[str, Any] = form.load(request.values)
    except ma.ValidationError as error:
        abort(422, messages={"form": error.messages})
    return asked


def _fields(form: type[Input]) -> dict[str, int]:
    return {name: field.load_default for name, field in form().fields.items()}


def _for_everyone(answer: Any) -> Any:
    """Let an app in a browser read the answer, from wherever it was loaded."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cache-Control"] = "no-store"
    return answer


_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox</title>
<style>body { font: 1rem/1.5 sans-serif; margin: 2rem auto; max-width: 40rem; padding: 0 1rem }
form { margin: .5rem 0 } input { width: 4rem } button { min-width: 10rem }</style>
<h1>Sandbox</h1>
<p>Publish {{ seq }} of epoch {{ epoch }}. The keynote is {{ keynote }}.
The next {{ late.count }} answers are late, the next {{ unavailable.count }} are 503,
the next {{ stale_head.count }} heads are old.</p>
{% for name, form in forms.items() %}
<form method="post" action="{{ root }}/{{ name }}"><button>{{ name }}</button>
{% for field, value in fields(form).items() %}
<label>{{ field }} <input type="number" name="{{ field }}" min="0" value="{{ value }}"></label>
{% endfor %}</form>
{% endfor %}
{% for name in ("new-epoch", "cancel-keynote", "reset") %}
<form method="post" action="{{ root }}/{{ name }}"><button>{{ name }}</button></form>
{% endfor %}
"""
