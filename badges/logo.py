"""Opens the event's logo."""

import warnings
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from badges.face import Occasion

MOST_PIXELS = 4_000_000


def open_logo(occasion: Occasion) -> Image.Image | None:
    """Return the logo as RGB or RGBA, None without one; large ones are made smaller.

    Raises ValueError when it is no PNG or JPEG.
    """
    if occasion.logo is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            source = BytesIO(occasion.logo) if isinstance(occasion.logo, bytes) else occasion.logo
            with Image.open(source, formats=("PNG", "JPEG")) as picture:
                logo = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, Warning) as error:
        raise ValueError("The logo cannot be read; give a PNG or JPEG file.") from error
    if logo.width * logo.height > MOST_PIXELS:
        part = (MOST_PIXELS / (logo.width * logo.height)) ** 0.5
        size = (max(1, int(logo.width * part)), max(1, int(logo.height * part)))
        logo = logo.resize(size, Image.Resampling.LANCZOS)
    return logo
