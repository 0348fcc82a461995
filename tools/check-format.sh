#!/usr/bin/env bash
# Fails when a C or C++ file is not formatted as .clang-format says or a script of
# the tests does not compile. Writes nothing into the tree.
#
# usage: tools/check-format.sh
set -euo pipefail
cd "$(dirname "$0")/.."
find include lib tools \( -name '*.h' -o -name '*.cpp' -o -name '*.c' \) -print0 |
  xargs -0 clang-format-22 --dry-run -Werror
cache=$(mktemp -d)
trap 'rm -r "$cache"' EXIT
find test tools -name '*.py' -print0 |
  PYTHONPYCACHEPREFIX=$cache xargs -0 python3 -m py_compile
