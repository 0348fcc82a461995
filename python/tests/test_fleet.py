"""Tuning by Dask's workers, with recorded times in place of measured ones."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import convopt
import recorded_tuner
from convopt._fleet import _Fleet
from convopt._tools import find_tool

distributed = pytest.importorskip("distributed", reason="the extra `fleet` is not installed")

TUNER = [sys.executable, str(Path(__file__).parent / "recorded_tuner.py"), "0.05"]
PROBLEMS = [f"ic8oc{8 * k}_ih8kh3ph1" for k in range(1, 7)]


def conv_tune(*arguments, text=None):
    return subprocess.run(
        [find_tool("conv-tune"), *arguments], input=text, capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture(scope="module")
def kinds():
    """Two kinds of machines, as they print themselves."""
    return [conv_tune("--print-kind", "--cpu", cpu).strip() for cpu in ("haswell", "cortex-a72")]


@pytest.fixture(scope="module")
def client(kinds):
    """A worker of the first kind and two of the second."""
    names = [json.loads(kind)["kind"] for kind in kinds]
    workers = {
        i: {
            "cls": distributed.Nanny,
            "options": {"nthreads": 1, "resources": {f"tuner:{names[min(i, 1)]}": 1}},
        }
        for i in range(3)
    }
    scheduler = {"cls": distributed.Scheduler, "options": {"dashboard_address": ":0"}}
    with distributed.SpecCluster(workers, scheduler) as cluster:
        with distributed.Client(cluster) as client:
            yield client


def tune(client, store, kinds, **more):
    return convopt.tune_fleet(PROBLEMS, store, client=client, kinds=kinds, tuner=TUNER, pause=0.1, **more)


def test_tasks_go_to_their_kind(client, kinds, tmp_path):
    store, seen = tmp_path / "fleet.db", []
    report = tune(client, store, kinds, progress=lambda done, total, name: seen.append((done, total)))
    assert (report.planned, report.tuned, report.attempts) == (12, 12, 12) and not report.failed
    assert seen[-1] == (12, 12)
    ran = {}
    for event in client.run(lambda dask_worker: sorted(map(str, dask_worker.state.total_resources))).values():
        ran[tuple(event)] = ran.get(tuple(event), 0) + 1
    assert sorted(ran.values()) == [1, 2]
    lines = conv_tune("records", "export", str(store)).splitlines()
    assert len(lines) == 13
    # Nothing is left to do.
    assert tune(client, store, kinds).planned == 0


def test_killed_worker(client, kinds, tmp_path):
    store, killed = tmp_path / "fleet.db", []

    def kill(done, total, name):
        if done == 3 and not killed:
            killed.append(client.run(os.getpid))
            os.kill(list(killed[0].values())[1], 9)

    report = tune(client, store, kinds, progress=kill)
    assert killed and report.tuned == 12 and not report.failed, report
    assert len(conv_tune("records", "export", str(store)).splitlines()) == 13


def test_busy_core(client, kinds, tmp_path):
    flag = tmp_path / "busy"
    flag.touch()
    client.run(lambda: os.environ.update(CONVOPT_TEST_BUSY=str(flag)))
    report = tune(client, tmp_path / "fleet.db", kinds)
    assert (report.tuned, report.attempts) == (12, 13)


class LostScheduler(_Fleet):
    """A fleet whose scheduler is gone after half of the first round."""

    class Client:
        status, scheduler = "running", None

    def __init__(self, store, kinds):
        super().__init__(self.Client(), str(store), PROBLEMS, kinds, None, None, 5, 0)
        self.plans, self.rounds = 0, []

    def make_plan(self):
        self.plans += 1
        return super().make_plan()

    def run_round(self, tasks, number, recorder):
        self.rounds.append(len(tasks))
        for task in tasks[: len(tasks) // 2] if number == 0 else tasks:
            self.take(task, recorded_tuner.answer(json.loads(task.line), 0), recorder)
        if number == 0:
            self.client.status = "closed"
            raise ConnectionError("the scheduler is gone")

    def reconnect(self, patience=0):
        self.client.status = "running"


def test_lost_scheduler(kinds, tmp_path):
    """What was answered is neither planned again nor given out again."""
    fleet = LostScheduler(tmp_path / "fleet.db", kinds)
    report = fleet.run()
    assert (report.planned, report.tuned, fleet.rounds, fleet.plans) == (12, 12, [12, 6], 2), report
    assert len(conv_tune("records", "export", str(tmp_path / "fleet.db")).splitlines()) == 13


def test_failures_are_named(client, kinds, tmp_path):
    failing = [sys.executable, "-c", "import sys; sys.exit('no compiler here')"]
    report = convopt.tune_fleet(
        PROBLEMS[:1], tmp_path / "fleet.db", client=client, kinds=kinds[:1], tuner=failing, attempts=2, pause=0
    )
    assert (report.planned, report.tuned, report.attempts) == (1, 0, 2)
    (reason,) = report.failed.values()
    assert reason == "lost: RuntimeError: no compiler here"


def test_worker_declares_itself(tmp_path):
    """A worker of a plain cluster gets a slot, and tunes in truth."""
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=":0") as cluster:
        with distributed.Client(cluster) as client:
            store = convopt.tune(["ic8oc32_ih8kh3ph1"], tmp_path / "real.db", client=client, budget=60)
            (resources,) = client.run(lambda dask_worker: dask_worker.state.total_resources).values()
    (name,) = [name for name in resources if name.startswith("tuner:")]
    assert resources[name] == 1
    header, record = conv_tune("records", "export", str(store)).splitlines()
    assert json.loads(record)["schedule"].startswith("<algorithm = ")


def test_wrong_input(client, kinds, tmp_path):
    with pytest.raises(RuntimeError, match="cannot read .*none.mlir"):
        convopt.tune_fleet("none.mlir", tmp_path / "fleet.db", client=client, kinds=kinds)
