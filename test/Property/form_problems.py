#!/usr/bin/env python3
"""Compiles and runs convolutions in unusual forms and compares them exactly.

usage: form_problems.py --conv-opt PATH --llvm-bin DIR --cc PATH [--count N]
                        [--seed S] [--options "cpu=haswell"] [--batch 30] [--kinds volume,...]

Volumes of random shapes, on tensors, with what front ends write around them,
compared with NumPy on integers whose sums are exact. No form may be left to the
plain lowering: a warning fails the problem. Every operand ends at an
inaccessible page. Exit code 1 when a result differs or a module does not
compile; a crash ends the script.
"""

from __future__ import annotations

import argparse
import faulthandler
import ctypes
import itertools
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np

from random_problems import compile_module
from rest_problems import Case, fill, generic, integers, run, tensor


def axes(rng: random.Random, count: int, largest: int = 7) -> list[dict[str, int]]:
    """Extents of image, window and output along each axis."""
    result = []
    for _ in range(count):
        taps, stride, dilation = rng.choice([1, 2, 3, 3]), rng.choice([1, 1, 2, 3]), rng.choice([1, 1, 2])
        low, high = (rng.choice([0, 1, 1, 2]) if rng.random() < 0.6 else 0 for _ in range(2))
        reach = (taps - 1) * dilation + 1
        size = rng.randint(max(1, reach - low - high), max(largest, reach))
        out = (size + low + high - reach) // stride + 1
        result.append({"in": size, "taps": taps, "stride": stride, "dilation": dilation, "low": low, "high": high, "out": out})
    return result


def convolve(x: np.ndarray, w: np.ndarray, image: list[dict[str, int]], subscripts: str) -> np.ndarray:
    """The sum over the taps. `x` ends in the axes of the image, padded here, `w` begins with the taps."""
    x = np.pad(x, [(0, 0)] * (x.ndim - len(image)) + [(a["low"], a["high"]) for a in image])
    result = 0.0
    for tap in itertools.product(*(range(a["taps"]) for a in image)):
        views = tuple(
            slice(t * a["dilation"], t * a["dilation"] + (a["out"] - 1) * a["stride"] + 1, a["stride"])
            for t, a in zip(tap, image)
        )
        result = result + np.einsum(subscripts, x[(..., *views)], w[tap])
    return result


def pad(name: str, source: str, shape: tuple[int, ...], low: list[int], high: list[int]) -> tuple[str, tuple[int, ...]]:
    padded = tuple(s + a + b for s, a, b in zip(shape, low, high))
    indices = ", ".join(f"%{name}_{i}: index" for i in range(len(shape)))
    return (
        f"  %{name}_z = arith.constant 0.0 : f32\n"
        f"  %{name} = tensor.pad %{source} low{low} high{high} {{\n  ^bb0({indices}):\n    tensor.yield %{name}_z : f32\n"
        f"  }} : {tensor(shape)} to {tensor(padded)}\n",
        padded,
    )


def permute(letters: str, order: str, array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array.transpose([letters.index(c) for c in order]))


def around(rng: random.Random, body: str, sums: np.ndarray, channel: int, inputs: list[np.ndarray]) -> Case:
    """What front ends write behind: a bias and ReLU, in one operation."""
    if rng.random() < 0.5:
        return Case(body.replace("%sums", "%r"), inputs, sums.astype(np.float32))
    rank, shape = sums.ndim, sums.shape
    bias = integers(rng, (shape[channel],))
    maps = [f"affine_map<({', '.join(f'd{i}' for i in range(rank))}) -> (d{channel})>"]
    whole = f"affine_map<({', '.join(f'd{i}' for i in range(rank))}) -> ({', '.join(f'd{i}' for i in range(rank))})>"
    body += f"  %ye = tensor.empty() : {tensor(shape)}\n  %yz = arith.constant 0.0 : f32\n"
    body += generic(
        "r", [("sums", shape), (f"a{len(inputs)}", bias.shape)], [whole] + maps, "ye", shape, whole, ["parallel"] * rank,
        "%s = arith.addf %x0, %x1 : f32\n    %t = arith.maximumf %s, %yz : f32\n    linalg.yield %t : f32",
    )  # fmt: skip
    biased = sums + bias.reshape([-1 if i == channel else 1 for i in range(rank)])
    return Case(body, [*inputs, bias], np.maximum(biased, 0).astype(np.float32))


