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
import subprocess
import sys
import tempfile


@dataclasses.dataclass(frozen=True)
class Layer:
    """Channels in, size of the square image, channels out, window, stride, pad."""

    name: str
    c: int
    size: int
    k: int
    taps: int
    stride: int
    pad: int


# The 23 distinct convolutions of ResNet-50 (v1.5) and the 9 of VGG-16.
LAYERS = [
    Layer("resnet50_conv1", 3, 224, 64, 7, 2, 3),
    Layer("resnet50_res2_1x1_64_64", 64, 56, 64, 1, 1, 0),
    Layer("resnet50_res2_3x3_64_64", 64, 56, 64, 3, 1, 1),
    Layer("resnet50_res2_1x1_64_256", 64, 56, 256, 1, 1, 0),
    Layer("resnet50_res2_1x1_256_64", 256, 56, 64, 1, 1, 0),
    Layer("resnet50_res3_1x1_256_128", 256, 56, 128, 1, 1, 0),
    Layer("resnet50_res3_3x3_128_128_s2", 128, 56, 128, 3, 2, 1),
    Layer("resnet50_res3_1x1_128_512", 128, 28, 512, 1, 1, 0),
    Layer("resnet50_res3_1x1_256_512_s2", 256, 56, 512, 1, 2, 0),
    Layer("resnet50_res3_1x1_512_128", 512, 28, 128, 1, 1, 0),
    Layer("resnet50_res3_3x3_128_128", 128, 28, 128, 3, 1, 1),
    Layer("resnet50_res4_1x1_512_256", 512, 28, 256, 1, 1, 0),
    Layer("resnet50_res4_3x3_256_256_s2", 256, 28, 256, 3, 2, 1),
    Layer("resnet50_res4_1x1_256_1024", 256, 14, 1024, 1, 1, 0),
    Layer("resnet50_res4_1x1_512_1024_s2", 512, 28, 1024, 1, 2, 0),
    Layer("resnet50_res4_1x1_1024_256", 1024, 14, 256, 1, 1, 0),
    Layer("resnet50_res4_3x3_256_256", 256, 14, 256, 3, 1, 1),
    Layer("resnet50_res5_1x1_1024_512", 1024, 14, 512, 1, 1, 0),
    Layer("resnet50_res5_3x3_512_512_s2", 512, 14, 512, 3, 2, 1),
    Layer("resnet50_res5_1x1_512_2048", 512, 7, 2048, 1, 1, 0),
    Layer("resnet50_res5_1x1_1024_2048_s2", 1024, 14, 2048, 1, 2, 0),
    Layer("resnet50_res5_1x1_2048_512", 2048, 7, 512, 1, 1, 0),
    Layer("resnet50_res5_3x3_512_512", 512, 7, 512, 3, 1, 1),
    Layer("vgg16_conv1_1", 3, 224, 64, 3, 1, 1),
    Layer("vgg16_conv1_2", 64, 224, 64, 3, 1, 1),
    Layer("vgg16_conv2_1", 64, 112, 128, 3, 1, 1),
    Layer("vgg16_conv2_2", 128, 112, 128, 3, 1, 1),
    Layer("vgg16_conv3_1", 128, 56, 256, 3, 1, 1),
    Layer("vgg16_conv3_2", 256, 56, 256, 3, 1, 1),
    Layer("vgg16_conv4_1", 256, 28, 512, 3, 1, 1),
    Layer("vgg16_conv4_2", 512, 28, 512, 3, 1, 1),
    Layer("vgg16_conv5_1", 512, 14, 512, 3, 1, 1),
]

LABEL = re.compile(r"^(\.LBB\w+):")
JUMP = re.compile(r"^\s+(j\w+)\s+(\.LBB\w+)")
FMA = re.compile(r"^\s+vfn?m(add|sub)\d+ps\b")
VECTOR_REGISTER = re.compile(r"%[xyz]mm\d+")
FRAME_POINTER = re.compile(r"^\s+movq\s+%rsp, %rbp")


def function(layer: Layer, layout: str, schedule: str = "") -> str:
    """A function on memrefs that computes `layer`."""
    out = (layer.size + 2 * layer.pad - layer.taps) // layer.stride + 1
    c, k, t = layer.c, layer.k, layer.taps
    if layout == "nhwc":
        letters = "nhwc x rsck -> nhwk"
        x, w = f"memref<1x{layer.size}x{layer.size}x{c}xf32>", f"memref<{t}x{t}x{c}x{k}xf32>"
        y = f"memref<1x{out}x{out}x{k}xf32>"
    else:
        letters = "nchw x kcrs -> nkhw"
        x, w = f"memref<1x{c}x{layer.size}x{layer.size}xf32>", f"memref<{k}x{c}x{t}x{t}xf32>"
        y = f"memref<1x{k}x{out}x{out}xf32>"
    # The last window may leave unread columns; the high pad covers the rest.
    need = (out - 1) * layer.stride + t - layer.size - layer.pad
    dims = f"{letters}, strides = [{layer.stride}, {layer.stride}], low = [{layer.pad}, {layer.pad}]"
    dims += f", high = [{max(need, 0)}, {max(need, 0)}]"
    written = f" schedule<{schedule}>" if schedule else ""
    return (
        f"func.func @{layout}_{layer.name}(%x: {x}, %w: {w}, %y: {y}) {{\n"
        f"  conv.conv dims<{dims}> ins(%x, %w : {x}, {w}) outs(%y : {y}){written}\n"
        "  return\n}\n"
    )


def functions_of(assembly: str) -> dict[str, list[str]]:
    """Lines of each function, by name."""
    result: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in assembly.splitlines():
        if match := re.match(r"^([A-Za-z]\w*):", line):
            lines = result.setdefault(match[1], [])
        elif line.startswith(".Lfunc_end"):
            lines = None
        elif lines is not None:
            lines.append(line)
    return result


