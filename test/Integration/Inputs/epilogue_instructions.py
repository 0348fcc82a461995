#!/usr/bin/env python3
"""Counts the instructions an epilogue takes per vector of outputs.

usage: epilogue_instructions.py --bin DIR --llvm-bin DIR

Compiles one 1x1 convolution for znver5, whose only register tile has 28
accumulators, without an epilogue and with each, and prints by how many
instructions on vectors the code of the whole function grows, per accumulator.
"""

from __future__ import annotations

import argparse
import re
import subprocess

# 14 columns of 2 vectors.
ACCUMULATORS = 28
SCHEDULE = "algorithm = direct, n_vec = 16, c_ob = 32, w_ob = 14"

CLAMP = "clamp<lower = 0.0 : f32, upper = 6.0 : f32>"
HARD_SWISH = """epilogue {
  ^bb0(%acc: f32):
    %zero = arith.constant 0.0 : f32
    %three = arith.constant 3.0 : f32
    %six = arith.constant 6.0 : f32
    %sixth = arith.constant 0.16666667 : f32
    %a = arith.addf %acc, %three : f32
    %p = arith.cmpf ugt, %a, %zero : f32
    %l = arith.select %p, %a, %zero : f32
    %q = arith.cmpf ult, %l, %six : f32
    %u = arith.select %q, %l, %six : f32
    %m = arith.mulf %acc, %u : f32
    %y = arith.mulf %m, %sixth : f32
    conv.yield %y : f32
  }"""
# Rounding to even, a zero point, bounds, conversion: what front ends write.
REQUANTIZE = """epilogue(%s by affine_map<(n, h, w, k) -> (k)> : memref<32xf32>) {
  ^bb0(%acc: f32, %scale: f32):
    %zp = arith.constant 3.0 : f32
    %lo = arith.constant -128.0 : f32
    %hi = arith.constant 127.0 : f32
    %m = arith.mulf %acc, %scale : f32
    %r = math.roundeven %m : f32
    %z = arith.addf %r, %zp : f32
    %p = arith.cmpf ogt, %z, %lo : f32
    %l = arith.select %p, %z, %lo : f32
    %q = arith.cmpf olt, %l, %hi : f32
    %u = arith.select %q, %l, %hi : f32
    %y = arith.fptosi %u : f32 to i8
    conv.yield %y : i8
  }"""

# Of sums of integers: what QLinearConv and TensorFlow Lite are computed by.
EVEN = """epilogue(%s by affine_map<(n, h, w, k) -> (k)> : memref<32xf32>) {
  ^bb0(%acc: i32, %scale: f32):
    %r = arith.sitofp %acc : i32 to f32
    %m = arith.mulf %r, %scale : f32
    %y = conv.requantize f32_even(%m) range = [0, 255] : (f32) -> i8
    conv.yield %y : i8
  }"""
DOUBLE = """epilogue(%mult by affine_map<(n, h, w, k) -> (k)> : memref<32xi32>, %shift by affine_map<(n, h, w, k) -> (k)> : memref<32xi8>) {
  ^bb0(%acc: i32, %multiplier: i32, %bits: i8):
    %y = conv.requantize tosa_double(%acc, %multiplier, %bits) large_shifts zero_point = -5 range = [-128, 127] : (i32, i32, i8) -> i8
    conv.yield %y : i8
  }"""


def function(epilogue: str, element: str, factor: str = "f32") -> str:
    output = f"memref<1x8x14x32x{element}>"
    fma = ", fma = avx512_i8" if factor == "i8" else ""
    return f"""func.func @f(%x: memref<1x8x14x64x{factor}>, %w: memref<1x1x64x32x{factor}>, %s: memref<32xf32>, %mult: memref<32xi32>, %shift: memref<32xi8>, %o: {output}) {{
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x14x64x{factor}>, memref<1x1x64x32x{factor}>)
    outs(%o : {output}) {epilogue} schedule<{SCHEDULE}{fma}>
  return
}}
"""


def count(args: argparse.Namespace, text: str) -> int:
    """Instructions with a vector operand but for moves."""
    commands = [
        [f"{args.bin}/conv-opt", "--conv-to-llvm=cpu=znver5"],
        [f"{args.llvm_bin}/mlir-translate", "--mlir-to-llvmir"],
        [f"{args.llvm_bin}/opt", "-O3"],
        [f"{args.llvm_bin}/llc", "-O3", "--x86-asm-syntax=intel"],
    ]
    data = text.encode()
    for command in commands:
        data = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout
    lines = re.findall(r"^\t(v\w+)\t(.*)$", data.decode(), re.MULTILINE)
    return sum(1 for name, operands in lines if "mm" in operands and not re.match(r"vmov(u|a|d|q|s)|vbroadcast|vpbroadcast|vxorps", name))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--llvm-bin", required=True)
    args = parser.parse_args()
    plain = count(args, function("", "f32"))
    for name, epilogue, element in (
        ("clamp", CLAMP, "f32"),
        ("hard_swish", HARD_SWISH, "f32"),
        ("requantize", REQUANTIZE, "i8"),
    ):
        print(f"{name}: {(count(args, function(epilogue, element)) - plain) / ACCUMULATORS:.2f}")
    plain = count(args, function("", "i32", "i8"))
    for name, epilogue in (("f32_even", EVEN), ("tosa_double", DOUBLE)):
        print(f"{name}: {(count(args, function(epilogue, 'i8', 'i8')) - plain) / ACCUMULATORS:.2f}")


if __name__ == "__main__":
    main()
