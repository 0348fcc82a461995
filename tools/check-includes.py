#!/usr/bin/env python3
"""Compiles every source without the precompiled header and outside of batches.

usage: tools/check-includes.py [--build build] [--jobs N] [REGEX...]

A precompiled header and batches of sources both hide that a source does not
include what it uses. This parses each one alone, as configured in the build
folder, and prints what is missing. With arguments, only sources whose path
matches one of them. Exit code 1 when a source does not compile.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor


def expand(entry: dict[str, str]) -> list[dict[str, str]]:
    """The entries of the sources of a batch, or the entry itself."""
    batch = pathlib.Path(entry["file"])
    if not batch.name.startswith("unity_"):
        return [entry]
    sources = re.findall(r'^#include "(.*)"', batch.read_text(), re.MULTILINE)
    return [
        {**entry, "file": source, "command": entry["command"].replace(str(batch), source)} for source in sources
    ]


def alone(command: str) -> list[str]:
    """The command that only parses, without what CMake adds for the header."""
    words = shlex.split(command)
    while not re.search(r"(clang|g|c)\+\+", words[0]) or "ccache" in words[0]:
        words.pop(0)
    kept: list[str] = []
    i = 0
    while i < len(words):
        if words[i] == "-Xclang" and words[i + 1] in ("-include-pch", "-include"):
            i += 4
        elif words[i] == "-Xclang" and words[i + 1] in ("-fno-pch-timestamp", "-fpch-instantiate-templates"):
            i += 2
        elif words[i] == "-o":
            i += 2
        elif words[i] in ("-Winvalid-pch", "-c"):
            i += 1
        else:
            kept.append(words[i])
            i += 1
    return kept + ["-fsyntax-only", "-O0"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build", type=pathlib.Path)
    parser.add_argument("--jobs", default=os.cpu_count(), type=int)
    parser.add_argument("patterns", nargs="*")
    args = parser.parse_args()
    build = args.build.resolve()
    entries = [
        entry
        for batch in json.loads((build / "compile_commands.json").read_text())
        for entry in expand(batch)
        if entry["file"].endswith(".cpp")
        and build not in pathlib.Path(entry["file"]).parents
        and (not args.patterns or any(re.search(pattern, entry["file"]) for pattern in args.patterns))
    ]
    if not entries:
        sys.exit(f"check-includes.py: no source to check in {build}/compile_commands.json")

    def check(entry: dict[str, str]) -> bool:
        result = subprocess.run(alone(entry["command"]), cwd=entry["directory"], capture_output=True, text=True)
        if result.returncode:
            print(result.stderr, flush=True)
        return result.returncode == 0

    with ThreadPoolExecutor(args.jobs) as pool:
        passed = list(pool.map(check, entries))
    print(f"{passed.count(True)} passed, {passed.count(False)} failed")
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
