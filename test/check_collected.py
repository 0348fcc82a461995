#!/usr/bin/env python3
"""Checks that no test, script or input lies in the tree that nothing uses.

usage: check_collected.py --build DIR --source DIR --llvm-bin DIR --ctest PATH
       check_collected.py --self-test

  - lit collects every .mlir and .test file outside of Inputs, and an entry of
    ctest runs it;
  - every other file of test/ is named, directly or through another file, by a
    test, an entry of ctest or a CMakeLists.txt;
  - every folder of test/ has a file that is used;
  - pytest collects every Python file of python/tests, or one of these names it.

Exit code 1 prints each file that is not. --self-test fails unless that finds
what is left out of a small tree.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

LIT = (".mlir", ".test")
# Read by the runners themselves.
RUNNERS = ("CMakeLists.txt", "lit.cfg.py", "lit.site.cfg.py.in", "lit.local.cfg")


def get_files(root: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]


def get_used(files: list[pathlib.Path], roots: set[pathlib.Path], commands: str) -> set[pathlib.Path]:
    """`roots` and what they name, by file or, for Python, by module."""
    used: set[pathlib.Path] = set()
    texts = [commands] + [path.read_text() for path in roots]
    left = set(files) - roots
    while texts:
        text = texts.pop()
        for path in list(left):
            imported = path.suffix == ".py" and re.search(rf"^\s*(?:import|from) {path.stem}\b", text, re.MULTILINE)
            if imported or re.search(rf"(?<![\w.-]){re.escape(path.name)}(?![\w-])", text):
                used.add(path)
                left.remove(path)
                texts.append(path.read_text(errors="replace"))
    return used | roots


def check(source: pathlib.Path, collected: set[str], entries: list[list[str]]) -> list[str]:
    """What is wrong with a tree. `collected` are lit's tests, relative to test/;
    `entries` the commands of ctest."""
    tests = source / "test"
    files = get_files(tests)
    problems = []
    # Folders given to lit, as the last words of their paths.
    folders = {pathlib.PurePath(words[-1]).name for words in entries if pathlib.PurePath(words[0]).name == "lit"}
    lit = [f for f in files if f.suffix in LIT and "Inputs" not in f.parts]
    for path in lit:
        name = path.relative_to(tests)
        if str(name) not in collected:
            problems.append(f"test/{name}: not collected by lit")
        elif name.parts[0] not in folders:
            problems.append(f"test/{name}: in no folder that ctest gives to lit")
    roots = {f for f in files if f in lit or f.name in RUNNERS}
    used = get_used(files, roots, "\n".join(" ".join(words) for words in entries))
    problems += [f"test/{path.relative_to(tests)}: nothing uses it" for path in files if path not in used]
    for folder in sorted(path for path in tests.iterdir() if path.is_dir() and path.name != "__pycache__"):
        if not any(folder in path.parents and path.name not in RUNNERS for path in used):
            problems.append(f"test/{folder.name}: no tests")
    package = source / "python" / "tests"
    scripts = [path for path in get_files(package) if path.suffix == ".py"]
    pytest = {path for path in scripts if path.match("test_*.py") or path.name == "conftest.py"}
    missed = set(scripts) - get_used(scripts, pytest, "")
    problems += [f"python/tests/{path.name}: pytest does not collect it" for path in sorted(missed)]
    return problems


def run(*command: object) -> str:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout


def self_test() -> int:
    """A tree with one fault of each kind, and nothing else to report."""
    contents = {
        "test/CMakeLists.txt": "",
        "test/A/run.mlir": "// RUN: python %S/Inputs/used.py",
        "test/A/Inputs/used.py": "import helper",
        "test/A/Inputs/helper.py": "",
        "test/A/Inputs/unused.py": "",
        "test/A/left-out.test": "",
        "test/B/run.mlir": "",
        "test/C/CMakeLists.txt": "",
        "test/D/script.sh": "",
        "python/tests/test_a.py": "",
        "python/tests/b_test.py": "",
    }
    expected = {
        "test/A/Inputs/unused.py: nothing uses it",
        "test/A/left-out.test: not collected by lit",
        "test/B/run.mlir: in no folder that ctest gives to lit",
        "test/C: no tests",
        "python/tests/b_test.py: pytest does not collect it",
    }
    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(temporary)
        for name, text in contents.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        entries = [["/bin/lit", "-sv", "build/test/A"], ["bash", "test/D/script.sh"]]
        found = set(check(root, {"A/run.mlir", "B/run.mlir"}, entries))
    for problem in sorted(found ^ expected):
        print("self-test:", "not expected:" if problem in found else "not found:", problem)
    return 1 if found != expected else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path)
    parser.add_argument("--source", type=pathlib.Path)
    parser.add_argument("--llvm-bin", type=pathlib.Path)
    parser.add_argument("--ctest", default="ctest")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        return self_test()
    shown = run(args.llvm_bin / "lit", "--show-tests", args.build / "test")
    collected = set(re.findall(r"^\s+conv-opt :: (\S+)$", shown, re.MULTILINE))
    listed = json.loads(run(args.ctest, "--test-dir", args.build, "--show-only=json-v1"))
    entries = [test["command"] for test in listed["tests"] if "command" in test]
    problems = check(args.source, collected, entries)
    print("".join(problem + "\n" for problem in problems), end="")
    print(f"{len(collected)} tests of lit, {len(entries)} entries of ctest: {len(problems)} problems")
    return 1 if problems or not collected else 0


if __name__ == "__main__":
    sys.exit(main())
