#!/usr/bin/env python3
"""How many tasks Dask's scheduler gives out per second, and what it needs for them.

usage: fleet-capacity.py [--tasks 100000] [--workers 2]

Tasks do nothing. They are given out as tune_fleet does it: with a resource, a few
at a time for each slot, each answer fetched. Prints tasks per second, the CPU time
that the scheduler took for each, and its memory before, at its most, and after.
"""

from __future__ import annotations

import argparse
import os
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from distributed import Client


def do_nothing(line: str) -> str:
    return line


def get_memory(process: int) -> float:
    """Megabytes of a process."""
    with open(f"/proc/{process}/status") as file:
        (line,) = (line for line in file if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def get_cpu_seconds(process: int) -> float:
    """User and system time of a process."""
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=100000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--slots", type=int, default=50, help="of each worker")
    arguments = parser.parse_args()
    python, address = sys.executable, "tcp://127.0.0.1:18787"
    scheduler = subprocess.Popen(
        [python, "-m", "distributed.cli.dask_scheduler", "--port", "18787", "--no-dashboard"], stderr=subprocess.DEVNULL
    )
    workers = [
        subprocess.Popen(
            [python, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--no-dashboard",
             "--nthreads", "4", "--resources", f"tuner:kind={arguments.slots}"],
            stderr=subprocess.DEVNULL,
        )
        for _ in range(arguments.workers)
    ]  # fmt: skip
    try:
        client = Client(address, timeout=120)
        client.wait_for_workers(arguments.workers)
        before = most = get_memory(scheduler.pid)
        line = "x" * 2000  # As long as a task.
        answers: queue.SimpleQueue = queue.SimpleQueue()
        fetchers = ThreadPoolExecutor(16)
        room = threading.Semaphore(2 * arguments.workers * arguments.slots)
        running = set()
        begin, begin_cpu = time.monotonic(), get_cpu_seconds(scheduler.pid)
        done = given = 0
        while done < arguments.tasks:
            while given < arguments.tasks and room.acquire(blocking=False):
                future = client.submit(
                    do_nothing, line, key=f"nothing-{given}", resources={"tuner:kind": 1}, pure=False
                )
                running.add(future)
                given += 1
                future.add_done_callback(lambda f: fetchers.submit(lambda: answers.put((f, f.result()))))
            future, _ = answers.get()
            running.remove(future)
            room.release()
            done += 1
            if done % 1000 == 0:
                most = max(most, get_memory(scheduler.pid))
            if done % 5000 == 0:
                seconds, cpu = time.monotonic() - begin, get_cpu_seconds(scheduler.pid) - begin_cpu
                print(
                    f"{done} tasks in {seconds:.0f} s: {done / seconds:.0f} per second; scheduler: "
                    f"{1e3 * cpu / done:.2f} ms of CPU time a task, {before:.0f} MB before, {most:.0f} MB at its most",
                    flush=True,
                )
        del future
        time.sleep(2)
        print(f"scheduler: {get_memory(scheduler.pid):.0f} MB after")
        client.close()
    finally:
        for process in [*workers, scheduler]:
            process.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
