#!/usr/bin/env python3
"""Looks for inputs that crash, hang or swell the compiler.

usage: tools/fuzz.py [--hours N | --minutes N | --count N] [--seed S]
                     [--kind all|modules|mutations|tools] [--bin build/bin]
                     [--output DIR]

modules    random modules, written by tools/lib/modules.py, are compiled with
           random options
mutations  modules of the tests, damaged, go through the passes of their test
tools      damaged modules, records and machine files through the programs that
           people start

The first two run in one process, conv-fuzz, which is started again when it dies
and now and then. Another one reads what is damaged before: where upstream's
parser refuses a text it may free what is still used, and the process crashes
some inputs later. A fault is a crash, a failure that no error explains, an input
that takes more than 20 s of the processor, and one that needs more than 4 GB.
What is found is shrunk and written to DIR with the request that repeats it;
faults that end in the same place count once, and crashes of upstream's parser,
of which nothing of the project knows, are only counted. Prints the seed, and in the end how
many inputs were tried. Exit code 1 when there were faults.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools" / "lib"))

import modules  # noqa: E402
import mutate  # noqa: E402

CPU_SECONDS = 20
MEMORY_BYTES = 4 << 30
# A process is replaced before what contexts leave behind adds up.
INPUTS_PER_PROCESS = 400
TICKS = os.sysconf("SC_CLK_TCK")


def limit_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def get_cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def get_frames(errors: str) -> list[str]:
    """The stack without addresses, "library function", below the signal's."""
    found = re.findall(r"^ *\d+ +(\S+) +0x[0-9a-f]+(.*?)(?: \+ \d+)?$", errors, re.MULTILINE)
    frames = [f"{pathlib.Path(library).name}{function}" for library, function in found]
    begin = next((i + 1 for i, frame in enumerate(frames) if frame.startswith("libc.so")), 0)
    return frames[begin:]


def is_upstreams(errors: str) -> bool:
    """Whether upstream's parser or a verifier that it calls ended it, and nothing of
    the project was among its callers."""
    frames = get_frames(errors)
    parser = next((i for i, frame in enumerate(frames) if "parseSourceFile" in frame), 0)
    return parser > 0 and not any(frame.startswith("conv-") for frame in frames[:parser])


def get_signature(how: str, errors: str) -> str:
    """What was said, and the first frames that have names."""
    message = re.search(r"LLVM ERROR: .*|.*Assertion .*|.*runtime error: .*|.*AddressSanitizer: [\w-]+", errors)
    frames = [frame for frame in get_frames(errors) if " " in frame]
    return " | ".join([how, re.sub(r"\d+", "N", message[0]) if message else "", *frames[:3]])


