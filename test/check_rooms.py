#!/usr/bin/env python3
"""Checks who knows whom among the rooms of lib/conv and include/conv.

usage: check_rooms.py --source FOLDER | --self-test

- Rooms include each other without cycles, and what a room's library links is
  what its files include.
- No lowering reaches a decision: what runs after --conv-autotune reads what was
  decided.
- Only the algorithms' own files and the table of their traits name one. Who
  wants to know something about an algorithm asks the table.
- Shares and ratios of the model stand in ModelConstants.h, with what gave them.
- A room's constants have names of their own: its files are compiled in batches,
  and which are together differs between the builds.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import sys
import tempfile

LOWERINGS = ("Kernels", "Memory", "Rest")
DECISION = "Decide"
# Where an enumerator of Algorithm may stand: the dialect defines them.
NAMING = ("lib/conv/Algorithms/", "lib/conv/Schedule/AlgorithmTraits.cpp", "lib/conv/IR/", "include/conv/IR/")

# Where constants that are no whole numbers stand, and the rooms that have none of their own.
CONSTANTS = "include/conv/Schedule/ModelConstants.h"
MODEL = ("lib/conv/Schedule/", "include/conv/Schedule/", "lib/conv/Algorithms/", "include/conv/Algorithms/")
CONSTANT = re.compile(r"^(?:static|inline) constexpr\s+[\w:]+\s+(k[A-Z]\w*)", re.M)
RATIO = re.compile(r"constexpr\s+(?:double|float)\s+(\w+)")

INCLUDE = re.compile(r'^\s*#?include "conv/(\w+)/', re.M)
ENUMERATOR = re.compile(r"(?<!\w)Algorithm::[A-Z]\w*")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
LINKED = re.compile(r"(?<!mlir_)target_link_libraries\(ConvOpt(\w+)\s+(?:PUBLIC|PRIVATE)([^)]*)\)")


def find_sources(root: pathlib.Path):
    """Each source file of the project with its path below the root."""
    for folder in ("lib/conv", "include/conv", "tools"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cpp", ".td"):
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def get_room(path: str) -> str | None:
    parts = path.split("/")
    return parts[2] if parts[1] == "conv" and len(parts) > 3 else None


def read_includes(root: pathlib.Path) -> dict[str, dict[str, str]]:
    """By room: the rooms it includes, each with a file that does."""
    graph: dict[str, dict[str, str]] = {}
    for path, text in find_sources(root):
        room = get_room(path)
        if room is None:
            continue
        edges = graph.setdefault(room, {})
        for other in INCLUDE.findall(text):
            if other != room:
                edges.setdefault(other, path)
    return graph


def find_cycle(graph: dict[str, dict[str, str]]) -> list[str]:
    """A path of rooms from one back to itself; empty: there is none."""
    finished: set[str] = set()

    def visit(room: str, path: list[str]) -> list[str]:
        if room in path:
            return path[path.index(room) :] + [room]
        if room in finished:
            return []
        for other in sorted(graph.get(room, {})):
            if cycle := visit(other, path + [room]):
                return cycle
        finished.add(room)
        return []

    for room in sorted(graph):
        if cycle := visit(room, []):
            return cycle
    return []


def find_path(graph: dict[str, dict[str, str]], begin: str, end: str, seen: set[str]) -> list[str]:
    """How `begin` reaches `end`; empty: it does not."""
    if begin == end:
        return [end]
    seen.add(begin)
    for other in sorted(graph.get(begin, {})):
        if other not in seen and (path := find_path(graph, other, end, seen)):
            return [begin] + path
    return []


def check_links(root: pathlib.Path, graph: dict[str, dict[str, str]]) -> list[str]:
    problems = []
    for room, edges in sorted(graph.items()):
        if not is_library(root, room):
            continue
        calls = LINKED.findall(read_script(root, room))
        linked = {name for of, names in calls if of == room for name in re.findall(r"ConvOpt(\w+)", names)}
        for other in sorted({other for other in edges if is_library(root, other)} - linked):
            problems.append(f"{edges[other]}: includes {other}, which ConvOpt{room} does not link")
        for other in sorted(linked - set(edges)):
            problems.append(f"lib/conv/{room}/CMakeLists.txt: links {other}, which nothing includes")
    return problems


def read_script(root: pathlib.Path, room: str) -> str:
    script = root / "lib" / "conv" / room / "CMakeLists.txt"
    return script.read_text(encoding="utf-8") if script.exists() else ""


def is_library(root: pathlib.Path, room: str) -> bool:
    """Whether there is something to link: not where a room is headers, a plug-in or a shared library."""
    return f"add_convopt_library(ConvOpt{room}" in read_script(root, room)


def check_names(root: pathlib.Path) -> list[str]:
    problems = []
    for path, text in find_sources(root):
        if path.startswith(NAMING):
            continue
        for name in sorted(set(ENUMERATOR.findall(COMMENT.sub("", text)))):
            problems.append(f"{path}: names {name}; ask AlgorithmTraits for what it wants to know")
    return problems


def check_constants(root: pathlib.Path) -> list[str]:
    problems = []
    for path, text in find_sources(root):
        if path.startswith(MODEL) and path != CONSTANTS:
            for name in RATIO.findall(COMMENT.sub("", text)):
                problems.append(f"{path}: defines {name}; shares and ratios stand in {CONSTANTS}")
    return problems


def check_batches(root: pathlib.Path) -> list[str]:
    places: dict[tuple[str, str], list[str]] = {}
    for path, text in find_sources(root):
        if room := get_room(path):
            for name in CONSTANT.findall(text):
                places.setdefault((room, name), []).append(path)
    return [
        f"{paths[1]}: defines {name}, as {paths[0]} does, which may be compiled in one batch with it"
        for (_, name), paths in sorted(places.items())
        if len(paths) > 1
    ]


def check(root: pathlib.Path) -> list[str]:
    graph = read_includes(root)
    if not graph:
        return [f"{root}: no rooms"]
    problems = []
    if cycle := find_cycle(graph):
        problems.append("rooms include each other: " + " -> ".join(cycle))
    for room in LOWERINGS:
        if path := find_path(graph, room, DECISION, set()):
            example = graph[path[0]][path[1]]
            problems.append("a lowering reaches a decision: " + " -> ".join(path) + f" ({example})")
    return problems + check_links(root, graph) + check_names(root) + check_constants(root) + check_batches(root)


def self_test() -> list[str]:
    """The check finds what it is for."""
    library = "add_convopt_library(ConvOpt{0}\n)\ntarget_link_libraries(ConvOpt{0} PUBLIC {1})\n"
    files = {
        "lib/conv/IR/Op.cpp": "Algorithm::Direct",
        "lib/conv/IR/CMakeLists.txt": library.format("IR", ""),
        "lib/conv/Decide/A.cpp": '#include "conv/IR/Op.h"\n#include "conv/Kernels/K.h"\n// Algorithm::Naive\n',
        "lib/conv/Decide/CMakeLists.txt": library.format("Decide", "ConvOptIR ConvOptRest"),
        "include/conv/Kernels/K.h": '#include "conv/Decide/A.h"\nif (a == Algorithm::MecA)',
        "lib/conv/Schedule/Cost.cpp": "// constexpr double kOld = 2;\nstatic constexpr double kShare = 0.5;",
        CONSTANTS: "constexpr double kRatio = 2;",
        "lib/conv/Kernels/A.cpp": "static constexpr int64_t kMost = 1;",
        "lib/conv/Kernels/B.cpp": "static constexpr unsigned kMost = 2;",
        "lib/conv/IR/B.cpp": "static constexpr unsigned kMost = 2;",
        "lib/conv/Kernels/CMakeLists.txt": library.format("Kernels", "ConvOptDecide"),
    }
    expected = [
        "rooms include each other: Decide -> Kernels -> Decide",
        "a lowering reaches a decision: Kernels -> Decide (include/conv/Kernels/K.h)",
        "lib/conv/Decide/A.cpp: includes Kernels, which ConvOptDecide does not link",
        "lib/conv/Decide/CMakeLists.txt: links Rest, which nothing includes",
        "include/conv/Kernels/K.h: names Algorithm::MecA; ask AlgorithmTraits for what it wants to know",
        f"lib/conv/Schedule/Cost.cpp: defines kShare; shares and ratios stand in {CONSTANTS}",
        "lib/conv/Kernels/B.cpp: defines kMost, as lib/conv/Kernels/A.cpp does, which may be compiled in one batch with it",
    ]
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        found = check(root)
    return [f"self test: expected {expected}, found {found}"] if found != expected else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--source", type=pathlib.Path, help="root of the project")
    parser.add_argument("--self-test", action="store_true", help="check the check on a tree that is wrong")
    options = parser.parse_args()
    if not options.self_test and options.source is None:
        parser.error("one of --source and --self-test")
    problems = self_test() if options.self_test else check(options.source)
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
