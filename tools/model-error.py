#!/usr/bin/env python3
"""Measures how well the analytical model predicts schedules it would not choose.

usage: tools/model-error.py [--seed N] [--count 120] [--layout nhwc] [--cpu native]
                            [--threads 1] [--machine FILE] [--layers PROBLEM,...]
                            [--json FILE]
       tools/model-error.py --again FILE [--cpu native] [--machine FILE]

Draws legal schedules, every field of them, for layers of six kinds, in turns, and
has conv-bench time each one. Prints predicted and measured per cent of the peak,
and over all schedules the median and the 90th percentile of the relative error of
the predicted time, the rank correlation of predicted and measured times over the
peak's, and the fields whose schedules are predicted worst. Schedules that are
refused, with the reason, are drawn again and counted. --again measures nothing: it
predicts what --json has kept once more, with this build's model.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import re
import secrets
import statistics
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tools", "lib"))
import layers

# A window on a large and on a small image, 1x1 on both, a stem, a depthwise layer.
LAYERS = (
    "mb1_ic64oc64_ih56oh56kh3sh1ph1",
    "mb1_ic256oc256_ih14oh14kh3sh1ph1",
    "mb1_ic64oc256_ih56oh56kh1sh1ph0",
    "mb1_ic512oc2048_ih7oh7kh1sh1ph0",
    "mb1_ic3oc64_ih224oh112kh7sh2ph3",
    "g96mb1_ic96oc96_ih56oh56kh3sh1ph1",
)
OTHERS = ("im2col", "im2row", "kn2row", "kn2col", "kn2row_as", "kn2col_as")
OTHERS += ("kn2row_aa", "mec_a", "mec_b", "im2win")
BANDED = ("im2col", "im2row", "mec_a", "mec_b", "im2win")
TRIES = 60  # draws for a layer before it is given up


def draw_schedule(generator: random.Random, lanes: int, threads: int) -> dict[str, object]:
    """Fields of a schedule; whether they go together is for conv-bench to say."""
    draw = generator.choice
    others = draw(OTHERS)
    fields: dict[str, object] = {"algorithm": draw(("direct", "direct", others))}
    if fields["algorithm"] in BANDED:
        fields["form"] = draw(("whole", "banded"))
    n_vec = draw([n for n in (lanes, lanes, lanes // 2, lanes // 4) if n >= 4])
    fields["n_vec"] = n_vec
    if generator.random() < 0.2:
        fields |= {"vector": "w", "c_ob": draw(range(1, 15)), "w_ob": n_vec * draw((1, 1, 2, 3)), "share": draw(("true", "false"))}
    elif generator.random() < 0.1:
        fields |= {"vector": "c", "c_ob": draw(range(1, 9)), "w_ob": draw(range(1, 15)), "share": draw(("true", "false"))}
    elif generator.random() < 0.1:
        fields |= {"vector": "kw", "c_ob": n_vec // 2 * draw((1, 1, 2, 3)), "w_ob": 2 * draw(range(1, 15))}
        fields["share"] = draw(("true", "false"))
    else:
        fields |= {"c_ob": n_vec * draw((1, 2, 2, 3, 4)), "w_ob": draw(range(1, 29))}
        if generator.random() < 0.1:  # refused without groups
            fields |= {"vector": "g", "share": draw(("true", "false"))}
    fields["h_ob"] = draw((1, 1, 1, 2, 3))
    fields["order"] = draw(("khw", "hkw", "hwk"))
    fields["flatten"] = draw(("false", "false", "true"))
    fields["unroll"] = draw((1, 2, 4, 8))
    fields["prefetch"] = draw((0, 512, 2048, 16384))
    fields["prefetch_input"] = draw((0, 0, 1, 2))
    fields["prefetch_output"] = draw((0, 0, 1, 2))
    fields["broadcast"] = draw(("memory", "memory", "splat", "lane"))
    fields["band"] = draw((0, 0, 1, 4, 8))
    if threads > 1:
        fields["parallel"] = draw((f"k{threads}", f"h{threads}", "none"))
    fields["filter"] = draw(("packed", "packed", "plain"))
    return fields


def print_schedule(fields: dict[str, object]) -> str:
    return "<" + ", ".join(f"{name} = {value}" for name, value in fields.items()) + ">"


def run_bench(arguments: argparse.Namespace, problem: str, schedule: str) -> dict:
    """What conv-bench measured: its machine and its one record."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "result.json")
        command = [os.path.join(arguments.bin, "conv-bench"), problem, "--json", path]
        command += ["--layout", arguments.layout, "--cpu", arguments.cpu]
        command += ["--threads", str(arguments.threads), "--rounds", str(arguments.rounds)]
        if arguments.machine:
            command += ["--machine", arguments.machine]
        if schedule:
            command += ["--schedule", schedule]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if not os.path.exists(path) or not os.path.getsize(path):
            sys.exit(run.stderr or f"conv-bench ended with {run.returncode}")
        with open(path) as file:
            result = json.load(file)
        return {"machine": result["machine"], **result["records"][0]}


