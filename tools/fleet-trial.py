#!/usr/bin/env python3
"""Tunes many convolutions on a fleet that is disturbed, with recorded times in
place of measured ones, and says how busy the workers were and what was lost.

usage: fleet-trial.py FOLDER [--workers 8] [--random 500] [--scale 1] [--kill 10]

FOLDER is emptied and gets the store; on a small file system of its own
(mount -t tmpfs -o size=40m none FOLDER) `--fill` fills the disk for five seconds.
Needs the Python package with the extra `fleet`, or PYTHONPATH and CONVOPT_BIN.

Workers of three kinds of machines run until one is killed with signal 9 every
`--kill` seconds and started again; the scheduler is killed once, after a third of
the tasks. Every task must be in the store in the end, once, and the export must
be that of a store that was filled in another order.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from convopt._fleet import RESOURCE, _Fleet
from convopt._tools import find_tool
from distributed import Client

# Bytes of a file system that is somebody's own to fill.
LARGEST_FILLED = 1 << 30

HERE = Path(__file__).resolve().parent
CPUS = ("znver5", "haswell", "cortex-a72")


def make_layers(count: int, path: Path) -> None:
    """`count` random layers as conv-tune's --layers reads them."""
    draw = random.Random(2018)
    layers = []
    for i in range(count):
        size, window = draw.choice((7, 14, 28, 56)), draw.choice((1, 3, 5))
        layers.append(
            dict(name=f"random{i}", net="random", n=1, c=draw.randint(1, 64) * 4, h=size, w=size,
                 k=draw.randint(1, 64) * 4, r=window, s=window, groups=1, pad_h=window // 2, pad_w=window // 2)
        )  # fmt: skip
    path.write_text(json.dumps(layers))


class Processes:
    """The scheduler and the workers, each started again when it ends."""

    def __init__(self, folder: Path, kinds: list[str], workers: int) -> None:
        self.address = "tcp://127.0.0.1:18786"
        module = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
        self.commands = [[*module, "--port", "18786", "--no-dashboard"]]
        for i in range(workers):
            slot = f"{RESOURCE}{kinds[i % len(kinds)]}=1"
            self.commands.append(
                [sys.executable, "-m", "distributed.cli.dask_worker", self.address, "--no-nanny",
                 "--nthreads", "1", "--no-dashboard", "--resources", slot,
                 "--local-directory", str(folder / "dask")]
            )  # fmt: skip
        self.log = open(folder / "dask.log", "ab")
        self.running = [self.start(command) for command in self.commands]
        self.over = False
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def watch(self) -> None:
        while not self.over:
            time.sleep(0.2)
            for i, process in enumerate(self.running):
                if process.poll() is not None and not self.over:
                    self.running[i] = self.start(self.commands[i])

    def stop(self) -> None:
        self.over = True
        self.watcher.join()
        for process in self.running:
            process.kill()
            process.wait()


class WatchedFleet(_Fleet):
    """Notes when tasks of each kind were done."""

    def __init__(self, *arguments) -> None:
        super().__init__(*arguments)
        self.spans: dict[str, list[tuple[float, float]]] = {}
        #: Processes of workers, and what they answered.
        self.answered: set[tuple[int, str]] = set()

    def take(self, task, answer, recorder) -> None:
        if isinstance(answer, dict):
            self.spans.setdefault(task.kind, []).append((answer["began"], answer["ended"]))
            self.answered.add((answer["process"], task.id))
        super().take(task, answer, recorder)

    def get_busy_share(self, slots: dict[str, int], lost: float) -> float:
        """Of the time from the first to the last task of its kind, of all workers;
        `lost` are seconds of tasks that had no answer."""
        busy = lost + sum(end - begin for spans in self.spans.values() for begin, end in spans)
        there = sum(
            slots[kind] * (max(end for _, end in spans) - min(begin for begin, _ in spans))
            for kind, spans in self.spans.items()
        )
        return busy / there


class Disturber:
    """Kills workers now and then, the scheduler once, and fills the disk once."""

    def __init__(self, processes: Processes, folder: Path, every: float, fill: bool) -> None:
        self.processes, self.folder, self.every, self.fill = processes, folder, every, fill
        self.draw = random.Random(7)
        #: Processes of workers, and when each was killed.
        self.killed: dict[int, float] = {}
        self.next = time.monotonic() + every
        self.scheduler_killed = False

    def __call__(self, done: int, total: int, _: str) -> None:
        if done % 50 == 0:
            print(f"{done}/{total}", flush=True)
        if time.monotonic() > self.next and self.every > 0:
            self.next = time.monotonic() + self.every
            self.kill(self.draw.choice(self.processes.running[1:]))
        if self.fill and done > total // 5:
            self.fill = False
            threading.Thread(target=self.fill_disk).start()
        if not self.scheduler_killed and done > total // 3 and self.every > 0:
            self.scheduler_killed = True
            # Its workers end as well, and with them what they do.
            self.killed.update((worker.pid, time.time()) for worker in self.processes.running[1:])
            self.processes.running[0].send_signal(signal.SIGKILL)

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        worker.send_signal(signal.SIGKILL)
        self.killed[worker.pid] = time.time()

    def get_lost_seconds(self, journal: Path, answered: set[tuple[int, str]], longest: float) -> float:
        """For how long workers had done what they were killed over."""
        last: dict[int, tuple[str, float]] = {}
        for line in journal.read_text().splitlines():
            process, task, began = line.split()
            last[int(process)] = (task, float(began))
        return sum(
            min(max(when - last[process][1], 0), longest)
            for process, when in self.killed.items()
            if process in last and (process, last[process][0]) not in answered
        )

    def fill_disk(self) -> None:
        ballast = self.folder / "ballast"
        with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        print("the disk is full", flush=True)
        time.sleep(5)
        ballast.unlink()
        print("the disk has room again", flush=True)


def run(*command: str, text: str = "") -> str:
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def export(store: Path) -> str:
    return run(find_tool("conv-tune"), "records", "export", str(store))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--random", type=int, default=500)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--kill", type=float, default=10)
    parser.add_argument("--fill", action="store_true")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if arguments.fill and shutil.disk_usage(folder).total > LARGEST_FILLED:
        parser.error(f"--fill would fill a disk that others use as well: mount a small one on {folder}")
    for old in folder.glob("*.db*"):
        old.unlink()
    layers, store = folder / "layers.json", folder / "fleet.db"
    # Elsewhere than on the disk that is filled.
    journal = Path(tempfile.mkdtemp()) / "journal"
    journal.touch()
    os.environ["CONVOPT_TEST_JOURNAL"] = str(journal)
    make_layers(arguments.random, layers)
    tool = find_tool("conv-tune")
    kinds = [run(tool, "--print-kind", "--cpu", cpu).strip() for cpu in CPUS]
    names = [json.loads(kind)["kind"] for kind in kinds]
    processes = Processes(folder, names, arguments.workers)
    try:
        client = Client(processes.address, timeout=60)
        client.wait_for_workers(arguments.workers)
        plan = ["--net", "resnet50,vgg16,mobilenet_v2", "--layers", str(layers)]
        tuner = [sys.executable, "-S", str(HERE.parent / "python/tests/recorded_tuner.py"), str(arguments.scale)]
        disturber = Disturber(processes, folder, arguments.kill, arguments.fill)
        fleet = WatchedFleet(client, str(store), plan, kinds, tuner, disturber, 9, 1.0)
        tasks = fleet.make_plan()
        report = fleet.run()
        fleet.client.close()
    finally:
        processes.stop()
    slots = Counter(names[i % len(names)] for i in range(arguments.workers))
    lost = disturber.get_lost_seconds(journal, fleet.answered, 1.5 * arguments.scale)
    print(f"{report.planned} tasks, {report.tuned} recorded, given out {report.attempts} times, "
          f"{len(disturber.killed)} workers killed or ended with their scheduler; {report.seconds:.1f} s; workers busy "
          f"{100 * fleet.get_busy_share(slots, lost):.1f} % of the time in which their kind had tasks, "
          f"{100 * fleet.get_busy_share(slots, 0):.1f} % with what they finished")  # fmt: skip
    lines = export(store).splitlines()
    assert len(lines) == 1 + report.planned == 1 + len(tasks), (len(lines), report)
    assert not report.failed, report.failed
    # The same records in another order.
    header, *records = lines
    random.Random(1).shuffle(records)
    other = folder / "other.db"
    run(tool, "records", "import", str(other), "-", text="\n".join([header, *records]) + "\n")
    assert export(other).splitlines() == lines
    print("none lost, none twice, exports equal")
    return 0


if __name__ == "__main__":
    sys.exit(main())
