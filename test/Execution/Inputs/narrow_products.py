#!/usr/bin/env python3
"""Compiles products of matrices whose sums have 16 bits and runs them.

usage: narrow_products.py CONV_COMPILE FOLDER

A sum of 3008 ones, rounded at every addition, stays at 2048 in f16 and at 256
in bf16. Rounded once it is 3008, which both types have.
"""

import ctypes
import subprocess
import sys

ROWS, DEPTH, COLUMNS, BATCH = 5, 3008, 21, 2
ONE = {"f16": 0x3C00, "bf16": 0x3F80}
TOTAL = {"f16": 0x69E0, "bf16": 0x453C}


def make_function(name, operation, element, batch):
    lead = f"{batch}x" if batch else ""
    a, b, c = (
        f"tensor<{lead}{rows}x{columns}x{element}>"
        for rows, columns in ((ROWS, DEPTH), (DEPTH, COLUMNS), (ROWS, COLUMNS))
    )
    return f"""func.func @{name}(%a: {a}, %b: {b}) -> {c} {{
  %zero = arith.constant 0.0 : {element}
  %e = tensor.empty() : {c}
  %f = linalg.fill ins(%zero : {element}) outs(%e : {c}) -> {c}
  %r = linalg.{operation} ins(%a, %b : {a}, {b}) outs(%f : {c}) -> {c}
  return %r : {c}
}}
"""


def main():
    compiler, folder = sys.argv[1:]
    functions = {}
    for element in ONE:
        functions[f"mm_{element}"] = ("matmul", element, 0)
        functions[f"bmm_{element}"] = ("batch_matmul", element, BATCH)
    with open(f"{folder}/products.mlir", "w", encoding="utf-8") as file:
        file.writelines(make_function(name, *what) for name, what in functions.items())
    subprocess.run(
        [compiler, f"{folder}/products.mlir", "--emit=shared", "-o", f"{folder}/products.so",
         "--header", f"{folder}/products.h"],
        check=True,
    )  # fmt: skip
    library = ctypes.CDLL(f"{folder}/products.so")
    wrong = 0
    for name, (_, element, batch) in functions.items():
        times = max(batch, 1)
        size = getattr(library, f"products_{name}_workspace_size")
        size.restype = ctypes.c_int64
        workspace = ctypes.create_string_buffer(size() + 64)
        aligned = -(-ctypes.addressof(workspace) // 64) * 64

        def ones(count, element=element):
            return (ctypes.c_uint16 * count)(*[ONE[element]] * count)

        result = (ctypes.c_uint16 * (times * ROWS * COLUMNS))()
        getattr(library, f"products_{name}")(
            ones(times * ROWS * DEPTH), ones(times * DEPTH * COLUMNS), result, ctypes.c_void_p(aligned)
        )
        wrong += sum(value != TOTAL[element] for value in result)
    print(f"{len(functions)} products, {wrong} wrong")


main()
