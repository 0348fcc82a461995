"""Tunes on a core that another process computes on.

usage: busy-neighbour.py CONV_TUNE PLAN FOLDER
"""
import os
import subprocess
import sys

TOOL, PLAN, FOLDER = sys.argv[1:]
core = max(os.sched_getaffinity(0))
environment = {key: value for key, value in os.environ.items() if key != "CONVOPT_MAX_BUSY"}


def pin():
    os.sched_setaffinity(0, {core})


def tune(*arguments, **more):
    return subprocess.run(
        [TOOL, *arguments], env=environment, preexec_fn=pin, capture_output=True, text=True, **more
    )


neighbour = subprocess.Popen([sys.executable, "-c", "while True: pass"], preexec_fn=pin)
try:
    with open(PLAN) as file:
        task = file.readline()
    answer = tune("--task", "-", input=task)
    print(answer.stdout)
    assert answer.returncode == 4, answer
    run = tune("ic8oc32_ih8kh3ph1", "--records", f"{FOLDER}/busy.db", "--budget", "30")
    print(run.stdout, run.stderr)
    assert run.returncode == 4, run
finally:
    neighbour.kill()
stored = tune("records", "export", f"{FOLDER}/busy.db")
assert stored.returncode == 0 and len(stored.stdout.splitlines()) == 1, stored
