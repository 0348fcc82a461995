#!/usr/bin/env python3
"""Compares predicted cycles with what is pinned, and which fields move them.

usage: predictions.py --conv-opt PATH --pinned FILE.tsv [--update]

The predictions of ten layers on one machine are pinned to three digits: those of
the schedules the model chooses, and of one layer's under vectors of other widths, the
latter also on a machine whose narrower vectors are as fast.
Then each field of a schedule is changed, and the prediction must change with it or
UNMOVED must say why it does not, or FIXED why there is nothing to change. Exit code 1 prints each deviation. --update writes
the file anew; a commit that does so says why.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tools" / "lib"))
import layers

CPU = "znver5"
# One FMA of 512 bits at a time, on two units of 256.
JOINED = "znver4"
# Problem and layout.
CASES = """
mb1_ic64oc64_ih56oh56kh3sh1ph1 nhwc
mb1_ic64oc64_ih56oh56kh3sh1ph1 nchw
mb1_ic64oc64_ih56oh56kh3sh1ph1 blocked
mb1_ic512oc512_ih7oh7kh3sh1ph1 nhwc
mb1_ic64oc256_ih56oh56kh1sh1ph0 nhwc
mb1_ic1024oc256_ih14oh14kh1sh1ph0 nchw
mb1_ic3oc64_ih224oh112kh7sh2ph3 nhwc
g96mb1_ic96oc96_ih56oh56kh3sh1ph1 nhwc
g144mb1_ic144oc144_ih56oh56kh3sh1ph1 nchw
mb8_ic128oc128_ih28oh28kh3sh1ph1 nhwc
"""
BASE = {"algorithm": "direct", "n_vec": 16, "c_ob": 32, "w_ob": 14, "prefetch": 2048}
# With registers for a vector per pixel.
NARROW = BASE | {"w_ob": 6, "unroll": 16}
# The same tile in vectors of three widths.
WIDTHS = [BASE, BASE | {"n_vec": 8, "c_ob": 16}, BASE | {"n_vec": 4, "c_ob": 8}]
# As many accumulators as hide the latency of a single unit.
SHORT = BASE | {"w_ob": 2}
# Layers that the load ports bound, where a vector takes two turns of them.
LOADING = [
    "g144mb1_ic144oc144_ih56oh56kh3sh1ph1 nhwc",
    "g128mb1_ic128oc128_ih28oh28kh7sh1ph3 nhwc",
    "g144mb1_ic144oc144_ih56oh28kh3sh2ph1 nchw",
]
SMALL = "mb1_ic24oc64_ih56oh56kh3sh1ph1 nhwc"
LARGE = "mb1_ic512oc512_ih56oh56kh3sh1ph1 nhwc"
POINTS = "mb1_ic64oc256_ih57oh57kh1sh1ph0 nhwc"
FEW = "mb1_ic64oc1_ih56oh56kh3sh1ph1 nhwc"
GROUPS = "g32mb1_ic128oc128_ih56oh56kh3sh1ph1 nhwc"
BATCH = "mb8_ic512oc512_ih7oh7kh3sh1ph1 nhwc"
PLANES = "mb1_ic64oc64_ih57oh57kh3sh1ph1 nchw"
# Layer, base and what is changed.
MOVED = [
    (LARGE, BASE, {"algorithm": "im2row"}),
    (LARGE, BASE | {"algorithm": "im2row"}, {"form": "banded", "band": 1}),
    (LARGE, BASE | {"w_ob": 6}, {"n_vec": 8}),
    (LARGE, BASE, {"c_ob": 16}),
    (LARGE, BASE, {"w_ob": 7}),
    (LARGE, BASE | {"w_ob": 6}, {"h_ob": 2}),
    (PLANES, BASE | {"w_ob": 16, "c_ob": 16}, {"vector": "w", "c_ob": 16}),
    (LARGE, BASE, {"order": "hkw"}),
    (POINTS, BASE, {"flatten": "true"}),
    (LARGE, BASE, {"prefetch": 0}),
    (LARGE, BASE, {"prefetch_input": 1}),
    (LARGE, BASE, {"band": 4}),
    (LARGE, BASE, {"parallel": "h3"}),
    (SMALL, BASE, {"filter": "plain"}),
    (FEW, BASE | {"vector": "c", "c_ob": 1, "w_ob": 12}, {"share": "true"}),
    (SMALL, BASE | {"c_ob": 16}, {"parts": "[16: <algorithm = direct, n_vec = 16, c_ob = 16, w_ob = 7>]"}),
    (BATCH, BASE | {"algorithm": "winograd, tile = [4, 4]", "form": "banded", "band": 8}, {"images": 4}),
    (LARGE, BASE | {"algorithm": "winograd", "tile": "[4, 4]"}, {"tile": "[2, 2]"}),
    (SMALL, BASE | {"c_ob": 16, "w_ob": 8, "prefetch": 0}, {"vector": "kw"}),
    (GROUPS, BASE | {"c_ob": 16, "w_ob": 8, "prefetch": 0}, {"vector": "g"}),
]
# Fields that do not, with the reason.
UNMOVED = [
    ({"unroll": 2}, "the loop's control is hidden by the FMAs of a step"),
    ({"broadcast": "lane"}, "FMAs take no lane here: a shuffle stands for each load"),
    ({"broadcast": "splat"}, "the same code as memory; instruction selection folds the load or not"),
    ({"prefetch_output": 2}, "stores that wait for lines are a bound on the whole, not on a tile"),
]
# Fields that a legal schedule of the layer has no choice of.
FIXED = {
    "c_ib": "the block of the layout; another one is refused",
    "fma": "follows from the element types here; instructions.mlir has the others",
    "epilogue": "where a body of functions runs; sums without one have the default",
}
FIELD = re.compile(r'^CONV_SCHEDULE_(?:FIELD|SIZE)\([^"]*"(\w+)"', re.MULTILINE)


def find_untested() -> list[str]:
    """Fields of the one list of them that nothing here is about."""
    source = pathlib.Path(__file__).resolve().parents[3] / "include" / "conv" / "IR" / "ScheduleFields.def"
    tested = {name for change in [*(row[2] for row in MOVED), *(row[0] for row in UNMOVED), FIXED] for name in change}
    fields = FIELD.findall(source.read_text())
    if not fields:
        sys.exit(f"{source}: no fields found")
    return [name for name in fields if name not in tested]


def spell(schedule: dict[str, object] | None) -> str:
    return ", ".join(f"{name} = {value}" for name, value in (schedule or {}).items())


def predict(conv_opt: str, case: str, schedule: dict[str, object] | None, cpu: str = CPU) -> int:
    """Cycles of a schedule, or of the one that is chosen."""
    problem, layout = case.split()
    source = layers.function(layers.from_problem(problem, ""), layout, "f", schedule=spell(schedule))
    run = subprocess.run(
        [conv_opt, "-", f"--conv-autotune=cpu={cpu} triple=x86_64-pc-linux-gnu", "--remarks-filter=conv"],
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    cycles = re.search(r"predicted (\d+) cycles", run.stderr)
    if not cycles:
        sys.exit(f"{case} {spell(schedule)}: {run.stderr}")
    return int(cycles[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--pinned", required=True, type=pathlib.Path)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()

    rows = []
    first = CASES.split("\n")[1]
    pins = [(CPU, case, None) for case in CASES.split("\n") if case]
    pins += [(CPU, first, width) for width in WIDTHS]
    pins += [(JOINED, first, schedule) for schedule in (*WIDTHS, SHORT)]
    pins += [(JOINED, case, None) for case in LOADING]
    for cpu, case, schedule in pins:
        cycles = predict(arguments.conv_opt, case, schedule, cpu)
        rows.append("\t".join([cpu, *case.split(), f"{cycles:.2e}", spell(schedule) or "chosen"]))
    found = "\n".join(["cpu\tproblem\tlayout\tcycles\tschedule", *rows]) + "\n"
    if arguments.update:
        arguments.pinned.write_text(found)
        return
    wrong = []
    pinned = arguments.pinned.read_text()
    for old, new in zip(pinned.split("\n"), found.split("\n"), strict=True):
        if old != new:
            wrong.append(f"pinned {old}\n found {new}")
    for case, base, change in MOVED:
        if predict(arguments.conv_opt, case, base) == predict(arguments.conv_opt, case, base | change):
            wrong.append(f"{case} {base}: {change} does not change the prediction")
    for change, reason in UNMOVED:
        before, after = (predict(arguments.conv_opt, LARGE, fields) for fields in (NARROW, NARROW | change))
        if before != after:
            wrong.append(f"{change} changes the prediction, but {reason}")
    wrong += [f"{name}: neither moved, unmoved nor fixed" for name in find_untested()]
    print("\n".join(wrong))
    print(f"{len(rows)} predictions, {len(MOVED) + len(UNMOVED)} fields: {len(wrong)} deviations")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
