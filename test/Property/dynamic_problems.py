#!/usr/bin/env python3
"""Compiles convolutions whose rows or columns only the program knows, runs them
on images of many sizes and compares them exactly.

usage: dynamic_problems.py --conv-opt PATH --llvm-bin DIR [--cc PATH] [--count N] [--sizes N]
                           [--seed S] [--options "cpu=haswell"] [--batch 20]
                           [--guard end|begin]

Each problem of problems.py is one function on memrefs, called for images of
`--sizes` sizes, among them the smallest its window fits. Some outputs leave rows
and columns unread. Every operand ends (or begins) at an inaccessible page. No
problem may be left to the plain lowering. Exit code 1 when a result differs or a
module does not compile; a crash ends the script.
"""

from __future__ import annotations

import argparse
import copy
import ctypes
import faulthandler
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import numpy as np

import guard
import problems
from random_problems import compile_module, descriptor

LEFT = " is left to the plain lowering"
IMAGE = {"h": "ho", "w": "wo"}


def draw(rng: random.Random) -> tuple[problems.Problem, str]:
    """A problem and those of its extents that are not known."""
    while True:
        problem = problems.draw(rng)
        if rng.random() < 0.25:
            problem = problems.set_type(rng, problem, rng.choice(sorted(problems.TYPES)))
        problem.dynamic |= bool(problem.steps or problem.pitch)
        letters = [c for c in "hw" if c in problem.layout[0]]
        # Blocks of the output are whole vectors, or not computed.
        if letters and "K" not in problem.layout[2]:
            return problem, "".join(letters if rng.random() < 0.7 else rng.sample(letters, 1))


def resize(rng: random.Random, problem: problems.Problem, unknown: str, smallest: bool, declared: list[str]) -> problems.Problem:
    """The problem on an image of another size, which may be one of those `declared`."""
    problem = copy.deepcopy(problem)
    extent = problem.extent
    sizes = rng.choice(declared).split("x") if declared and rng.random() < 0.4 else []
    for axis, (image, window) in enumerate(zip("hw", "rs")):
        if image not in unknown:
            continue
        reach = (extent[window] - 1) * problem.dilation[axis]
        padding = problem.low[axis] + problem.high[axis]
        least = max(1, reach + 1 - padding)
        extent[image] = least if smallest else rng.randint(least, least + 40)
        if sizes:
            extent[image] = max(least, int(sizes[axis]))
        fits = (extent[image] + padding - reach - 1) // problem.stride[axis] + 1
        extent[IMAGE[image]] = max(fits - (rng.choice([1, 2]) if rng.random() < 0.1 else 0), 1)
    return problem


def function(problem: problems.Problem, name: str, data: dict[str, np.ndarray], unknown: str) -> str:
    text = problems.function(problem, name, data)
    for key, which in (("input", 0), ("output", 2), ("residual", 2)):
        if key not in data:
            continue
        known = problems.memref_type(data[key], problem.dynamic)
        sizes = known[len("memref<") :].split("x", data[key].ndim)
        sizes[:-1] = ["?" if c in unknown else size for c, size in zip(problem.layout[which], sizes)]
        text = text.replace(f"%{key}: {known}", f"%{key}: @{key}")
        text = text.replace(f"%{key} : {known}", f"%{key} : @{key}")
        text = text.replace(f"%filter : {known},", f"%filter : @{key},") if key == "input" else text
        text = text.replace(f"@{key}", "memref<" + "x".join(sizes))
    return text


def compute(library: ctypes.CDLL, name: str, problem: problems.Problem, seed: int, where: str) -> bool:
    data = problems.make_data(problem, seed)
    operands = {key: guard.guarded(array, where) for key, array in data.items()}
    getattr(library, f"_mlir_ciface_{name}")(*(ctypes.byref(descriptor(array)) for array in operands.values()))
    return problems.agrees(problem, operands["output"], problems.reference(problem, data))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--sizes", type=int, default=12)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--options", default="cpu=native")
    parser.add_argument("--guard", choices=["end", "begin"], default="end")
    args = parser.parse_args()
    print(f"seed {args.seed}, {args.count} problems of {args.sizes} sizes, {args.options}, guard {args.guard}", flush=True)
    faulthandler.enable()
    rng = random.Random(args.seed)
    declared = [size for sizes in re.findall(r"sizes=(\S+)", args.options) for size in sizes.split(",")]
    deciding = re.sub(r"sizes=\S+", "", args.options)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, args.count, args.batch):
            drawn = [draw(rng) for _ in range(min(args.batch, args.count - start))]
            texts = [
                function(p, f"f{start + i}", problems.make_data(p, args.seed), unknown) for i, (p, unknown) in enumerate(drawn)
            ]
            module = "".join(texts)
            decided = subprocess.run(
                [args.conv_opt, f"--conv-autotune={deciding}"], input=module, capture_output=True, text=True
            )
            lines = [line for line in decided.stderr.splitlines() if " error: " in line or LEFT in line]
            if decided.returncode != 0 or lines:
                failed += 1
                print("\n".join(lines), module, sep="\n", flush=True)
                continue
            path = compile_module(module, args, pathlib.Path(folder), f"m{start}", args.options)
            library = ctypes.CDLL(str(path))
            for i, ((problem, unknown), text) in enumerate(zip(drawn, texts)):
                for size in range(args.sizes):
                    image = resize(rng, problem, unknown, smallest=size == 0, declared=declared)
                    if not compute(library, f"f{start + i}", image, args.seed + size, args.guard):
                        failed += 1
                        print(f"wrong result, seed {args.seed}, {image.extent}:\n{text}", flush=True)
    print(f"{args.count} problems, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
