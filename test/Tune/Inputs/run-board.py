"""Tunes by a folder that conv-board looks into, and gives it jobs that go wrong.

usage: run-board.py BIN CC FOLDER
"""
import json
import pathlib
import subprocess
import sys

BIN, CC, FOLDER = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
RUNNER = str(BIN / "conv-board-x86_64")


def tune(board, store):
    command = [BIN / "conv-tune", "ic8oc32_ih8kh3ph1", "--cpu", "x86-64-v3", "--records", FOLDER / store, "--top", "1"]
    command += ["--max-candidates", "2", "--budget", "120", "--max-busy", "1", "--board", board]
    print(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


# A folder.
jobs = FOLDER / "jobs"
jobs.mkdir()
runner = subprocess.Popen([RUNNER, str(jobs)])
try:
    tune(str(jobs), "folder.db")
finally:
    (jobs / "stop").touch()
    assert runner.wait(timeout=60) == 0
assert [path.name for path in jobs.iterdir()] == ["stop"]

# The last job of a search, and changes of it.
captured = FOLDER / "captured"
tune(f"cat > {captured}; {RUNNER} - < {captured}", "captured.db")
head, _, data = captured.read_bytes().partition(b"data\n")
lines = head.decode().splitlines()
size = next(int(line.split()[1]) for line in lines if line.startswith("candidate "))
pick, kept = data[:size], [line for line in lines if not line.startswith(("candidate ", "probe ", "final ", "incumbent "))]
packed = next(line.split(maxsplit=2)[2] for line in lines if line.startswith("candidate "))


def build(body):
    """Code whose function does `body` to the descriptor of its last argument."""
    source, output = FOLDER / "code.c", FOLDER / "code.so"
    pack = "void _convopt_packed__mlir_ciface_conv_pack(void **a) { (void)a; }\n"
    source.write_text(pack + "void _convopt_packed__mlir_ciface_conv(void **a) {\n" + body + "\n}\n")
    options = ["-O1", "-shared", "-fPIC", "-nostdlib", "-Wl,--hash-style=sysv", "-o", output, source]
    subprocess.run([CC, *options], check=True)
    return output.read_bytes()


def answer(images):
    head = [*kept, "incumbent 0", *(f"candidate {len(image)} {packed}" for image in images)]
    return run("\n".join(head).encode() + b"\ndata\n" + b"".join(images))


def run(job):
    done = subprocess.run([RUNNER, "-"], input=job, capture_output=True, check=True)
    return json.loads(done.stdout)


crashes = build("  *(volatile int *)0 = 0; (void)a;")
zeros = build("  long *w = *(long **)a[2]; float *o = (float *)w[1]; for (int i = 0; i < 2048; ++i) o[i] = 0;")
elsewhere = pick[:18] + bytes([243, 0]) + pick[20:]
for trial in answer([pick, crashes, zeros, pick[:500], elsewhere])["candidates"][1:]:
    print(f"{trial['verdict']}: {trial['reason']}")
for job in (captured.read_bytes()[:-100], b"milk, eggs\n"):
    done = run(job)
    print(f"{done['status']}: {done['reason']}")
done = answer([zeros])
print(f"{done['status']}: {done['reason']}")
