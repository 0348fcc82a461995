#!/usr/bin/env python3
"""Measures how far the analytical model's choices are from the best ones.

usage: tools/model-quality.py schedules [--seed N] [--count 40] [--layout nhwc]
                                        [--cpu native] [--exhaustive]
       tools/model-quality.py algorithms [--net mec,resnet50 | --net drawn
                                          --seed N --count 40]
                                         [--max-workspace any,1MiB,64KiB,0]
                                         [--accuracy 2.5]
       tools/model-quality.py records --store tuned.db

`schedules` draws layers of at least 10 MFLOP from the networks of
tools/real-nets.json, without those of conv-bench's own sets, and lets
`conv-bench --search` measure every legal register tile of each. `algorithms`
lets it measure all algorithms on its own sets, or on layers drawn in the same
way, under bounds on the workspace and, with --accuracy, those that round
differently within a bound on their error.
Both print, per layer, the time of the best one over that of the model's choice
(both timed again, taking turns), and its geometric mean and minimum. `records`
measures nothing: it prints what tuning found, per machine and code generator,
without what was tuned within limits.
"""

import argparse
import json
import math
import os
import random
import re
import secrets
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LAYERS = os.path.join(ROOT, "tools", "conv-bench", "layers")
MINIMUM, MAXIMUM = 10e6, 4e9  # flops; more would only take longer


def parse_problem(text):
    """(n, c, k, h, w, r, s, strides, dilations, paddings) of a problem string."""
    tokens = {key: int(value) for key, value in re.findall(r"([a-z]+)(\d+)", text)}

    def pair(key, default):
        rows = tokens.get(key + "h" if len(key) == 1 else key, default)
        return rows, tokens.get(key[0] + "w", rows)

    return (tokens.get("mb", 1), tokens["ic"], tokens["oc"]) + tuple(
        pair(key, default) for key, default in (("i", 0), ("k", 0), ("s", 1), ("d", 0), ("p", 0))
    )


