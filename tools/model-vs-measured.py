#!/usr/bin/env python3
"""Prints what the analytical model predicts beside what conv-bench measures.

usage: tools/model-vs-measured.py [--net resnet50] [--layout nhwc] [--cpu native]
                                  [--json FILE]

For each layer: the register tile (pixels x vectors), the predicted and the
measured share of the FMA peak on nominal flops, their ratio, and `taps`, the
share of the nominal taps that lie inside the image and are computed, which are
what the model counts. Cycles are
those of the FMA peak measured in the same run: nominal FMAs per N_fma and N_vec,
divided by the share of the peak. With --json FILE an existing result of
conv-bench is used instead of a new run.
"""

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LETTERS = {
    "nhwc": ("nhwc", "rsck", "nhwk"),
    "nchw": ("nchw", "kcrs", "nkhw"),
}
REMARK = re.compile(
    r":(\d+):\d+: remark: .*register tile (\S+) .* predicted (\d+) cycles = ([0-9.]+) %"
)


def parse_problem(text):
    """The numbers of a problem string as conv-bench writes it."""
    tokens = {key: int(value) for key, value in re.findall(r"([a-z]+)(\d+)", text)}
    if tokens.get("g", 1) != 1:
        raise SystemExit(f"{text}: groups are not supported here")
    get = lambda h, w, default: (
        tokens.get(h, tokens.get(w, default)),
        tokens.get(w, tokens.get(h, default)),
    )
    problem = {
        "n": tokens["mb"],
        "c": tokens["ic"],
        "k": tokens["oc"],
        "in": get("ih", "iw", 0),
        "out": get("oh", "ow", 0),
        "taps": get("kh", "kw", 0),
        "strides": get("sh", "sw", 1),
        "dilations": tuple(d + 1 for d in get("dh", "dw", 0)),
        "low": get("ph", "pw", 0),
    }
    problem["high"] = tuple(
        max(0, (out - 1) * stride + (taps - 1) * dilation + 1 - size - low)
        for out, stride, taps, dilation, size, low in zip(
            *(problem[key] for key in ("out", "strides", "taps", "dilations", "in", "low"))
        )
    )
    return problem


def inside_taps(problem):
    """Share of the taps that read the image and not its padding."""
    share = 1.0
    for axis in (0, 1):
        size, out, taps, stride, dilation, low = (
            problem[key][axis]
            for key in ("in", "out", "taps", "strides", "dilations", "low")
        )
        inside = sum(
            0 <= o * stride + t * dilation - low < size
            for o in range(out)
            for t in range(taps)
        )
        share *= inside / (out * taps)
    return share


def write_function(index, problem, layout):
    """One line of MLIR, so that a remark's line number names the layer."""
    input_letters, filter_letters, output_letters = LETTERS[layout]
    sizes = {
        "n": problem["n"],
        "c": problem["c"],
        "k": problem["k"],
        "r": problem["taps"][0],
        "s": problem["taps"][1],
    }

    def tensor(letters, image):
        extents = dict(sizes, h=problem[image][0], w=problem[image][1])
        return "tensor<" + "x".join(str(extents[l]) for l in letters) + "xf32>"

    x, f, y = (
        tensor(input_letters, "in"),
        tensor(filter_letters, "in"),
        tensor(output_letters, "out"),
    )
    geometry = "".join(
        f", {key} = [{problem[key][0]}, {problem[key][1]}]"
        for key in ("strides", "dilations", "low", "high")
    )
    return (
        f"func.func @layer{index}(%x: {x}, %f: {f}, %o: {y}) -> {y} {{ "
        f"%y = conv.conv dims<{input_letters} x {filter_letters} -> {output_letters}{geometry}> "
        f"ins(%x, %f : {x}, {f}) outs(%o : {y}) -> {y} return %y : {y} }}"
    )


def predict(problems, layout, cpu, conv_opt):
    """(tile, cycles, percent) of each problem, from the remarks of autotune."""
    with tempfile.NamedTemporaryFile("w", suffix=".mlir") as source:
        for index, problem in enumerate(problems):
            print(write_function(index, problem, layout), file=source)
        source.flush()
        run = subprocess.run(
            [conv_opt, source.name, f"--conv-autotune=cpu={cpu}", "--remarks-filter=conv"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    if run.returncode:
        sys.exit(run.stderr)
    found = {
        int(line): (tile, int(cycles), float(percent))
        for line, tile, cycles, percent in REMARK.findall(run.stderr)
    }
    return [found[index + 1] for index in range(len(problems))]


def measure(arguments, conv_bench):
    """The records of conv-bench, from a file or a new run."""
    if arguments.json:
        with open(arguments.json) as result:
            return json.load(result)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "result.json")
        subprocess.run(
            [conv_bench, "--net", arguments.net, "--layout", arguments.layout]
            + ["--cpu", arguments.cpu, "--json", path],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with open(path) as result:
            return json.load(result)


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--net", default="resnet50")
    parser.add_argument("--layout", default="nhwc", choices=sorted(LETTERS))
    parser.add_argument("--cpu", default="native")
    parser.add_argument("--json", help="result of conv-bench to use")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"))
    arguments = parser.parse_args()

    records = measure(arguments, os.path.join(arguments.bin, "conv-bench"))["records"]
    records = [r for r in records if not r["refused"] and r["net"] == arguments.net]
    if not records:
        sys.exit(f"no measured layers of '{arguments.net}'")
    problems = [parse_problem(record["problem"]) for record in records]
    predictions = predict(
        problems, arguments.layout, arguments.cpu, os.path.join(arguments.bin, "conv-opt")
    )

    prefix = os.path.commonprefix([r["name"] for r in records]) if len(records) > 1 else ""
    prefix = prefix[: prefix.find("_") + 1]
    print("| layer | tile | predicted kcycles | measured | predicted % | measured % "
          "| measured / predicted | taps % |")
    print("|---|---|--:|--:|--:|--:|--:|--:|")
    ratios, shares = [], []
    for record, problem, (tile, cycles, percent) in zip(records, problems, predictions):
        measured_cycles = cycles * percent / 100 / record["peak_fraction"]
        taps = inside_taps(problem)
        ratios.append(measured_cycles / cycles)
        shares.append(record["peak_fraction"] * taps)
        print(
            f"| {record['name'][len(prefix):]} | {tile} | {cycles / 1e3:.0f} "
            f"| {measured_cycles / 1e3:.0f} | {percent:.1f} "
            f"| {100 * record['peak_fraction']:.1f} | {ratios[-1]:.3f} | {100 * taps:.1f} |"
        )
    print()
    print(
        f"measured / predicted cycles: geometric mean {geometric_mean(ratios):.3f}, "
        f"from {min(ratios):.3f} to {max(ratios):.3f}"
    )
    fractions = [record["peak_fraction"] for record in records]
    print(
        f"share of the peak: nominal flops {100 * geometric_mean(fractions):.1f} % "
        f"(least {100 * min(fractions):.1f} %), computed taps "
        f"{100 * geometric_mean(shares):.1f} % (least {100 * min(shares):.1f} %)"
    )


if __name__ == "__main__":
    main()
