#!/usr/bin/env python3
"""What docs/numerics.md says of infinities, NaN, denormal numbers and equal bits,
for every algorithm.

usage: number_problems.py --conv-opt PATH --llvm-bin DIR --cc PATH [--seed S]
                          [--options "cpu=haswell"] [--algorithms NAME,...]

Each algorithm computes convolutions with padding whose constant weights or whose
inputs are infinite, NaN or denormal, and real ones by one thread and by two.
The first three have to be what the plain definition makes of them, padding
included, to the bit: sums are of integers, or of one product. Winograd's
algorithms have to refuse weights that are not finite, and spread inputs that are
not over their tiles alone. Exit code 1 when something is not so.
"""

from __future__ import annotations

import argparse
import ctypes
import math
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np

from problems import ALGORITHMS, WINOGRAD_TILES
from random_problems import compile_module
from rest_problems import Case, dims, fill, generic, integers, reals, run, tensor

SPECIAL = [np.inf, -np.inf, np.nan]
REFUSED = "the filter has infinite or NaN weights"
SIZE, CHANNELS, OUTPUTS = 9, 4, 8
# Units in the last place, and below which result exp is 0.
FUNCTIONS = {"exp": (np.exp, 2), "erf": (np.vectorize(math.erf), 6), "expm1": (np.expm1, 5), "tanh": (np.tanh, 7), "log1p": (np.log1p, 3)}
LEAST_EXP = 1.7e-38


def constant(name: str, array: np.ndarray) -> str:
    return f'  %{name} = arith.constant dense<"0x{array.tobytes().hex().upper()}"> : {tensor(array.shape)}\n'