def blocks_of(lines: list[str]) -> list[tuple[int, int]]:
    """Basic blocks as [begin, end): they start at labels and end at jumps."""
    cuts = {0, len(lines)}
    for i, line in enumerate(lines):
        if LABEL.match(line):
            cuts.add(i)
        elif JUMP.match(line):
            cuts.add(i + 1)
    ordered = sorted(cuts)
    return list(zip(ordered, ordered[1:]))


def innermost_loops(lines: list[str]) -> list[tuple[int, int]]:
    """Stretches from a label to the jump back to it that hold no other such."""
    labels = {m[1]: i for i, line in enumerate(lines) if (m := LABEL.match(line))}
    loops = set()
    for i, line in enumerate(lines):
        if (m := JUMP.match(line)) and m[1] != "jmp" and labels.get(m[2], i + 1) <= i:
            loops.add((labels[m[2]], i + 1))
    return [
        (b, e) for b, e in sorted(loops) if not any((b, e) != o and b <= o[0] and o[1] <= e for o in loops)
    ]


@dataclasses.dataclass
class Finding:
    kernels: int = 0  # innermost loops with FMAs
    fmas: int = 0  # FMAs in them
    spills: list[str] = dataclasses.field(default_factory=list)


def inspect(lines: list[str]) -> Finding:
    """What the innermost loops of one function do."""
    finding = Finding()
    blocks = blocks_of(lines)
    # Without a frame pointer rbp is a register like any other.
    stack = "(%rsp", "(%rbp" if any(map(FRAME_POINTER.match, lines)) else "(%rsp"
    for begin, end in innermost_loops(lines):
        seen = False
        for first, last in blocks:
            if first < begin or last > end:
                continue
            block = lines[first:last]
            fmas = sum(1 for line in block if FMA.match(line))
            if fmas == 0:
                continue
            seen = True
            finding.fmas += fmas
            finding.spills += [
                line.strip()
                for line in block
                if VECTOR_REGISTER.search(line) and any(register in line for register in stack)
            ]
        finding.kernels += seen
    return finding


class Tools:
    def __init__(self, bin_dir: str, llvm_bin: str, folder: pathlib.Path) -> None:
        self.bin, self.llvm, self.folder = pathlib.Path(bin_dir), pathlib.Path(llvm_bin), folder

    def run(self, *command: object) -> str:
        words = [str(word) for word in command]
        result = subprocess.run(words, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}: exit code {result.returncode}\n{result.stderr[:4000]}")
        return result.stdout

    def assembly(self, text: str, cpu: str, options: str, name: str) -> str:
        base = self.folder / name
        base.with_suffix(".mlir").write_text(text)
        paths = {s: base.with_suffix(f".{s}") for s in ("mlir", "llvm", "ll", "bc", "s")}
        pipeline = f"--conv-to-llvm=cpu={cpu} triple=x86_64-linux-gnu {options}".strip()
        self.run(self.bin / "conv-opt", paths["mlir"], pipeline, "-o", paths["llvm"])
        self.run(self.llvm / "mlir-translate", "--mlir-to-llvmir", paths["llvm"], "-o", paths["ll"])
        self.run(self.llvm / "opt", "-O3", paths["ll"], "-o", paths["bc"])
        self.run(self.llvm / "llc", "-O3", paths["bc"], "-o", paths["s"])
        return paths["s"].read_text()

    def schedules(self, text: str, cpu: str, options: str, name: str) -> dict[str, str]:
        """The schedule of every function, by name."""
        source = self.folder / f"{name}.mlir"
        source.write_text(text)
        pipeline = f"--conv-autotune=cpu={cpu} triple=x86_64-linux-gnu {options}".strip()
        decided = self.run(self.bin / "conv-opt", source, pipeline)
        return dict(re.findall(r"func\.func @(\w+)\(.*?schedule<(.*?)>", decided, re.DOTALL))


def check(tools: Tools, cpus: list[str], layouts: list[str], options: str, windows: bool) -> int:
    wanted = [layer for layer in LAYERS if layer.taps > 1 or not windows]
    # Small modules keep both cores busy; conv1 of each net is a job of its own.
    jobs = [
        (cpu, layout, i, wanted[i::4]) for cpu in cpus for layout in layouts for i in range(4)
    ]

    def work(job: tuple[str, str, int, list[Layer]]) -> tuple[dict[str, Finding], dict[str, str]]:
        cpu, layout, part, layers = job
        text = "".join(function(layer, layout) for layer in layers)
        name = f"{cpu}_{layout}_{part}"
        found = functions_of(tools.assembly(text, cpu, options, name))
        schedules = tools.schedules(text, cpu, options, name + "_decided")
        return {f: inspect(lines) for f, lines in found.items()}, schedules

    failures = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for (cpu, layout, _, layers), (findings, schedules) in zip(jobs, pool.map(work, jobs)):
            for layer in layers:
                name = f"{layout}_{layer.name}"
                finding = findings.get(name, Finding())
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


def self_test(tools: Tools) -> int:
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
        lines = functions_of(tools.assembly(text, cpu, options, f"spilling_{cpu}"))[f"nhwc_{layer.name}"]
        finding = inspect(lines)
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
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(args.keep or temporary)
        folder.mkdir(exist_ok=True, parents=True)
        tools = Tools(args.bin, args.llvm_bin, folder)
        if args.self_test:
            return self_test(tools)
        return check(tools, args.cpu.split(","), args.layout.split(","), args.options, args.windows)


if __name__ == "__main__":
    sys.exit(main())
