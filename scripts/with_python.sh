#!/bin/sh
# Runs a Python script with the first Python on the PATH that is new enough.
#
# Usage: scripts/with_python.sh SCRIPT [ARGUMENT...]

for name in python3 python3.13 python3.12 python3.11 python3.14 python; do
  python=$(command -v "$name" 2>/dev/null) || continue
  # The virtual environment comes first on the Makefile's PATH, and must not be made from itself.
  case $python in "$PWD"/.venv/*) python=$(PATH=${PATH#"$PWD"/.venv/bin:} command -v "$name" 2>/dev/null) || continue ;; esac
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    exec "$python" "$@"
  fi
done

echo "没有找到 Python 3.11 或更新版本。请先安装, 例如: apt-get install python3 python3-venv" >&2
echo "No Python 3.11 or newer was found. Install one first, for example: apt-get install python3 python3-venv" >&2
exit 1
