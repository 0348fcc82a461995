"""Runs the ``sh`` blocks of Markdown pages, each page in a folder of its own.

The folder looks like the repository to the commands: examples/ and build/ are
there, tools are on the path. A command that fails is a test that fails.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path


def run_page(page: Path, links: dict[str, Path], environment: dict[str, str]) -> bool:
    """Runs the blocks in order; says which one failed."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for name, target in links.items():
            os.symlink(target, Path(folder) / name)
        for match in re.finditer(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, match.start()) + 1
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", match[1]],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            if done.returncode:
                print(f"{page}:{line}: failed\n{match[1]}\n{done.stdout}")
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
