"""Runs the build's script on sources in every state it should tell apart.

usage: revision.py SCRIPT FOLDER
"""
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

script, folder = sys.argv[1], Path(sys.argv[2])
sources, output = folder / "sources", folder / "Revision.inc"
# What a hook or the user's own configuration says is not about this folder.
environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
environment["GIT_CONFIG_GLOBAL"] = os.devnull


def git(*arguments):
    subprocess.run(
        ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *arguments],
        cwd=sources, env=environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def write():
    """The revision, and whether the file was written."""
    old = output.stat().st_mtime_ns if output.exists() else 0
    subprocess.run(
        ["cmake", f"-DSOURCE_DIR={sources}", f"-DOUTPUT={output}", "-P", script],
        env=environment, check=True,
    )  # fmt: skip
    match = re.fullmatch(r'#define CONVOPT_REVISION "(.+)"\n', output.read_text())
    return match[1], output.stat().st_mtime_ns != old


def check(expected, written):
    got = write()
    assert re.fullmatch(expected, got[0]) and got[1] == written, (expected, written, got)


shutil.rmtree(folder, ignore_errors=True)
sources.mkdir(parents=True)
# The folder lies inside a checkout of the project, as unpacked archives may.
check("unknown", True)
check("unknown", False)
git("init", "-q")
check("unknown", False)  # Nothing is committed.
(sources / "file").write_text("one")
git("add", "file")
git("commit", "-q", "-m", "one")
check("[0-9a-f]{7,}", True)
check("[0-9a-f]{7,}", False)
(sources / "file").write_text("two")
check("[0-9a-f]{7,}-dirty", True)
git("commit", "-q", "-a", "-m", "two")
check("[0-9a-f]{7,}", True)
git("tag", "-a", "-m", "v", "v1.0")
check(r"v1\.0", True)
