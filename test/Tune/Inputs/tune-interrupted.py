"""Disturbs conv-tune in every way it should survive.

usage: tune-interrupted.py CONV_TUNE PREFIX
"""
import json
import os
import signal
import subprocess
import sys
import time

TOOL, PREFIX = sys.argv[1:]
LAYERS = [f'ic8oc{k}_ih8kh3ph1n"{k}"' for k in (32, 48, 64)]


def start(records, layers, *more):
    """A run whose progress can be read line by line."""
    command = [TOOL, *layers, "--records", records, "--top", "1", "--progress"]
    return subprocess.Popen(
        [*command, *(more or ["--max-candidates", "3", "--budget", "300"])],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for(run, text):
    """Reads progress until a line holds `text`."""
    for line in run.stderr:
        if text in line:
            return
    raise AssertionError(f"no {text} before the end")


def finish(run, expected=0):
    out, err = run.communicate(timeout=600)
    assert run.returncode == expected, (run.returncode, out, err)
    return out


def read(records):
    with open(records) as file:
        header, *lines = file.read().splitlines()
    assert json.loads(header)["format"] == "conv-opt tuning records"
    return {json.loads(line)["name"]: line for line in lines}


def fresh(name):
    path = f"{PREFIX}.{name}.json"
    for leftover in (path, path + ".tmp", path + ".lock"):
        if os.path.exists(leftover):
            os.remove(leftover)
    return path


def get_child(run):
    """The process that measures; None when the run ends without one."""
    while run.poll() is None:
        with open(f"/proc/{run.pid}/task/{run.pid}/children") as file:
            children = file.read().split()
        if children:
            return int(children[0])
        time.sleep(0.01)
    return None


# Killed in the second layer: the first is recorded, the lock is free, and the
# next run does the rest and leaves the first as it is.
records = fresh("killed")
run = start(records, LAYERS)
wait_for(run, "[2/3]")
get_child(run)
run.kill()
run.wait()
before = read(records)
assert len(before) == 1, before
out = finish(start(records, LAYERS))
assert "2 tuned" in out and "1 recorded before" in out, out
after = read(records)
assert len(after) == 3 and before.items() <= after.items(), after

# What a crash while writing would leave is no obstacle.
with open(records + ".tmp", "w") as file:
    file.write("half a li")
finish(start(records, LAYERS[:1], "--again", "--max-candidates", "1"))
assert len(read(records)) == 3

# Interrupted: what is done is recorded, and it says so.
records = fresh("interrupted")
run = start(records, LAYERS)
wait_for(run, "[2/3]")
child = get_child(run)
run.send_signal(signal.SIGINT)
out, err = run.communicate(timeout=60)
assert run.returncode == 130, (run.returncode, out, err)
assert "interrupted" in out and "run again" in err, (out, err)
assert len(read(records)) == 1
for _ in range(500):
    if not os.path.exists(f"/proc/{child}"):
        break
    time.sleep(0.01)
else:
    raise AssertionError("the measuring process is still there")

# A candidate that crashes costs itself and nothing else. Which one runs is not
# known, nor how long the run takes: of several moments one is a candidate's.
for delay in (1, 2, 3, 5, 8, 11):
    records = fresh("crashed")
    layer = "mb1_ic64oc64_ih28kh3ph1"
    run = start(records, [layer], "--print-trials", "--max-candidates=0", "--budget=20")
    wait_for(run, "[1/1]")
    get_child(run)
    time.sleep(delay)
    child = get_child(run)
    if child:
        os.kill(child, signal.SIGSEGV)
    out, err = run.communicate(timeout=600)
    if "crashed: signal 11" in out:
        break
assert run.returncode == 0, (run.returncode, out, err)
assert "crashed: signal 11" in out and "1 tuned" in out, out
assert len(read(records)) == 1

# Two at once: each keeps what the other found.
records = fresh("both")
both = [start(records, LAYERS[:2]), start(records, LAYERS[1:])]
for run in both:
    finish(run)
assert len(read(records)) == 3
out = finish(start(records, LAYERS))
assert "0 tuned" in out and "3 recorded before" in out, out