def get_flops(problem):
    n, c, k, image, window, strides, dilations, pads = problem
    flops = 2 * n * c * k
    for size, taps, stride, dilation, pad in zip(image, window, strides, dilations, pads):
        flops *= taps * ((size + 2 * pad - (taps - 1) * (dilation + 1) - 1) // stride + 1)
    return flops


def get_shipped():
    """The problems of the sets built into conv-bench."""
    shipped = set()
    for name in os.listdir(LAYERS):
        if not name.endswith(".json"):  # layers of other forms
            continue
        with open(os.path.join(LAYERS, name)) as file:
            for l in json.load(file):
                if l.get("groups", 1) != 1:
                    continue
                dilations = [l.get("dilation_" + a, l.get("dilation", 1)) - 1 for a in "hw"]
                shipped.add(
                    (l.get("n", 1), l["c"], l["k"], (l["h"], l["w"]), (l["r"], l["s"]))
                    + ((l.get("stride_h", 1), l.get("stride_w", 1)), tuple(dilations))
                    + ((l.get("pad_h", 0), l.get("pad_w", 0)),)
                )
    return shipped


def draw_layers(count, seed):
    """`count` different layers: a network each, then one of its layers."""
    with open(os.path.join(ROOT, "tools", "real-nets.json")) as file:
        nets = json.load(file)
    excluded = get_shipped()
    pools = {}
    for net, layers in nets.items():
        pools[net] = []
        for text in layers:
            problem = parse_problem(text)
            if problem not in excluded and MINIMUM <= get_flops(problem) <= MAXIMUM:
                excluded.add(problem)
                pools[net].append(text)
    if count > sum(map(len, pools.values())):
        sys.exit(f"only {sum(map(len, pools.values()))} layers to draw from")
    generator = random.Random(seed)
    drawn = []
    while len(drawn) < count:
        net = generator.choice(sorted(name for name in pools if pools[name]))
        pool = pools[net]
        drawn.append((net, pool.pop(generator.randrange(len(pool)))))
    return drawn


def search(arguments, options):
    """The searches of one run of conv-bench; None where there is no choice."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "result.json")
        run = subprocess.run(
            [os.path.join(arguments.bin, "conv-bench"), *options, "--json", path]
            + ["--layout", arguments.layout, "--cpu", arguments.cpu]
            + ["--threads", str(arguments.threads)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        if not os.path.exists(path) or not os.path.getsize(path):
            sys.exit(run.stderr)
        with open(path) as result:
            return json.load(result)["searches"]


def save(arguments, found):
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(found, file, indent=1)


def describe(entry):
    """"direct 14x32 hkw": what tells schedules of a search apart."""
    if not entry["schedule"]:
        return entry["algorithm"]
    first, _, parts = entry["schedule"].partition(", parts = ")
    fields = dict(re.findall(r"(\w+) = (\w+)", first))
    tile = f"{fields['w_ob']}x{fields['c_ob']}"
    if "h_ob" in fields:
        tile = f"{fields['h_ob']}x{tile}"
    kept = [f"{k}={v}" for k, v in fields.items() if k in ("order", "form", "band", "kernel")]
    if parts:
        kept.append("parts=" + "+".join(re.findall(r"(\d+): <", parts)))
    return " ".join([fields["algorithm"], tile] + kept)


def summarize(qualities):
    mean = math.exp(sum(map(math.log, qualities)) / len(qualities))
    return f"geometric mean {mean:.3f}, minimum {min(qualities):.3f}, {len(qualities)} layers"


def print_row(name, found):
    if found["refused"]:
        print(f"{name:44} refused: {found['refused']}", flush=True)
        return
    pick = found["candidates"][found["pick"]]
    best = max(found["candidates"], key=lambda entry: entry["speedup"])
    print(
        f"{name:44} {len(found['candidates']):4} {found['quality']:6.3f} "
        f"{100 * pick['predicted_fraction']:6.1f} {100 * pick['peak_fraction']:6.1f}  "
        f"{describe(pick)}" + ("" if best is pick else f" | {describe(best)}"),
        flush=True,
    )


HEADER = f"{'layer':44} {'cand':>4} {'b/p':>6} {'pred %':>6} {'peak %':>6}  pick | best"


def name_drawn(arguments):
    """Options of conv-bench for each of the layers drawn."""
    seed = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    print(f"seed {seed}")
    return [[f'{layer}n"{net}/{layer}"'] for net, layer in draw_layers(arguments.count, seed)]


def run_schedules(arguments):
    layers = name_drawn(arguments)
    print(f"{arguments.layout}, code for {arguments.cpu}\n{HEADER}")
    option = "--search=exhaustive" if arguments.exhaustive else "--search=tiles"
    found = []
    for layer in layers:
        found += search(arguments, [*layer, option])
        print_row(found[-1]["name"], found[-1])
        save(arguments, found)
    return found, {"": [f["quality"] for f in found if not f["refused"]]}


def run_algorithms(arguments):
    found, qualities = [], {}
    layers = name_drawn(arguments) if arguments.net == "drawn" else [["--net", arguments.net]]
    for bound in arguments.max_workspace.split(","):
        options = ["--search=algorithms", "--accuracy", arguments.accuracy]
        if bound != "any":
            options.append(f"--max-workspace={bound}")
        print(
            f"max-workspace {bound}, accuracy {arguments.accuracy}, "
            f"{arguments.layout}, code for {arguments.cpu}\n{HEADER}"
        )
        searches = []
        for layer in layers:
            for one in search(arguments, [*layer, *options]):
                print_row(one["name"], one)
                searches.append(one)
        found += searches
        qualities[f"max-workspace {bound}: "] = [
            one["quality"] for one in searches if not one["refused"]
        ]
    return found, qualities


def read_records(arguments):
    """The records of a store, by machine and code generator."""
    tool = os.path.join(arguments.bin, "conv-tune")
    run = subprocess.run([tool, "records", "export", arguments.store], capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    groups = {}
    for record in map(json.loads, run.stdout.splitlines()[1:]):
        machine = record["machine"]
        name = f"{machine['cpu']}, threads {machine['threads']}, code generator {record['revision']}"
        if not record["limits"]:
            groups.setdefault(name, []).append(record)
    return groups


def run_records(arguments):
    if not arguments.store:
        sys.exit("records: name the file with --store")
    found, qualities = [], {}
    for group, records in read_records(arguments).items():
        print(f"{group}\n{'layer':44} {'cand':>4} {'b/p':>6} {'peak %':>6}  pick | best")
        for record in records:
            pick, best = ({"schedule": record[key]} for key in ("model_schedule", "schedule"))
            print(
                f"{record['name']:44} {record['candidates']:4} {1 / record['speedup']:6.3f} "
                f"{100 * record['peak_fraction']:6.1f}  {describe(pick)}"
                + ("" if pick == best else f" | {describe(best)}")
            )
        found += records
        qualities[f"{group}: "] = [1 / record["speedup"] for record in records]
    return found, qualities


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["schedules", "algorithms", "records"])
    parser.add_argument("--seed", type=int, help="of the draw (default: a new one, printed)")
    parser.add_argument("--count", type=int, default=40, help="layers to draw")
    parser.add_argument("--layout", default="nhwc", choices=["nhwc", "nchw", "blocked"])
    parser.add_argument("--cpu", default="native")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--exhaustive", action="store_true", help="every tile in every order")
    parser.add_argument("--net", default="mec,resnet50", help="sets of conv-bench, or 'drawn'")
    parser.add_argument("--max-workspace", default="any,1MiB,64KiB,0")
    parser.add_argument("--accuracy", default="sum", help="largest error of an algorithm")
    parser.add_argument("--store", help="file of records")
    parser.add_argument("--json", help="file for all that was measured")
    parser.add_argument("--bin", default=os.path.join(ROOT, "build", "bin"))
    arguments = parser.parse_args()
    run = {"schedules": run_schedules, "algorithms": run_algorithms, "records": run_records}[arguments.what]
    found, qualities = run(arguments)
    print("\nbest time / pick's time")
    for name, values in qualities.items():
        if values:
            print(f"  {name}{summarize(values)}")
    save(arguments, found)


if __name__ == "__main__":
    main()
