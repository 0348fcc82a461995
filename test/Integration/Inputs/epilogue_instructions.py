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


def function(epilogue: str, element: str) -> str:
    output = f"memref<1x8x14x32x{element}>"
    return f"""func.func @f(%x: memref<1x8x14x64xf32>, %w: memref<1x1x64x32xf32>, %s: memref<32xf32>, %o: {output}) {{
  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : memref<1x8x14x64xf32>, memref<1x1x64x32xf32>)
    outs(%o : {output}) {epilogue} schedule<{SCHEDULE}>
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


if __name__ == "__main__":
    main()
