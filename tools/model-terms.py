#!/usr/bin/env python3
"""Measures each term of the analytical model by itself.

usage: tools/model-terms.py [--bin build/bin] [--rounds N]

Every experiment is one convolution under schedules that differ in what a single
term of the model speaks of: the tile, the order of the loops, what is fetched
ahead, or the distance of the planes. Printed as Markdown, with the share of the
FMA peak on nominal flops that the model predicts and that conv-bench measures
for native code.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def tiles(layer, *sizes, **fields):
    """`layer` under tiles (columns, channels)."""
    return [(layer, {"w_ob": w, "c_ob": c, **fields}) for w, c in sizes]


# Without padding, so that all nominal taps are computed.
SMALL, DEEP, WIDE = "ic64oc64_ih30kh3", "ic256oc768_ih16kh3", "ic512oc768_ih16kh3"
POINTS, IMAGE = "ic512oc256_ih28kh1", "ic128oc128_ih256kh1"
AHEAD = {"prefetch_input": 1}
FLAT = {"flatten": "true"}

EXPERIMENTS = [
    ("latency", tiles(SMALL, (4, 32), (5, 32), (6, 32), (7, 32), (14, 32))),
    ("load ports", tiles(SMALL, (14, 16), (28, 16), (3, 64))),
    ("start of a tile", tiles("ic16oc64_ih56kh1", (7, 32), (14, 32), **FLAT)),
    ("filter from L2 to L1", tiles(DEEP, (14, 32), (6, 64), (4, 64), (4, 96), (3, 96))),
    ("a block of the filter leaves L2", tiles(WIDE, (14, 32), (9, 48), (6, 64), (5, 64))),
    (
        "order of the loops",
        tiles(POINTS, (12, 32), **FLAT) + tiles(POINTS, (12, 32), order="hwk", **FLAT),
    ),
    (
        "input fetched ahead",
        tiles(IMAGE, (7, 32), order="hwk", **FLAT)
        + tiles(IMAGE, (7, 32), order="hwk", **FLAT, **AHEAD)
        + tiles("ic64oc128_ih257kh3sh2", (13, 32), order="hkw")
        + tiles("ic64oc128_ih257kh3sh2", (13, 32), order="hkw", **AHEAD),
    ),
    (
        "planes of pages (NCHW)",
        [
            (f"ic64oc64_ih{size}kh3", {"w_ob": 14, "c_ob": 32, "order": "hkw", "layout": "nchw"})
            for size in (224, 226)
        ],
    ),
]


def measure(arguments, layer, fields):
    """(predicted, measured) share of the peak."""
    fields = {"prefetch": 2048, **fields}
    layout = fields.pop("layout", "nhwc")
    text = ", ".join(f"{key} = {value}" for key, value in fields.items())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "result.json")
        command = [os.path.join(arguments.bin, "conv-bench"), layer, "--layout", layout]
        command += ["--schedule", f"<algorithm = direct, n_vec = 16, {text}>"]
        command += ["--rounds", str(arguments.rounds), "--json", path]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode:
            sys.exit(run.stderr)
        with open(path) as file:
            record = json.load(file)["records"][0]
    return record["predicted_fraction"], record["peak_fraction"]


def describe(fields):
    tile = f"{fields['w_ob']}x{fields['c_ob'] // 16}"
    return " ".join([tile, fields.get("order", "")] + (["ahead"] if "prefetch_input" in fields else []))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"))
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    print("| term | layer | tile | predicted % | measured % |\n|---|---|---|--:|--:|")
    for term, runs in EXPERIMENTS:
        for layer, fields in runs:
            predicted, measured = measure(arguments, layer, fields)
            row = f"| {term} | `{layer}` | {describe(fields)} | {100 * predicted:.1f} | {100 * measured:.1f} |"
            print(row, flush=True)


if __name__ == "__main__":
    main()