def predict(arguments: argparse.Namespace, record: dict) -> float:
    """The share of the peak that is predicted for the schedule of a record."""
    schedule = record["schedule"].strip("<>")
    layer = layers.from_problem(record["problem"], "")
    options = f"cpu={arguments.cpu}" + (f" machine={arguments.machine}" if arguments.machine else "")
    command = [os.path.join(arguments.bin, "conv-opt"), "-", "-o", os.devnull]
    run = subprocess.run(
        [*command, f"--conv-autotune={options}", "--remarks-filter=conv"],
        input=layers.function(layer, record["layout"], "f", schedule=schedule),
        capture_output=True,
        text=True,
        check=False,
    )
    cycles = re.search(r"predicted (\d+) cycles", run.stderr)
    if not cycles:
        sys.exit(f"{record['problem']} {record['schedule']}: {run.stderr}")
    machine = record["machine"]
    return record["flops"] / (int(cycles[1]) * 2 * machine["n_fma"] * machine["n_vec"])


def print_record(record: dict) -> None:
    print(
        f"{record['problem']:36} {100 * record['predicted_fraction']:6.1f} "
        f"{100 * record['peak_fraction']:6.1f} {100 * record['error_of_time']:+7.1f}  "
        f"{record['schedule']}",
        flush=True,
    )


def predict_again(arguments: argparse.Namespace) -> list[dict]:
    with open(arguments.again) as file:
        found = json.load(file)
    for record in found:
        record["predicted_fraction"] = predict(arguments, record)
        record["error_of_time"] = record["peak_fraction"] / record["predicted_fraction"] - 1
        print_record(record)
    return found


def rank(values: list[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    for place, index in enumerate(order):
        ranks[index] = place
    return ranks


def measure(arguments: argparse.Namespace, seed: int) -> tuple[list[dict], collections.Counter]:
    generator = random.Random(seed)
    lanes = run_bench(arguments, arguments.layers[0], "")["machine"]["n_vec"]
    found, refusals = [], collections.Counter()
    for index in range(arguments.count):
        problem = arguments.layers[index % len(arguments.layers)]
        for _ in range(TRIES):
            fields = draw_schedule(generator, lanes, arguments.threads)
            record = run_bench(arguments, problem, print_schedule(fields))
            if not record["refused"] and not record["error"]:
                break
            # Sizes would tell the same reason apart.
            reason = record["refused"] or record["error"]
            refusals[re.sub(r"\d+", "#", reason)] += 1
        else:
            print(f"{problem}: no legal schedule in {TRIES} draws", flush=True)
            continue
        record["error_of_time"] = record["peak_fraction"] / record["predicted_fraction"] - 1
        record["fields"] = fields
        found.append(record)
        print_record(record)
    return found, refusals


def summarize(found: list[dict]) -> None:
    errors = sorted(abs(record["error_of_time"]) for record in found)
    ninth = errors[min(len(errors) - 1, int(0.9 * len(errors)))]
    correlation = statistics.correlation(
        rank([record["predicted_fraction"] for record in found]),
        rank([record["peak_fraction"] for record in found]),
    )
    print(
        f"\n{len(found)} schedules: median error {100 * statistics.median(errors):.1f} %, "
        f"90 % within {100 * ninth:.1f} %, rank correlation {correlation:.3f}"
    )
    groups = collections.defaultdict(list)
    for record in found:
        for name, value in record["fields"].items():
            groups[f"{name} = {value}"].append(record["error_of_time"])
    worst = sorted(
        ((statistics.mean(errors), len(errors), name) for name, errors in groups.items() if len(errors) > 4),
        key=lambda group: -abs(group[0]),
    )
    print("mean error of the time predicted, worst values of fields:")
    for mean, count, name in worst[:10]:
        print(f"  {100 * mean:+6.1f} %  {name} ({count})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seed", type=int, help="of the draw (default: a new one, printed)")
    parser.add_argument("--count", type=int, default=120, help="schedules to draw")
    parser.add_argument("--layers", default=",".join(LAYERS), help="problem strings")
    parser.add_argument("--layout", default="nhwc", choices=["nhwc", "nchw", "blocked"])
    parser.add_argument("--cpu", default="native")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--machine", help="rates from this file of conv-tune --measure-machine")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", help="file for all that was measured")
    parser.add_argument("--again", help="predict what is in this file of --json, and measure nothing")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"))
    arguments = parser.parse_args()
    arguments.layers = arguments.layers.split(",")
    header = f"{'layer':36} {'pred %':>6} {'peak %':>6} {'error %':>7}  schedule"
    if arguments.again:
        print(header)
        summarize(predict_again(arguments))
        return
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    print(f"seed {seed}, {arguments.layout}, code for {arguments.cpu}")
    print(header)
    found, refusals = measure(arguments, seed)
    if len(found) < 2:
        sys.exit("nothing to compare")
    summarize(found)
    print(f"{sum(refusals.values())} draws refused:")
    for reason, count in refusals.most_common(8):
        print(f"  {count:4} {reason}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(found, file, indent=1)


if __name__ == "__main__":
    main()
