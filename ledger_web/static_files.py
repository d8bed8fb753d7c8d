"""The static files of the kit and of a service's package, named by their content.

All files are read when the service starts; a request is looked up by its path among them, so there is no path
to climb out by. `url_of` gives a path with the file's hash, which a browser may keep for good; without the
hash, or with another one, it must ask again (ETag, RFC 9110 13.1.2).
"""

import gzip
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from ledger_web.errors import NotFound, StartRefused

KIT_FOLDER = Path(__file__).parent / "static"
KIT_PREFIX = "kit/"
VENDORED = Path(__file__).parent / "vendored.json"

_MEDIA_TYPES = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".woff2": "font/woff2",
    }
)
_SQUEEZED = frozenset({".css", ".js", ".json", ".svg", ".txt"})
# A worker takes its policy from its own answer: it may import our modules and run WebAssembly (scrypt), which
# no page may, and reach nothing else (ADR 0012).
_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'"
_HASH_CHARACTERS = 16


class NoSuchFile(NotFound):
    """No static file has that path."""

    code = "no-such-file"
    title = "There is no such file"
    title_zh = "文件不存在"


@dataclass(frozen=True)
class StaticFile:
    """One file: its content as read, its hash, and when it was changed."""

    place: Path
    content: bytes
    digest: str
    changed_at: int

    @cached_property
    def squeezed(self) -> bytes:
        """The content in gzip."""
        return gzip.compress(self.content, 9, mtime=0)

    @property
    def media_type(self) -> str:
        """The media type, by the file's ending."""
        return _MEDIA_TYPES[self.place.suffix]


class StaticFiles:
    """The files of `folder` under their own paths, and the kit's under `kit/`.

    `live` looks again when a file changed, for work on the pages. Raises StartRefused if the kit's vendored
    files are missing or aren't the ones that `vendored.json` names.
    """

    def __init__(self, folder: Path, *, url: str, live: bool) -> None:
        self._folders = ((KIT_PREFIX, KIT_FOLDER), ("", folder))
        self._url = url
        self._live = live
        self._files = self._read()
        verify_vendored(KIT_FOLDER / "vendor", VENDORED)

    def find(self, path: str) -> StaticFile | None:
        """Find a file by its path below the static address."""
        found = self._files.get(path)
        if self._live and (found is None or _changed_at(found.place) != found.changed_at):
            self._files = self._read()
            found = self._files.get(path)
        return found

    def url_of(self, path: str) -> str:
        """Return the address of a file, with its hash. Raises LookupError: a template names no such file."""
        found = self.find(path)
        if found is None:
            raise LookupError(f"no static file {path}")
        return f"{self._url}/{path}?v={found.digest[:_HASH_CHARACTERS]}"

    def answer(self, request: Request, path: str) -> Response:
        """Answer a request for the file at `path`. Raises NoSuchFile."""
        found = self.find(path)
        if found is None:
            raise NoSuchFile("No file has this address.", "该地址没有文件。")
        named_by_content = request.query_params.get("v") == found.digest[:_HASH_CHARACTERS]
        headers = {
            "Cache-Control": "public, max-age=31536000, immutable" if named_by_content else "no-cache",
            "Content-Security-Policy": _POLICY,
            "ETag": f'W/"{found.digest[:32]}"',
            "Vary": "Accept-Encoding",
        }
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if found.place.suffix in _SQUEEZED and "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(found.squeezed, media_type=found.media_type, headers=headers)
        return Response(found.content, media_type=found.media_type, headers=headers)

    def _read(self) -> dict[str, StaticFile]:
        return {
            prefix + place.relative_to(folder).as_posix(): _read_file(place, _changed_at(place))
            for prefix, folder in self._folders
            for place in _list_files(folder)
        }


def verify_vendored(folder: Path, listed: Path) -> None:
    """Compare the files from other packages with the committed hashes. Raises StartRefused."""
    files: dict[str, dict[str, str]] = json.loads(listed.read_text("utf-8"))["files"]
    for name, entry in files.items():
        place = folder / name
        if not place.is_file():
            raise StartRefused(
                f"The pages are not built: {name} is missing. In a checkout, run make setup "
                "(or python scripts/build_pages.py); from a package, install one built after make setup. "
                f"| 页面尚未构建：缺少 {name}。在源码目录中请运行 make setup"
                "（或 python scripts/build_pages.py）；若安装自软件包，请改用执行过 make setup 后构建的包。"
            )
        if _read_file(place, _changed_at(place)).digest != entry["sha256"]:
            raise StartRefused(
                f"The page file {name} isn't the one that vendored.json names. Run python "
                "scripts/build_pages.py, or install the package anew. "
                f"| 页面文件 {name} 与 vendored.json 所列不符。"
                "请运行 python scripts/build_pages.py，或重新安装。"
            )


def _list_files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        for place in (Path(root, name) for name in sorted(names)):
            if place.suffix in _MEDIA_TYPES and stat.S_ISREG(place.lstat().st_mode):
                yield place


@lru_cache(maxsize=512)  # the kit serves several applications
def _read_file(place: Path, changed_at: int) -> StaticFile:
    content = place.read_bytes()
    return StaticFile(place, content, hashlib.sha256(content).hexdigest(), changed_at)


def _changed_at(place: Path) -> int:
    try:
        return place.stat().st_mtime_ns
    except OSError:
        return 0
