"""Answers that are given again without asking the application: the same question, nothing new.

In a full hall every phone asks the same thing, and finding kept bytes costs a fraction of routing a
request. An answer may be kept when all that it depends on, besides the
edition, is in the key; `api.caching` decides that and says so by `keep`.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from api.published import Answer, Edition, Publications

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST = 512
"""Answers kept for one edition; their bodies are those of the edition, not copies."""

_EDITION = "eventday.edition"
_KEY = ("SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT_LANGUAGE",
        "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH")  # fmt: skip
_BEYOND = ("HTTP_AUTHORIZATION", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "CONTENT_LENGTH")
"""A request with one of these is the application's to answer."""


def keep(environ: "WSGIEnvironment", edition: Edition) -> None:
    """Say that the answer to this request is the same for every request with the same key."""
    environ[_EDITION] = edition


class Shortcut:
    """A WSGI application that asks another only what it has not asked of this edition before."""

    def __init__(self, application: "WSGIApplication", publications: Publications) -> None:
        self._application = application
        self._publications = publications

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] != "GET" or any(environ.get(name) for name in _BEYOND):
            return self._application(environ, start_response)
        key = tuple([environ.get(name) for name in _KEY])
        edition = self._publications.known()
        answer = edition.answers.get(key) if edition else None
        if answer is None:
            return self._asked(environ, start_response, key)
        start_response(answer.status, answer.headers)
        return answer.body

    def _asked(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        key: tuple[Any, ...],
    ) -> Iterable[bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def note(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[..., object]:
            started.append((status, headers))
            return start_response(status, headers, *rest)

        given = self._application(environ, note)
        edition: Edition | None = environ.get(_EDITION)
        if edition is None:
            return given
        body = tuple(given)
        if close := getattr(given, "close", None):
            close()
        if len(edition.answers) >= MOST:
            edition.answers.clear()
        edition.answers[key] = Answer(*started[-1], body)
        return body
