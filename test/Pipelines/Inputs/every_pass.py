#!/usr/bin/env python3
"""Runs each of the project's passes alone on the input of every test.

usage: every_pass.py CONV_OPT TEST_FOLDER [--all-passes] [--share N]

What a pass is given need not be what it expects: it may refuse it with an
error, but not crash, hang, or fail in silence. The parts of all files make one
input, each in a context of its own, so that a pass is one process; when that
ends badly a part that does is looked for. --all-passes runs upstream's as well.
With --share N a pass takes every N-th part, beginning at another one than the
pass before.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

SEPARATOR = "\n// -----\n"
SECONDS = 300


def find_passes(conv_opt, everything):
    """Passes and pipelines with their options, as the tool lists them."""
    text = subprocess.run([conv_opt, "--help"], capture_output=True, text=True, check=True).stdout
    start = text.index("Compiler passes to run")
    passes, current = {}, None
    for line in text[start:].splitlines():
        if match := re.match(r" {6}--([a-z][\w-]*)(=<[^>]*>)? +-", line):
            current = match[1]
            passes[current] = []
        elif current and (match := re.match(r" {7,}--([\w-]+)", line)):
            passes[current].append(match[1])
        elif re.match(r" {0,3}--", line):
            current = None
    return {name: options for name, options in passes.items() if everything or name.startswith("conv-")}


def find_parts(folder):
    """The parts of each file that are compiled on their own."""
    parts = []
    for root, _, files in sorted(os.walk(folder)):
        for name in sorted(files):
            path = os.path.join(root, name)
            with open(path, encoding="utf-8", errors="replace") as f:
                text = f.read()
            if name.endswith(".test"):
                pieces = [(p.split("\n", 1)[0].strip(" -"), p) for p in re.split(r"^#--- ?", text, flags=re.M)[1:]]
                pieces = [(n, p.split("\n", 1)[1]) for n, p in pieces if n.endswith(".mlir")]
            elif name.endswith(".mlir"):
                pieces = [(str(i), p) for i, p in enumerate(re.split(r"^// -----.*$", text, flags=re.M))]
            else:
                continue
            parts += [(f"{os.path.relpath(path, folder)}#{n}", p) for n, p in pieces]
    return parts


def run(conv_opt, name, options, path):
    # One machine for all, and no file of records or report.
    argument = f"--{name}=cpu=haswell" if "cpu" in options else f"--{name}"
    command = [conv_opt, path, argument, "--split-input-file", "--allow-unregistered-dialect", "-o", os.devnull]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return f"took more than {SECONDS} seconds"
    if done.returncode == 0:
        return None
    if done.returncode != 1:
        return f"ended with {done.returncode}: {done.stderr[-300:]}"
    return None if "error:" in done.stderr else "failed without an error"


def find_guilty(test, parts):
    """A part that ends badly, found by halving what does, and how it ends."""
    while len(parts) > 1:
        half = parts[: len(parts) // 2]
        parts = half if test(half) else parts[len(half) :]
    return parts[0][0], test(parts)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("conv_opt")
    parser.add_argument("folder")
    parser.add_argument("--all-passes", action="store_true")
    parser.add_argument("--share", type=int, default=1)
    args = parser.parse_args()
    passes = find_passes(args.conv_opt, args.all_passes)
    parts = find_parts(args.folder)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "parts.mlir")
        for index, (name, options) in enumerate(passes.items()):
            taken = parts[index % args.share :: args.share]

            def test(chosen):
                with open(path, "w", encoding="utf-8") as f:
                    f.write(SEPARATOR.join(text for _, text in chosen))
                return run(args.conv_opt, name, options, path)

            if not test(taken):
                continue
            part, why = find_guilty(test, taken)
            print(f"--{name} on {part}: {why or 'only behind others'}", flush=True)
            wrong += 1
    print(f"{len(passes)} passes, {len(parts)} inputs, {wrong} wrong")
    # A list that came out empty would prove nothing.
    return wrong != 0 or len(passes) < 20 or len(parts) < 300


if __name__ == "__main__":
    sys.exit(main())