VOLUMES = {
    "conv_3d": ("dhw", "tuv", "dhw"),
    "conv_3d_ndhwc_dhwcf": ("ndhwc", "tuvck", "ndhwk"),
    "conv_3d_ncdhw_fcdhw": ("ncdhw", "kctuv", "nkdhw"),
    "depthwise_conv_3d_ndhwc_dhwc": ("ndhwc", "tuvc", "ndhwc"),
    "depthwise_conv_3d_ncdhw_cdhw": ("ncdhw", "ctuv", "ncdhw"),
    "depthwise_conv_3d_ndhwc_dhwcm": ("ndhwc", "tuvcm", "ndhwcm"),
}


def draw_volume(rng: random.Random) -> Case:
    name = rng.choice(list(VOLUMES))
    layout = VOLUMES[name]
    image = axes(rng, 3)
    if name == "conv_3d":  # Has neither strides nor dilations.
        for a in image:
            a.update(stride=1, dilation=1)
            a["in"] = max(a["in"], a["taps"] - a["low"] - a["high"])
            a["out"] = a["in"] + a["low"] + a["high"] - a["taps"] + 1
    extent = {"n": rng.randint(1, 2), "c": rng.choice([1, 3, 8, 17]), "k": rng.choice([1, 5, 16, 20]), "m": rng.randint(1, 3)}
    extent |= {d: a["in"] for d, a in zip("dhw", image)} | {t: a["taps"] for t, a in zip("tuv", image)}
    x = integers(rng, tuple(extent[c] for c in layout[0]), 4)
    w = integers(rng, tuple(extent[c] for c in layout[1]), 4)
    plain = "".join(c for c in layout[0] if c in "nc")
    free = "".join(c for c in layout[1] if c in "ckm")
    results = "".join(c for c in layout[2] if c in "nckm")
    sums = convolve(
        permute(layout[0], plain + "dhw", x), permute(layout[1], "tuv" + free, w), image,
        f"{plain}dhw,{free}->{results}dhw",
    )  # fmt: skip
    sums = permute(results + "dhw", layout[2], sums)
    body, source, shape = "", "a0", x.shape
    if any(a["low"] or a["high"] for a in image):
        sides = [[dict(zip("dhw", (a[side] for a in image))).get(c, 0) for c in layout[0]] for side in ("low", "high")]
        body, shape = pad("p", source, shape, *sides)
        source = "p"
    geometry = ""
    if name != "conv_3d":
        for what in ("stride", "dilation"):
            geometry += f"{what}s = dense<{[a[what] for a in image]}> : tensor<3xi64>, "
        geometry = f" {{{geometry[:-2]}}}"
    body += fill("f", sums.shape, 0.0) + (
        f"  %sums = linalg.{name}{geometry} ins(%{source}, %a1 : {tensor(shape)}, {tensor(w.shape)}) "
        f"outs(%f : {tensor(sums.shape)}) -> {tensor(sums.shape)}\n"
    )
    return around(rng, body, sums, rng.choice([i for i, c in enumerate(layout[2]) if c in "ckm"] or [0]), [x, w])


KINDS = {"volume": draw_volume}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--batch", type=int, default=30)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--options", default="cpu=native")
    parser.add_argument("--kinds", default=",".join(KINDS))
    args = parser.parse_args()
    print(f"seed {args.seed}, {args.count} problems, {args.options}", flush=True)
    faulthandler.enable()
    rng = random.Random(args.seed)
    kinds = args.kinds.split(",")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, args.count, args.batch):
            cases = [KINDS[rng.choice(kinds)](rng) for _ in range(min(args.batch, args.count - start))]
            texts = [case.text(f"f{start + i}") for i, case in enumerate(cases)]
            raised = subprocess.run(
                [args.conv_opt, "--conv-raise=require", "-o", "/dev/null"], input="\n".join(texts), capture_output=True, text=True
            )
            if raised.returncode != 0 or raised.stderr:
                print(f"not raised, seed {args.seed}:\n{raised.stderr}", flush=True)
                failed += 1
            library = compile_module("\n".join(texts), args, pathlib.Path(folder), f"m{start}", f"abi=c {args.options}")
            loaded = ctypes.CDLL(str(library))
            for i, (case, text) in enumerate(zip(cases, texts)):
                if what := run(loaded, f"f{start + i}", case):
                    failed += 1
                    print(f"{what}, seed {args.seed}, {args.options}:\n{text}", flush=True)
    print(f"{args.count} computed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
