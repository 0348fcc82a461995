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
static char *place(int64_t bytes, int atEnd) {
  int64_t page = sysconf(_SC_PAGESIZE);
  int64_t size = (bytes + page - 1) / page * page;
  char *base = mmap(0, size + page, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED || mprotect(atEnd ? base + size : base, page, PROT_NONE))
    exit(3);
  return atEnd ? base + size - bytes : base + page;
}

static char *take(int64_t bytes) {
  char *at = place(bytes, AT_END);
  if (fread(at, 1, bytes, stdin) != (size_t)bytes)
    exit(4);
  return at;
}

static void give(const char *at, int64_t bytes) {
  if (fwrite(at, 1, bytes, stdout) != (size_t)bytes)
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
                f"  struct {{ char *base, *aligned; int64_t offset, sizes[{rank}], strides[{rank}]; }}"
                f" d{j} = {{0, take({span(array) * array.itemsize}), 0, {{{shape}}}, {{{strides}}}}};\n  d{j}.base = d{j}.aligned;\n"
            )
        names = ", ".join(f"&d{j}" for j in range(len(operands)))
        types = ", ".join("void *" for _ in operands)
        body += f"  _mlir_ciface_f{i}({names});\n"
        for j, array in enumerate(operands.values()):
            body += f"  give(d{j}.aligned, {span(array) * array.itemsize});\n"
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
        empty = np.nan if np.issubdtype(array.dtype, np.floating) else 99
        flat = np.full(span(array), empty, array.dtype)
        np.ndarray(array.shape, array.dtype, flat, 0, array.strides)[...] = array
        data += flat.tobytes()
    result = subprocess.run([*emulator, program, str(index)], input=data, capture_output=True)
    if result.returncode != 0 or len(result.stdout) != len(data):
        return {}, f"crash (exit code {result.returncode}, {result.stderr.decode(errors='replace')[:200]})"
    after, at = {}, 0
    for name, array in operands.items():
        count = span(array)
        flat = np.frombuffer(result.stdout, array.dtype, count, at)
        after[name] = np.ndarray(array.shape, array.dtype, flat, 0, array.strides)
        at += array.itemsize * count
    return after, ""
