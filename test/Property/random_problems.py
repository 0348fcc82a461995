#!/usr/bin/env python3
"""Compiles and runs random convolutions and compares them exactly.

usage: random_problems.py --conv-opt PATH --llvm-bin DIR [--count N] [--seed S]
                          [--options "cpu=haswell"] [--batch 25]

Many functions go into one module, so that a thousand problems take minutes.
Prints the seed; a failing problem is printed as the MLIR that reproduces it.
Exit code 1 when a result differs or a module does not compile.
"""

import argparse
import ctypes
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np

import problems


def compile_module(text: str, args, folder: pathlib.Path, name: str) -> ctypes.CDLL:
    source, library = folder / f"{name}.mlir", folder / f"{name}.so"
    source.write_text(text)
    tool = lambda t: os.path.join(args.llvm_bin, t)
    libraries = os.path.join(args.llvm_bin, "..", "lib")
    openmp = [f"-L{libraries}", "-lomp", f"-Wl,-rpath,{libraries}"] if "threads=" in args.options else []
    steps = [
        [args.conv_opt, source, f"--conv-to-llvm={args.options}", "-o", folder / "k.mlir"],
        [tool("mlir-translate"), "--mlir-to-llvmir", folder / "k.mlir", "-o", folder / "k.ll"],
        [tool("opt"), "-O3", folder / "k.ll", "-o", folder / "k.bc"],
        [tool("llc"), "-O3", "-filetype=obj", "-relocation-model=pic", folder / "k.bc", "-o", folder / "k.o"],
        [args.cc, "-shared", folder / "k.o", "-o", library] + openmp,
    ]
    for step in steps:
        result = subprocess.run(list(map(str, step)), capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"{' '.join(map(str, step))}\n{result.stderr[:4000]}\n--- seed {args.seed}\n{text[:4000]}")
    return ctypes.CDLL(str(library))


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
    args = parser.parse_args()
    if args.seed is None:
        args.seed = int.from_bytes(os.urandom(4), "little")
    print(f"seed {args.seed}, {args.count} problems, {args.options}", flush=True)
    rng = random.Random(args.seed)
    wrong = 0
    with tempfile.TemporaryDirectory() as temporary:
        for start in range(0, args.count, args.batch):
            batch = [problems.draw(rng) for _ in range(min(args.batch, args.count - start))]
            data = [problems.make_data(p, args.seed + start + i) for i, p in enumerate(batch)]
            functions = [
                problems.function(p, f"f{i}", d, problems.draw_schedule(rng, p, args.lanes))
                for i, (p, d) in enumerate(zip(batch, data))
            ]
            library = compile_module("\n".join(functions), args, pathlib.Path(temporary), f"m{start}")
            for i, (problem, operands) in enumerate(zip(batch, data)):
                expected = problems.reference(problem, operands)
                descriptors = [descriptor(a) for a in operands.values()]
                getattr(library, f"_mlir_ciface_f{i}")(*(ctypes.byref(d) for d in descriptors))
                if not np.array_equal(operands["output"], expected):
                    wrong += 1
                    print(f"wrong result, seed {args.seed}, problem {start + i}:\n{functions[i]}", flush=True)
    print(f"{args.count - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
