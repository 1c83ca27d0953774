"""flask-smorest as we use it: problems for errors, strict inputs, words that databases can keep."""

import re
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

import flask_smorest
import marshmallow as ma
from flask import Flask, Response
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter, ValidationError

from api import problems
from event.text import LANGUAGE, has_unwanted
from event.times import EARLIEST, LATEST

View = TypeVar("View", bound=Callable[..., Any])

LONGEST_TEXT = 20_000
LONGEST_QUERY = 4_000


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


class Input(ma.Schema):
    """What we take: nothing that we do not know."""

    class Meta:
        """Unknown fields are refused."""

        unknown = ma.RAISE


class Pattern(ma.validate.Regexp):
    """Matches the whole of a value; Python's `$` alone would let a line end through."""

    def __call__(self, value: str) -> str:  # type: ignore[override]
        """Return the value. Raises ValidationError when it does not match."""
        if re.fullmatch(str(self.regex.pattern), value) is None:
            raise ma.ValidationError(self._format_error(value))
        return value


_ANY = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*"
_KEPT = Pattern(f"^{_ANY}$", error="Leave out control characters such as NUL.")
_WORDS = Pattern(
    rf"^{_ANY}[^\x00-\x20\x7f\x85\s\ufffe\uffff]{_ANY}$",
    error="Write at least one word, without control characters such as NUL.",
)
ASKED_LANGUAGE = Pattern(
    r"^(?:\*|[A-Za-z]{2,3}(?:-[A-Za-z]{4})?(?:-[A-Za-z]{2})?)$",
    error="Write a language tag such as en or pl, or * for all languages.",
)
TAG = Pattern(rf"^(?:{LANGUAGE.pattern})$", error="Write a language tag such as en or pl.")


class Line(ma.fields.String):
    """A string of at most `longest` characters without control characters, `needed` or not."""

    def __init__(self, *, longest: int = 500, needed: bool = False, **kwargs: Any) -> None:
        pattern = _WORDS if needed else _KEPT
        super().__init__(validate=[ma.validate.Length(max=longest), pattern], **kwargs)


_TEXTS = (MultiDict, MultiDictProxy)
"""What a query or a form is read from."""


class Whole(ma.fields.Integer):
    """A whole number from `least` to `most`, written as one: no 1.5 or 1_000."""

    def __init__(self, *, least: int = 1, most: int = 2**53 - 1, **kwargs: Any) -> None:
        super().__init__(strict=True, validate=ma.validate.Range(min=least, max=most), **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> int:
        # A query and a form hold text; a body does not.
        is_text = isinstance(value, str) and isinstance(data, _TEXTS)
        if is_text and re.fullmatch(r"-?[0-9]{1,16}", value):
            value = int(value)
        # JSON knows no integers: to a schema 7.0 is one (JSON Schema, section 6.1.1).
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return super()._deserialize(value, attr, data, **kwargs)


class Truth(ma.fields.Boolean):
    """true or false, and nothing that only looks like it."""

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002
        data: Mapping[str, Any] | None,
        **kwargs: Any,  # noqa: ARG002
    ) -> bool:
        # A query holds text.
        if isinstance(value, str) and isinstance(data, _TEXTS):
            value = {"true": True, "false": False}.get(value, value)
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Moment(ma.fields.AwareDateTime):
    """A moment with its offset, between 1970 and 2200."""

    def __init__(self, **kwargs: Any) -> None:
        words = {"description": "With offset, 1970 to 2200, such as 2025-06-03T09:30:00+02:00."}
        metadata = words | kwargs.pop("metadata", {})
        super().__init__(format="iso", validate=_in_time, metadata=metadata, **kwargs)


def _in_time(moment: datetime) -> None:
    if not EARLIEST <= moment <= LATEST:
        raise ma.ValidationError("Write a moment between 1970 and 2200.")


class WordsInput(ma.fields.Dict):
    """Text for people, one string per language: {"en": "…", "pl": "…"}; replaced whole.

    With `needed` there must be at least one, and none may be blank.
    """

    def __init__(self, *, needed: bool = False, **kwargs: Any) -> None:
        self.needed = needed
        super().__init__(
            keys=ma.fields.String(validate=TAG),
            values=Line(longest=LONGEST_TEXT, needed=needed),
            validate=ma.validate.Length(min=1) if needed else None,
            **kwargs,
        )


def words_as_json_schema(_: Any, field: ma.fields.Field[Any], **__: Any) -> dict[str, Any]:
    """Return what JSON Schema says of `WordsInput` beyond what apispec knows."""
    if not isinstance(field, WordsInput):
        return {}
    names: dict[str, Any] = {"propertyNames": {"pattern": TAG.regex.pattern}}
    return names | ({"minProperties": 1} if field.needed else {})


class Choice(ma.fields.Field[Any]):
    """An object in one of several schemas, told apart by what its field `by` says.

    It becomes what `make` returns for that name and what its schema loads.
    """

    def __init__(
        self,
        schemas: Mapping[str, type[ma.Schema]],
        make: Callable[[str, dict[str, Any]], Any],
        *,
        by: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.schemas, self.make, self.by = schemas, make, by

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002
        data: Mapping[str, Any] | None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> Any:
        name = value.get(self.by) if isinstance(value, dict) else None
        if not isinstance(name, str) or name not in self.schemas:
            raise ma.ValidationError({self.by: [f"Write one of: {', '.join(self.schemas)}."]})
        return self.make(name, self.schemas[name]().load(value))


def choice_as_json_schema(converter: Any, field: ma.fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Return what JSON Schema says of a `Choice`: one of its schemas."""
    if not isinstance(field, Choice):
        return {}
    found = {name: converter.resolve_nested_schema(kind) for name, kind in field.schemas.items()}
    mapping = {name: schema["$ref"] for name, schema in found.items()}
    return {
        "oneOf": list(found.values()),
        "discriminator": {"propertyName": field.by, "mapping": mapping},
    }


def _phrase(status: int) -> str:
    code = next(code for code, p in problems.PROBLEMS.items() if p.status == status)
    return code.replace("-", "_").upper()
