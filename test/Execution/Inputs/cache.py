"""What can happen to compiled kernels on disk. Whatever it is, the object that
conv-compile writes is the one it writes without a cache."""

import os
import random
import re
import shutil
import stat
import subprocess
import sys
import time

compiler, source, work = sys.argv[1:]
shutil.rmtree(work, ignore_errors=True)
os.makedirs(work)
directory = os.path.join(work, "cache")
output = os.path.join(work, "model.o")


def environment(**more):
    result = {k: v for k, v in os.environ.items() if not k.startswith("CONVOPT_CACHE")}
    result["CONVOPT_CACHE_DIR"] = directory
    result.update(more)
    return result


def start(out=output, prefix=(), **more):
    # The prefix names symbols; it must not depend on the output's name.
    command = [*prefix, compiler, source, "-o", out, "--prefix=f_", "--cpu=haswell", "--remarks"]
    return subprocess.Popen(
        command, env=environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def compile(out=output, prefix=(), **more):
    """The object, how many objects it was made of (the kernels and the rest of
    the module) and how many the cache had, what else the remark says."""
    process = start(out, prefix, **more)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    kernels, cached, known, more = re.search(
        r"(\d+) kernels, (\d+) from the cache(; the rest, too)?(.*?)\"", said
    ).groups()
    with open(out, "rb") as file:
        return file.read(), int(kernels) + 1, int(cached) + bool(known), more


def entries():
    return sorted(
        os.path.join(directory, name)
        for name in os.listdir(directory)
        if name.startswith("llvmcache-") and not name.endswith(".tmp")
    )


def read(path):
    with open(path, "rb") as file:
        return file.read()


def check(title, condition, *facts):
    print(f"{title}: {'ok' if condition else 'WRONG'}", *(facts if not condition else ()))
    if not condition:
        sys.exit(1)


def fill():
    shutil.rmtree(directory, ignore_errors=True)
    return compile()


plain, count, cached, rest = compile(CONVOPT_CACHE="off")
check("without", count > 3 and cached == 0 and not os.path.exists(directory), rest)

first = fill()
again = compile()
check("found again", first == (plain, count, 0, "") and again == (plain, count, count, ""))

check("switched off", compile(CONVOPT_CACHE="off") == (plain, count, 0, ""))

# Damage of every kind, one entry each: the entry counts as missing and is mended.
wrong = []
for i, damage in enumerate(
    [
        lambda b: b[: len(b) // 2],
        lambda b: b"",
        lambda b: b + b"x",
        lambda b: b[:100] + bytes([b[100] ^ 1]) + b[101:],
        lambda b: bytes(len(b)),
        lambda b: bytes([b[0] ^ 1]) + b[1:],
    ]
):
    path = entries()[i % count]
    sound = read(path)
    with open(path, "wb") as file:
        file.write(damage(sound))
    if compile() != (plain, count, count - 1, "") or read(path) != sound:
        wrong.append(i)
    if compile() != (plain, count, count, ""):
        wrong.append(i)
# One kernel's code under another's name is damage, too.
shutil.copyfile(entries()[0], entries()[1])
wrong += [] if compile() == (plain, count, count - 1, "") else ["swapped"]
check("damaged", not wrong, wrong)

# Files of other users; only root can make some.
if os.geteuid() == 0:
    os.chown(entries()[0], 65534, 65534)
    check("foreign", compile() == (plain, count, count - 1, ""))
    fill()
else:
    print("foreign: not tried, needs root")

os.chmod(entries()[0], 0o622)
one = compile()
fill()
os.chmod(directory, 0o777)
result = compile()
check(
    "writable by others",
    one == (plain, count, count - 1, "")
    and result[:3] == (plain, count, 0)
    and "others may write" in result[3],
    one[1:],
    result[1:],
)
os.chmod(directory, 0o755)

target = os.path.join(work, "elsewhere")
shutil.copyfile(entries()[0], target)
path = entries()[0]
os.remove(path)
os.symlink(target, path)
check("links", compile() == (plain, count, count - 1, "") and stat.S_ISREG(os.lstat(path).st_mode))

# Several processes that write the same entries.
shutil.rmtree(directory)
outputs = [os.path.join(work, f"{i}.o") for i in range(4)]
processes = [start(out) for out in outputs]
for process in processes:
    process.communicate(timeout=120)
check(
    "at once",
    all(p.returncode == 0 for p in processes)
    and all(read(out) == plain for out in outputs)
    and compile() == (plain, count, count, ""),
)

# Killed at any moment: what is there afterwards is whole or not there.
random.seed(1)
begin = time.monotonic()
fill()
whole = time.monotonic() - begin
sound = {path: read(path) for path in entries()}
killed = 0
wrong = []
for i in range(12):
    shutil.rmtree(directory)
    process = start()
    time.sleep(whole * (0.3 + 0.8 * random.random()))
    if process.poll() is None:
        killed += 1
        process.kill()
    process.communicate()
    if not os.path.isdir(directory):
        os.mkdir(directory)
    wrong += [path for path in entries() if read(path) != sound[path]]
    if compile()[0] != plain:
        wrong.append(i)
check("killed", not wrong, killed, wrong)

# No room: compiled all the same.
inside = "mount -t tmpfs -o size=8k none %s && exec \"$@\"" % directory
if os.geteuid() == 0 and not subprocess.run(
    ["unshare", "-m", "sh", "-c", inside, "sh", "true"], stderr=subprocess.DEVNULL
).returncode:
    check("full", compile(prefix=["unshare", "-m", "sh", "-c", inside, "sh"])[:2] == (plain, count))
else:
    print("full: not tried, needs a file system of its own")

# Least recently used entries go.
fill()
used = sum(os.path.getsize(path) for path in entries())
stamp = os.path.join(directory, "llvmcache.timestamp")
os.remove(stamp)
os.remove(entries()[0])
compile(CONVOPT_CACHE_SIZE=str(used // 2))
left = sum(os.path.getsize(path) for path in entries())
check("bounded", 0 < left <= used // 2 and compile()[0] == plain, used, left)
