"""Sends SIGSEGV to a tool that reads a FIFO and checks what it says of it.

usage: crash.py TOOL ARGUMENT...      (one argument ends in .fifo)
"""
import os
import resource
import signal
import subprocess
import sys
import time

command = sys.argv[1:]
fifo = next(argument for argument in command if argument.endswith(".fifo"))
# More than a pipe holds: once it is written, the tool is reading.
left = 1 << 20
deadline = time.monotonic() + 120


def fail(why):
    tool.kill()
    sys.exit(f"{command}: {why}\n{tool.communicate()[1]}")


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
if os.path.lexists(fifo):
    os.remove(fifo)
os.mkfifo(fifo)
# Open for both, which waits for nobody; the tool alone reads.
end = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
tool = subprocess.Popen(
    command,
    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    # Symbols take a while and say nothing here.
    env={**os.environ, "LLVM_DISABLE_SYMBOLIZATION": "1"},
)  # fmt: skip
while left:
    try:
        left -= os.write(end, b" " * min(left, 4096))
    except BlockingIOError:
        if tool.poll() is not None:
            fail(f"ended with {tool.returncode} before it had read its input")
        if time.monotonic() > deadline:
            fail("does not read its input")
        time.sleep(0.01)
tool.send_signal(signal.SIGSEGV)
# A tool that returned from the handler would wait for the rest.
os.close(end)
try:
    said = tool.communicate(timeout=120)[1]
except subprocess.TimeoutExpired:
    fail("does not end")
os.remove(fifo)

version = subprocess.run(
    [command[0], "--version"], stdout=subprocess.PIPE, text=True, check=True
).stdout.strip()
for expected in (f"{version} crashed. Please report this to the conv-opt project", " ".join(command[1:])):
    if expected not in said:
        sys.exit(f"{command}: no '{expected}' in\n{said}")
if "llvm-project" in said:
    sys.exit(f"{command}: names LLVM's project\n{said}")
