"""flask-smorest as we use it: problems for errors, and paths that databases can keep."""

import threading
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

import flask_smorest
import marshmallow as ma
from flask import Flask, Response
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter, ValidationError

from api import problems
from api.inputs import choice_as_json_schema, words_as_json_schema
from event.text import has_unwanted

View = TypeVar("View", bound=Callable[..., Any])


class ProblemSchema(ma.Schema):
    """A problem document (RFC 9457)."""

    class Meta:
        """Problems may say more."""

        unknown = ma.INCLUDE

    type = ma.fields.String(metadata={"format": "uri-reference"})
    title = ma.fields.String()
    status = ma.fields.Integer()
    detail = ma.fields.String()
    code = ma.fields.String(metadata={"description": "Stable; docs/problems.md explains each."})
    errors = ma.fields.List(
        ma.fields.Nested(
            ma.Schema.from_dict(
                {"pointer": ma.fields.String(), "detail": ma.fields.String()}, name="Mistake"
            )
        ),
        metadata={"description": "What is wrong where, as JSON pointers; the first part says "
                  "query or json."},
    )  # fmt: skip


class Api(flask_smorest.Api):
    """The API, whose every error is a problem document."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        """Return the problem for an HTTP error."""
        return problems.of_http(error)

    def register_blueprint(self, blp: flask_smorest.Blueprint, **options: Any) -> None:
        """Take a blueprint's routes; they are described when the description is asked for."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp, **options)
        self._undescribed.append(blp)

    def _openapi_json(self) -> Response:
        with self._describing:
            for blp in self._undescribed:
                blp.register_views_in_doc(
                    self, self._app, self.spec, name=blp.name, parameters=None
                )
                self.spec.tag({"name": blp.name, "description": blp.description})
            self._undescribed.clear()
            answer: Response = super()._openapi_json()
        return answer

    def _register_responses(self) -> None:
        """Document every problem response with the media type it really has."""
        content = {problems.MEDIA_TYPE: {"schema": ProblemSchema}}
        for problem in problems.PROBLEMS.values():
            phrase = {"description": problem.title["en"], "content": content}
            name = str(problem.status)
            if name not in self._documented:
                self._documented.add(name)
                self.spec.components.response(_phrase(problem.status), phrase, lazy=True)
        self.spec.components.response(
            "DEFAULT_ERROR", {"description": "Another problem", "content": content}, lazy=True
        )

    def __init__(self, app: Flask, **kwargs: Any) -> None:
        self._documented: set[str] = set()
        self._undescribed: list[flask_smorest.Blueprint] = []
        self._describing = threading.Lock()
        super().__init__(app, **kwargs)
        self.ma_plugin.converter.add_attribute_function(words_as_json_schema)
        self.ma_plugin.converter.add_attribute_function(choice_as_json_schema)


class Parser(FlaskParser):
    """Reads arguments; what is not asked for is an error, and so is what is not JSON."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012
        "json": ma.RAISE,
        "query": ma.RAISE,
    }

    def use_args(self, argmap: Any, *args: Any, **how: Any) -> Callable[..., Any]:
        """Read arguments by a schema that is made at its first request, and once."""
        return super().use_args(lambda _: _made(argmap), *args, **how)

    def load_json(self, req: Any, schema: ma.Schema) -> Any:
        """Return the body, which must be declared as JSON."""
        if not req.is_json:
            # A method that is not offered at all must not look like a wrong body.
            if req.routing_exception is not None:
                raise cast("MethodNotAllowed", req.routing_exception)
            raise problems.Refused("unsupported-media-type")
        try:
            return super().load_json(req, schema)
        except (RecursionError, ValueError):
            raise problems.Refused("bad-request") from None


@cache
def _made(schema: type[ma.Schema]) -> ma.Schema:
    return schema()


class Blueprint(flask_smorest.Blueprint):
    """A group of routes."""

    ARGUMENTS_PARSER = Parser()

    def problems(self, *statuses: int) -> Callable[[View], View]:
        """Document the problems a route can answer with."""

        def decorate(view: View) -> View:
            for status in statuses:
                view = self.alt_response(status, _phrase(status))(view)
            return view

        return decorate


class Id(IntegerConverter):
    """An id in a path; what no JSON reader or database holds exactly is not found."""

    def __init__(self, rules: Map) -> None:
        super().__init__(rules, max=2**53 - 1)


class Word(UnicodeConverter):
    """A word in a path; what no database can keep, such as NUL, is not found."""

    def to_python(self, value: str) -> str:
        """Return the word. Raises ValidationError, so that no route is found."""
        if has_unwanted(value):
            raise ValidationError
        return str(super().to_python(value))


def _phrase(status: int) -> str:
    code = next(code for code, p in problems.PROBLEMS.items() if p.status == status)
    return code.replace("-", "_").upper()
