#!/usr/bin/env python3
"""Compares what --conv-print-nest says with the loops that are emitted.

usage: nest_vs_loops.py --conv-opt PATH [--every N] [--verbose] [--self-test]

For every algorithm, form and division among threads:

  - the nest that cost and legality read, of the convolution, is that of the
    contraction it becomes, where it is computed in place;
  - the nest of what --conv-tile leaves is the inner part of the nest before it;
  - what --conv-tile applied is gone: running it twice changes nothing;
  - the loops around each FMA after --conv-lower-to-loops, their trips, how many
    vectors accumulate and of how many lanes, are those of the nest. They are read
    from the text of the IR alone.

Prints each deviation, and how many tiles were compared. Exit code 1 when there is a
deviation. --self-test compares a few with nests of other numbers and fails unless
each deviates.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import itertools
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "tools" / "lib"))
import layers

GATHERING = ("im2col", "im2row", "mec_a", "mec_b", "im2win")
PRODUCTS = ("kn2row", "kn2col", "kn2row_as", "kn2col_as", "kn2row_aa")
# Problem, layout, tile.
TILE = {"n_vec": 8, "c_ob": 16, "w_ob": 4}
CASES = [
    ("mb2_ic20oc32_ih12oh12kh3sh1ph1", "nhwc", TILE),
    ("mb1_ic20oc40_ih12oh6iw14ow7kh3sh2ph1", "nhwc", TILE),
    ("mb2_ic16oc24_ih12oh12kh1sh1ph0", "nhwc", TILE | {"unroll": 3}),
    ("mb1_ic8oc32_ih12oh12kh3sh1ph1", "nchw", TILE | {"order": "hkw"}),
]
PARALLEL = ("none", "h2", "k2", "h3")
# What direct alone has: several rows, unrolled windows, blocks, flattened rows,
# lanes along columns, borders that are bounded.
DIRECT = [
    ("mb1_ic8oc32_ih13oh13kh3sh1ph1", "nhwc", TILE | {"h_ob": 2, "w_ob": 3}),
    ("mb2_ic8oc32_ih12oh12kh5sh1ph2", "nhwc", TILE | {"h_ob": 2, "w_ob": 2, "order": "hwk"}),
    ("mb1_ic64oc64_ih12oh12kh3sh1ph1", "blocked", TILE | {"c_ib": 32}),
    ("mb2_ic16oc32_ih12oh12kh1sh1ph0", "nhwc", TILE | {"flatten": "true"}),
    ("mb1_ic8oc12_ih12oh12iw19ow19kh3sh1ph1", "nchw", {"n_vec": 8, "vector": "w", "c_ob": 4, "w_ob": 16}),
    ("g32mb1_ic32oc32_ih12oh12kh3sh1ph1", "nhwc", TILE),
    ("g6mb1_ic6oc6_ih12oh12iw19ow19kh3sh1ph1", "nchw", {"n_vec": 8, "vector": "w", "c_ob": 1, "w_ob": 8, "h_ob": 2}),
    ("mb1_ic8oc32_ih12oh12iw64ow64kh3kw33sh1ph1pw16", "nhwc", TILE | {"w_ob": 6}),
    ("mb1_ic8oc32_ih14oh14kh3sh1ph1", "nhwc", TILE | {"band": 4}),
]


#===------------------------------------------------------------------------===#
# What the nest says
#===------------------------------------------------------------------------===#


@dataclasses.dataclass(frozen=True)
class Tile:
    """A register tile in the code: trips of the loops around it (None: not a number),
    vectors that accumulate, their lanes, and the loops of the reduction as trip and
    step where they are known."""

    path: tuple
    vectors: int
    lanes: int
    reduction: tuple | None = None


def trips(*counts: int | None) -> tuple:
    return tuple(count for count in counts if count != 1)


def ceil_div(a: int, b: int) -> int:
    return -(-a // b)


def level_trips(levels: list[dict]) -> tuple:
    path = []
    for level in levels:
        counts = [ceil_div(loop["extent"], loop["step"]) if loop["extent"] is not None else None for loop in level["loops"]]
        path += [count for count in counts if count != 1]
    return tuple(path)


def expected_tiles(part: dict) -> list[tuple[Tile, str, str]]:
    """The tiles of a part, with what becomes of their rows' and columns' borders."""
    nest = part["contract"]
    found = []
    letters = {"k": "channels", "ho": "rows", "wo": "columns"}
    for runs in itertools.product(*(nest[letters[name]] for name in nest["order"])):
        run = dict(zip(nest["order"], runs))
        # Peeled tiles have no loop.
        counts = [1 if r["border"] == "peeled" else r["count"] for r in runs]
        group = nest["lanes"] if nest["vector"] == "w" else 1
        groups = run["ho"]["size"] * ceil_div(run["wo"]["size"], group)
        channels = run["k"]["size"]
        vectors = groups * (channels if nest["vector"] == "w" else ceil_div(channels, nest["lanes"]))
        borders = run["ho"]["border"], run["wo"]["border"]
        reduction = None
        if borders == ("inside", "inside"):
            taps = {"loops": (nest["r"], nest["s"]), "columns": (nest["r"],), "unrolled": ()}[nest["window"]]
            block = nest["channel_block"] or nest["c"]
            inner = [(count, 1) for count in (*taps, nest["c"] // block) if count != 1]
            whole = block // nest["unroll"]
            inner += [(whole, nest["unroll"])] if whole > 1 else []
            reduction = tuple(inner)
        path = level_trips(part["levels"]) + trips(nest["images"], nest["groups"], *counts)
        found.append((Tile(path, vectors, nest["lanes"], reduction), *borders))
    return found


#===------------------------------------------------------------------------===#
# What the IR says
#===------------------------------------------------------------------------===#


def read_tiles(text: str) -> set[Tile]:
    """The chains of loops around FMAs."""
    constants = {name: int(value) for name, value in re.findall(r"(%\S+) = arith.constant (-?\d+) : index", text)}
    stack: list[tuple] = []  # Per open region: kind, trips, vectors, lanes, step.
    found = set()
    for line in text.split("\n"):
        code = line.strip()
        if code.startswith("}"):
            stack.pop()
        if re.search(r"(conv|vector)\.fma ", code):
            loops = [entry for entry in stack if entry]
            around = [entry for entry in loops if not entry[1]]
            inside = [entry for entry in loops if entry[1]]
            path = tuple(itertools.chain(*(entry[0] for entry in around)))
            lanes = int(re.search(r"vector<(\d+)xf32>", code)[1])
            reduction = tuple((entry[0][0] if entry[0] else 1, entry[2]) for entry in inside)
            vectors = inside[0][1] if inside else 0
            known = reduction if all(trip is not None for trip, _ in reduction) else None
            found.add(Tile(trips(*path), vectors, lanes, known))
        if not code.endswith("{"):
            continue
        loop = re.search(r"scf\.for \S+ = (\S+) to (\S+) step (\S+)", code)
        forall = re.search(r"scf\.forall \(.*?\) (?:= \((.*?)\) to \((.*?)\) step \((.*?)\)|in \((.*?)\))", code)
        if loop:
            lower, upper, step = (constants.get(name) for name in loop.groups())
            trip = ceil_div(upper - lower, step) if None not in (lower, upper, step) else None
            stack.append(((trip,) if trip != 1 else (), code.count("vector<"), step))
        elif forall:
            def numbers(text: str) -> list[int | None]:
                return [constants.get(n, int(n) if n.isdigit() else None) for n in text.split(", ")]

            if forall[4]:
                stack.append((trips(*numbers(forall[4])), 0, 1))
            else:
                ranges = zip(*(numbers(forall[i]) for i in (1, 2, 3)))
                stack.append((trips(*(ceil_div(u - l, s) for l, u, s in ranges)), 0, 1))
        else:
            stack.append(())
    return found


#===------------------------------------------------------------------------===#
# Comparison
#===------------------------------------------------------------------------===#


def run(conv_opt: str, source: str, *flags: str) -> tuple[list[dict], str, str]:
    """Nests that were printed, the IR, and why it failed."""
    done = subprocess.run([conv_opt, "-", *flags], input=source, capture_output=True, text=True, check=False)
    lines = done.stdout.split("\n")
    nests = [json.loads(line) for line in lines if line.startswith('{"parts"')]
    return nests, "\n".join(line for line in lines if not line.startswith('{"parts"')), done.stderr


def compare(conv_opt: str, source: str, in_place: bool, has_image_loop: bool, distort: int) -> tuple[int, list[str]]:
    """Tiles that were compared, and what is wrong."""
    wrong = []
    tile = ("--conv-apply-schedule", "--conv-print-nest", "--conv-tile", "--canonicalize")
    nests, tiled, failure = run(conv_opt, source, *tile, "--conv-print-nest")
    if failure and "error" in failure:
        return 0, [failure.split("\n")[0]]
    _, twice, _ = run(conv_opt, source, *tile, "--conv-tile", "--canonicalize")
    if twice != tiled:
        wrong.append("tiling it twice changes it")
    before, _, _ = run(conv_opt, source, "--conv-apply-schedule", "--conv-print-nest")
    after = nests[len(before) :]
    modelled, _, _ = run(conv_opt, source, "--conv-print-nest")
    if in_place and modelled != before:
        wrong.append(f"the model reads {modelled}\n  of a contraction {before}")
    if any(part["levels"] for nest in after for part in nest["parts"]):
        wrong.append("levels are left after tiling")

    def contracts(printed: list[dict]) -> collections.Counter:
        parts = (part["contract"] for nest in printed for part in nest["parts"])
        return collections.Counter(json.dumps(contract, sort_keys=True) for contract in parts)

    if contracts(before) != contracts(after):
        wrong.append(f"inner part {contracts(before)}\n  of a tile  {contracts(after)}")
    lower = ("--conv-bufferize", "--conv-lower-to-loops")
    _, loops, failure = run(conv_opt, tiled, *lower)
    if "error" in failure:
        return 0, [*wrong, failure.split("\n")[0]]
    emitted = read_tiles(loops)
    expected = [tile for nest in before for part in nest["parts"] for tile in expected_tiles(part)]
    if has_image_loop:
        emitted = {dataclasses.replace(tile, path=tile.path[1:]) for tile in emitted}
    places = {tile.path for tile, _, _ in expected}
    if distort:
        expected = [(dataclasses.replace(tile, vectors=tile.vectors + distort), *rest) for tile, *rest in expected]
    for tile in emitted:
        if tile.path not in places:
            wrong.append(f"emitted, not in the nest: {tile}")
    for tile, rows, columns in expected:
        alike = [other for other in emitted if other.path == tile.path and other.lanes == tile.lanes]
        if tile.reduction is not None:
            # Without loops nothing carries the accumulators.
            want = dataclasses.replace(tile, vectors=tile.vectors if tile.reduction else 0)
            if want not in emitted:
                wrong.append(f"not emitted: {tile}\n  but {alike}")
        elif columns != "bounded" and not any(other.vectors in (tile.vectors, 0) for other in alike):
            wrong.append(f"not emitted, {rows} rows, {columns} columns: {tile}\n  but {alike}")
    return len(expected), wrong


def enumerate_cases() -> list[tuple[str, str, dict]]:
    found = []
    for number, (problem, layout, tile) in enumerate(CASES):
        divisions = PARALLEL if number == 0 else PARALLEL[number % 2 :: 2]
        for algorithm in ("direct", *GATHERING, *PRODUCTS):
            for form in ("whole", "banded") if algorithm in GATHERING else ("whole",):
                for parallel in divisions:
                    fields = {"algorithm": algorithm, "form": form, "parallel": parallel} | tile
                    if form == "banded":
                        fields["band"] = 4
                    found.append((problem, layout, fields))
    for problem, layout, tile in DIRECT:
        for parallel in ("none", "w2" if "flatten" in tile else "h2", "h5"):
            if "flatten" in tile and parallel == "h5":
                continue
            found.append((problem, layout, {"algorithm": "direct", "parallel": parallel} | tile))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--every", type=int, default=1, help="take one case in so many")
    arguments = parser.parse_args()
    tiles = deviations = computed = refused = 0
    for problem, layout, fields in enumerate_cases()[:: arguments.every]:
        layer = layers.from_problem(problem, "")
        schedule = ", ".join(f"{name} = {value}" for name, value in fields.items())
        source = layers.function(layer, layout, "f", schedule=schedule)
        check = ("--conv-autotune=cpu=haswell triple=x86_64-pc-linux-gnu", "-o", "/dev/null")
        _, _, failure = run(arguments.conv_opt, source, *check)
        if failure:
            refused += 1
            if arguments.verbose:
                print(f"{problem} {layout} <{schedule}> refused: {failure.split(chr(10))[0]}")
            continue
        stored = fields["algorithm"] in PRODUCTS[:-1] and layer.n > 1
        in_place = fields["algorithm"] == "direct"
        count, wrong = compare(arguments.conv_opt, source, in_place, stored, 1 if arguments.self_test else 0)
        computed += 1
        tiles += count
        if arguments.self_test:
            wrong = [] if wrong else ["another number of accumulators goes unnoticed"]
        deviations += len(wrong)
        if wrong:
            print(f"{problem} {layout} <{schedule}>:")
            print("\n".join(f"  {text}" for text in wrong))
    print(f"{computed} schedules, {refused} refused, {tiles} tiles: {deviations} deviations")
    sys.exit(bool(deviations))


if __name__ == "__main__":
    main()
