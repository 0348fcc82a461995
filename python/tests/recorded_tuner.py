"""conv-tune on a worker, with recorded times in place of measured ones.

usage: recorded_tuner.py SCALE --task -   |   recorded_tuner.py SCALE --print-kind

A task takes SCALE times 0.5 to 1.5 seconds, which its id says, and always has the
same answer.
"""

import json
import os
import sys
import time


def answer(task, scale):
    draw = int(task["task"][:8], 16) / 0xFFFFFFFF
    time.sleep(scale * (0.5 + draw))
    record = {
        "name": task["name"],
        "schedule": "<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 3>",
        "ms": draw,
        "peak_fraction": 0.5 + draw / 2,
        "model_schedule": "<algorithm = direct, n_vec = 8, c_ob = 16, w_ob = 3>",
        "speedup": 1.0,
        "candidates": 7,
        "workspace_bytes": 0,
        "limits": "",
        "revision": task["revision"],
        "llvm": task["llvm"],
        "measured": {
            "date": "2026-01-01T00:00:00.000Z",
            "host": "recorded",
            "tool": "",
            "noise": 0.01,
            "busy": 0,
            "clock_ghz": 4,
        },
        "problem": task["problem"],
        "machine": task["machine"],
    }
    head = {key: task[key] for key in ("task", "kind", "name")}
    head["process"] = os.getppid()
    return {**head, "status": "tuned", "seconds": scale * (0.5 + draw), "record": record}


def main():
    scale, mode = float(sys.argv[1]), sys.argv[2]
    if mode == "--print-kind":
        print(json.dumps({"kind": "recorded-1", "machine": {"cpu": "recorded"}}))
        return 0
    task = json.loads(sys.stdin.read())
    # Who begins what, for those who count what is lost with a worker.
    journal = os.environ.get("CONVOPT_TEST_JOURNAL")
    if journal:
        with open(journal, "a") as file:
            file.write(f"{os.getppid()} {task['task']} {time.time()}\n")
    # A file of this name, once: the first of those who want to be busy is.
    busy = os.environ.get("CONVOPT_TEST_BUSY")
    if busy and os.path.exists(busy):
        os.remove(busy)
        print(json.dumps({**{k: task[k] for k in ("task", "kind", "name")}, "status": "busy"}))
        return 4
    print(json.dumps(answer(task, scale)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
