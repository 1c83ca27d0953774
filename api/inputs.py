"""What we take: nothing that we do not know, no value that databases or phones cannot keep."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import marshmallow as ma
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import MultiDict

from event.people import categories
from event.text import LANGUAGE
from event.times import EARLIEST, LATEST

LONGEST_TEXT = 20_000


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
UUID7 = Pattern(
    "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    error="Write a UUID of version 7, in lower case.",
)
SLUG = Pattern(f"^{categories.SLUG}$")
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
