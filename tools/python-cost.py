#!/usr/bin/env python3
"""Measures what the Python package costs beside the code it runs: its import, and a
call of a compiled function over one of a function of C through ctypes.

usage: tools/python-cost.py [--runs N]

Runs the package of the interpreter that runs this. Both functions take three pointers
and some nanoseconds: an addition of sixteen numbers, and memcmp of no bytes. Prints
medians.
"""

from __future__ import annotations

import argparse
import ctypes
import statistics
import subprocess
import sys
import time

SOURCE = """
func.func @add(%x: tensor<16xf32>) -> tensor<16xf32> {
  %e = tensor.empty() : tensor<16xf32>
  %r = linalg.add ins(%x, %x : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  return %r : tensor<16xf32>
}
"""
IMPORT = """
import time
{before}
begin = time.perf_counter()
import convopt
print(time.perf_counter() - begin)
"""


def time_import(before: str, runs: int) -> float:
    """Seconds, each in a process of its own."""
    command = [sys.executable, "-c", IMPORT.format(before=before)]
    times = [float(subprocess.check_output(command, text=True)) for _ in range(runs + 1)]
    return statistics.median(times[1:])  # The first one reads the files.


def time_calls(calls: dict[str, object], runs: int) -> dict[str, float]:
    """Seconds of a call, taken in turns."""
    count = 10000
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(runs + 1):
        for name, call in calls.items():
            begin = time.perf_counter()
            for _ in range(count):
                call()
            times[name].append((time.perf_counter() - begin) / count)
    return {name: statistics.median(taken[1:]) for name, taken in times.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=11)
    runs = parser.parse_args().runs
    print(f"import convopt: {time_import('', runs):.3f} s, after import numpy {time_import('import numpy', runs):.3f} s")

    import convopt
    import numpy as np

    function = convopt.compile(SOURCE).add
    x, y = np.ones(16, np.float32), np.zeros(16, np.float32)
    plain = ctypes.CDLL(None).memcmp
    plain.argtypes = [ctypes.c_void_p] * 3
    pointers = (x.ctypes.data, y.ctypes.data, None)
    times = time_calls(
        {
            "ctypes, pointers at hand": lambda: plain(*pointers),
            "the package, out=": lambda: function(x, out=y),
            "the package, a new result": lambda: function(x),
        },
        runs,
    )
    if not (y == 2).all():
        sys.exit("the result is wrong")
    floor = times["ctypes, pointers at hand"]
    for name, taken in times.items():
        print(f"{name}: {taken * 1e6:.2f} us a call, {(taken - floor) * 1e6:+.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
