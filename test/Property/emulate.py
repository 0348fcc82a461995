"""Runs compiled problems of another architecture under an emulator.

A static program holds the functions and one driver; a problem is one run of it,
so that a crash is that problem's. Operands come in by the standard input and go
out, all of them, by the standard output.
"""

from __future__ import annotations

import subprocess

import numpy as np

DRIVER = r"""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Memory that ends at a page nobody may touch, or begins after one. */
static float *place(int64_t count, int atEnd) {
  int64_t page = sysconf(_SC_PAGESIZE), bytes = count * sizeof(float);
  int64_t size = (bytes + page - 1) / page * page;
  char *base = mmap(0, size + page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || mprotect(atEnd ? base + size : base, page, PROT_NONE))
    exit(3);
  return (float *)(atEnd ? base + size - bytes : base + page);
}

static float *take(int64_t count) {
  float *at = place(count, AT_END);
  if (fread(at, sizeof(float), count, stdin) != (size_t)count)
    exit(4);
  return at;
}

static void give(const float *at, int64_t count) {
  if (fwrite(at, sizeof(float), count, stdout) != (size_t)count)
    exit(5);
}
"""


def span(array: np.ndarray) -> int:
    """Elements from the first to the last, gaps included."""
    return 1 + sum((n - 1) * s // array.itemsize for n, s in zip(array.shape, array.strides))


def write_driver(problems: list[dict[str, np.ndarray]], guard: str) -> str:
    """C source whose program runs function `f<i>` for its argument i."""
    text = f"#define AT_END {int(guard != 'begin')}\n{DRIVER}"
    for i, operands in enumerate(problems):
        body = ""
        for j, array in enumerate(operands.values()):
            rank = max(array.ndim, 1)
            shape = ", ".join(map(str, array.shape))
            strides = ", ".join(str(s // array.itemsize) for s in array.strides)
            body += (
                f"  struct {{ float *base, *aligned; int64_t offset, sizes[{rank}], strides[{rank}]; }}"
                f" d{j} = {{0, take({span(array)}), 0, {{{shape}}}, {{{strides}}}}};\n  d{j}.base = d{j}.aligned;\n"
            )
        names = ", ".join(f"&d{j}" for j in range(len(operands)))
        types = ", ".join("void *" for _ in operands)
        body += f"  _mlir_ciface_f{i}({names});\n"
        for j, array in enumerate(operands.values()):
            body += f"  give(d{j}.aligned, {span(array)});\n"
        text += f"extern void _mlir_ciface_f{i}({types});\nstatic void run{i}(void) {{\n{body}}}\n"
    table = ", ".join(f"run{i}" for i in range(len(problems)))
    return (
        text + f"static void (*const table[])(void) = {{{table}}};\n"
        "int main(int argc, char **argv) {\n  (void)argc;\n  table[atoi(argv[1])]();\n"
        "  return fflush(stdout) != 0;\n}\n"
    )


def run(
    emulator: list[str], program: str, index: int, operands: dict[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], str]:
    """The operands after function `index` ran, or what went wrong. Gaps hold NaN."""
    data = b""
    for array in operands.values():
        flat = np.full(span(array), np.nan, np.float32)
        np.ndarray(array.shape, array.dtype, flat, 0, array.strides)[...] = array
        data += flat.tobytes()
    result = subprocess.run([*emulator, program, str(index)], input=data, capture_output=True)
    if result.returncode != 0 or len(result.stdout) != len(data):
        return {}, f"crash (exit code {result.returncode}, {result.stderr.decode(errors='replace')[:200]})"
    after, at = {}, 0
    for name, array in operands.items():
        count = span(array)
        flat = np.frombuffer(result.stdout, np.float32, count, at)
        after[name] = np.ndarray(array.shape, array.dtype, flat, 0, array.strides)
        at += 4 * count
    return after, ""
