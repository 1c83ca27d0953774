"""The five ways a domain function says no; it does not know which HTTP status they become."""


class EventdayError(Exception):
    """A refusal with a stable `code` and one sentence that says what to do next."""

    code = "error"

    def __init__(self, detail: str, *, code: str | None = None, **fields: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.fields = fields


class NotFound(EventdayError):
    """What was named does not exist."""

    code = "not-found"


class Conflict(EventdayError):
    """The request is well formed, but the present state does not allow it."""

    code = "conflict"


class Stale(EventdayError):
    """The caller edits a version that somebody else has changed since."""

    code = "stale"


class Invalid(EventdayError):
    """The input breaks a rule; `fields` may say where."""

    code = "invalid"


class Gone(EventdayError):
    """What was named existed and will not come back."""

    code = "gone"
