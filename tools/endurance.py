#!/usr/bin/env python3
"""Computes very many random convolutions, in every mode, and compares them.

usage: tools/endurance.py [--problems 100000] [--per-run 500] [--jobs N]
                          [--seed S] [--from RUN] [--thin 8] [--level 0]
                          [--bin build/bin] [--llvm-bin DIR] [--cc CC]

One run of test/Property/random_problems.py after the other, of 500 problems
each, with the seeds S, S + 1, ...: what the tuner chooses, all algorithms in all
forms, all element types, bodies of functions and scales, long borders, two
threads, and the vectors of a smaller CPU, so that each meets each. Prints a line
per run, whatever a run says of a failing problem, and the sums in the end.
--from goes on behind the runs that a broken-off call has printed. Without
LLVM's optimisations, which the tests Property* have, 100,000 problems take two
hours of a core; --level 3 doubles that. Exit code 1 when a problem failed.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ALL_TYPES = "f32,f64,f16,bf16,i8,u8,i16"
# Options of conv-to-llvm, and those of random_problems.py.
MODES = [
    ("cpu=native", ""),
    ("cpu=native", "--algorithms all"),
    ("cpu=native", f"--types {ALL_TYPES}"),
    ("cpu=native", "--epilogues"),
    ("cpu=haswell", "--algorithms all --guard begin"),
    ("cpu=native", "--borders --guard begin"),
    ("cpu=native", f"--types {ALL_TYPES} --algorithms all --guard begin"),
    ("cpu=native threads=2", "--epilogues --guard begin"),
    ("cpu=native threads=2", f"--types {ALL_TYPES} --algorithms all"),
    ("cpu=haswell", "--epilogues"),
]  # fmt: skip


def get_lanes(options: str) -> int:
    """f32 elements of the widest vectors that the CPU of these options has."""
    if "cpu=native" not in options:
        return 8
    return 16 if "avx512f" in pathlib.Path("/proc/cpuinfo").read_text() else 8


def run(args: argparse.Namespace, number: int) -> tuple[int, int, int]:
    """Problems computed, refused and failed in one run."""
    options, further = MODES[number % len(MODES)]
    seed = args.seed + number
    command = [
        sys.executable, str(ROOT / "test/Property/random_problems.py"),
        "--conv-opt", str(args.bin / "conv-opt"), "--llvm-bin", args.llvm_bin, "--cc", args.cc,
        "--count", str(args.per_run), "--batch", "50", "--thin", str(args.thin), "--level", str(args.level), "--seed", str(seed),
        "--lanes", str(get_lanes(options)), "--options", options, *further.split(),
    ]  # fmt: skip
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    sums = re.search(r"^(\d+) computed, (\d+) refused, (\d+) failed$", result.stdout, re.MULTILINE)
    counts = tuple(map(int, sums.groups())) if sums else (0, 0, 1)
    if result.returncode != 0 or counts[2] != 0:
        print(result.stdout + result.stderr, flush=True)
        counts = (counts[0], counts[1], max(counts[2], 1))
    print(f"run {number}: seed {seed}, {options} {further}: {counts[0]} computed, {counts[2]} failed", flush=True)
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problems", type=int, default=100000)
    parser.add_argument("--per-run", type=int, default=500, help="problems of one mode and seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--from", type=int, default=0, dest="first", metavar="RUN")
    parser.add_argument("--thin", type=int, default=8, help="compute one in N of the problems that become much code")
    parser.add_argument("--level", type=int, default=0, help="of LLVM's optimisations")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/bin")
    parser.add_argument("--llvm-bin", default="/usr/lib/llvm-22/bin")
    parser.add_argument("--cc", default="clang-22")
    args = parser.parse_args()
    if args.seed is None:
        args.seed = int.from_bytes(os.urandom(3), "little")
    runs = -(-args.problems // args.per_run)
    print(f"seed {args.seed}, {runs} runs of {args.per_run} problems", flush=True)
    # Results of two threads are compared, not timed: a team of its own size for each job.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        counts = list(pool.map(lambda number: run(args, number), range(args.first, runs)))
    computed, refused, failed = (sum(column) for column in zip(*counts))
    print(f"{computed} computed, {refused} refused, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
