#!/usr/bin/env python3
"""Random quantised convolutions, as front ends write them, compared with upstream's plain lowering.

usage: quantized_problems.py --conv-opt PATH --llvm-bin DIR --cc PATH [--options "cpu=haswell"]
                             [--count N] [--seed N] [--forms qdq,tosa]

Forms:
  qdq   ONNX and PyTorch: a convolution in f32 between what dequantises and what
        quantises. Bias of integers or in f32, ReLU or ReLU6, a residual in f32 or
        of 8 bits. Computed on integers, it may differ from the literal result by one
        step, in one output of a hundred.
  tosa  TensorFlow Lite: zero points, a rescaling on integers, a clamp. Exact.

Every convolution must be raised without a warning. Exit code 1 when one is not, or
differs.
"""

from __future__ import annotations

import argparse
import ctypes
import pathlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

import numpy as np

from conv_matrix import UPSTREAM, compile_lowered, execute
from random_problems import descriptor

TOSA = [
    "--tosa-attach-target=specification_version=1.1.draft profiles=pro_int,pro_fp extensions=doubleround",
    "--tosa-to-linalg-pipeline",
    "--tosa-to-arith=include-apply-rescale",
    "--tosa-to-tensor",
    "--canonicalize",
]
# As the project's own pipeline has them.
FUNCTIONS = ["--convert-math-to-llvm", "--convert-math-to-libm"]
SHARE = 0.01  # Of outputs that may be one step off.


def constant(name: str, array: np.ndarray) -> str:
    element = {"int8": "i8", "int32": "i32", "float32": "f32"}[array.dtype.name]
    shape = "x".join(map(str, array.shape))
    values = f'"0x{array.tobytes().hex().upper()}"' if np.unique(array).size > 1 else array.flat[0]
    return f"  %{name} = arith.constant dense<{values}> : tensor<{shape}x{element}>\n"


@dataclass
class Problem:
    name: str
    rng: np.random.Generator
    arguments: list[tuple] = field(default_factory=list)  # Shapes and types.
    result: tuple = ()
    step: float = 0  # One step of the result, or, of real numbers, what may differ; 0: exact.
    is_real: bool = False
    convolutions: int = 1
    body: str = ""
    values: int = 0

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def new(self) -> str:
        self.values += 1
        return f"v{self.values}"

    def add(self, text: str) -> str:
        """An operation; returns its result."""
        name = self.new()
        self.body += f"  %{name} = {text}\n"
        return name

    def text(self) -> str:
        names = {np.float32: "f32", np.int8: "i8"}

        def spell(shape, dtype):
            return f"tensor<{'x'.join(map(str, shape))}x{names[dtype]}>"

        arguments = ", ".join(f"%a{i}: {spell(*argument)}" for i, argument in enumerate(self.arguments))
        return (
            f"func.func @{self.name}({arguments}) -> {spell(*self.result)} attributes {{llvm.emit_c_interface}} {{\n"
            f"{self.body}}}\n"
        )

    def elementwise(self, inputs: list[tuple[str, str, str]], shape: list[int], element: str, body: str) -> str:
        """inputs: name, type, map results; the body reads %i0, %i1, ... and yields %r."""
        loops = ", ".join(f"d{i}" for i in range(len(shape)))
        maps = ", ".join(f"affine_map<({loops}) -> ({results})>" for _, _, results in inputs)
        out = f"tensor<{'x'.join(map(str, shape))}x{element}>"
        empty = self.add(f"tensor.empty() : {out}")
        arguments = ", ".join(f"%i{i}: {t.rstrip('>').split('x')[-1]}" for i, (_, t, _) in enumerate(inputs))
        parallel = ", ".join(['"parallel"'] * len(shape))
        return self.add(
            f"linalg.generic {{indexing_maps = [{maps}, affine_map<({loops}) -> ({loops})>], iterator_types = [{parallel}]}}"
            f" ins({', '.join('%' + n for n, _, _ in inputs)} : {', '.join(t for _, t, _ in inputs)}) outs(%{empty} : {out}) {{\n"
            f"  ^bb0({arguments}, %o: {element}):\n{body}    linalg.yield %r : {element}\n  }} -> {out}"
        )

    def quantize(self, value: str, shape: list[int], scale: float, zero: int, unsigned: bool) -> str:
        lower, upper = (0.0, 255.0) if unsigned else (-128.0, 127.0)
        body = (
            f"    %s = arith.constant {scale:.9e} : f32\n    %z = arith.constant {float(zero)} : f32\n"
            f"    %l = arith.constant {lower} : f32\n    %u = arith.constant {upper} : f32\n"
            "    %0 = arith.divf %i0, %s : f32\n    %1 = math.roundeven %0 : f32\n    %2 = arith.addf %1, %z : f32\n"
            "    %3 = arith.maximumf %2, %l : f32\n    %4 = arith.minimumf %3, %u : f32\n"
            f"    %r = arith.fpto{'ui' if unsigned else 'si'} %4 : f32 to i8\n"
        )
        dims = ", ".join(f"d{i}" for i in range(len(shape)))
        return self.elementwise([(value, f"tensor<{'x'.join(map(str, shape))}xf32>", dims)], shape, "i8", body)

    def dequantize(self, value: str, shape: list[int], scale: float, zero: int, unsigned: bool) -> str:
        body = f"    %s = arith.constant {scale:.9e} : f32\n"
        if zero:
            body += (
                f"    %z = arith.constant {zero} : i64\n    %0 = arith.ext{'ui' if unsigned else 'si'} %i0 : i8 to i64\n"
                "    %1 = arith.subi %0, %z : i64\n    %2 = arith.sitofp %1 : i64 to f32\n"
            )
        else:
            body += f"    %2 = arith.{'u' if unsigned else 's'}itofp %i0 : i8 to f32\n"
        body += "    %r = arith.mulf %2, %s : f32\n"
        dims = ", ".join(f"d{i}" for i in range(len(shape)))
        return self.elementwise([(value, f"tensor<{'x'.join(map(str, shape))}xi8>", dims)], shape, "f32", body)


