"""Compares the machine model with the table in machines.py.

usage: check-machines.py CONV-OPT EMPTY.mlir
"""

import re
import subprocess
import sys

from machines import BASELINES, MACHINES

conv_opt, module = sys.argv[1:]
failures = 0


def ask(cpu):
    return subprocess.run(
        [conv_opt, module, f"--conv-print-machine=cpu={cpu}", "-o", "/dev/null"],
        capture_output=True,
        text=True,
    )


for cpu, *expected in MACHINES + BASELINES:
    run = ask(cpu)
    fields = dict(re.findall(r"^(\w+) +(.*)$", run.stdout, re.MULTILINE))
    found = []
    for name in ("n_fma", "l_fma", "n_vec", "n_reg"):
        found.append(int(fields[name].split()[0]) if name in fields else run.stderr)
    sources = [re.split("  +", fields.get(name, ""))[-1] for name in ("n_fma", "l_fma")]
    good = found == expected[:4] and all(
        source.startswith(start) for source, start in zip(sources, expected[4:])
    )
    failures += not good
    print("ok   " if good else "WRONG", cpu, *found, *sources, sep="  ")

sys.exit(failures != 0)
