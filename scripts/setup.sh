#!/bin/sh
# Makes .venv with everything that elbench and its tests need. Safe to repeat; called by make.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "elbench set-up: $1" >&2
    exit 2
}

python=${PYTHON:-python3}
command -v "$python" >/dev/null 2>&1 || fail "no $python found. Run: sudo apt-get install -y python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed, $("$python" --version) found. Set PYTHON=/path/to/a/newer/python3"

if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    sh scripts/system_packages.sh python3-venv
fi
[ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || { rm -rf .venv && "$python" -m venv .venv; }
.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip --upgrade >/dev/null
[ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
# uv brings certificates of its own; a machine behind a proxy has the right ones in its own store.
[ ! -e /etc/ssl/certs/ca-certificates.crt ] || export UV_SYSTEM_CERTS=true
.venv/bin/uv pip install --quiet --python .venv/bin/python --constraint constraints.txt --editable '.[dev]'
