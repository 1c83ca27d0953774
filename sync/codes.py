"""Badge codes in what phones send: whoever has the text has the badge, so it is never kept."""

import re
from typing import Any

from badges.code import LENGTH, Unreadable, fingerprint, read

_CODE = re.compile(rf"[Ee][A-Za-z2-7]{{{LENGTH - 1}}}")


def may_hold_codes(words: str) -> bool:
    """Say whether canonical JSON may hold a badge code, at little cost: most does not."""
    return '"code"' in words or _CODE.search(words) is not None


def without_codes(value: Any) -> Any:
    """Return JSON with what may be kept of each badge code in place of it.

    That is its fingerprint and what it says, signed or not. What stands under the name `code` is
    taken for one, whatever it is: a badge that cannot be read may be somebody's boarding pass.
    """
    match value:
        case str() if len(value) >= LENGTH:
            return _CODE.sub(lambda found: kept(found[0]), value)
        case list():
            return [without_codes(below) for below in value]
        case dict():
            return {
                without_codes(name): kept(below)
                if name == "code" and isinstance(below, str)
                else without_codes(below)
                for name, below in value.items()
            }
    return value


def kept(text: str) -> str:
    """Return what is kept of a code."""
    try:
        claim = read(text).claim
    except Unreadable:
        return fingerprint(text)
    return (
        f"{fingerprint(text)} key {claim.slot} holder {claim.holder} "
        f"{claim.medium.name.lower()} {claim.generation}"
    )
