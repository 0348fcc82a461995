#!/usr/bin/env bash
# Installs the build into a temporary prefix, builds this folder's project
# against it, and runs what it built, the installed tools and the plugin.
#
# usage: run.sh BUILD_DIR LLVM_BIN CXX CC
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 llvm_bin=$2 cxx=$3 cc=$4
model=$here/../../examples/resnet50-bottleneck.mlir
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cmake --install "$build" --prefix "$tmp/prefix" >"$tmp/install.log"
cmake -G Ninja -S "$here" -B "$tmp/build" -DCMAKE_PREFIX_PATH="$tmp/prefix" \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_COMPILER="$cc" >"$tmp/configure.log" ||
  { cat "$tmp/configure.log"; exit 1; }
cmake --build "$tmp/build" -j2 >"$tmp/build.log" || { cat "$tmp/build.log"; exit 1; }

"$tmp/build/my-opt" "$model" --conv-raise |
  "$llvm_bin/FileCheck" --input-file=- <(echo 'CHECK-COUNT-3: conv.conv')
"$tmp/build/my-opt" "$model" --conv-to-llvm=cpu=haswell |
  "$llvm_bin/FileCheck" --input-file=- <(echo 'CHECK: llvm.func @main')
"$tmp/build/embedder" "$model" |
  "$llvm_bin/FileCheck" --input-file=- <(echo 'CHECK: workspace: {{[1-9][0-9]+}} bytes, first value: 0')
"$tmp/build/spot" | "$llvm_bin/FileCheck" --input-file=- <(echo 'CHECK: 4000 values, 0 wrong')
# Without CMake, by pkg-config. The library has a SONAME of its version and exports
# the C interface alone.
PKG_CONFIG_PATH=$(dirname "$(find "$tmp/prefix" -name convopt.pc)")
export PKG_CONFIG_PATH
library=$(pkg-config --variable=libdir convopt)/libConvOpt.so
version=$(pkg-config --modversion convopt)
# The flags are several words.
# shellcheck disable=SC2046
"$cc" "$here/embedder.c" -o "$tmp/embedder" $(pkg-config --cflags --libs convopt) \
  -Wl,-rpath,"$(dirname "$library")"
"$tmp/embedder" "$model" |
  "$llvm_bin/FileCheck" --input-file=- <(echo 'CHECK: workspace: {{[1-9][0-9]+}} bytes, first value: 0')
"$llvm_bin/llvm-readelf" -d "$library" | grep -qF "[libConvOpt.so.${version%.*}]"
if "$llvm_bin/llvm-nm" -D --defined-only "$library" | grep -vE ' (convOpt|CONVOPT_)'; then
  echo "consumer: libConvOpt.so exports more than the C interface" >&2
  exit 1
fi
# With the build's tools on the path, the package found is that of the build tree.
PATH=$build/bin:$PATH cmake -G Ninja -S "$here" -B "$tmp/in-tree" \
  -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_C_COMPILER="$cc" >"$tmp/configure.log" ||
  { cat "$tmp/configure.log"; exit 1; }
grep -q "^ConvOpt_DIR:PATH=$build\$" "$tmp/in-tree/CMakeCache.txt"
cmake --build "$tmp/in-tree" -j2 >"$tmp/build.log" || { cat "$tmp/build.log"; exit 1; }

# Installed binaries run from where they are, peers included.
"$tmp/prefix/bin/conv-bench" ic8oc8_ih8kh3ph1 --rounds 1 --peer naive |
  "$llvm_bin/FileCheck" --input-file=- <(echo 'CHECK: ; plain loops')
"$tmp/prefix/bin/conv-opt" "$model" --conv-raise >/dev/null
plugin=$(echo "$tmp"/prefix/lib*/ConvOptPlugin.so)
"$llvm_bin/mlir-opt" --load-dialect-plugin="$plugin" --load-pass-plugin="$plugin" \
  --pass-pipeline='builtin.module(conv-raise)' "$model" >/dev/null
echo "consumer: ok"
