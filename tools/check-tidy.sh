#!/usr/bin/env bash
# Fails when clang-tidy finds something in the project that .clang-tidy asks for.
# It reads the batches of sources of the debug preset (tools/setup.sh debug):
# most of its time goes into MLIR's headers, once per batch instead of once per
# source.
#
# usage: tools/check-tidy.sh [REGEX...]   (of the batches' paths; default: all)
set -euo pipefail
cd "$(dirname "$0")/.."
run-clang-tidy-22 -p build-debug -quiet -j "$(nproc)" "$@"
