"""Looking for a secret: the forms in which bytes may lie somewhere, and every file of a folder."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote


def list_forms(secret: bytes) -> dict[str, bytes]:
    """The forms in which a secret may have been written down, by name."""
    standard = base64.b64encode(secret).rstrip(b"=")
    forms = {
        "as it is": secret,
        "hex": secret.hex().encode(),
        "HEX": secret.hex().upper().encode(),
        "base64": standard,
        "base64url": base64.urlsafe_b64encode(secret).rstrip(b"="),
        "reversed": secret[::-1],
        "as a JSON list": b",".join(str(octet).encode() for octet in secret),
        "as a spaced JSON list": b", ".join(str(octet).encode() for octet in secret),
    }
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return forms
    in_a_url = quote(text, safe="").encode()
    return forms | {"UTF-16": text.encode("utf-16-le")} | ({"URL": in_a_url} if in_a_url != secret else {})


def find_forms(content: bytes, secrets: Mapping[str, bytes]) -> Iterator[str]:
    """Which secrets stand in the content, and in which form."""
    for name, secret in secrets.items():
        for form, looked_for in list_forms(secret).items():
            if looked_for in content:
                yield f"{name} ({form})"


def find_in_files(folder: Path, secrets: Mapping[str, bytes]) -> list[str]:
    """Each file under the folder in which a secret stands, and in which form."""
    return [
        f"{path.relative_to(folder)}: {found}"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
        for found in find_forms(path.read_bytes(), secrets)
    ]
