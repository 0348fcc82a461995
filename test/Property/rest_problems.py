#!/usr/bin/env python3
"""Compiles and runs random operations that are no convolutions.

usage: rest_problems.py --conv-opt PATH --llvm-bin DIR --cc PATH [--count N]
                        [--seed S] [--options "cpu=haswell"] [--batch 30]

Pooling, sums and maxima, products, softmax, elementwise chains, transpositions
and resizing of random shapes, compared with numpy: exactly where the numbers are small
integers, else within a bound relative to the largest value. Every operand ends
at an inaccessible page. Exit code 1 when a result differs or a module does not
compile; a crash ends the script.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import pathlib
import random
import sys
import tempfile
from dataclasses import dataclass
from typing import Callable

import numpy as np

import guard
from random_problems import compile_module

# Of functions, and of sums of what is not an integer, relative to the largest value.
TOLERANCE = 1e-5


@dataclass
class Case:
    """A function of tensors: `body` makes %r of the arguments %a0, %a1, ..."""

    body: str
    inputs: list[np.ndarray]
    expected: np.ndarray
    exact: bool = True
    begins: bool = False  # The last input is what the sums begin with, and may be overwritten.

    def text(self, name: str) -> str:
        arguments = ", ".join(f"%a{i}: {tensor(a.shape)}" for i, a in enumerate(self.inputs))
        result = tensor(self.expected.shape)
        return f"func.func @{name}({arguments}) -> {result} {{\n{self.body}\n  return %r : {result}\n}}\n"


def tensor(shape: tuple[int, ...]) -> str:
    return f"tensor<{'x'.join(map(str, shape))}{'x' if shape else ''}f32>"


def dims(count: int, used: list[int]) -> str:
    return f"affine_map<({', '.join(f'd{i}' for i in range(count))}) -> ({', '.join(f'd{i}' for i in used)})>"


def fill(name: str, shape: tuple[int, ...], value: float) -> str:
    constant = {np.inf: "0x7F800000", -np.inf: "0xFF800000"}.get(value, f"{value:.1f}")
    return (
        f"  %{name}_c = arith.constant {constant} : f32\n  %{name}_e = tensor.empty() : {tensor(shape)}\n"
        f"  %{name} = linalg.fill ins(%{name}_c : f32) outs(%{name}_e : {tensor(shape)}) -> {tensor(shape)}\n"
    )


def generic(name, inputs, maps, out, out_shape, out_map, iterators, body) -> str:
    """A linalg.generic; inputs are (name, shape), the body names %x0, %x1, ..., %o."""
    arguments = "".join(f"%x{i}: f32, " for i in range(len(inputs)))
    types = ", ".join(tensor(shape) for _, shape in inputs)
    return (
        f"  %{name} = linalg.generic {{indexing_maps = [{', '.join(maps + [out_map])}], iterator_types = "
        f"[{', '.join(chr(34) + i + chr(34) for i in iterators)}]}} ins({', '.join('%' + n for n, _ in inputs)} : {types}) "
        f"outs(%{out} : {tensor(out_shape)}) {{\n  ^bb0({arguments}%o: f32):\n    {body}\n  }} -> {tensor(out_shape)}\n"
    )


def integers(rng: random.Random, shape: tuple[int, ...], limit: int = 8) -> np.ndarray:
    return np.random.default_rng(rng.getrandbits(32)).integers(-limit, limit + 1, shape).astype(np.float32)


def reals(rng: random.Random, shape: tuple[int, ...]) -> np.ndarray:
    return (2 * np.random.default_rng(rng.getrandbits(32)).standard_normal(shape)).astype(np.float32)


def draw_pool(rng: random.Random) -> Case:
    nchw = rng.random() < 0.5
    kind = rng.choice(["max", "max", "sum", "average"] + ([] if nchw else ["min"]))
    n, c = rng.choice([1, 1, 2]), rng.choice([1, 3, 8, 16, 20, 37])
    window = [rng.randint(1, 5) for _ in range(2)]
    stride, dilation = rng.choice([1, 2, 2, 3]), rng.choice([1, 1, 1, 2])
    size = [rng.randint(1, 24) for _ in range(2)]
    if rng.random() < 0.15:  # One window that is the image.
        window, stride, dilation = [min(s, 9) for s in size], 1, 1
        size = list(window)
    reach = [(k - 1) * dilation for k in window]
    pads = [(rng.randint(0, r + 1), rng.randint(0, r + 1)) if rng.random() < 0.6 else (0, 0) for r in reach]
    for i in range(2):
        size[i] = max(size[i], reach[i] + 1 - sum(pads[i]))
    padded = [s + sum(p) for s, p in zip(size, pads)]
    out = [(s - r - 1) // stride + 1 for s, r in zip(padded, reach)]
    low = {"max": -np.inf, "min": np.inf}.get(kind, 0.0)
    padding = rng.choice([low, low, 2.0])
    order = (0, 1, 2, 3) if nchw else (0, 2, 3, 1)
    place = lambda image: tuple(np.array((n, c, *image))[list(order)])  # noqa: E731
    x = integers(rng, (n, c, *size))
    if kind == "max" and rng.random() < 0.3:
        x[rng.randrange(n), rng.randrange(c), rng.randrange(size[0]), rng.randrange(size[1])] = np.nan
    wide = np.pad(x, ((0, 0), (0, 0), *pads), constant_values=padding)
    views = np.lib.stride_tricks.sliding_window_view(wide, [r + 1 for r in reach], (2, 3))
    views = views[:, :, ::stride, ::stride, ::dilation, ::dilation]
    function = {"max": np.max, "min": np.min}.get(kind, np.sum)
    expected = function(views, axis=(4, 5)).transpose(order)
    if kind == "average":
        expected = expected / np.float32(4)
    lows, highs = (list(np.array((0, 0, *(p[i] for p in pads)))[list(order)]) for i in range(2))
    body, image = "", "a0"
    if any(map(sum, pads)) or rng.random() < 0.1:
        constant = {np.inf: "0x7F800000", -np.inf: "0xFF800000"}.get(padding, f"{padding:.1f}")
        body += (
            f"  %p_c = arith.constant {constant} : f32\n"
            f"  %p = tensor.pad %a0 low[{', '.join(map(str, lows))}] high[{', '.join(map(str, highs))}] {{\n"
            f"  ^bb0(%i: index, %j: index, %k: index, %l: index):\n    tensor.yield %p_c : f32\n"
            f"  }} : {tensor(place(size))} to {tensor(place(padded))}\n"
        )
        image = "p"
    body += fill("f", place(out), low) + f"  %w = tensor.empty() : {tensor(tuple(window))}\n"
    result = "s" if kind == "average" else "r"
    body += (
        f"  %{result} = linalg.pooling_{'nchw' if nchw else 'nhwc'}_{'sum' if kind == 'average' else kind} "
        f"{{strides = dense<{stride}> : vector<2xi64>, dilations = dense<{dilation}> : vector<2xi64>}} "
        f"ins(%{image}, %w : {tensor(place(padded))}, {tensor(tuple(window))}) outs(%f : {tensor(place(out))}) "
        f"-> {tensor(place(out))}\n"
    )
    if kind == "average":
        whole = dims(4, [0, 1, 2, 3])
        body += f"  %four = arith.constant 4.0 : f32\n  %e = tensor.empty() : {tensor(place(out))}\n" + generic(
            "r", [("s", place(out))], [whole], "e", place(out), whole, ["parallel"] * 4,
            "%q = arith.divf %x0, %four : f32\n    linalg.yield %q : f32",
        )  # fmt: skip
    return Case(body, [np.ascontiguousarray(x.transpose(order))], expected)


def draw_reduction(rng: random.Random) -> Case:
    rank = rng.randint(1, 4)
    shape = tuple(rng.choice([1, 2, 3, 7, 8, 9, 16, 31, 40, 67]) if i > rank - 3 else rng.randint(1, 4) for i in range(rank))
    reduced = sorted(rng.sample(range(rank), rng.randint(1, rank)))
    kept = [i for i in range(rank) if i not in reduced]
    if rng.random() < 0.2:
        rng.shuffle(kept)
    kind = rng.choice(["addf", "maximumf", "minimumf", "squares"])
    start = rng.choice([0.0, 3.0]) if rng.random() < 0.5 else {"maximumf": -np.inf, "minimumf": np.inf}.get(kind, 0.0)
    x = integers(rng, shape)
    y = integers(rng, tuple(shape[i] for i in kept))
    use_input = rng.random() < 0.3  # Begins with an argument.
    values = x * x if kind == "squares" else x
    function = {"maximumf": np.max, "minimumf": np.min}.get(kind, np.sum)
    combine = {"maximumf": np.maximum, "minimumf": np.minimum}.get(kind, np.add)
    left = [i for i in range(rank) if i not in reduced]
    expected = function(values, axis=tuple(reduced)).transpose([left.index(i) for i in kept])
    expected = combine(expected, y if use_input else np.float32(start))
    out_shape = tuple(shape[i] for i in kept)
    body = fill("f", out_shape, start)
    step = "%s = arith.mulf %x0, %x0 : f32\n    %t = arith.addf %s, %o : f32"
    if kind != "squares":
        step = f"%t = arith.{kind} %x0, %o : f32"
    body += generic(
        "r", [("a0", shape)], [dims(rank, list(range(rank)))], "a1" if use_input else "f", out_shape,
        dims(rank, kept), ["reduction" if i in reduced else "parallel" for i in range(rank)],
        f"{step}\n    linalg.yield %t : f32",
    )  # fmt: skip
    return Case(body, [x, y], np.asarray(expected, np.float32), begins=use_input)


def draw_product(rng: random.Random) -> Case:
    """Rows of a matrix with a few vectors, in both orders of the matrix."""
    n, k, o = rng.randint(1, 3), rng.choice([1, 5, 16, 33, 100]), rng.choice([1, 4, 9, 24, 50])
    rows = rng.random() < 0.5
    x, w = integers(rng, (n, k)), integers(rng, (o, k) if rows else (k, o))
    expected = x @ (w.T if rows else w)
    body = fill("f", (n, o), 0.0) + generic(
        "r", [("a0", x.shape), ("a1", w.shape)], [dims(3, [0, 2]), dims(3, [1, 2] if rows else [2, 1])], "f", (n, o),
        dims(3, [0, 1]), ["parallel", "parallel", "reduction"],
        "%m = arith.mulf %x0, %x1 : f32\n    %s = arith.addf %m, %o : f32\n    linalg.yield %s : f32",
    )  # fmt: skip
    return Case(body, [x, w], expected)


def draw_softmax(rng: random.Random) -> Case:
    n, m = rng.randint(1, 9), rng.choice([1, 2, 7, 8, 10, 64, 100, 1000])
    x = reals(rng, (n, m))
    whole, row, sides = dims(2, [0, 1]), dims(2, [0]), ["parallel", "reduction"]
    shape, per_row = (n, m), (n,)
    body = fill("low", per_row, -np.inf) + fill("zero", per_row, 0.0) + f"  %e = tensor.empty() : {tensor(shape)}\n"
    body += generic("m", [("a0", shape)], [whole], "low", per_row, row, sides, "%t = arith.maximumf %x0, %o : f32\n    linalg.yield %t : f32")
    body += generic(
        "x", [("a0", shape), ("m", per_row)], [whole, row], "e", shape, whole, ["parallel"] * 2,
        "%d = arith.subf %x0, %x1 : f32\n    %t = math.exp %d : f32\n    linalg.yield %t : f32",
    )  # fmt: skip
    body += generic("s", [("x", shape)], [whole], "zero", per_row, row, sides, "%t = arith.addf %x0, %o : f32\n    linalg.yield %t : f32")
    body += generic(
        "r", [("x", shape), ("s", per_row)], [whole, row], "e", shape, whole, ["parallel"] * 2,
        "%t = arith.divf %x0, %x1 : f32\n    linalg.yield %t : f32",
    )  # fmt: skip
    e = np.exp(x.astype(np.float64) - x.max(axis=1, keepdims=True))
    return Case(body, [x], e / e.sum(axis=1, keepdims=True), exact=False)


def draw_elementwise(rng: random.Random) -> Case:
    """A chain: a sum with a row, SiLU, hyperbolic tangent."""
    shape = tuple(rng.choice([1, 2, 5, 8, 13, 32]) for _ in range(rng.randint(1, 4)))
    rank = len(shape)
    at = rng.randrange(rank)
    x, y = reals(rng, shape), reals(rng, (shape[at],))
    whole = dims(rank, list(range(rank)))
    sides = ["parallel"] * rank
    body = f"  %e = tensor.empty() : {tensor(shape)}\n  %one = arith.constant 1.0 : f32\n"
    body += generic("s", [("a0", shape), ("a1", y.shape)], [whole, dims(rank, [at])], "e", shape, whole, sides, "%t = arith.addf %x0, %x1 : f32\n    linalg.yield %t : f32")
    body += generic(
        "silu", [("s", shape)], [whole], "e", shape, whole, sides,
        "%n = arith.negf %x0 : f32\n    %p = math.exp %n : f32\n    %d = arith.addf %p, %one : f32\n"
        "    %t = arith.divf %x0, %d : f32\n    linalg.yield %t : f32",
    )  # fmt: skip
    body += generic("r", [("silu", shape)], [whole], "e", shape, whole, sides, "%t = math.tanh %x0 : f32\n    linalg.yield %t : f32")
    z = x.astype(np.float64) + y.reshape([-1 if i == at else 1 for i in range(rank)])
    return Case(body, [x, y], np.tanh(z / (1 + np.exp(-z))), exact=False)


def draw_scaled(rng: random.Random) -> Case:
    """An image scaled and moved by what some dimensions share, then clamped."""
    rank = rng.randint(1, 4)
    shape = tuple(rng.choice([1, 2, 3, 7, 14, 16, 17, 31]) for _ in range(rank))
    whole, sides = dims(rank, list(range(rank))), ["parallel"] * rank

    def draw_shared() -> tuple[np.ndarray, str]:
        kept = [rng.random() < 0.5 for _ in shape]
        results = ", ".join(f"d{i}" if keep else "0" for i, keep in enumerate(kept))
        shared = integers(rng, tuple(n if keep else 1 for n, keep in zip(shape, kept)))
        return shared, f"affine_map<({', '.join(f'd{i}' for i in range(rank))}) -> ({results})>"

    x, (scale, scales), (shift, shifts) = integers(rng, shape), draw_shared(), draw_shared()
    inputs = [("a0", shape), ("a1", scale.shape), ("a2", shift.shape)]
    body = f"  %e = tensor.empty() : {tensor(shape)}\n"
    body += generic(
        "r", inputs, [whole, scales, shifts], "e", shape, whole, sides,
        "%p = arith.mulf %x1, %x0 : f32\n    %q = arith.addf %p, %x2 : f32\n    %h = arith.addf %x2, %x2 : f32\n"
        "    %k = arith.cmpf ugt, %q, %h : f32\n    %t = arith.select %k, %q, %h : f32\n    linalg.yield %t : f32",
    )  # fmt: skip
    return Case(body, [x, scale, shift], np.maximum(x * scale + shift, shift + shift))


def draw_transpose(rng: random.Random) -> Case:
    rank = rng.randint(2, 4)
    shape = tuple(rng.choice([1, 2, 3, 7, 8, 9, 16, 21]) for _ in range(rank))
    order = list(range(rank))
    rng.shuffle(order)
    x = reals(rng, shape)
    out = tuple(shape[i] for i in order)
    body = f"  %e = tensor.empty() : {tensor(out)}\n"
    body += f"  %r = linalg.transpose ins(%a0 : {tensor(shape)}) outs(%e : {tensor(out)}) permutation = {order}"
    return Case(body, [x], np.ascontiguousarray(x.transpose(order)))


def draw_resize(rng: random.Random) -> Case:
    """The nearest elements of an image, mirrored or not, doubled or not."""
    nchw = rng.random() < 0.5
    c, h, w, by = rng.choice([1, 3, 16, 19]), rng.randint(1, 9), rng.randint(1, 9), rng.randint(1, 3)
    x = reals(rng, (1, c, h, w))
    mirrored, plain = rng.random() < 0.5, rng.random() < 0.5
    expected = x.repeat(by, 2).repeat(by, 3)
    if mirrored:
        expected = expected[..., ::-1]
    if not plain:
        expected = expected + expected
    order = (0, 1, 2, 3) if nchw else (0, 2, 3, 1)
    x, expected = (np.ascontiguousarray(a.transpose(order)) for a in (x, expected))
    row, column = (2, 3) if nchw else (1, 2)
    indices = ["%i0", "%i1", "%i2", "%i3"]
    indices[row], indices[column] = "%y", "%z"
    whole = dims(4, [0, 1, 2, 3])
    lines = [f"%i{i} = linalg.index {i} : index" for i in range(4)] + [
        f"%b = arith.constant {by} : index",
        f"%w = arith.constant {w - 1} : index",
        f"%y = arith.divui %i{row}, %b : index",
        f"%q = arith.divui %i{column}, %b : index",
        "%z = arith.subi %w, %q : index" if mirrored else "%z = arith.minui %w, %q : index",
        f"%v = tensor.extract %a0[{', '.join(indices)}] : {tensor(x.shape)}",
        "%t = arith.addf %v, %v : f32",
        f"linalg.yield {'%v' if plain else '%t'} : f32",
    ]
    body = f"  %e = tensor.empty() : {tensor(expected.shape)}\n"
    body += (
        f"  %r = linalg.generic {{indexing_maps = [{whole}], iterator_types = [{', '.join([chr(34) + 'parallel' + chr(34)] * 4)}]}} "
        f"outs(%e : {tensor(expected.shape)}) {{\n  ^bb0(%o: f32):\n    " + "\n    ".join(lines)
        + f"\n  }} -> {tensor(expected.shape)}"
    )  # fmt: skip
    return Case(body, [x], expected)


def draw_dense(rng: random.Random) -> Case:
    """Layers that read what is there, and whose results stand beside it: in front, or
    behind. Now and then an earlier concatenation is read again at the end."""
    rank = rng.randint(1, 3)
    dim, others = rng.randrange(rank), [rng.choice([1, 3, 8]) for _ in range(rank)]
    place = lambda n: tuple(n if i == dim else m for i, m in enumerate(others))  # noqa: E731
    whole, sides = dims(rank, list(range(rank))), ["parallel"] * rank
    x = integers(rng, place(rng.choice([2, 4, 8])))
    body = f"  %one = arith.constant 1.0 : f32\n  %b0 = tensor.empty() : {tensor(x.shape)}\n"
    step = "%t = arith.addf %x0, %one : f32\n    linalg.yield %t : f32"
    body += generic("p0", [("a0", x.shape)], [whole], "b0", x.shape, whole, sides, step)
    parts, all_, values, concats = ["p0"], "p0", {"p0": x + 1}, ["p0"]

    def cut(source: str, size: int, name: str) -> np.ndarray:
        nonlocal body
        value = values[source]
        at = rng.randint(0, value.shape[dim] - size)
        body += (
            f"  %{name} = tensor.extract_slice %{source}[{', '.join(str(at if i == dim else 0) for i in range(rank))}] "
            f"[{', '.join(map(str, place(size)))}] [{', '.join(['1'] * rank)}] : {tensor(value.shape)} to {tensor(place(size))}\n"
        )
        return value.take(range(at, at + size), axis=dim)

    for i in range(1, rng.randint(3, 6)):
        size = rng.randint(1, 2)
        part, name = cut(all_, size, f"s{i}") + 1, f"p{i}"
        body += f"  %b{i} = tensor.empty() : {tensor(part.shape)}\n"
        body += generic(name, [(f"s{i}", part.shape)], [whole], f"b{i}", part.shape, whole, sides, step)
        values[name] = part
        front, nested = rng.random() < 0.3, rng.random() < 0.4
        parts = [name, *parts] if front else [*parts, name]
        inputs = ([name, all_] if front else [all_, name]) if nested else parts
        values[f"c{i}"] = np.concatenate([values[n] for n in inputs], axis=dim)
        types = ", ".join(tensor(values[n].shape) for n in inputs)
        body += f"  %c{i} = tensor.concat dim({dim}) {', '.join('%' + n for n in inputs)} : ({types}) -> {tensor(values[f'c{i}'].shape)}\n"
        all_ = f"c{i}"
        concats.append(all_)
    again = rng.choice(concats) if rng.random() < 0.4 else all_
    size = values[again].shape[dim]
    first, second = cut(all_, size, "u"), cut(again, size, "v")
    body += f"  %e = tensor.empty() : {tensor(first.shape)}\n"
    add = "%t = arith.addf %x0, %x1 : f32\n    linalg.yield %t : f32"
    body += generic("r", [("u", first.shape), ("v", first.shape)], [whole, whole], "e", first.shape, whole, sides, add)
    return Case(body, [x], first + second)


DRAWS: list[Callable[[random.Random], Case]] = [draw_pool, draw_pool, draw_pool, draw_reduction, draw_reduction, draw_product, draw_softmax, draw_elementwise, draw_scaled, draw_transpose, draw_resize, draw_dense]


def run(library: ctypes.CDLL, name: str, case: Case) -> str:
    """What is wrong with `case`; empty when nothing is."""
    inputs = [guard.guarded(a, "end") for a in case.inputs]
    output = guard.guarded(np.full(case.expected.shape, 77, np.float32), "end")
    workspace = np.zeros(1 << 20, np.uint8)
    getattr(library, name)(*(ctypes.c_void_p(a.ctypes.data) for a in [*inputs, output, workspace]))
    for before, after in list(zip(case.inputs, inputs))[: -1 if case.begins else None]:
        if not np.array_equal(before, after, equal_nan=True):
            return "wrote to an input"
    if case.exact:
        return "" if np.array_equal(output, case.expected, equal_nan=True) else "wrong result"
    error = np.abs(output - case.expected).max() / np.abs(case.expected).max()
    return "" if error < TOLERANCE else f"error {error:.2g}"


def make_parser(description: str | None, seed: int) -> argparse.ArgumentParser:
    """What scripts that draw cases are called with."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--batch", type=int, default=30)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--options", default="cpu=native")
    return parser


