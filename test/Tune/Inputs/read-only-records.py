"""Reads and refuses to write files of records that nobody may write.

usage: read-only-records.py BIN RECORDS MODULE FOLDER
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

BIN, RECORDS, MODULE, FOLDER = map(Path, sys.argv[1:])
NOBODY = 65534


def drop_rights():
    """Who may write everything is somebody else for this."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def run(tool, *arguments, **more):
    return subprocess.run([BIN / tool, *arguments], capture_output=True, text=True, **more)


def run_unprivileged(tool, *arguments):
    return run(tool, *arguments, preexec_fn=drop_rights)


def leave_log(store):
    """Adds to the log of a store and dies, as a process that is killed does."""
    code = "import os, sqlite3, sys; d = sqlite3.connect(sys.argv[1], isolation_level=None); "
    code += "d.execute('UPDATE store SET changes = 99'); os._exit(0)"
    subprocess.run([sys.executable, "-c", code, store], check=True)
    assert os.path.getsize(f"{store}-wal") > 0


shelf = FOLDER / "shelf"
shelf.mkdir()
run("conv-tune", "records", "import", shelf / "kept.db", RECORDS, check=True)
shutil.copy(RECORDS, shelf / "kept.json")
run("conv-tune", "records", "import", shelf / "open.db", RECORDS, check=True)
leave_log(shelf / "open.db")
(shelf / "open.db-shm").unlink()
# One that is not there.
header, line = RECORDS.read_text().splitlines()[:2]
record = json.loads(line)
record["problem"]["c"] = 1000
(FOLDER / "new.json").write_text(f"{header}\n{json.dumps(record)}\n")
expected = run("conv-tune", "records", "export", shelf / "kept.db", check=True).stdout
contents = {path.name: path.read_bytes() for path in shelf.iterdir()}
for path in shelf.iterdir():
    path.chmod(0o444)
shelf.chmod(0o555)
try:
    if run_unprivileged("conv-tune", "records", "export", shelf / "kept.json").returncode:
        print("not tried: another user cannot run the tools here")
        sys.exit(0)
    for name in ("kept.db", "kept.json"):
        store = shelf / name
        read = run_unprivileged("conv-tune", "records", "export", store)
        assert (read.returncode, read.stdout) == (0, expected), read
        used = run_unprivileged("conv-opt", MODULE, f"--conv-autotune=cpu=znver5 records={store}", "-o", "/dev/null")
        assert used.returncode == 0, used
        for command in (["import", store, FOLDER / "new.json"], ["prune", store, "--before", "2100-01-01"]):
            refused = run_unprivileged("conv-tune", "records", *command)
            assert refused.returncode == 1 and f"cannot write {store}" in refused.stderr, refused
    # What is in a log that cannot be read must not be missed in silence.
    damaged = run_unprivileged("conv-tune", "records", "export", shelf / "open.db")
    assert damaged.returncode == 1 and "open.db" in damaged.stderr, damaged
    assert {path.name: path.read_bytes() for path in shelf.iterdir()} == contents
finally:
    shelf.chmod(0o755)
# Once it may be written, the log counts.
assert run("conv-tune", "records", "export", shelf / "open.db", check=True).stdout == expected
with sqlite3.connect(shelf / "open.db") as database:
    assert database.execute("SELECT changes FROM store").fetchone() == (99,)
