"""Short codes: a holder's number for eyes and keyboards, where no camera helps.

Eight characters of Crockford's base32 (no I, L, O, U): seven of the number, one to check them.
A short code carries no signature and no generation; whoever takes one looks at an ID.
"""

from badges.code import Unreadable

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011", "- ")
_DIGITS, _BITS = 7, 32
_POWERS = [1]
for _ in range(30):
    # The powers of x in GF(32) under x⁵ + x² + 1, which is primitive: all 31 differ.
    _POWERS.append(_POWERS[-1] << 1 ^ (0b100101 if _POWERS[-1] & 16 else 0))


def short_code(holder: int) -> str:
    """Return a holder's short code, such as `3FAVFQFF`.

    Raises OverflowError when the number has more than 32 bits.
    """
    if holder >> _BITS:
        raise OverflowError(f"{holder} has more than {_BITS} bits.")
    digits = [holder >> 5 * place & 31 for place in reversed(range(_DIGITS))]
    return "".join(_ALPHABET[digit] for digit in [*digits, _check(digits)])


def read_short(text: str) -> int:
    """Return the holder of a short code as people type it: in any case, with hyphens, O for 0.

    One wrong character, or two that changed places, never names somebody else. Raises Unreadable.
    """
    typed = text.strip().upper().translate(_MISREAD)
    if len(typed) != _DIGITS + 1 or not set(typed) <= set(_ALPHABET):
        raise Unreadable("A short code has 8 letters and digits; look at it again.")
    *digits, check = map(_ALPHABET.index, typed)
    holder = sum(digit << 5 * place for place, digit in enumerate(reversed(digits)))
    if check != _check(digits) or holder >> _BITS:
        raise Unreadable("One character of this short code is wrong; look at it again.")
    return holder


def _check(digits: list[int]) -> int:
    """Return the sum of all digits, each multiplied by a power of its own: a Reed-Solomon code."""
    check = 0
    for place, digit in enumerate(digits, start=1):
        for bit in range(5):
            if digit >> bit & 1:
                check ^= _POWERS[(place + bit) % 31]
    return check
