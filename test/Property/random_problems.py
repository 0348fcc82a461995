#!/usr/bin/env python3
"""Compiles and runs random convolutions and compares them exactly.

usage: random_problems.py --conv-opt PATH --llvm-bin DIR [--count N] [--seed S]
                          [--options "cpu=haswell"] [--batch 25]
                          [--guard end|begin|none] [--algorithms all|NAME,...]
                          [--borders] [--epilogues] [--types f64,bf16,...]
                          [--thin N] [--level 0|1|2|3]
                          [--emulator "qemu-aarch64" --cc aarch64-linux-gnu-gcc]
                          [--expand "cpu=znver5 ..."]

Many functions go into one module, so that a thousand problems take minutes.
Every operand ends (or begins) at an inaccessible page, so that a load past it
faults. Prints the seed; a failing problem is printed as the MLIR that
reproduces it. With --algorithms each problem is computed by an algorithm in a
form, in turn; a combination may be refused, with one of the reasons that
problems.py lists, and another one is drawn: --count is what was computed.
With --emulator the code is for another architecture, which --options names and
--cc links for. With --expand kernels are those of the CPU it names, whose
instructions are written out as operations that every CPU has. With --thin N
only every N-th of the problems that become much code is computed: those are a
third of all and take three quarters of the time. Exit code 1 when a result
differs, a problem crashes or writes to its inputs, or a module does not compile.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import traceback

import numpy as np

import emulate
import guard
import problems


# Lines of loops and vectors from which --thin leaves problems out.
MUCH_CODE = 1000
# Passes up to loops and vectors behind the tuner, which unroll what is unrolled.
TO_KERNELS = [
    "--conv-apply-schedule", "--conv-tile", "--conv-bufferize", "--conv-copy-strided", "--conv-lower-to-loops",
]  # fmt: skip


def expand(args: argparse.Namespace) -> list[str]:
    """Passes up to kernels for the CPU of --expand, without its instructions."""
    cpu = getattr(args, "expand", "")
    if not cpu:
        return []
    return [f"--conv-autotune={cpu}", *TO_KERNELS, "--conv-expand-fma"]


def compile_module(
    text: str, args: argparse.Namespace, folder: pathlib.Path, name: str, options: str, driver: str = ""
) -> pathlib.Path:
    """A shared library, or with the source of a `driver` a static program."""
    source, library = folder / f"{name}.mlir", folder / f"{name}.so"
    source.write_text(text)

    def tool(name: str) -> str:
        return os.path.join(args.llvm_bin, name)

    level = f"-O{getattr(args, 'level', 3)}"
    libraries = os.path.join(args.llvm_bin, "..", "lib")
    openmp = [f"-L{libraries}", "-lomp", f"-Wl,-rpath,{libraries}"] if "threads=" in options else []
    steps = [
        [args.conv_opt, source, *expand(args), f"--conv-to-llvm={options}", "-o", folder / "k.mlir"],
        [tool("mlir-translate"), "--mlir-to-llvmir", folder / "k.mlir", "-o", folder / "k.ll"],
        [tool("opt"), level, folder / "k.ll", "-o", folder / "k.bc"],
        [tool("llc"), level, "-filetype=obj", "-relocation-model=pic", folder / "k.bc", "-o", folder / "k.o"],
        [args.cc, "-shared", folder / "k.o", "-o", library] + openmp,
    ]
    if driver:
        (folder / "driver.c").write_text(driver)
        steps[-1] = [args.cc, "-O2", "-static", folder / "driver.c", folder / "k.o", "-o", library]
    for step in steps:
        result = subprocess.run(list(map(str, step)), capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"{' '.join(map(str, step))}\n{result.stderr[:4000]}\n--- seed {args.seed}\n{text[:4000]}")
    return library


def descriptor(array: np.ndarray) -> ctypes.Structure:
    """The memref descriptor of the C interface."""
    rank = array.ndim

    class Descriptor(ctypes.Structure):
        _fields_ = [
            ("base", ctypes.c_void_p),
            ("aligned", ctypes.c_void_p),
            ("offset", ctypes.c_int64),
            ("sizes", ctypes.c_int64 * rank),
            ("strides", ctypes.c_int64 * rank),
        ]

    strides = [s // array.itemsize for s in array.strides]
    pointer = array.ctypes.data
    return Descriptor(pointer, pointer, 0, (ctypes.c_int64 * rank)(*array.shape), (ctypes.c_int64 * rank)(*strides))


class Batch:
    """Problems compiled into one library."""

    def __init__(
        self, args: argparse.Namespace, rng: random.Random, start: int, missing: int, folder: pathlib.Path
    ) -> None:
        self.guard = args.guard
        self.emulator = args.emulator.split()
        self.refused: list[tuple[str, str]] = []
        count = min(args.batch, missing)
        self.draw_epilogues = args.epilogues
        self.elements = args.types
        options = args.options
        if args.algorithms:
            form = "banded" if start // args.batch % 2 else "whole"
            options += f" form={form}"
            self.draw_pairs(args, rng, start, count, form, folder, options)
        else:
            self.problems = [self.finish(rng, problems.draw(rng, borders=args.borders)) for _ in range(count)]
            self.data = [problems.make_data(p, args.seed + start + i) for i, p in enumerate(self.problems)]
            self.functions = [
                problems.function(p, f"f{i}", d, problems.draw_schedule(rng, p, args.lanes))
                for i, (p, d) in enumerate(zip(self.problems, self.data))
            ]
        if args.thin > 1 and self.functions:
            self.thin_out(args, rng, folder / f"t{start}.mlir", options)
        driver = emulate.write_driver(self.data, args.guard) if self.emulator else ""
        self.library = compile_module("\n".join(self.functions), args, folder, f"m{start}", options, driver)

    def finish(self, rng: random.Random, problem: problems.Problem) -> problems.Problem:
        if self.draw_epilogues:
            problem = problems.draw_epilogue(rng, problem)
        return problems.set_type(rng, problem, rng.choice(self.elements)) if self.elements else problem

    def draw_pairs(
        self, args: argparse.Namespace, rng: random.Random, start: int, count: int, form: str,
        folder: pathlib.Path, options: str,
    ) -> None:  # fmt: skip
        """Problems with algorithms; those the tool refuses are left out."""
        able = [name for name in args.algorithms if form == "whole" or name not in problems.WHOLE_ONLY]
        names = [rng.choice(able or args.algorithms) for _ in range(count)]
        drawn = [self.finish(rng, problems.draw_for(rng, name, args.borders)) for name in names]
        data = [problems.make_data(p, args.seed + start + i) for i, p in enumerate(drawn)]
        texts = [
            problems.function(
                p, f"f{i}", d, problems.draw_algorithm_schedule(rng, p, name, form, args.lanes), name
            )
            for i, (p, d, name) in enumerate(zip(drawn, data, names))
        ]  # fmt: skip
        source = folder / f"d{start}.mlir"
        source.write_text("// -----\n".join(texts))
        command = [args.conv_opt, source, "--split-input-file", f"--conv-autotune={options}"]
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        first_lines = [1]
        for text in texts:
            first_lines.append(first_lines[-1] + text.count("\n") + 1)
        reasons: dict[int, str] = {}
        for line, what in re.findall(r"d\d+\.mlir:(\d+):\d+: error: (.*)", result.stderr):
            i = max(k for k, first in enumerate(first_lines[:-1]) if first <= int(line))
            reasons.setdefault(i, what)
        if (result.returncode != 0) != bool(reasons):
            sys.exit(f"{command}\n{result.stderr[:4000]}\n--- seed {args.seed}")
        self.refused = [(texts[i], reasons[i]) for i in sorted(reasons)]
        kept = [i for i in range(count) if i not in reasons]
        self.problems = [drawn[i] for i in kept]
        self.data = [data[i] for i in kept]
        self.functions = [texts[i].replace(f"@f{i}(", f"@f{k}(") for k, i in enumerate(kept)]

    def thin_out(self, args: argparse.Namespace, rng: random.Random, source: pathlib.Path, options: str) -> None:
        """Leaves most problems out that become much code."""
        source.write_text("// -----\n".join(self.functions))
        command = [args.conv_opt, source, "--split-input-file", f"--conv-autotune={options}", *TO_KERNELS]
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"{command}\n{result.stderr[:4000]}\n--- seed {args.seed}")
        lines = [text.count("\n") for text in result.stdout.split("// -----")]
        assert len(lines) == len(self.functions), "one module is printed for each that was read"
        kept = [i for i, count in enumerate(lines) if count <= MUCH_CODE or rng.randrange(args.thin) == 0]
        self.problems = [self.problems[i] for i in kept]
        self.data = [self.data[i] for i in kept]
        self.functions = [self.functions[i].replace(f"@f{i}(", f"@f{k}(") for k, i in enumerate(kept)]

    def run_one(self, library: ctypes.CDLL, i: int) -> str:
        """What is wrong with problem `i`; empty when nothing is."""
        operands = self.data[i]
        if self.guard != "none":
            operands = {name: guard.guarded(array, self.guard) for name, array in operands.items()}
        descriptors = [descriptor(array) for array in operands.values()]
        expected = problems.reference(self.problems[i], self.data[i])
        getattr(library, f"_mlir_ciface_f{i}")(*(ctypes.byref(d) for d in descriptors))
        if not problems.agrees(self.problems[i], operands["output"], expected):
            return "wrong result"
        if self.guard != "none":
            for name, array in operands.items():
                if name != "output" and not np.array_equal(array, self.data[i][name]):
                    return f"wrote to its operand '{name}'"
        return ""

    def emulate_one(self, i: int) -> str:
        """What is wrong with problem `i`; empty when nothing is."""
        after, what = emulate.run(self.emulator, str(self.library), i, self.data[i])
        if what:
            return what
        if not np.array_equal(after["output"], problems.reference(self.problems[i], self.data[i])):
            return "wrong result"
        for name, array in after.items():
            if name != "output" and not np.array_equal(array, self.data[i][name]):
                return f"wrote to its operand '{name}'"
        return ""

    def run(self) -> dict[int, str]:
        """What went wrong, by problem. Runs in child processes: a problem that
        crashes ends its child, and the next child goes on after it."""
        if self.emulator:
            whats = [self.emulate_one(i) for i in range(len(self.problems))]
            return {i: what for i, what in enumerate(whats) if what}
        failures: dict[int, str] = {}
        first = 0
        while first < len(self.problems):
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(reader)
                try:
                    library = ctypes.CDLL(str(self.library))
                    for i in range(first, len(self.problems)):
                        os.write(writer, f"{i}\t{self.run_one(library, i)}\n".encode())
                except BaseException:  # The parent's code must never run twice.
                    traceback.print_exc()
                    os._exit(1)
                os._exit(0)
            os.close(writer)
            with os.fdopen(reader) as lines:
                for line in lines:
                    number, what = line.rstrip("\n").split("\t")
                    first = int(number) + 1
                    if what:
                        failures[int(number)] = what
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            if status != 0:
                failures[first] = f"crash ({signal.Signals(-status).name if status < 0 else f'exit code {status}'})"
                first += 1
        return failures


def self_test() -> int:
    """A load one past the end must be seen, and the load of the end must not."""
    array = guard.guarded(np.arange(6, dtype=np.float32).reshape(2, 3), "end")
    before = guard.guarded(array, "begin")
    bad = 0
    for address, faults in (
        (array.ctypes.data + 20, False),
        (array.ctypes.data + 24, True),
        (before.ctypes.data, False),
        (before.ctypes.data - 4, True),
    ):
        child = os.fork()
        if child == 0:
            ctypes.c_float.from_address(address).value  # pylint: disable=expression-not-assigned
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        bad += (status == -signal.SIGSEGV) != faults
    return bad


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--batch", type=int, default=25)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--options", default="cpu=native")
    parser.add_argument("--lanes", type=int, default=16, help="widest n_vec of drawn schedules")
    parser.add_argument(
        "--thin", type=int, default=1, metavar="N", help="compute one in N of the problems that become much code"
    )
    parser.add_argument(
        "--level", type=int, choices=range(4), default=3, help="of LLVM's optimisations; 0 takes a third of 3's time"
    )
    parser.add_argument("--expand", default="", help="options of the CPU whose kernels are expanded")
    parser.add_argument("--emulator", default="", help="run by this command, as static programs")
    parser.add_argument(
        "--guard", choices=["end", "begin", "none"], default="end", help="where operands border on a guard page"
    )
    parser.add_argument(
        "--algorithms",
        type=lambda text: problems.ALGORITHMS if text == "all" else text.split(","),
        help="compute by these algorithms, in both forms; 'all' for every one",
    )
    parser.add_argument(
        "--borders", action="store_true", help="long windows and padding, whose borders are bounded at run time"
    )
    parser.add_argument(
        "--epilogues", action="store_true", help="bodies with functions, scales and other types instead of clamps"
    )
    parser.add_argument(
        "--types", type=lambda text: text.split(","), help=f"of {', '.join(problems.TYPES)}; without, f32"
    )
    args = parser.parse_args()
    if args.seed is None:
        args.seed = int.from_bytes(os.urandom(4), "little")
    print(f"seed {args.seed}, {args.count} problems, {args.options}, guard {args.guard}", flush=True)
    if self_test() != 0:
        print("guard pages do not fault as they should")
        return 1
    rng = random.Random(args.seed)
    failed = refused = computed = start = 0
    with tempfile.TemporaryDirectory() as temporary:
        while computed < args.count and start < 20 * max(args.count, args.batch):
            batch = Batch(args, rng, start, args.count - computed, pathlib.Path(temporary))
            computed += len(batch.problems)
            refused += len(batch.refused)
            for text, reason in batch.refused:
                if not any(re.search(known, reason) for known in problems.REFUSALS):
                    failed += 1
                    print(f"refused for an unknown reason, seed {args.seed}: {reason}\n{text}", flush=True)
            for i, what in sorted(batch.run().items()):
                failed += 1
                print(
                    f"{what}, seed {args.seed}, problem {start + i}, {args.options}, guard {args.guard}:\n"
                    f"{batch.functions[i]}",
                    flush=True,
                )
            start += args.batch
    print(f"{computed} computed, {refused} refused, {failed} failed")
    if computed < args.count:
        print(f"too many refusals: {args.count} were to be computed")
    return 1 if failed or computed < args.count else 0


if __name__ == "__main__":
    sys.exit(main())
