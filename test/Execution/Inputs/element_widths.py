#!/usr/bin/env python3
"""Compiles a module with temporary buffers of every kind of element and runs it.

usage: element_widths.py CONV_COMPILE FOLDER

Each function keeps two buffers of its type at once, whose values use all bits,
and reads a constant of its type. A buffer that is too small overlaps the other
one, or what lies behind the workspace.
"""

import ctypes
import platform
import subprocess
import sys

N = 4096
INTEGERS = [1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 47, 48,
            49, 56, 63, 64, 65, 72, 95, 96, 97, 120, 127, 128, 129, 200]  # fmt: skip
FLOATS = ["f16", "bf16", "f32", "f64"]
if platform.machine() == "x86_64":
    FLOATS.append("f80")


def resize(value, source, target, result):
    if source == target:
        return f"%{result} = arith.ori %{value}, %{value} : i{source}"
    op = "extsi" if source < target else "trunci"
    return f"%{result} = arith.{op} %{value} : i{source} to i{target}"


def make_function(name, element, up, down, add, constant):
    def generic(inputs, types, output, body):
        maps = ", ".join(["affine_map<(i) -> (i)>"] * (len(inputs) + 1))
        count = output[1]
        return f"""linalg.generic {{indexing_maps = [{maps}], iterator_types = ["parallel"]}}
      ins({", ".join("%" + i for i in inputs)} : {", ".join(f"tensor<{count}x{t}>" for t in types)})
      outs(%{output[0]} : tensor<{count}x{output[2]}>) {{
    ^bb0({", ".join(f"%i{k}: {t}" for k, t in enumerate(types))}, %o: {output[2]}):
{body}
    }} -> tensor<{count}x{output[2]}>"""

    return f"""
func.func @{name}(%a: tensor<{N}xi16>, %b: tensor<{N}xi16>) -> (tensor<{N}xi16>, tensor<4xi16>) {{
  %e = tensor.empty() : tensor<{N}x{element}>
  %g = tensor.empty() : tensor<{N}xi16>
  %h = tensor.empty() : tensor<4xi16>
  %c = arith.constant {constant} : tensor<4x{element}>
  %x = {generic(["a"], ["i16"], ("e", N, element), up)}
  %y = {generic(["b"], ["i16"], ("e", N, element), up)}
  %r = {generic(["x", "y"], [element, element], ("g", N, "i16"), add + down)}
  %k = {generic(["c"], [element], ("h", 4, "i16"), down.replace("%s", "%i0"))}
  return %r, %k : tensor<{N}xi16>, tensor<4xi16>
}}
"""


def integer_function(width):
    shift = max(width - 16, 0)
    head = f"    %amount = arith.constant {shift} : i{width}\n" if shift else ""
    up = f"    {resize('i0', 16, width, 'wide')}\n"
    if shift:
        up += f"{head}    %v = arith.shli %wide, %amount : i{width}\n"
    up += f"    linalg.yield %{'v' if shift else 'wide'} : i{width}"
    add = f"    %s = arith.addi %i0, %i1 : i{width}\n"
    down = (f"{head}    %t = arith.shrsi %s, %amount : i{width}\n" if shift else f"    %t = arith.ori %s, %s : i{width}\n")
    down += f"    {resize('t', width, 16, 'n')}\n    linalg.yield %n : i16"
    return make_function(f"i{width}", f"i{width}", up, down, add, "dense<[-1, 0, -1, -1]>")


def bfloat_function():
    # GCC's run-time library cannot round to bf16. Small integers need not be.
    up = """    %f = arith.sitofp %i0 : i16 to f32
    %bits = arith.bitcast %f : f32 to i32
    %amount = arith.constant 16 : i32
    %high = arith.shrui %bits, %amount : i32
    %half = arith.trunci %high : i32 to i16
    %v = arith.bitcast %half : i16 to bf16
    linalg.yield %v : bf16"""
    add = """    %p = arith.extf %i0 : bf16 to f32
    %q = arith.extf %i1 : bf16 to f32
    %s = arith.addf %p, %q : f32
"""
    down = "    %n = arith.fptosi %s : f32 to i16\n    linalg.yield %n : i16"
    constant = "dense<[-1.0, 0.0, -1.0, -1.0]>"
    text = make_function("bf16", "bf16", up, down, add, constant)
    return text.replace("arith.fptosi %i0 : f32", "arith.fptosi %i0 : bf16")


def float_function(name):
    if name == "bf16":
        return bfloat_function()
    up = f"    %v = arith.sitofp %i0 : i16 to {name}\n    linalg.yield %v : {name}"
    add = f"    %s = arith.addf %i0, %i1 : {name}\n"
    down = f"    %n = arith.fptosi %s : {name} to i16\n    linalg.yield %n : i16"
    return make_function(name, name, up, down, add, "dense<[-1.0, 0.0, -1.0, -1.0]>")


def index_function():
    up = "    %v = arith.index_cast %i0 : i16 to index\n    linalg.yield %v : index"
    add = "    %s = arith.addi %i0, %i1 : index\n"
    down = "    %n = arith.index_cast %s : index to i16\n    linalg.yield %n : i16"
    return make_function("index", "index", up, down, add, "dense<[-1, 0, -1, -1]>")


def wrap(value, bits):
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def main():
    compiler, folder = sys.argv[1:]
    names = [f"i{w}" for w in INTEGERS] + FLOATS + ["index"]
    with open(f"{folder}/widths.mlir", "w") as f:
        for width in INTEGERS:
            f.write(integer_function(width))
        for name in FLOATS:
            f.write(float_function(name))
        f.write(index_function())
    library = f"{folder}/widths.so"
    subprocess.run([compiler, f"{folder}/widths.mlir", "--emit=shared", "--prefix=w_", "-o", library], check=True)
    code = ctypes.CDLL(library)

    buffer = ctypes.c_int16 * N
    a = buffer(*(i * 37 % 101 - 50 for i in range(N)))
    b = buffer(*(i * 53 % 103 - 51 for i in range(N)))
    wrong = 0
    for name in names:
        bits = min(int(name[1:]), 16) if name[0] == "i" and name != "index" else 16
        size = getattr(code, f"w_{name}_workspace_size")
        size.restype = ctypes.c_int64
        # The caller gives what it is asked for, and looks what else was written.
        guard = 4096
        memory = (ctypes.c_uint8 * (size() + 64 + guard))()
        start = -ctypes.addressof(memory) % 64
        for i in range(start + size(), len(memory)):
            memory[i] = 0xA5
        y, k = buffer(), (ctypes.c_int16 * 4)()
        getattr(code, f"w_{name}")(a, b, y, k, ctypes.byref(memory, start))
        good = list(k) == [-1, 0, -1, -1]
        good &= list(y) == [wrap(u + v, bits) for u, v in zip(a, b)]
        good &= all(byte == 0xA5 for byte in memory[start + size() :])
        if not good:
            print(f"{name}: wrong")
            wrong += 1
    print(f"{len(names)} types, {wrong} wrong")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
