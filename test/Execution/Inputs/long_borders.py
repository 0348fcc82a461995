#!/usr/bin/env python3
"""Compiles convolutions with long padding and long windows and counts their code.

usage: long_borders.py --bin DIR --work DIR

The vector FMAs, loads and stores of a convolution stay below a bound for every
padding and every window. Prints one line per convolution and a summary; exit
code 1 when one is more code than it may be, or fails without saying where.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys

# Some times what the limits of the compiler are, which count neither loads nor
# stores. Depthwise tiles may be of several rows, which have a higher one.
LIMIT = 8000
DENSE_LIMIT = 6000
# Only so that a compiler that never ends does not stop the tests.
PATIENCE = 120


def memref(*shape: int) -> str:
    return f"memref<{'x'.join(map(str, shape))}xf32>"


def convolution(
    layout: str, size: tuple[int, int], taps: tuple[int, int], low: tuple[int, int], high: tuple[int, int],
    stride: tuple[int, int] = (1, 1), dilation: tuple[int, int] = (1, 1), channels: int = 16,
) -> str:  # fmt: skip
    out = [
        (n + a + b - (t - 1) * d - 1) // s + 1
        for n, t, a, b, s, d in zip(size, taps, low, high, stride, dilation)
    ]  # fmt: skip
    if layout == "nhwc":
        dims = "nhwc x rsck -> nhwk"
        types = memref(1, *size, channels), memref(*taps, channels, 40), memref(1, *out, 40)
    elif layout == "nchw":
        dims = "nchw x kcrs -> nkhw"
        types = memref(1, channels, *size), memref(40, channels, *taps), memref(1, 40, *out)
    elif layout == "nhwg":
        dims = "nhwg x rsg -> nhwg"
        types = memref(1, *size, channels), memref(*taps, channels), memref(1, *out, channels)
    else:
        dims = "nghw x grs -> nghw"
        types = memref(1, channels, *size), memref(channels, *taps), memref(1, channels, *out)
    x, f, y = types
    return (
        f"func.func @f(%x: {x}, %f: {f}, %y: {y}) {{\n  conv.conv dims<{dims}, strides = {list(stride)}, "
        f"dilations = {list(dilation)}, low = {list(low)}, high = {list(high)}> ins(%x, %f : {x}, {f}) outs(%y : {y})\n"
        "  return\n}\n"
    )


def count(args: argparse.Namespace, text: str, cpu: str, algorithm: str) -> int | str:
    """Vector FMAs, loads and stores of the loops, or why there are none."""
    source = os.path.join(args.work, "m.mlir")
    with open(source, "w") as file:
        file.write(text)
    command = [
        os.path.join(args.bin, "conv-opt"), source, f"--conv-autotune=cpu={cpu} algorithm={algorithm}",
        "--conv-apply-schedule", "--conv-tile", "--conv-bufferize", "--conv-lower-to-loops",
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    if result.returncode == 0:
        return len(re.findall(r"vector\.(?:fma|load|store|maskedload|maskedstore)\b", result.stdout))
    located = re.search(r"m\.mlir:\d+:\d+: error: (.*)", result.stderr)
    return located.group(1) if located else f"failed without a located error: {result.stderr[:200]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--work", required=True)
    args = parser.parse_args()
    os.makedirs(args.work, exist_ok=True)
    failed = 0

    def check(name: str, texts: list[str], cpu: str, algorithm: str, may_say: str = "") -> None:
        nonlocal failed
        counts = [count(args, text, cpu, algorithm) for text in texts]
        good = all(
            c <= (LIMIT if name[:4] in ("nhwg", "nghw") else DENSE_LIMIT)
            if isinstance(c, int)
            else bool(may_say) and re.search(may_say, c) is not None
            for c in counts
        )
        failed += not good
        print(f"{name} {cpu} {algorithm}: {'bounded' if good else 'NOT BOUNDED'} {counts}", flush=True)

    for cpu in ("znver5", "haswell"):
        for layout in ("nhwc", "nchw", "nhwg", "nghw"):
            for side in ("low", "high", "both"):
                for axis in (0, 1):
                    pads = [
                        tuple(length if i == axis else 1 for i in range(2)) for length in (10000, 1000000, 2147483647)
                    ]
                    texts = [
                        convolution(
                            layout, (8, 9), (3, 3), pad if side != "high" else (1, 1), pad if side != "low" else (1, 1)
                        )
                        for pad in pads
                    ]
                    check(f"{layout} padding {side} {'hw'[axis]}", texts, cpu, "auto")
            for taps in ((1, 127), (127, 1), (127, 127), (1, 1024), (1024, 1)):
                pad = (taps[0] // 2, taps[1] // 2)
                size = tuple(56 if t > 1 else 1 for t in taps)
                check(f"{layout} window {taps[0]}x{taps[1]}", [convolution(layout, size, taps, pad, pad)], cpu, "auto")
        strided = [convolution("nchw", (7, 30), (3, 5), (2, n), (0, 9), (2, 2), (1, 3)) for n in (9001, 900001)]
        check("nchw strided and dilated", strided, cpu, "auto")
    for algorithm in ("naive", "im2col", "im2row", "mec", "im2win", "kn2row_aa", "kn2row", "kn2col_as"):
        for layout in ("nhwc", "nchw"):
            texts = [convolution(layout, (8, 9), (1, 3), (0, n), (0, n)) for n in (10000, 1000000)]
            check(f"{layout} padding", texts, "znver5", algorithm)
            texts = [convolution(layout, (8, 300), (1, 255), (0, 127), (0, 127))]
            check(f"{layout} window 1x255", texts, "znver5", algorithm, may_say="255 taps are more code")
    print(f"{failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
