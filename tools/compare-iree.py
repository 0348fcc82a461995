#!/usr/bin/env python3
"""Times the layers of a net compiled by IREE beside conv-bench.

usage: tools/compare-iree.py [--net resnet50] [--layout nhwc] [--rounds 3]
                             [--iree DIR] [--bench build/bin/conv-bench]

Needs `pip install iree-base-compiler iree-base-runtime`; DIR is where their
programs are (default: on the path). Each layer is one linalg convolution (and a
tensor.pad) with constant weights, so that IREE may lay them out at compile time
as conv-bench does, for this CPU and one thread: device local-sync, data tiling
on, the time google-benchmark gives for the CPU. Ours and theirs are timed in
turns; the speed-up is the median over the rounds. IREE allocates its result in
each call, conv-bench writes to a given one.
"""

import argparse
import array
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def both(layer, name, default):
    """A field given for both axes at once or for each."""
    value = layer.get(name, default)
    return tuple(layer.get(f"{name}_{axis}", value) for axis in "hw")


def write_module(layer, layout):
    """One convolution in linalg on tensors, as a front end writes it."""
    n, c, h, w, k, r, s = (layer[x] for x in "nchwkrs")
    (sh, sw), (dh, dw) = both(layer, "stride", 1), both(layer, "dilation", 1)
    low = both(layer, "pad", 0)
    high = (layer.get("pad_h_high", low[0]), layer.get("pad_w_high", low[1]))
    ph, pw = h + low[0] + high[0], w + low[1] + high[1]
    ho, wo = (ph - (r - 1) * dh - 1) // sh + 1, (pw - (s - 1) * dw - 1) // sw + 1
    if layout == "nhwc":
        x, p, f, y = (n, h, w, c), (n, ph, pw, c), (r, s, c, k), (n, ho, wo, k)
        op, lows, highs = "nhwc_hwcf", (0, *low, 0), (0, *high, 0)
    else:
        x, p, f, y = (n, c, h, w), (n, c, ph, pw), (k, c, r, s), (n, k, ho, wo)
        op, lows, highs = "nchw_fchw", (0, 0, *low), (0, 0, *high)
    tensor = lambda shape: f"tensor<{'x'.join(map(str, shape))}xf32>"
    bounds = lambda pads: "[" + ", ".join(map(str, pads)) + "]"
    # Distinct weights: a splat would be folded.
    count = math.prod(f)
    values = array.array("f", ((i % 13 - 6) / 16 for i in range(count)))
    if sys.byteorder != "little":
        values.byteswap()
    weights = values.tobytes().hex().upper()
    pad = ""
    source = "%x"
    if any(low) or any(high):
        pad = f"""
    %p = tensor.pad %x low{bounds(lows)} high{bounds(highs)} {{
    ^bb0({", ".join(f"%i{i}: index" for i in range(4))}):
      tensor.yield %zero : f32
    }} : {tensor(x)} to {tensor(p)}"""
        source = "%p"
    return f"""func.func @conv(%x: {tensor(x)}) -> {tensor(y)} {{
    %zero = arith.constant 0.0 : f32
    %f = arith.constant dense<"0x{weights}"> : {tensor(f)}{pad}
    %e = tensor.empty() : {tensor(y)}
    %z = linalg.fill ins(%zero : f32) outs(%e : {tensor(y)}) -> {tensor(y)}
    %y = linalg.conv_2d_{op} {{dilations = dense<[{dh}, {dw}]> : tensor<2xi64>,
                               strides = dense<[{sh}, {sw}]> : tensor<2xi64>}}
      ins({source}, %f : {tensor(p)}, {tensor(f)}) outs(%z : {tensor(y)}) -> {tensor(y)}
    return %y : {tensor(y)}
  }}
""", "x".join(map(str, x)) + "xf32"


def run(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise SystemExit(f"{command[0]} failed:\n{result.stderr[-2000:]}")
    return result.stdout


def time_iree(benchmark, module, argument):
    """Milliseconds of CPU time of one call."""
    out = run(
        [benchmark, f"--module={module}", "--device=local-sync", "--function=conv",
         f"--input={argument}=0.5", "--benchmark_min_time=0.2s",
         "--benchmark_format=json"]
    )
    entry = json.loads(out[out.index("{"):])["benchmarks"][0]
    scale = {"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1e3}[entry["time_unit"]]
    return entry["cpu_time"] * scale


def time_ours(bench, layer, layout, directory):
    """The record of conv-bench."""
    layers, out = (os.path.join(directory, name) for name in ("l.json", "o.json"))
    with open(layers, "w", encoding="utf-8") as file:
        json.dump([layer], file)
    run([bench, "--layers", layers, "--layout", layout, "--json", out])
    with open(out, encoding="utf-8") as file:
        return json.load(file)["records"][0]


def load_net(name):
    path = os.path.join(ROOT, "tools", "conv-bench", "layers", f"{name}.json")
    if not os.path.exists(path):
        raise SystemExit(f"{path}: no such net")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--net", default="resnet50")
    parser.add_argument("--layout", choices=("nhwc", "nchw"), default="nhwc")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--iree", default="", help="directory of IREE's programs")
    parser.add_argument("--bench", default=os.path.join(ROOT, "build/bin/conv-bench"))
    args = parser.parse_args()
    program = lambda name: os.path.join(args.iree, name)
    print(run([program("iree-compile"), "--version"]).strip().splitlines()[1].strip())
    speedups, fractions = [], []
    with tempfile.TemporaryDirectory() as directory:
        source, binary = (os.path.join(directory, f"m.{x}") for x in ("mlir", "vmfb"))
        for layer in load_net(args.net):
            if layer.get("groups", 1) != 1:
                continue
            text, argument = write_module(layer, args.layout)
            with open(source, "w", encoding="utf-8") as file:
                file.write(text)
            run(
                [program("iree-compile"), source, "-o", binary, "--iree-opt-level=O3",
                 "--iree-hal-target-device=local",
                 "--iree-hal-local-target-device-backends=llvm-cpu",
                 "--iree-llvmcpu-target-cpu=host"]
            )
            ratios, ours = [], {}
            for _ in range(args.rounds):
                theirs = time_iree(program("iree-benchmark-module"), binary, argument)
                ours = time_ours(args.bench, layer, args.layout, directory)
                ratios.append(theirs / ours["median_ms"])
            speedups.append(statistics.median(ratios))
            fractions.append(ours["peak_fraction"])
            print(
                f"{layer['name']:28} ours {ours['median_ms']:9.3f} ms"
                f" {100 * fractions[-1]:6.1f} % of peak   IREE {theirs:9.3f} ms"
                f"   speed-up {speedups[-1]:6.2f}",
                flush=True,
            )
    print(
        f"{args.net} {args.layout}: geometric mean speed-up"
        f" {statistics.geometric_mean(speedups):.2f}, least {min(speedups):.2f},"
        f" {len(speedups)} layers"
    )


if __name__ == "__main__":
    main()
