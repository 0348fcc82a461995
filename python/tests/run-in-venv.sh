#!/usr/bin/env bash
# Installs the package into a fresh virtual environment and runs its tests.
#
# usage: run-in-venv.sh BUILD_DIR [PYTHON]
set -euo pipefail
python_dir=$(cd "$(dirname "$0")/.." && pwd)
export CONVOPT_BUILD_DIR=$1
venv=$(mktemp -d)
trap 'rm -rf "$venv"' EXIT
"${2:-python3}" -m venv "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check "$python_dir[test]"
# From another folder: what is imported is what was installed.
cd "$python_dir/tests"
"$venv/bin/python" -m pytest -q -p no:cacheprovider "$python_dir/tests"
