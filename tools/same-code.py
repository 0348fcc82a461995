#!/usr/bin/env python3
"""Compares what two builds decide for layers of networks and the code they make.

usage: tools/same-code.py OLD_BIN NEW_BIN [--cpus znver5,haswell,cortex-a76]
                          [--count 150] [--jobs 2] [--stage code|loops|decisions]
                          [--loop innermost|any] [--instructions vector|all]
                          [--options "form=..."] [--json FILE] [--list]

OLD_BIN and NEW_BIN are folders with conv-opt. The layers cover the nets of
tools/conv-bench/layers and tools/real-nets.json, every layout, epilogue and
kind of window; the selection is always the same. For each layer and CPU these
are compared: the schedule, the predicted cycles and, by --stage,

  code       the loops of the machine code that hold FMAs. A loop is the multiset
             of its instructions on vectors and its prefetches: opcode, classes of
             registers, immediates. A layer is the set of its distinct loops, so
             that neither the functions they are in nor copies, order, registers
             and addresses matter. Modules that are equal in the LLVM dialect
             are equal. --loop any adds loops around other loops that
             have FMAs of their own; --instructions all adds the loop's control
             and addresses.
  loops      the functions after --conv-lower-to-loops, as text with values
             numbered anew, without names and without those that hold no loop.
  decisions  nothing more, which takes seconds.

Each difference is a line. Exit code 1 when there is one, 2 when a build fails
on a layer that the other compiles or on every one.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import hashlib
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import assembly
import layers

STAGES = ("code", "loops", "decisions")
LAYOUTS = ("nhwc", "nchw", "blocked")
PER_KIND = 6  # layers of each kind that are taken before the nets take turns


@dataclasses.dataclass(frozen=True)
class Case:
    layer: layers.Layer
    layout: str
    epilogue: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.layer.name, self.layout, self.epilogue)))


def spread(found: list[layers.Layer], count: int) -> list[layers.Layer]:
    """`count` of them, evenly spaced."""
    return [found[i * len(found) // count] for i in range(count)] if len(found) > count else found


def select(count: int) -> list[Case]:
    """`count` layers: one per net with any of its own, some of each kind, then the nets in turns."""
    nets = layers.without_duplicates(layers.read_all())
    order = [net[len(net) // 2] for net in nets.values()]
    kinds = collections.defaultdict(list)
    for layer in (layer for net in nets.values() for layer in net):
        for kind in layer.kinds():
            kinds[kind].append(layer)
    for found in kinds.values():
        order += spread(found, PER_KIND)
    longest = max(map(len, nets.values()))
    order += [net[i] for i in range(longest) for net in nets.values() if i < len(net)]
    chosen = list(dict.fromkeys(order))[:count]
    cases = []
    for i, layer in enumerate(chosen):
        layouts = [layout for layout in LAYOUTS if layout in layer.layouts()]
        # Every layout meets every epilogue.
        epilogues = list(layers.EPILOGUES)
        epilogue = epilogues[(i + i // len(epilogues)) % len(epilogues)]
        cases.append(Case(layer, layouts[i % len(layouts)], epilogue))
    return cases


@dataclasses.dataclass
class Result:
    """What one build makes of a case. Loops and functions by digest."""

    schedule: str = ""
    cycles: int = 0
    code: dict[str, str] = dataclasses.field(default_factory=dict)
    failure: str = ""


def get_decision(tools: assembly.Toolchain, text: str, cpu: str, options: str) -> tuple[str, int]:
    flag = f"--conv-autotune=cpu={cpu} triple={assembly.triple_of(cpu)} {options}".strip()
    decided, remarks = tools.conv_opt(text, flag, "--remarks-filter=conv")
    schedule = re.search(r"schedule<((?:[^<>]|<[^<>]*>)*)>", decided)
    cycles = re.search(r"\[Passed\] autotune.*?predicted (\d+) cycles", remarks, re.DOTALL)
    return schedule[1] if schedule else "none", int(cycles[1]) if cycles else 0


def digest_functions(text: str) -> dict[str, str]:
    """The functions with loops of a module, as hash and number of lines."""
    found = {}
    # A function begins and ends in the column of its keyword.
    for _, body in re.findall(r"^( *)(?:func\.func|llvm\.func) .*?\{\n(.*?)^\1\}", text, re.DOTALL | re.MULTILINE):
        if "scf." not in body:
            continue
        numbers: dict[str, str] = {}
        body = re.sub(r"%[\w$.-]+(?:#\d+)?", lambda m: numbers.setdefault(m[0], f"%{len(numbers)}"), body)
        # The plain FMA was upstream's operation once.
        body = re.sub(
            r"conv\.fma f32 (%\d+), (%\d+), (%\d+) : (vector<\d+xf32>), vector<\d+xf32>",
            r"vector.fma \2, \3, \1 : \4",
            body,
        )
        # Names of functions, and of maps that are numbered by the module.
        body = re.sub(r"@[\w$.-]+", "@", body)
        found[hashlib.sha256(body.encode()).hexdigest()[:12]] = f"function of {body.count(chr(10))} lines"
    return found


def get_loops_ir(tools: assembly.Toolchain, text: str, cpu: str, options: str) -> str:
    flags = ["--mlir-print-ir-after=conv-lower-to-loops", "--mlir-print-ir-module-scope", "--mlir-disable-threading"]
    # Maps are spelled in place, for their numbers are the module's.
    flags.append("--mlir-print-local-scope")
    _, dump = tools.conv_opt(text, tools.pipeline(cpu, options), *flags)
    return dump


def digest_loops(code: str, args: argparse.Namespace) -> dict[str, str]:
    """The loops with FMAs, as hash and what a reader may recognise them by."""
    found = assembly.parse_loops(code)
    wanted = assembly.fma_loops(found, innermost=args.loop == "innermost")
    # Code so small that no loop is left, or without FMAs.
    wanted = wanted or [loop for loop in found if loop.fmas] or found
    return {
        loop.digest(args.instructions == "all"): f"loop of {loop.fmas} FMAs, {loop.loads} loads, "
        f"{len(loop.spills())} spills"
        for loop in wanted
    }


def examine(builds: list[assembly.Toolchain], case: Case, cpu: str, args: argparse.Namespace) -> list[Result]:
    """The results of both builds. Modules that are equal in the LLVM dialect
    are not compiled further."""
    text = layers.function(case.layer, case.layout, "kernel", case.epilogue)
    results = [Result() for _ in builds]
    dialects: list[str] = []
    for tools, result in zip(builds, results):
        try:
            result.schedule, result.cycles = get_decision(tools, text, cpu, args.options)
            if args.stage == "code":
                dialects.append(tools.dialect(text, cpu, args.options))
            elif args.stage == "loops":
                result.code = digest_functions(get_loops_ir(tools, text, cpu, args.options))
        except assembly.CommandError as error:
            result.failure = str(error).replace("\n", " ")[:300]
    if len(dialects) < 2 or dialects[0] == dialects[1]:
        return results
    for tools, result, dialect in zip(builds, results, dialects):
        try:
            result.code = digest_loops(tools.assemble(dialect), args)
        except assembly.CommandError as error:
            result.failure = str(error).replace("\n", " ")[:300]
    return results


def get_differences(old: Result, new: Result, stage: str) -> list[str]:
    if old.failure or new.failure:
        return [f"failure: {old.failure or 'none'} -> {new.failure or 'none'}"] if old.failure != new.failure else []
    found = []
    if old.schedule != new.schedule:
        found.append(f"schedule: {old.schedule} -> {new.schedule}")
    if old.cycles != new.cycles:
        change = f" ({100 * (new.cycles / old.cycles - 1):+.1f} %)" if old.cycles else ""
        found.append(f"cycles: {old.cycles} -> {new.cycles}{change}")
    if set(old.code) != set(new.code):
        gone, come = (
            "; ".join(sorted(first.code[key] for key in set(first.code) - set(second.code))) or "nothing"
            for first, second in ((old, new), (new, old))
        )
        found.append(f"{stage}: {gone} -> {come}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=pathlib.Path)
    parser.add_argument("new", type=pathlib.Path)
    parser.add_argument("--cpus", default="znver5,haswell,cortex-a76", type=lambda text: text.split(","))
    parser.add_argument("--count", default=150, type=int)
    parser.add_argument("--jobs", default=2, type=int)
    parser.add_argument("--stage", default="code", choices=STAGES)
    parser.add_argument("--loop", default="innermost", choices=("innermost", "any"))
    parser.add_argument("--instructions", default="vector", choices=("vector", "all"))
    parser.add_argument("--options", default="", help="of conv-autotune and conv-to-llvm, such as 'form=banded'")
    parser.add_argument("--llvm-bin", default="/usr/lib/llvm-22/bin")
    parser.add_argument("--json", type=pathlib.Path, help="write every result and difference to a file")
    parser.add_argument("--list", action="store_true", help="only print the layers")
    args = parser.parse_args()

    cases = select(args.count)
    if args.list:
        print("\n".join(map(str, cases)))
        return 0
    builds = [assembly.Toolchain(folder, args.llvm_bin) for folder in (args.old, args.new)]
    jobs = [(case, cpu) for case in cases for cpu in args.cpus]
    kinds: collections.Counter[str] = collections.Counter()
    records, failures, uneven = [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        pairs = pool.map(lambda job: examine(builds, *job, args), jobs)
        for (case, cpu), (old, new) in zip(jobs, pairs):
            differences = get_differences(old, new, args.stage)
            for difference in differences:
                kinds[difference.split(":")[0]] += 1
                print(f"{cpu} {case}: {difference}", flush=True)
            failures += bool(old.failure and new.failure)
            uneven += bool(old.failure) != bool(new.failure)
            records.append(
                {"cpu": cpu, "layer": case.layer.name, "layout": case.layout, "epilogue": case.epilogue}
                | {"old": dataclasses.asdict(old), "new": dataclasses.asdict(new), "differences": differences}
            )
    if args.json:
        args.json.write_text(json.dumps({"stage": args.stage, "records": records}, indent=1) + "\n")
    loops = len({(r["cpu"], r["layer"], r["layout"], key) for r in records for key in r["old"]["code"]})
    differing = sum(bool(r["differences"]) for r in records)
    print(
        f"{len(cases)} layers x {len(args.cpus)} CPUs by {args.stage}: {differing} of {len(jobs)} differ"
        + "".join(f", {kind} {count}" for kind, count in sorted(kinds.items()))
        + (f"; {loops} {'loops of modules that differ' if args.stage == 'code' else 'functions'}" if loops else "")
        + (f"; {failures} fail in both builds" if failures else "")
    )
    if uneven or failures == len(jobs):
        return 2
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