@dataclass
class Shape:
    n: int
    c: int
    k: int
    h: int
    w: int
    r: int
    s: int
    stride: int
    pad: int
    depthwise: bool

    @property
    def out(self) -> tuple[int, int]:
        return tuple((x + 2 * self.pad - t) // self.stride + 1 for x, t in ((self.h, self.r), (self.w, self.s)))


def draw_shape(p: Problem) -> Shape:
    r = p.pick(1, 3, 3, 5)
    pad = p.pick(0, r // 2)
    depthwise = bool(r > 1 and p.rng.random() < 0.3)
    c = int(p.pick(1, 3, 4, 8, 17, 32))
    k = c if depthwise else int(p.pick(1, 5, 8, 16, 35))
    h, w = (int(p.rng.integers(r, 14)) for _ in range(2))
    return Shape(int(p.pick(1, 2)), c, k, h, w, r, r, int(p.pick(1, 1, 2)), int(pad), depthwise)


def write_qdq(p: Problem) -> None:
    s = draw_shape(p)
    unsigned = bool(p.rng.integers(2))
    zx = int(p.pick(0, 0, 117, 128)) if unsigned else int(p.pick(0, -128, -5))
    sx = float(np.float32(p.rng.uniform(0.01, 0.05)))
    x_shape, ho, wo = [s.n, s.c, s.h, s.w], *s.out
    y_shape = [s.n, s.k, ho, wo]
    p.arguments.append((x_shape, np.float32))
    value = p.dequantize(p.quantize("a0", x_shape, sx, zx, unsigned), x_shape, sx, zx, unsigned)
    padded = [s.n, s.c, s.h + 2 * s.pad, s.w + 2 * s.pad]
    spell = "x".join
    if s.pad:
        p.body += "  %zero = arith.constant 0.0 : f32\n"
        value = p.add(
            f"tensor.pad %{value} low[0, 0, {s.pad}, {s.pad}] high[0, 0, {s.pad}, {s.pad}] {{\n"
            "  ^bb0(%b0: index, %b1: index, %b2: index, %b3: index):\n    tensor.yield %zero : f32\n"
            f"  }} : tensor<{spell(map(str, x_shape))}xf32> to tensor<{spell(map(str, padded))}xf32>"
        )
    w_shape = [s.c, s.r, s.s] if s.depthwise else [s.k, s.c, s.r, s.s]
    taps = s.r * s.s * (1 if s.depthwise else s.c)
    p.body += constant("w", p.rng.integers(-127, 128, w_shape).astype(np.int8))
    scales = p.rng.uniform(0.002, 0.01, s.k).astype(np.float32)
    if p.pick(True, False):
        scales[:] = scales[0]
    p.body += constant("sw", scales)
    dims = ", ".join(f"d{i}" for i in range(len(w_shape)))
    w_type = spell(map(str, w_shape))
    w = p.elementwise(
        [("w", f"tensor<{w_type}xi8>", dims), ("sw", f"tensor<{s.k}xf32>", "d0")], w_shape, "f32",
        "    %0 = arith.sitofp %i0 : i8 to f32\n    %r = arith.mulf %0, %i1 : f32\n",
    )  # fmt: skip
    y_type = f"tensor<{spell(map(str, y_shape))}xf32>"
    empty = p.add(f"tensor.empty() : {y_type}")
    kind = p.pick("none", "integers", "real")
    if kind == "none":
        p.body += "  %none = arith.constant 0.0 : f32\n"
        init = p.add(f"linalg.fill ins(%none : f32) outs(%{empty} : {y_type}) -> {y_type}")
    else:
        if kind == "integers":
            p.body += constant("bi", p.rng.integers(-3000, 3000, s.k).astype(np.int32))
            p.body += constant("sb", (np.float32(sx) * scales).astype(np.float32))
            bias = p.elementwise(
                [("bi", f"tensor<{s.k}xi32>", "d0"), ("sb", f"tensor<{s.k}xf32>", "d0")], [s.k], "f32",
                "    %0 = arith.sitofp %i0 : i32 to f32\n    %r = arith.mulf %0, %i1 : f32\n",
            )  # fmt: skip
        else:
            bias = "bf"
            p.body += constant(bias, p.rng.normal(0, 1, s.k).astype(np.float32))
        init = p.add(f"linalg.broadcast ins(%{bias} : tensor<{s.k}xf32>) outs(%{empty} : {y_type}) dimensions = [0, 2, 3]")
    operation = "depthwise_conv_2d_nchw_chw" if s.depthwise else "conv_2d_nchw_fchw"
    value = p.add(
        f"linalg.{operation} {{dilations = dense<1> : vector<2xi64>, strides = dense<{s.stride}> : vector<2xi64>}}"
        f" ins(%{value}, %{w} : tensor<{spell(map(str, padded))}xf32>, tensor<{w_type}xf32>) outs(%{init} : {y_type}) -> {y_type}"
    )
    dims = "d0, d1, d2, d3"
    spread = sx * float(scales.mean()) * 73 * np.sqrt(taps) * 2 / sx
    if p.pick(True, False, False):
        p.arguments.append((y_shape, np.float32))
        other = "a1"
        if p.pick(True, False):  # Of 8 bits.
            z, scale = int(p.rng.integers(0, 255)), float(np.float32(0.03))
            other = p.dequantize(p.quantize("a1", y_shape, scale, z, True), y_shape, scale, z, True)
        value = p.elementwise([(value, y_type, dims), (other, y_type, dims)], y_shape, "f32", "    %r = arith.addf %i0, %i1 : f32\n")
    bound = p.pick("none", "relu", "relu6")
    if bound != "none":
        body = "    %l = arith.constant 0.0 : f32\n"
        if bound == "relu":
            body += "    %c = arith.cmpf ugt, %i0, %l : f32\n    %r = arith.select %c, %i0, %l : f32\n"
        else:
            body += "    %u = arith.constant 6.0 : f32\n    %0 = arith.maximumf %i0, %l : f32\n    %r = arith.minimumf %0, %u : f32\n"
        value = p.elementwise([(value, y_type, dims)], y_shape, "f32", body)
    p.result = (y_shape, np.float32)
    # The last one is often not quantised.
    if p.rng.random() < 0.85:
        unsigned = bool(p.rng.integers(2))
        zy = int(p.pick(0, 100)) if unsigned else int(p.pick(0, 7))
        sy = float(np.float32(max(spread, 0.1) / 40))
        value = p.dequantize(p.quantize(value, y_shape, sy, zy, unsigned), y_shape, sy, zy, unsigned)
        p.step = sy
    else:
        p.is_real, p.step = True, 1e-5 * max(spread, 1)
    p.body += f"  return %{value} : {y_type}\n"


def write_tosa(p: Problem) -> None:
    s = draw_shape(p)
    ho, wo = s.out
    # TOSA wants windows that fit exactly.
    s.h, s.w = (ho - 1) * s.stride + s.r - 2 * s.pad, (wo - 1) * s.stride + s.s - 2 * s.pad
    if min(s.h, s.w) < 1:
        s.pad, s.h, s.w = 0, (ho - 1) * s.stride + s.r, (wo - 1) * s.stride + s.s
    p.arguments.append(([s.n, s.h, s.w, s.c], np.int8))
    y = [s.n, ho, wo, s.k]
    taps = s.r * s.s * (1 if s.depthwise else s.c)
    w_shape = [s.r, s.s, s.c, 1] if s.depthwise else [s.k, s.r, s.s, s.c]

    def tosa(name: str, array: np.ndarray) -> None:
        p.body += re.sub(
            r"arith\.constant (dense<.*>) : (tensor.*)\n", r'"tosa.const"() <{values = \1 : \2}> : () -> \2\n', constant(name, array)
        )

    def one(name: str, value: int, dtype: type) -> None:
        tosa(name, np.array([value], dtype))

    zx, zw, zy = (int(z) for z in (p.pick(-128, -5, 0), p.pick(0, 0, 3), p.rng.integers(-128, 128)))
    tosa("w", p.rng.integers(-128, 128, w_shape).astype(np.int8))
    tosa("b", p.rng.integers(-3000, 3000, s.k).astype(np.int32))
    one("zx", zx, np.int8)
    one("zw", zw, np.int8)
    one("zy", zy, np.int8)
    one("none", 0, np.int32)
    per_channel = bool(p.rng.integers(2))
    count = s.k if per_channel else 1
    tosa("m", p.rng.integers(1 << 30, (1 << 31) - 1, count).astype(np.int32))
    base = 31 + int(np.log2(73 * 73 * np.sqrt(taps) / 50))
    tosa("s", (base + p.rng.integers(-1, 3, count)).astype(np.int8))
    operation = "depthwise_conv2d" if s.depthwise else "conv2d"
    x_type, sums = f"tensor<{s.n}x{s.h}x{s.w}x{s.c}xi8>", f"tensor<{'x'.join(map(str, y))}xi32>"
    value = p.add(
        f"tosa.{operation} %a0, %w, %b, %zx, %zw {{acc_type = i32, dilation = array<i64: 1, 1>,"
        f" pad = array<i64: {s.pad}, {s.pad}, {s.pad}, {s.pad}>, stride = array<i64: {s.stride}, {s.stride}>}} :"
        f" ({x_type}, tensor<{'x'.join(map(str, w_shape))}xi8>, tensor<{s.k}xi32>, tensor<1xi8>, tensor<1xi8>) -> {sums}"
    )
    y_type = sums.replace("i32", "i8")
    mode = p.pick("SINGLE_ROUND", "DOUBLE_ROUND", "DOUBLE_ROUND")
    value = p.add(
        f"tosa.rescale %{value}, %m, %s, %none, %zy {{input_unsigned = false, output_unsigned = false, per_channel = {str(per_channel).lower()},"
        f" rounding_mode = {mode}, scale32 = true}} : ({sums}, tensor<{count}xi32>, tensor<{count}xi8>, tensor<1xi32>, tensor<1xi8>) -> {y_type}"
    )
    if p.pick(True, False):
        value = p.add(f"tosa.clamp %{value} {{max_val = {p.pick(127, 100)} : i8, min_val = {p.pick(-128, -20)} : i8}} : ({y_type}) -> {y_type}")
    # The sums of windows are a convolution of their own.
    p.convolutions = 2 if zw else 1
    p.result = (y, np.int8)
    p.body += f"  return %{value} : {y_type}\n"


FORMS = {"qdq": write_qdq, "tosa": write_tosa}


def lower_plainly(module: pathlib.Path, tool: pathlib.Path) -> str:
    tosa = TOSA if "tosa." in module.read_text() else []
    rest = [step for step in UPSTREAM[2:] if step != "--reconcile-unrealized-casts"]
    # Before what comes of memrefs and control flow.
    command = [tool, module, *tosa, *UPSTREAM[:2], rest[0], *FUNCTIONS, *rest[1:], "--reconcile-unrealized-casts"]
    # mlir-translate has no TOSA.
    return re.sub(r"module attributes \{tosa\..*?\} \{\n", "module {\n", execute(command), count=1)


def compute(library: ctypes.CDLL, problem: Problem, inputs: list[np.ndarray]) -> np.ndarray:
    shape, dtype = problem.result
    result = descriptor(np.zeros(shape, dtype))
    copies = [array.copy() for array in inputs]
    operands = [descriptor(array) for array in copies]
    getattr(library, f"_mlir_ciface_{problem.name}")(*(ctypes.byref(d) for d in (result, *operands)))
    itemsize = np.dtype(dtype).itemsize
    data = (ctypes.c_char * (int(np.prod(shape)) * itemsize)).from_address(result.aligned + itemsize * result.offset)
    return np.frombuffer(data, dtype).reshape(shape).astype(np.float64)


def draw(rng: np.random.Generator, shape: list[int], dtype: type) -> np.ndarray:
    if dtype is np.int8:
        return rng.integers(-128, 128, shape).astype(np.int8)
    return rng.normal(0, 2, shape).astype(dtype)


def find_difference(problem: Problem, got: np.ndarray, want: np.ndarray) -> str:
    difference = np.abs(got - want)
    off = np.count_nonzero(difference > 1e-3 * problem.step)
    if difference.max() > 1.001 * problem.step or (not problem.is_real and off > max(2, SHARE * difference.size)):
        return f"{off} of {difference.size} differ, by up to {difference.max()} (a step is {problem.step})"
    return ""


def check(problems: list[Problem], args: argparse.Namespace, folder: pathlib.Path) -> int:
    module = folder / "m.mlir"
    module.write_text("".join(problem.text() for problem in problems))
    raising = subprocess.run([args.conv_opt, module, "--conv-lower-tosa", "--conv-raise"], capture_output=True, text=True)
    if raising.returncode != 0 or "warning" in raising.stderr:
        print(raising.stderr[:4000])
        return 1
    raised = re.split(r"func\.func @f\d+\(", raising.stdout)[1:]
    ours = compile_lowered(execute([args.conv_opt, module, f"--conv-to-llvm={args.options}"]), args, folder, f"ours-{problems[0].name}")
    tool = pathlib.Path(args.llvm_bin) / "mlir-opt"
    theirs = compile_lowered(lower_plainly(module, tool), args, folder, f"theirs-{problems[0].name}")
    failed = 0
    for problem, text in zip(problems, raised):
        inputs = [draw(problem.rng, shape, dtype) for shape, dtype in problem.arguments]
        fault = find_difference(problem, *(compute(library, problem, inputs) for library in (ours, theirs)))
        found = len(re.findall(r"conv\.conv .*xi8>, .*xi8>\)", text))
        if found != problem.convolutions:
            fault = f"{found} convolutions of i8 are raised, not {problem.convolutions}"
        if fault:
            failed += 1
            print(f"{fault}:\n{problem.text()}", flush=True)
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conv-opt", required=True)
    parser.add_argument("--llvm-bin", required=True)
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--options", default="cpu=native")
    parser.add_argument("--count", type=int, default=40, help="problems of each form")
    parser.add_argument("--seed", type=int, default=2018)
    parser.add_argument("--forms", default=",".join(FORMS))
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for form in args.forms.split(","):
            problems = []
            for i in range(args.count):
                problem = Problem(f"f{i}", np.random.default_rng([args.seed, i, sum(map(ord, form))]))
                FORMS[form](problem)
                problems.append(problem)
            (pathlib.Path(folder) / form).mkdir()
            failed += check(problems, args, pathlib.Path(folder) / form)
    print(f"{args.count} problems of each form, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