def convolve(image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """3x3, padded by one with zeros that are multiplied as any other number."""
    padded = np.pad(image, [(0, 0), (1, 1), (1, 1), (0, 0)])
    result = np.zeros((1, SIZE, SIZE, weights.shape[3]), np.float32)
    with np.errstate(invalid="ignore"):
        for r in range(3):
            for s in range(3):
                window = padded[:, r : r + SIZE, s : s + SIZE, :, None]
                result += (window * weights[r, s]).sum(axis=3)
    return result


def make_case(image: np.ndarray, weights: np.ndarray) -> Case:
    padded, result = (1, SIZE + 2, SIZE + 2, CHANNELS), (1, SIZE, SIZE, OUTPUTS)
    body = (
        "  %z = arith.constant 0.0 : f32\n"
        "  %p = tensor.pad %a0 low[0, 1, 1, 0] high[0, 1, 1, 0] {\n  ^bb0(%i: index, %j: index, %k: index, %l: index):\n"
        f"    tensor.yield %z : f32\n  }} : {tensor(image.shape)} to {tensor(padded)}\n"
        + constant("w", weights)
        + fill("init", result, 0.0)
        + f"  %r = linalg.conv_2d_nhwc_hwcf ins(%p, %w : {tensor(padded)}, {tensor(weights.shape)}) "
        f"outs(%init : {tensor(result)}) -> {tensor(result)}"
    )
    return Case(body, [image], convolve(image, weights))


def draw_image(rng: random.Random) -> np.ndarray:
    return integers(rng, (1, SIZE, SIZE, CHANNELS))


def draw_weights(rng: random.Random) -> np.ndarray:
    return integers(rng, (3, 3, CHANNELS, OUTPUTS))


def draw_weight_case(rng: random.Random, special: float) -> Case:
    weights = draw_weights(rng)
    for _ in range(rng.choice([1, 1, 3])):
        weights[tuple(rng.randrange(n) for n in weights.shape)] = special
    return make_case(draw_image(rng), weights)


def draw_image_case(rng: random.Random, special: float) -> Case:
    image = draw_image(rng)
    corner = rng.random() < 0.5
    image[0, 0 if corner else rng.randrange(SIZE), rng.randrange(SIZE), rng.randrange(CHANNELS)] = special
    return make_case(image, draw_weights(rng))


def draw_denormal_case(rng: random.Random) -> Case:
    """One weight per output: what is multiplied is below the normal numbers."""
    weights = np.zeros((3, 3, CHANNELS, OUTPUTS), np.float32)
    for output in range(OUTPUTS):
        weights[rng.randrange(3), rng.randrange(3), rng.randrange(CHANNELS), output] = 1.0
    image = draw_image(rng) * np.float32(1e-40)
    assert 0 < np.abs(image).max() < np.finfo(np.float32).tiny
    return make_case(image, weights)


def spread(case: Case, output: np.ndarray, tile: tuple[int, int]) -> str:
    """What is wrong with the outputs that have to be finite: those of tiles that
    see nothing else."""
    (row, column), (height, width) = np.argwhere(~np.isfinite(case.inputs[0][0]))[0][:2], tile
    reached = np.zeros((SIZE, SIZE), bool)
    for top in range(0, SIZE, height):
        for left in range(0, SIZE, width):
            # A tile of outputs reads one more row and column on each side.
            if top - 1 <= row <= top + height and left - 1 <= column <= left + width:
                reached[top : top + height, left : left + width] = True
    rest = output[0][~reached]
    bound = 1e-3 * np.abs(case.expected[0][~reached]).max(initial=1.0)
    if not np.isfinite(rest).all() or np.abs(rest - case.expected[0][~reached]).max(initial=0.0) > bound:
        return "a value that is not finite left its tile"
    return "" if not np.isfinite(output[0][reached]).all() else "a value that is not finite was lost"


class Checker:
    def __init__(self, args: argparse.Namespace, folder: pathlib.Path) -> None:
        self.args, self.folder, self.failures = args, folder, 0

    def fail(self, algorithm: str, what: str, text: str = "") -> None:
        self.failures += 1
        print(f"{algorithm}: {what}, seed {self.args.seed}\n{text}", flush=True)

    def compile(self, algorithm: str, name: str, cases: list[Case], options: str = "") -> ctypes.CDLL:
        text = "\n".join(case.text(f"f{i}") for i, case in enumerate(cases))
        options = f"abi=c algorithm={algorithm} {self.args.options} {options}"
        return ctypes.CDLL(str(compile_module(text, self.args, self.folder, f"{algorithm}_{name}", options)))

    def compute(self, library: ctypes.CDLL, name: str, case: Case) -> np.ndarray:
        output, workspace = np.full(case.expected.shape, 77, np.float32), np.zeros(1 << 20, np.uint8)
        getattr(library, name)(*(ctypes.c_void_p(a.ctypes.data) for a in [*case.inputs, output, workspace]))
        return output

    def check_refusal(self, algorithm: str, case: Case) -> None:
        command = [self.args.conv_opt, f"--conv-to-llvm=algorithm={algorithm} {self.args.options}", "-o", "/dev/null"]
        said = subprocess.run(command, input=case.text("f"), capture_output=True, text=True)
        if said.returncode == 0 or REFUSED not in said.stderr:
            self.fail(algorithm, "does not refuse a filter that is not finite", said.stderr)

    def check(self, algorithm: str, cases: list[Case]) -> None:
        library = self.compile(algorithm, "special", cases)
        for i, case in enumerate(cases):
            if what := run(library, f"f{i}", case):
                self.fail(algorithm, what, case.text(f"f{i}"))

    def check_threads(self, algorithm: str, case: Case) -> None:
        """No sum is divided among threads."""
        one, two = (
            self.compute(self.compile(algorithm, f"by{n}", [case], f"threads={n}"), "f0", case) for n in (1, 2)
        )  # fmt: skip
        if not np.array_equal(one, two):
            self.fail(algorithm, f"differs by {np.abs(one - two).max():.2g} between one thread and two")


def draw_function_case(rng: random.Random, function: str, count: int) -> Case:
    """Numbers of all sizes, and those at which results are no longer finite, or 0."""
    x = np.random.default_rng(rng.getrandbits(32)).integers(0, 1 << 32, count, np.uint32).view(np.float32)
    x[: count // 2] = np.linspace(-110, 100, count // 2, dtype=np.float32)
    x[:12] = [0.0, -0.0, *SPECIAL, 88.72283, 88.722839, 88.8, 127.0, -87.2, -86.9, -87.6][:12]
    body = f"  %e = tensor.empty() : {tensor(x.shape)}\n"
    whole, sides = dims(1, [0]), ["parallel"]
    body += generic("r", [("a0", x.shape)], [whole], "e", x.shape, whole, sides, f"%t = math.{function} %x0 : f32\n    linalg.yield %t : f32")
    with np.errstate(all="ignore"):
        return Case(body, [x], FUNCTIONS[function][0](x.astype(np.float64)))


def measure_units(function: str, expected: np.ndarray, output: np.ndarray) -> float:
    """How far `output` is from `expected` at most, in units in the last place."""
    with np.errstate(all="ignore"):
        rounded = expected.astype(np.float32)
        finite = np.isfinite(rounded)
        if not np.array_equal(output[~finite], rounded[~finite], equal_nan=True):
            return np.inf
        if function == "exp":
            tiny = finite & (expected < LEAST_EXP)
            if not ((output[tiny] == 0) | np.isclose(output[tiny], expected[tiny], rtol=1e-6, atol=0)).all():
                return np.inf
            finite &= ~tiny
        unit = np.spacing(np.maximum(np.abs(rounded[finite]), np.finfo(np.float32).tiny)).astype(np.float64)
        return float((np.abs(output[finite].astype(np.float64) - expected[finite]) / unit).max(initial=0.0))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--seed", type=int, default=2018)
    parser.add_argument("--options", default="cpu=native")
    parser.add_argument("--algorithms", type=lambda text: text.split(","), default=ALGORITHMS)
    args = parser.parse_args()
    print(f"seed {args.seed}, {args.options}", flush=True)
    rng = random.Random(args.seed)
    weight_cases = [draw_weight_case(rng, special) for special in SPECIAL for _ in range(2)]
    image_cases = [draw_image_case(rng, special) for special in SPECIAL for _ in range(2)]
    real = make_case(reals(rng, (1, SIZE, SIZE, CHANNELS)), reals(rng, (3, 3, CHANNELS, OUTPUTS)))
    with tempfile.TemporaryDirectory() as folder:
        checker = Checker(args, pathlib.Path(folder))
        for algorithm in args.algorithms:
            tile = WINOGRAD_TILES.get(algorithm)
            if tile:
                checker.check_refusal(algorithm, weight_cases[0])
                library = checker.compile(algorithm, "image", image_cases)
                for i, case in enumerate(image_cases):
                    if what := spread(case, checker.compute(library, f"f{i}", case), tile):
                        checker.fail(algorithm, what, case.text(f"f{i}"))
            else:
                checker.check(algorithm, [*weight_cases, *image_cases, draw_denormal_case(rng)])
            if algorithm != "naive":
                checker.check_threads(algorithm, real)
        for function, (_, bound) in FUNCTIONS.items():
            cases = [draw_function_case(rng, function, count) for count in (1 << 20, 12)]
            library = checker.compile("auto", function, cases)
            for i, case in enumerate(cases):
                units = measure_units(function, case.expected, checker.compute(library, f"f{i}", case))
                if not units <= bound:
                    checker.fail(function, f"{units:.2f} units in the last place", case.text(f"f{i}"))
    print(f"{len(args.algorithms)} algorithms, {checker.failures} failed")
    return 1 if checker.failures else 0


if __name__ == "__main__":
    sys.exit(main())
