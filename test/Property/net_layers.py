#!/usr/bin/env python3
"""Compiles every distinct layer of nets for a CPU of another architecture, runs
it under an emulator and compares with the plain definition, exactly.

usage: net_layers.py --conv-opt PATH --llvm-bin DIR --layers FILE.json ...
                     [--cpu cortex-a57,...] [--triple aarch64-linux-gnu]
                     [--cc aarch64-linux-gnu-gcc] [--emulator qemu-aarch64]
                     [--layout nhwc|nchw] [--divide N]

Emulation is slow: --divide N makes images N times smaller per axis (at least
7 x 7), the channels and with them most of the code stay. Exit code 1 when a
result differs or a program fails.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import tempfile

import emulate
import numpy as np
import problems
import random_problems

LAYOUTS = {"nhwc": ("nhwc", "rsck", "nhwk"), "nchw": ("nchw", "kcrs", "nkhw")}


def make_problem(layer: dict, layout: str, divide: int) -> problems.Problem:
    """`layer` with a smaller image."""

    def shrink(extent: int) -> int:
        return max(extent // divide, min(extent, 7))

    if layer["groups"] != 1:
        raise ValueError(f"{layer['name']}: groups")
    extent = {letter: layer[letter] for letter in "nckrs"} | {"g": 1}
    for image, window, out, axis in (("h", "r", "ho", "h"), ("w", "s", "wo", "w")):
        extent[image] = shrink(layer[image])
        reach = (layer[window] - 1) * layer["dilation"]
        extent[out] = (extent[image] + 2 * layer[f"pad_{axis}"] - reach - 1) // layer[f"stride_{axis}"] + 1
    pads = (layer["pad_h"], layer["pad_w"])
    return problems.Problem(
        LAYOUTS[layout], extent, (layer["stride_h"], layer["stride_w"]), (layer["dilation"],) * 2, pads, pads
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--layers", nargs="+", required=True)
    parser.add_argument("--cpu", type=lambda text: text.split(","), default=["cortex-a57"])
    parser.add_argument("--triple", default="aarch64-linux-gnu")
    parser.add_argument("--cc", default="aarch64-linux-gnu-gcc")
    parser.add_argument("--emulator", default="qemu-aarch64")
    parser.add_argument("--layout", choices=LAYOUTS, default="nhwc")
    parser.add_argument("--divide", type=int, default=1)
    parser.add_argument("--seed", type=int, default=2018)
    args = parser.parse_args()
    distinct: dict[str, tuple[str, problems.Problem]] = {}
    for path in args.layers:
        for layer in json.loads(pathlib.Path(path).read_text()):
            problem = make_problem(layer, args.layout, args.divide)
            distinct.setdefault(repr(problem), (layer["name"], problem))
    layers = list(distinct.values())
    data = [problems.make_data(problem, args.seed + i) for i, (_, problem) in enumerate(layers)]
    text = "\n".join(problems.function(problem, f"f{i}", d) for i, ((_, problem), d) in enumerate(zip(layers, data)))
    driver = emulate.write_driver(data, "end")
    failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        programs = [
            random_problems.compile_module(text, args, folder, cpu, f"cpu={cpu} triple={args.triple}", driver)
            for cpu in args.cpu
        ]
        for i, (name, problem) in enumerate(layers):
            expected = problems.reference(problem, data[i], by_products=True)
            for cpu, program in zip(args.cpu, programs):
                after, what = emulate.run(args.emulator.split(), str(program), i, data[i])
                if not what and not np.array_equal(after["output"], expected):
                    what = "wrong result"
                failed += bool(what)
                print(f"{name} {args.layout} {cpu}: {what or 'exact'}", flush=True)
    print(f"{len(layers) * len(args.cpu) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
