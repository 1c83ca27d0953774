"""The way from one venue to another on foot, as far as coordinates tell."""

from math import asin, ceil, cos, radians, sin, sqrt

from event.agenda.model import Venue

EARTH = 6_371_000
"""Its mean radius in metres (IUGG)."""
DETOUR, PACE = 1.3, 75
"""By how much streets are longer than the crow flies; metres a minute."""


def minutes_between(one: Venue | None, other: Venue | None) -> int:
    """Return whole minutes on foot, rounded up; 0 within one venue and where nobody knows.

    The great circle by the haversine formula, times `DETOUR`, at `PACE`.
    """
    if one is None or other is None or one.id == other.id:
        return 0
    degrees = (one.latitude, one.longitude, other.latitude, other.longitude)
    known = [radians(micro / 1e6) for micro in degrees if micro is not None]
    if len(known) < len(degrees):
        return 0
    north, east, to_north, to_east = known
    half = sin((to_north - north) / 2) ** 2
    half += cos(north) * cos(to_north) * sin((to_east - east) / 2) ** 2
    return ceil(2 * EARTH * asin(sqrt(min(half, 1.0))) * DETOUR / PACE)
