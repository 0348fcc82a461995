#!/usr/bin/env python3
"""Measures how well a machine file predicts layers that it was not fitted to.

usage: tools/rates-error.py MACHINE.json [--cpu native] [--repeats 3] [--layers PROBLEM,...]

Has conv-bench time the model's pick of each layer with the built-in rates and with
the file, in turns, and prints predicted and measured per cent of the peak, the
fastest of the repeats, and how far off predictions are: exp(mean |log(predicted /
measured)|) - 1. The layers are unpadded, so that all nominal taps are computed, and
none of those that `conv-tune --measure-machine` times.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LAYERS = (
    "ic96oc64_ih34kh3",
    "ic48oc192_ih28kh1",
    "ic192oc128_ih20kh3",
    "ic320oc256_ih18kh3",
    "ic384oc512_ih14kh1",
    "ic1024oc1024_ih14kh1",
    "ic256oc1536_ih8kh1",
    "ic96oc96_ih112kh1",
    "ic48oc96_ih131kh3sh2",
    "ic48oc64_ih200kh1",
    "ic24oc48_ih386kh1",
    "ic16oc32_ih98kh5",
)


def measure(arguments: argparse.Namespace, layer: str, layout: str, file: str) -> tuple[float, float]:
    """(predicted, measured) share of the peak of the model's pick."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "result.json")
        command = [os.path.join(arguments.bin, "conv-bench"), layer, "--layout", layout]
        command += ["--cpu", arguments.cpu, "--json", path]
        if file:
            command += ["--machine", file]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            sys.exit(run.stderr)
        with open(path) as text:
            record = json.load(text)["records"][0]
    return record["predicted_fraction"], record["peak_fraction"]


def get_error(pairs: list[tuple[float, float]]) -> float:
    return math.exp(sum(abs(math.log(p / m)) for p, m in pairs) / len(pairs)) - 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("machine", help="the file")
    parser.add_argument("--cpu", default="native")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--layers", default=",".join(LAYERS), help="problem strings")
    parser.add_argument("--layouts", default="nhwc,nchw")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"))
    arguments = parser.parse_args()
    files = {"built in": "", "file": arguments.machine}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in files}
    print("| layer | layout | rates | predicted % | measured % |\n|---|---|---|--:|--:|")
    for layer in arguments.layers.split(","):
        for layout in arguments.layouts.split(","):
            runs: dict[str, list[tuple[float, float]]] = {name: [] for name in files}
            for _ in range(arguments.repeats):
                for name, file in files.items():
                    runs[name].append(measure(arguments, layer, layout, file))
            for name, pairs in runs.items():
                best = (pairs[0][0], max(measured for _, measured in pairs))
                found[name].append(best)
                print(f"| `{layer}` | {layout} | {name} | {100 * best[0]:.1f} | {100 * best[1]:.1f} |", flush=True)
    for name, pairs in found.items():
        print(f"{name}: predictions of {len(pairs)} layers off by {100 * get_error(pairs):.1f} % (geometric mean)")


if __name__ == "__main__":
    main()
