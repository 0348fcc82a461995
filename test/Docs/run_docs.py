"""Runs the ``sh`` and ``console`` blocks of Markdown pages, each page in a folder
of its own.

The folder looks like the repository to the commands: examples/ and build/ are
there, tools are on the path. A command that fails is a test that fails. A
``console`` block is one command, behind ``$``, and what it prints, wherever lines
are folded; a line ``...`` stands for anything.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def split_console(block: str) -> tuple[str, list[str]]:
    """The command of a ``console`` block, and the pieces of its output."""
    match = re.fullmatch(r"\$ ((?:[^\n]*\\\n)*[^\n]*)\n(.*)", block, re.DOTALL)
    if match is None:
        raise ValueError(f"a console block begins with '$ ': {block}")
    return match[1], re.split(r"^\.\.\.$", match[2], flags=re.MULTILINE)


def prints(output: str, pieces: list[str]) -> bool:
    """Whether the pieces are in the output, in this order."""
    said, at = " ".join(output.split()), 0
    for piece in pieces:
        piece = " ".join(piece.split())
        at = said.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def run_page(page: Path, links: dict[str, Path], environment: dict[str, str]) -> bool:
    """Runs the blocks in order; says which one failed."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for name, target in links.items():
            os.symlink(target, Path(folder) / name)
        for match in re.finditer(r"^```(sh|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            command, pieces = (match[2], []) if match[1] == "sh" else split_console(match[2])
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if done.returncode or not prints(done.stdout, pieces):
                what = "failed" if done.returncode else "printed something else"
                print(f"{page}:{line}: {what}\n{match[2]}\n{done.stdout}")
                return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("pages", type=Path, nargs="+")
    arguments = parser.parse_args()
    environment = dict(os.environ)
    environment["PATH"] = f"{arguments.build}/bin:{environment['PATH']}"
    links = {"build": arguments.build, "examples": arguments.source / "examples"}
    results = [run_page(page, links, environment) for page in arguments.pages]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
