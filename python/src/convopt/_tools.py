"""Finding and running the command line tools."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Optional

#: Called with (done, total, what is being done).
Progress = Callable[[int, int, str], None]


def find_tool(name: str) -> str:
    """The tool of this package, of ``$CONVOPT_BIN``, or on the path.

    Raises
    ------
    FileNotFoundError
        When there is none.
    """
    candidates = [Path(__file__).parent / "bin" / name]
    if "CONVOPT_BIN" in os.environ:
        candidates.insert(0, Path(os.environ["CONVOPT_BIN"]) / name)
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return str(candidate)
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(
            f"the tool {name} is not in this package, in $CONVOPT_BIN or on the path"
        )
    return found


def run_tool(
    name: str, arguments: list[str], progress: Optional[Progress] = None
) -> list[str]:
    """Runs a tool that reports ``[3/8] what`` on standard error.

    Returns
    -------
    list of str
        The other lines of standard error.

    Raises
    ------
    RuntimeError
        With what the tool said, when it failed.
    """
    command = [find_tool(name), *arguments]
    said: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            step, bracket, what = line.partition("] ")
            numbers = step.lstrip("\r[").split("/")
            if bracket and len(numbers) == 2 and all(n.isdigit() for n in numbers):
                if progress:
                    progress(int(numbers[0]), int(numbers[1]), what.strip())
            elif line.strip():
                said.append(line.rstrip())
    if process.returncode:
        raise RuntimeError("\n".join(said) or f"{name} failed")
    return said


def show_progress(done: int, total: int, what: str) -> None:
    """A bar on standard error, when that is a terminal."""
    if not sys.stderr.isatty():
        return
    width = 30
    full = width * done // max(total, 1)
    sys.stderr.write(f"\r\x1b[K[{'#' * full}{'.' * (width - full)}] {done}/{total} {what}")
    if done == total:
        sys.stderr.write("\n")
    sys.stderr.flush()
