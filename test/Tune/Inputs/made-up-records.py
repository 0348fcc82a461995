"""Records as a machine would have them whose rates are others than the model's.

usage: made-up-records.py BIN FOLDER

Writes FOLDER/records.json: of each of some convolutions the fastest schedule by a
machine file in which a tile costs more to begin and an accumulator more to store, against the model's pick.
"""
import json
import subprocess
import sys

BIN, FOLDER = sys.argv[1:]
MACHINE = "cpu=znver5 triple=x86_64-pc-linux-gnu"
RATES = {"conv_machine": 1, "cpu": "znver5", "rates": {"tile_start": 20, "accumulator": 0.5}}


def write_module(path):
    with open(path, "w") as file:
        for i in range(24):
            size, c, k = (7, 14, 28, 56)[i % 4], 64 << (i // 4 % 3), 64 << (i // 12 * 2)
            types = [f"memref<{s}xf32>" for s in (f"1x{size + 2}x{size + 2}x{c}", f"3x3x{c}x{k}", f"1x{size}x{size}x{k}")]
            file.write(
                f"func.func @f{i}(%x: {types[0]}, %w: {types[1]}, %o: {types[2]}) {{\n"
                f"  conv.conv dims<nhwc x rsck -> nhwk> ins(%x, %w : {types[0]}, {types[1]}) "
                f"outs(%o : {types[2]})\n  return\n}}\n"
            )


def report(module, options):
    done = subprocess.run(
        [f"{BIN}/conv-opt", module, f"--conv-autotune={options}", f"--conv-report={MACHINE}", "-o", "/dev/null"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return {entry["problem"]: entry for entry in json.loads(done.stdout)["convolutions"]}


module, rates = f"{FOLDER}/module.mlir", f"{FOLDER}/rates.json"
write_module(module)
with open(rates, "w") as file:
    json.dump(RATES, file)
believed, true = report(module, MACHINE), report(module, f"{MACHINE} machine={rates}")
plan = subprocess.run(
    [f"{BIN}/conv-tune", "--plan", module, "--cpu", "znver5"], capture_output=True, text=True, check=True
)
with open(f"{FOLDER}/records.json", "w") as file:
    file.write('{"format":"conv-opt tuning records","version":1}\n')
    for task in map(json.loads, plan.stdout.splitlines()):
        fastest, picked = true[task["name"]]["chosen"], believed[task["name"]]["chosen"]["schedule"]
        times = {entry["schedule"]: entry["predicted_cycles"] for entry in true[task["name"]]["candidates"]}
        machine = task["machine"]
        at_peak = task["flops"] / (2 * machine["n_vec"] * machine["n_fma"])
        record = {
            "name": task["name"], "schedule": fastest["schedule"], "ms": fastest["predicted_cycles"] / 4e6,
            "peak_fraction": at_peak / fastest["predicted_cycles"], "model_schedule": picked,
            "speedup": times.get(picked, fastest["predicted_cycles"]) / fastest["predicted_cycles"], "candidates": 10,
            "workspace_bytes": 0, "limits": "", "revision": task["revision"], "llvm": task["llvm"],
            "problem": task["problem"], "machine": machine,
        }  # fmt: skip
        file.write(json.dumps(record) + "\n")