def compute_cases(
    args: argparse.Namespace,
    draw: Callable[[random.Random], Case],
    find_module_fault: Callable[[str], str] = lambda text: "",
) -> int:
    """Draws, compiles and runs cases; the script's exit code. `find_module_fault` says what is
    wrong with the module of a batch before it is compiled."""
    print(f"seed {args.seed}, {args.count} problems, {args.options}", flush=True)
    faulthandler.enable()
    rng = random.Random(args.seed)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, args.count, args.batch):
            cases = [draw(rng) for _ in range(min(args.batch, args.count - start))]
            texts = [case.text(f"f{start + i}") for i, case in enumerate(cases)]
            module = "\n".join(texts)
            if what := find_module_fault(module):
                failed += 1
                print(f"{what}, seed {args.seed}", flush=True)
            library = compile_module(module, args, pathlib.Path(folder), f"m{start}", f"abi=c {args.options}")
            loaded = ctypes.CDLL(str(library))
            for i, (case, text) in enumerate(zip(cases, texts)):
                if what := run(loaded, f"f{start + i}", case):
                    failed += 1
                    print(f"{what}, seed {args.seed}, {args.options}:\n{text}", flush=True)
    print(f"{args.count} computed, {failed} failed")
    return 1 if failed else 0


def main() -> int:
    args = make_parser(__doc__, seed=2018).parse_args()
    return compute_cases(args, lambda rng: rng.choice(DRAWS)(rng))


if __name__ == "__main__":
    sys.exit(main())
