"""QR codes read from a picture of a page, by a decoder that is not the encoder's."""

from __future__ import annotations

import io

import zxingcpp
from PIL import Image


def read_qr_texts(picture: bytes) -> list[str]:
    """The text of every QR code in a PNG, from top to bottom."""
    with Image.open(io.BytesIO(picture)) as image:
        found = zxingcpp.read_barcodes(image.convert("L"))
    codes = [code for code in found if code.format == zxingcpp.BarcodeFormat.QRCode]
    return [code.text for code in sorted(codes, key=lambda code: code.position.top_left.y)]
