#!/usr/bin/env python3
"""Checks that no micro-kernel keeps accumulators on the stack.

usage: no_spills.py --bin DIR --llvm-bin DIR [--cpu A,B] [--layout nhwc,nchw] [--options "form=..."] [--windows] [--self-test]

Compiles every distinct layer of ResNet-50 and VGG-16 for each CPU to assembly
and looks at the blocks with an FMA inside innermost loops: a vector register
exchanged with the stack there costs a load or store per tap, which no test of
results can see. Exit code 1 lists layer, CPU and schedule of each spill.

--self-test compiles register tiles too large for the machine and fails unless
the check finds every one: a parser that recognises nothing would always pass.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import pathlib
import re
import sys

TOOLS = pathlib.Path(__file__).resolve().parents[3] / "tools"
sys.path.insert(0, str(TOOLS / "lib"))
import assembly
import layers

# The 23 distinct convolutions of ResNet-50 (v1.5) and the 9 of VGG-16.
LAYERS = layers.read_set("resnet50") + layers.read_set("vgg16")


def function(layer: layers.Layer, layout: str, schedule: str = "") -> str:
    return layers.function(layer, layout, f"{layout}_{layer.name}", schedule=schedule)


@dataclasses.dataclass
class Finding:
    kernels: int = 0  # innermost loops with FMAs
    fmas: int = 0  # FMAs in them
    spills: list[str] = dataclasses.field(default_factory=list)


def inspect(loops: list[assembly.Loop], name: str) -> Finding:
    """What the innermost loops of one function, and of what it calls, do."""
    finding = Finding()
    for loop in assembly.fma_loops(assembly.reachable(loops, name)):
        finding.kernels += 1
        finding.fmas += loop.fmas
        finding.spills += map(str, loop.spills(fma_blocks_only=True))
    return finding


def get_schedules(tools: assembly.Toolchain, text: str, cpu: str, options: str) -> dict[str, str]:
    """The schedule of every function, by name."""
    pipeline = f"--conv-autotune=cpu={cpu} triple={assembly.triple_of(cpu)} {options}".strip()
    decided, _ = tools.conv_opt(text, pipeline)
    return dict(re.findall(r"func\.func @(\w+)\(.*?schedule<((?:[^<>]|<[^<>]*>)*)>", decided, re.DOTALL))


def check(tools: assembly.Toolchain, cpus: list[str], layouts: list[str], options: str, windows: bool) -> int:
    wanted = [layer for layer in LAYERS if layer.taps != (1, 1) or not windows]
    # Small modules keep both cores busy; conv1 of each net is a job of its own.
    jobs = [
        (cpu, layout, i, wanted[i::4]) for cpu in cpus for layout in layouts for i in range(4)
    ]

    def work(job: tuple[str, str, int, list[layers.Layer]]) -> tuple[dict[str, Finding], dict[str, str]]:
        cpu, layout, part, some = job
        text = "".join(function(layer, layout) for layer in some)
        loops = assembly.parse_loops(tools.assembly(text, cpu, options, f"{cpu}_{layout}_{part}"))
        names = [f"{layout}_{layer.name}" for layer in some]
        return {name: inspect(loops, name) for name in names}, get_schedules(tools, text, cpu, options)

    failures = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (cpu, layout, _, _), (findings, schedules) in zip(jobs, pool.map(work, jobs)):
            for name, finding in findings.items():
                if finding.kernels == 0:
                    failures += 1
                    print(f"no FMA loop: {cpu} {name} schedule<{schedules.get(name)}>")
                elif finding.spills:
                    failures += 1
                    print(
                        f"spill: {cpu} {name} schedule<{schedules.get(name)}>: {len(finding.spills)} vector stack "
                        f"accesses beside {finding.fmas} FMAs, such as '{finding.spills[0]}'"
                    )
            kernels = sum(f.kernels for f in findings.values())
            print(f"{cpu} {layout}: {len(findings)} layers, {kernels} innermost FMA loops", flush=True)
    print(f"{failures} layers with a failure")
    return 1 if failures else 0


def self_test(tools: assembly.Toolchain) -> int:
    """Tiles that need more registers than there are must be found out."""
    layer = LAYERS[2]
    cases = [
        ("znver5", "n-reg=64", "algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 20"),
        ("skylake-avx512", "n-reg=64", "algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 20"),
        ("haswell", "n-reg=32", "algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 10"),
    ]
    missed = 0
    for cpu, options, schedule in cases:
        text = function(layer, "nhwc", schedule)
        loops = assembly.parse_loops(tools.assembly(text, cpu, options, f"spilling_{cpu}"))
        finding = inspect(loops, f"nhwc_{layer.name}")
        print(f"{cpu} schedule<{schedule}>: {len(finding.spills)} vector stack accesses beside {finding.fmas} FMAs")
        missed += not finding.spills
    print("self-test:", f"{missed} spilling tiles not found" if missed else "every spilling tile is found")
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, help="folder of conv-opt")
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--cpu", default="znver5,skylake-avx512,haswell")
    parser.add_argument("--layout", default="nhwc")
    parser.add_argument("--options", default="", help="of conv-to-llvm, such as 'algorithm=im2col form=banded'")
    parser.add_argument("--windows", action="store_true", help="only layers with more than one tap")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--keep", help="folder to leave the assembly in")
    args = parser.parse_args()
    keep = pathlib.Path(args.keep) if args.keep else None
    if keep:
        keep.mkdir(exist_ok=True, parents=True)
    tools = assembly.Toolchain(args.bin, args.llvm_bin, keep)
    if args.self_test:
        return self_test(tools)
    return check(tools, args.cpu.split(","), args.layout.split(","), args.options, args.windows)


if __name__ == "__main__":
    sys.exit(main())
