#!/usr/bin/env python3
"""Compares the workspace of every algorithm with the papers' formulas.

usage: workspace.py --bin DIR --layers DIR --work DIR [--run]

For each layer of the sets mec and im2win, at batch 1 and 128, with form = whole:
the bytes the analysis says, those the planned arena has (conv.workspace), and
the papers' count of elements are the same. Nothing of that size is allocated.
With --run the layers with small buffers run, and what they allocate is compared
as well. Prints the mean of each algorithm's share of im2col's workspace.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import subprocess
import sys

ALGORITHMS = [
    "direct", "im2col", "im2row", "mec_a", "mec_b", "im2win",
    "kn2row", "kn2col", "kn2row_as", "kn2col_as", "kn2row_aa",
]  # fmt: skip
NETS = ["mec", "im2win"]
BATCHES = [1, 128]
LINE = 64  # What allocations are a multiple of.


class Layer:
    """A layer in the letters of the papers: R x S window, Hp x Wp padded image."""

    def __init__(self, record: dict, batch: int) -> None:
        self.name, self.n = record["name"], batch
        self.c, self.h, self.w, self.k = (record[x] for x in "chwk")
        self.r, self.s = record["r"], record["s"]
        self.sh, self.sw = record["stride_h"], record["stride_w"]
        self.ph, self.pw = record["pad_h"], record["pad_w"]
        assert record["dilation"] == 1 and record["groups"] == 1
        self.hp, self.wp = self.h + 2 * self.ph, self.w + 2 * self.pw
        self.ho = (self.hp - self.r) // self.sh + 1
        self.wo = (self.wp - self.s) // self.sw + 1

    def elements(self, algorithm: str) -> int:
        """Temporary storage as the papers count it."""
        n, c, k, r, s, ho, wo = self.n, self.c, self.k, self.r, self.s, self.ho, self.wo
        # The kn2 forms are defined for stride 1, where products have the
        # image's points; with strides only the output's are computed. They take
        # one image at a time.
        points = self.h * self.w if self.sh == self.sw == 1 else ho * wo
        return {
            "direct": 0,
            "im2col": n * c * r * s * ho * wo,
            "im2row": n * c * r * s * ho * wo,
            "mec_a": n * wo * self.hp * s * c,
            "mec_b": n * wo * self.hp * s * c,
            "im2win": n * c * ho * self.wp * r,
            "kn2row": r * s * k * points,
            "kn2col": r * s * k * points,
            "kn2row_as": k * points,
            "kn2col_as": k * points,
            "kn2row_aa": 0,
        }[algorithm]

    def function(self, algorithm: str) -> str:
        x = f"memref<{self.n}x{self.h}x{self.w}x{self.c}xf32>"
        f = f"memref<{self.r}x{self.s}x{self.c}x{self.k}xf32>"
        o = f"memref<{self.n}x{self.ho}x{self.wo}x{self.k}xf32>"
        # Rows and columns behind the last window are not part of the high pad.
        high = [
            max(0, (self.ho - 1) * self.sh + self.r - self.h - self.ph),
            max(0, (self.wo - 1) * self.sw + self.s - self.w - self.pw),
        ]
        dims = f"nhwc x rsck -> nhwk, strides = [{self.sh}, {self.sw}], low = [{self.ph}, {self.pw}], high = {high}"
        return (
            f"func.func @{self.name}_n{self.n}_{algorithm}(%x: {x}, %f: {f}, %o: {o}) {{\n"
            f"  conv.conv dims<{dims}> ins(%x, %f : {x}, {f}) outs(%o : {o})"
            f' {{conv.algorithm = "{algorithm}"}}\n'
            "  return\n}\n"
        )


def run(*command: object) -> str:
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {result.returncode}\n{result.stderr[:4000]}")
    return result.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of conv-opt and conv-bench")
    parser.add_argument("--layers", required=True, help="folder of mec.json and im2win.json")
    parser.add_argument("--work", required=True, help="folder for what is written on the way")
    parser.add_argument("--run", action="store_true")
    args = parser.parse_args()
    tools, work = pathlib.Path(args.bin), pathlib.Path(args.work)
    work.mkdir(parents=True, exist_ok=True)
    failures = count = 0

    def compare(what: str, expected: int, found: int | None) -> None:
        nonlocal failures, count
        count += 1
        if found != expected:
            failures += 1
            print(f"{what}: {found} bytes instead of {expected}")

    for net in NETS:
        records = json.loads((pathlib.Path(args.layers) / f"{net}.json").read_text())
        for batch in BATCHES:
            layers = [Layer(record, batch) for record in records]
            source, report, planned = (work / f"{net}_{batch}.{x}" for x in ("mlir", "json", "planned.mlir"))
            autotune = "--conv-autotune=cpu=haswell triple=x86_64-linux-gnu form=whole"
            cases = [(layer, algorithm) for layer in layers for algorithm in ALGORITHMS]
            source.write_text("".join(layer.function(algorithm) for layer, algorithm in cases))
            run(tools / "conv-opt", source, autotune, f"--conv-report=file={report}", "-o", work / "decided.mlir")
            analysis = {}
            for entry in json.loads(report.read_text())["convolutions"]:
                for use in entry["uses"]:
                    analysis[use["function"]] = entry["chosen"]["workspace_bytes"]
            # A tap of the kn2 forms is code: bufferizing 121 of them takes long.
            cases = [(layer, a) for layer, a in cases if not a.startswith("kn2") or layer.r * layer.s <= 9]
            source.write_text("".join(layer.function(algorithm) for layer, algorithm in cases))
            # Filters are packed apart, as weights are.
            run(
                tools / "conv-opt", source, autotune, "--conv-apply-schedule", "--conv-prepack=mode=function",
                "--conv-tile", "--canonicalize", "--cse", "--conv-bufferize", "--conv-plan-workspace", "-o", planned,
            )  # fmt: skip
            arenas = {}
            for name, rest in re.findall(r"func\.func @(\w+)\((.*)", planned.read_text()):
                found = re.search(r"conv\.workspace = (\d+)", rest)
                arenas[name] = int(found[1]) if found else 0
            shares: dict[str, list[float]] = {}
            for layer in layers:
                for algorithm in ALGORITHMS:
                    name = f"{layer.name}_n{batch}_{algorithm}"
                    expected = 4 * layer.elements(algorithm)
                    compare(f"analysis of {name}", expected, analysis.get(name))
                    if (layer, algorithm) in cases:
                        compare(f"conv.workspace of {name}", expected, arenas.get(name))
                    shares.setdefault(algorithm, []).append(expected / (4 * layer.elements("im2col")))
            for algorithm in "mec_a", "im2win":
                mean = sum(shares[algorithm]) / len(layers)
                total = sum(layer.elements(algorithm) for layer in layers)
                im2col = sum(layer.elements("im2col") for layer in layers)
                print(
                    f"{net}, batch {batch}, {algorithm.removesuffix('_a')} / im2col: mean of the layers {mean:.3f}, "
                    f"of the sums {total / im2col:.3f}; mean of im2col / {algorithm.removesuffix('_a')} "
                    f"{sum(1 / share for share in shares[algorithm]) / len(layers):.2f}"
                )
    if args.run:
        problems = ["mb1_ic64oc64_ih56oh54kh3sh1ph0", "mb1_ic128oc128_ih28oh26kh3sh1ph0", "mb1_ic512oc512_ih7oh5kh3sh1ph0"]
        output = work / "run.json"
        names = "im2col,im2row,mec_a,mec_b,im2win,kn2row,kn2col,kn2row_as,kn2col_as,kn2row_aa"
        run(
            tools / "conv-bench", *problems, "--algorithm", names, "--form", "whole", "--rounds", 1, "--json", output
        )  # fmt: skip
        records = json.loads(output.read_text())["records"]
        compare("number of runs", len(problems) * len(names.split(",")), len(records))
        for record in records:
            analysis_bytes = record["workspace_analysis_bytes"]
            compare(
                f"allocation of {record['problem']} by {record['algorithm']}",
                -(-analysis_bytes // LINE) * LINE,
                record["workspace_bytes"],
            )
    print(f"{count} comparisons, {failures} failures")
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main())