class Process:
    """conv-fuzz, started when it is needed."""

    def __init__(self, binary: pathlib.Path, folder: pathlib.Path) -> None:
        self.binary, self.folder = binary, folder
        self.process: subprocess.Popen | None = None
        self.answered = 0

    def start(self) -> None:
        self.errors = open(self.folder / "errors", "w+", errors="replace")
        self.answered = 0
        self.process = subprocess.Popen(
            [self.binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            preexec_fn=limit_memory,
        )  # fmt: skip

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.errors.close()
            self.process = None

    def ask(self, verb: str, how: str, data: bytes) -> tuple[str, str]:
        """The answer, or what became of the process, and what it said."""
        if self.process is None:
            self.start()
        path = self.folder / "input.mlir"
        path.write_bytes(data)
        self.errors.seek(0)
        self.errors.truncate()
        begin = get_cpu_seconds(self.process.pid)
        self.process.stdin.write(f"{verb}\t{how}\t{path}\n")
        self.process.stdin.flush()
        while not select.select([self.process.stdout], [], [], 0.5)[0]:
            if get_cpu_seconds(self.process.pid) - begin > CPU_SECONDS:
                self.process.send_signal(signal.SIGABRT)
                self.process.wait()
                return self.finish("hang")
        line = self.process.stdout.readline().strip()
        if not line:
            code = self.process.wait()
            return self.finish(f"signal {-code}" if code < 0 else f"exit {code}")
        self.answered += 1
        if self.answered >= INPUTS_PER_PROCESS:
            return self.finish(line)
        return line, self.read_errors() if line == "silent" else ""

    def read_errors(self) -> str:
        self.errors.seek(0)
        return self.errors.read()

    def finish(self, how: str) -> tuple[str, str]:
        errors = self.read_errors()
        self.stop()
        return how, errors


class Tools:
    """The programs that people start, one process per input."""

    CONV = (
        "func.func @f(%x: tensor<1x9x9x16xf32>, %w: tensor<3x3x16x16xf32>, %y: tensor<1x7x7x16xf32>) -> "
        "tensor<1x7x7x16xf32> {\n%r = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x9x9x16xf32>, "
        "tensor<3x3x16x16xf32>) outs(%y : tensor<1x7x7x16xf32>) -> tensor<1x7x7x16xf32>\n"
        "return %r : tensor<1x7x7x16xf32>\n}\n"
    )
    MACHINE = '{"conv_machine": 1, "cpu": "haswell", "source": "a test", "l2": 524288, "rates": {"l3_stall": 2.5}}'

    def __init__(self, binaries: pathlib.Path, folder: pathlib.Path) -> None:
        self.binaries, self.folder = binaries, folder
        self.conv = folder / "conv.mlir"
        self.conv.write_text(self.CONV)
        self.records = (ROOT / "test" / "Decide" / "Inputs" / "records.json").read_text()

    def draw(self, rng: random.Random, text: str, other: str) -> tuple[list[str], bytes]:
        """A command, and what is in its file."""
        kind = rng.random()
        if kind < 0.5:
            options = modules.draw_options(rng)
            return ["conv-opt", "FILE", f"--conv-to-llvm={options}", "-o", "/dev/null"], mutate.mutate(rng, text, other)
        if kind < 0.7:
            cpu = rng.choice(modules.CPUS)
            return ["conv-compile", "FILE", f"--cpu={cpu}", "-o", "/dev/null"], mutate.mutate(rng, text, other)
        option, text = rng.choice([("records", self.records), ("machine", self.MACHINE)])
        autotune = f"--conv-autotune=cpu=haswell {option}=FILE"
        return ["conv-opt", str(self.conv), "--conv-raise", autotune, "-o", "/dev/null"], mutate.mutate(rng, text, other)

    def run(self, command: list[str], data: bytes) -> tuple[str, str]:
        path = self.folder / "tool-input.mlir"
        path.write_bytes(data)
        words = [str(self.binaries / command[0])] + [w.replace("FILE", str(path)) for w in command[1:]]
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        try:
            # The wall's clock, generously: another process may have the core.
            result = subprocess.run(words, capture_output=True, preexec_fn=limit_memory, timeout=10 * CPU_SECONDS)
        except subprocess.TimeoutExpired:
            return "hang", ""
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        errors = result.stderr.decode(errors="replace")
        if end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime > CPU_SECONDS:
            return "hang", errors
        if result.returncode < 0 or result.returncode > 100:
            return f"signal {-result.returncode}", errors
        if result.returncode and not errors.strip():
            return "silent", errors
        return ("refused" if result.returncode else "ok"), ""


class Fuzzer:
    def __init__(self, args: argparse.Namespace, folder: pathlib.Path) -> None:
        self.args, self.rng = args, random.Random(args.seed)
        # On damaged text upstream's parser may follow, or write, what is no pointer: passes run in a
        # process that has read none.
        for name in ("reader", "worker"):
            (folder / name).mkdir()
        self.reader = Process(args.bin / "conv-fuzz", folder / "reader")
        self.worker = Process(args.bin / "conv-fuzz", folder / "worker")
        self.tools = Tools(args.bin, folder)
        self.corpus = mutate.read_corpus(ROOT)
        self.counts: collections.Counter[str] = collections.Counter()
        self.faults: dict[str, int] = {}

    def draw_sample(self) -> mutate.Sample:
        if self.rng.random() < 0.25:
            return mutate.Sample(modules.draw_module(self.rng))
        return self.rng.choice(self.corpus)

    def step(self, kind: str) -> None:
        sample, other = self.draw_sample(), self.rng.choice(self.corpus).text
        if kind == "tools":
            command, data = self.tools.draw(self.rng, sample.text, other)
            outcome, errors = self.tools.run(command, data)
            self.record(kind, outcome, errors, command, data, lambda d: self.tools.run(command, d))
            return
        if kind == "modules":
            request, data = ("compile", modules.draw_options(self.rng)), modules.draw_module(self.rng).encode()
        else:
            request, data = ("opt", self.rng.choice(sample.pipelines)), mutate.mutate(self.rng, sample.text, other)
        outcome, errors = self.compile(*request, data)
        self.record(kind, outcome, errors, list(request), data, lambda d: self.compile(*request, d))

    def compile(self, verb: str, how: str, data: bytes) -> tuple[str, str]:
        """Reads a text in one process, and runs passes on what is a module in another one."""
        outcome, errors = self.reader.ask("read", "-", data)
        if outcome.startswith("signal"):
            # A new process has started: was it this text?
            outcome, errors = self.reader.ask("read", "-", data)
            self.counts["  after what upstream's parser had left"] += not outcome.startswith("signal")
        if outcome == "ok":
            return self.worker.ask(verb, how, data)
        return ("unread" if outcome == "refused" else outcome), errors

    def record(self, kind: str, outcome: str, errors: str, request: list[str], data: bytes, repeat) -> None:
        self.counts[f"{kind} {outcome}"] += 1
        if outcome in ("ok", "refused", "unread"):
            return
        if outcome.startswith("signal") and is_upstreams(errors):
            self.counts["  of these in upstream's parser"] += 1
            return
        signature = get_signature(outcome, errors)
        self.faults[signature] = self.faults.get(signature, 0) + 1
        if self.faults[signature] > 1:
            return
        print(f"fault: {signature}\n  {request}", flush=True)

        def fails(shorter: bytes) -> bool:
            how, said = repeat(shorter)
            return how == outcome and get_signature(how, said) == signature

        small = data
        if outcome != "hang" and fails(data):
            small = mutate.shrink(data, fails)
        name = hashlib.sha256(signature.encode()).hexdigest()[:12]
        self.args.output.mkdir(parents=True, exist_ok=True)
        (self.args.output / f"{name}.mlir").write_bytes(small)
        (self.args.output / f"{name}.full.mlir").write_bytes(data)
        about = {"signature": signature, "request": request, "seed": self.args.seed, "errors": errors[-8000:]}
        (self.args.output / f"{name}.json").write_text(json.dumps(about, indent=1))
        print(f"  {self.args.output / name}.mlir, {len(small)} of {len(data)} bytes", flush=True)

    def run(self) -> None:
        kinds = {"all": ["modules", "mutations", "mutations", "mutations"]}.get(self.args.kind, [self.args.kind])
        begin, last, done = time.monotonic(), time.monotonic(), 0
        while (self.args.count is None or done < self.args.count) and time.monotonic() - begin < self.args.seconds:
            self.step(kinds[done % len(kinds)])
            done += 1
            if time.monotonic() - last > 60:
                last = time.monotonic()
                print(f"{done} inputs, {len(self.faults)} kinds of fault", flush=True)
        for process in (self.reader, self.worker):
            process.stop()
        print(f"{done} inputs in {time.monotonic() - begin:.0f} s, seed {self.args.seed}")
        for what, count in sorted(self.counts.items()):
            print(f"  {what}: {count}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--kind", choices=["all", "modules", "mutations", "tools"], default="all")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build" / "bin")
    parser.add_argument("--output", type=pathlib.Path, default=pathlib.Path("fuzz-faults"))
    args = parser.parse_args()
    if args.hours is not None:
        args.seconds = 3600 * args.hours
    elif args.minutes is not None:
        args.seconds = 60 * args.minutes
    else:
        args.seconds = float("inf") if args.count is not None else 60
    print(f"seed {args.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        # Neither read nor write what the user's own compilations left.
        os.environ["LLVM_DISABLE_SYMBOLIZATION"] = "1"  # Names are enough, and quick.
        os.environ["CONVOPT_CACHE_DIR"] = os.path.join(folder, "cache")
        fuzzer = Fuzzer(args, pathlib.Path(folder))
        fuzzer.run()
    return 1 if fuzzer.faults else 0


if __name__ == "__main__":
    sys.exit(main())
