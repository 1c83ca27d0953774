"""QR codes as pictures."""

import qrcode
from qrcode.constants import ERROR_CORRECT_M


def terminal(text: str) -> str:
    """Return a QR code (ISO/IEC 18004, correction M) as lines of half blocks for a terminal.

    Light modules are drawn and dark ones left out, because most terminals are dark; a quiet zone
    of two modules suffices there.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=2)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    if len(matrix) % 2:
        matrix.append([False] * len(matrix))
    blocks = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}
    return "\n".join(
        "".join(blocks[bool(upper), bool(lower)] for upper, lower in zip(*pair, strict=True))
        for pair in zip(matrix[::2], matrix[1::2], strict=True)
    )
