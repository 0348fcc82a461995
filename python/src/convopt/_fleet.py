"""Tuning on many machines at a time, by dask.distributed (``pip install mlir-conv-opt[fleet]``).

The plan, a task per convolution and kind of machine, is made here; workers run
``conv-tune --task`` and answer with records; this process alone writes the store.
A task that is not in the store is planned again: whatever is lost, a worker, the
scheduler or this process, costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Optional, Union

from convopt._tools import Progress, find_tool

if TYPE_CHECKING:
    from distributed import Client

#: Of the resource that a worker has one of for each task it may do at a time,
#: ``tuner:KIND``.
RESOURCE = "tuner:"
#: The first line of a file of records.
_HEADER = '{"format":"conv-opt tuning records","version":1}\n'
#: Exit codes with which conv-tune answers: measured, failed, no time, busy core, other machine.
_ANSWERED = (0, 1, 3, 4, 5)
#: Answers that are fetched at a time, and how long one may take.
_FETCHERS, _FETCH_SECONDS = 16, 300
#: How often the slots are counted: workers come and go.
_COUNT_SECONDS = 5.0
#: How often is looked whether a worker has to be started again.
_WATCH_SECONDS = 0.2
#: What another machine or another moment may change.
_PASSING = ("busy", "out of time", "interrupted", "lost")


@dataclass
class FleetReport:
    """What became of a plan.

    Attributes
    ----------
    planned : int
        Tasks that were not recorded before.
    tuned : int
        Tasks whose record is in the store.
    failed : dict of str to str
        Reasons by "name on kind", of the tasks that are not.
    attempts : int
        How often tasks were given to workers.
    seconds, busy_seconds : float
        Time of all of it, and the sum of the times of tasks on workers.
    """

    planned: int = 0
    tuned: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    seconds: float = 0.0
    busy_seconds: float = 0.0


@dataclass(frozen=True)
class _Task:
    line: str
    id: str
    kind: str
    name: str

    @classmethod
    def parse(cls, line: str) -> _Task:
        fields = json.loads(line)
        return cls(line, fields["task"], fields["kind"], fields["name"])


def _run(command: Sequence[str], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(command), input=text, capture_output=True, text=True, check=False)


def _check(done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"{done.args[0]} failed")
    return done.stdout


# ----------------------------------------------------------------------------
# On workers
# ----------------------------------------------------------------------------


def run_task(line: str, tuner: Optional[Sequence[str]] = None) -> dict[str, Any]:
    """Does one task on the machine this runs on.

    Parameters
    ----------
    line : str
        A line of ``conv-tune --plan``.
    tuner : sequence of str, optional
        The command that takes ``--task -``; conv-tune of this package.

    Returns
    -------
    dict
        The answer of ``conv-tune --task``, with ``began`` and ``ended`` (seconds
        since the epoch).

    Raises
    ------
    RuntimeError
        When there was no answer: the tool crashed, or refused the task.
    """
    command = list(tuner) if tuner else [find_tool("conv-tune")]
    began = time.time()
    done = _run([*command, "--task", "-"], line)
    if done.returncode not in _ANSWERED or not done.stdout.strip():
        raise RuntimeError(done.stderr.strip() or f"conv-tune: exit code {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout)
    answer["began"], answer["ended"] = began, time.time()
    return answer


def print_kind(tuner: Optional[Sequence[str]] = None) -> str:
    """The kind of the machine this runs on, as ``conv-tune --print-kind`` says it."""
    return _check(_run([*(tuner or [find_tool("conv-tune")]), "--print-kind"])).strip()


async def _declare(tuner: Optional[Sequence[str]], dask_worker: Any) -> None:
    """Gives a worker that has no slot one for its kind of machine."""
    if not any(name.startswith(RESOURCE) for name in dask_worker.state.total_resources):
        kind = json.loads(print_kind(tuner))["kind"]
        await dask_worker.set_resources(**{RESOURCE + kind: 1})


def _make_slot_plugin(tuner: Optional[Sequence[str]]) -> Any:
    """A plugin that declares what workers did not, of those that come later, too."""
    from distributed import WorkerPlugin

    class TunerSlot(WorkerPlugin):
        """One task at a time on each worker, of its kind of machine."""

        name = "convopt-tuner-slot"

        async def setup(self, worker: Any) -> None:
            await _declare(tuner, worker)

    return TunerSlot()


# ----------------------------------------------------------------------------
# Here
# ----------------------------------------------------------------------------


class _Recorder:
    """Writes records as they come, in batches; keeps what cannot be written."""

    #: Seconds between two batches, and between two attempts of `flush`.
    SECONDS = 2.0
    #: Attempts of `flush`.
    PATIENCE = 10

    def __init__(self, store: str, command: Sequence[str]) -> None:
        self._command = [*command, "records", "import", store, "-"]
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: list[str] = []
        self._over = threading.Event()
        self._error = ""
        # Beside the run: workers should not wait for the disk.
        self._thread = threading.Thread(target=self._write_all, daemon=True)
        self._thread.start()

    def add(self, record: dict[str, Any]) -> None:
        with self._lock:
            self._waiting.append(json.dumps(record))

    def _write_all(self) -> None:
        while not self._over.wait(self.SECONDS):
            self._write()

    def _write(self) -> bool:
        """Whether nothing is left that is not in the store."""
        with self._writing:
            with self._lock:
                batch = list(self._waiting)
            if not batch:
                return True
            done = _run(self._command, _HEADER + "\n".join(batch) + "\n")
            if done.returncode:
                self._error = done.stderr.strip()
                return False
            with self._lock:
                del self._waiting[: len(batch)]
                return not self._waiting

    def flush(self) -> None:
        """Waits for what stands in the way, a full disk, to go; at last fails."""
        for attempt in range(self.PATIENCE):
            if attempt:
                time.sleep(self.SECONDS)
            if self._write():
                return
        raise RuntimeError(f"{len(self._waiting)} records cannot be written: {self._error}")

    def close(self) -> None:
        """Ends the thread; what was not flushed is lost."""
        self._over.set()
        self._thread.join()


class _Fleet:
    """One run: rounds of what is not in the store yet."""

    def __init__(
        self,
        client: Client,
        records: str,
        plan: Sequence[str],
        kinds: Optional[Iterable[str]],
        tuner: Optional[Sequence[str]],
        progress: Optional[Progress],
        attempts: int,
        pause: float,
    ) -> None:
        self.client, self.records, self.tuner = client, records, tuner
        self.address = client.scheduler.address if client.scheduler else ""
        self.command = [find_tool("conv-tune")]
        self.plan_arguments = [*plan, "--records", records]
        self.kinds = list(kinds) if kinds is not None else None
        self.progress, self.attempts, self.pause = progress, attempts, pause
        self.report = FleetReport()
        self.tuned: set[str] = set()
        self.reasons: dict[str, str] = {}
        self.tries: Counter[str] = Counter()

    # -- planning ----------------------------------------------------------

    def find_kinds(self) -> list[str]:
        if self.kinds is None:
            self.client.register_plugin(_make_slot_plugin(self.tuner))
            printed = self.client.run(print_kind, self.tuner)
            self.kinds = sorted(set(printed.values()))
            if not self.kinds:
                raise RuntimeError("the cluster has no workers")
        return self.kinds

    def make_plan(self) -> list[_Task]:
        """What is not in the store, the longest first."""
        kinds = "\n".join(self.find_kinds()) + "\n"
        done = _run([*self.command, "--plan", *self.plan_arguments, "--kinds", "-"], kinds)
        return [_Task.parse(line) for line in _check(done).splitlines()]

    # -- one round ---------------------------------------------------------

    def take(self, task: _Task, answer: Any, recorder: _Recorder) -> None:
        """Notes what became of a task; `answer` may be what went wrong."""
        if not isinstance(answer, dict):
            answer = {"status": "lost", "reason": f"{type(answer).__name__}: {answer}"}
        self.report.busy_seconds += answer.get("ended", 0) - answer.get("began", 0)
        self.reasons[task.id] = f"{answer['status']}: {answer.get('reason', '')}".rstrip(": ")
        if answer["status"] == "tuned":
            recorder.add(answer["record"])
            self.tuned.add(task.id)
        elif answer["status"] not in _PASSING:
            # The same everywhere.
            self.tries[task.id] = self.attempts
        if self.progress:
            self.progress(len(self.tuned), self.report.planned, task.name)

    def count_slots(self) -> Counter[str]:
        """Slots of the workers there are, by kind."""
        try:
            info = self.client.scheduler_info(n_workers=-1)
        except TypeError:  # Older versions always tell of all.
            info = self.client.scheduler_info()
        slots: Counter[str] = Counter()
        for worker in info["workers"].values():
            for name, amount in worker["resources"].items():
                if name.startswith(RESOURCE):
                    slots[name[len(RESOURCE) :]] += int(amount)
        return slots

    def run_round(self, tasks: list[_Task], number: int, recorder: _Recorder) -> None:
        """Gives each task out once.

        Never more than two for each slot at a time: Dask counts a lost worker
        against all tasks that wait for it, and gives up those it has counted four
        against.
        """
        waiting: dict[str, deque[_Task]] = {}
        for task in tasks:
            waiting.setdefault(task.kind, deque()).append(task)
        running: dict[Any, _Task] = {}
        given: Counter[str] = Counter()
        answers: queue.SimpleQueue[tuple[Any, Any]] = queue.SimpleQueue()
        fetchers = ThreadPoolExecutor(_FETCHERS)

        def fetch(future: Any) -> None:
            # The worker may be gone by now: then Dask has the task done again.
            try:
                answers.put((future, future.result(timeout=_FETCH_SECONDS)))
            except Exception as error:  # noqa: BLE001
                answers.put((future, error))

        def hand_over(future: Any) -> None:
            with contextlib.suppress(RuntimeError):  # The round is over.
                fetchers.submit(fetch, future)

        def give(task: _Task) -> None:
            future = self.client.submit(
                run_task,
                task.line,
                self.tuner,
                key=f"tune-{task.id}-{number}",
                resources={RESOURCE + task.kind: 1},
                retries=2,
                pure=False,
            )
            running[future] = task
            given[task.kind] += 1
            self.tries[task.id] += 1
            self.reasons[task.id] = "lost: no answer"
            self.report.attempts += 1
            future.add_done_callback(hand_over)

        counted = 0.0
        try:
            while running or any(waiting.values()):
                if time.monotonic() - counted > _COUNT_SECONDS:
                    slots, counted = self.count_slots(), time.monotonic()
                for kind, some in waiting.items():
                    while some and given[kind] < 2 * max(slots[kind], 1):
                        give(some.popleft())
                try:
                    future, answer = answers.get(timeout=1)
                except queue.Empty:
                    if self.client.status != "running":
                        raise ConnectionError("the scheduler is gone") from None
                    continue
                # Without its future Dask forgets the task, and its answer.
                task = running.pop(future)
                given[task.kind] -= 1
                self.take(task, answer, recorder)
        finally:
            fetchers.shutdown(wait=False, cancel_futures=True)

    # -- all of it ---------------------------------------------------------

    def reconnect(self, patience: float = 120.0) -> None:
        """Finds the scheduler, or another at its address."""
        from distributed import Client

        end = time.monotonic() + patience
        while self.client.status != "running":
            try:
                self.client = Client(self.address, timeout=5, set_as_default=False)
            except OSError as error:
                if time.monotonic() > end:
                    raise RuntimeError(f"no scheduler at {self.address}: {error}") from error
                time.sleep(1)

    def get_open(self, tasks: Iterable[_Task]) -> list[_Task]:
        """What may still be given out."""
        return [
            task
            for task in tasks
            if task.id not in self.tuned and self.tries[task.id] < self.attempts
        ]

    def run_rounds(self, plan: list[_Task], recorder: _Recorder) -> list[_Task]:
        """Gives out what the store does not have; what it does not have in the end."""
        number = 0
        while tasks := self.get_open(plan):
            try:
                self.run_round(tasks, number, recorder)
            except (OSError, RuntimeError, CancelledError) as error:
                for task in self.get_open(tasks):
                    self.reasons[task.id] = f"lost: {error}"
            number += 1
            if self.client.status != "running":
                self.reconnect()
                # What was answered is known here: workers need not wait for a plan.
                if self.get_open(plan):
                    continue
            recorder.flush()
            plan = self.make_plan()
            self.tuned -= {task.id for task in plan}
            if self.get_open(plan):
                time.sleep(self.pause)
        return plan

    def run(self) -> FleetReport:
        begin = time.monotonic()
        plan = self.make_plan()
        self.report.planned = len(plan)
        names = {task.id: f"{task.name} on {task.kind}" for task in plan}
        recorder = _Recorder(self.records, self.command)
        try:
            left = self.run_rounds(plan, recorder)
        finally:
            recorder.close()
        self.report.tuned = self.report.planned - len(left)
        self.report.failed = {names[task.id]: self.reasons.get(task.id, "") for task in left}
        self.report.seconds = time.monotonic() - begin
        return self.report


def tune_fleet(
    models: Union[str, os.PathLike[str], Sequence[Union[str, os.PathLike[str]]]],
    records: os.PathLike[str] | str,
    *,
    client: Client,
    options: Sequence[str] = (),
    kinds: Optional[Iterable[str]] = None,
    tuner: Optional[Sequence[str]] = None,
    progress: Optional[Progress] = None,
    attempts: int = 5,
    pause: float = 5.0,
) -> FleetReport:
    """Measure schedules on all machines of a cluster and remember the best.

    Parameters
    ----------
    models : path, str or sequence of them
        MLIR files and problem strings, as conv-tune takes them.
    records : path
        The store, on this machine; what it has is not measured again.
    client : distributed.Client
        Of any cluster. A worker that has no resource ``tuner:KIND`` gets one of
        its kind of machine, so that it does one task at a time.
    options : sequence of str
        Further options of ``conv-tune --plan``, such as ``["--net", "resnet50",
        "--budget", "60"]``: the budget is that of each task.
    kinds : iterable of str, optional
        Kinds of machines to tune for, as ``conv-tune --print-kind`` prints them;
        those of the workers there are.
    tuner : sequence of str, optional
        The command on the workers, in place of conv-tune.
    progress : callable, optional
        Called with (done, total, name of the convolution).
    attempts : int
        How often a task is given out before it counts as failed. Dask gives a task
        of a lost worker to another one; that is not counted.
    pause : float
        Seconds before what found a busy core, or was lost, is given out again.

    Returns
    -------
    FleetReport

    Raises
    ------
    RuntimeError
        With what conv-tune said about the models, the options or the store; when
        the scheduler stays away for two minutes, or the store cannot be written.
    """
    inputs = [models] if isinstance(models, (str, os.PathLike)) else list(models)
    arguments = [*(os.fspath(model) for model in inputs), *options]
    fleet = _Fleet(
        client, os.fspath(records), arguments, kinds, tuner, progress, attempts, pause
    )
    return fleet.run()


# ----------------------------------------------------------------------------
# Workers from the command line
# ----------------------------------------------------------------------------


def _parse_cores(text: str) -> set[int]:
    """The numbers of "0-3" or "0,2"."""
    cores: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        cores.update(range(int(first), int(last or first) + 1))
    return cores


def serve(address: str, cores: Sequence[str], *, local_directory: Optional[str] = None) -> None:
    """Runs a worker per set of cores until it is told to stop; starts again what died.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://host:8786``.
    cores : sequence of str
        Sets of cores, such as ``["0", "1"]`` or ``["0-7", "8-15"]``: a task runs on
        one of them, alone.
    local_directory : str, optional
        Where the workers keep their files.

    Raises
    ------
    ValueError
        On a set of cores that is none of this machine.
    """
    sets = [_parse_cores(text) for text in cores]
    for text, numbers in zip(cores, sets):
        if not numbers or not numbers <= os.sched_getaffinity(0):
            raise ValueError(f"cores {text}: not all of this machine's")
    kind = json.loads(print_kind())["kind"]
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny"]
    command += ["--nthreads", "1", "--no-dashboard", "--resources", f"{RESOURCE}{kind}=1"]
    if local_directory:
        command += ["--local-directory", local_directory]

    def start(numbers: set[int]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, preexec_fn=lambda: os.sched_setaffinity(0, numbers))

    def stop(*_: object) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    workers: list[subprocess.Popen[bytes]] = []
    try:
        workers += [start(numbers) for numbers in sets]
        while True:
            time.sleep(_WATCH_SECONDS)
            for index, worker in enumerate(workers):
                # A worker that lost its scheduler ends; another may come.
                if worker.poll() is not None:
                    workers[index] = start(sets[index])
    finally:
        for worker in workers:
            worker.terminate()
