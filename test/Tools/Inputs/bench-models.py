"""In the place of conv-bench: writes what a comparison of a model would find.

Our time is 2 ms. The peer's time over ours is by its name and the threads; a model
called wrong differs, one called refused cannot be compiled.
"""

import json
import sys

arguments = sys.argv[1:]


def get(name):
    return arguments[arguments.index(name) + 1]


model = arguments[0]
assert "--module-only" in arguments
if model.startswith("refused"):
    sys.exit("conv-bench: error: refused.mlir: no")
speedup = {"onnxruntime": 1.5, "openvino": 1.25, "ncnn-no-winograd": 4}[get("--peer")] / int(get("--threads"))
operations = [
    {"kind": "convolution", "convolution": True, "ms": 1.0, "bound_ms": 0.1},
    {"kind": "pad", "convolution": False, "ms": 0.05, "bound_ms": 0.01},
    {"kind": "pad", "convolution": False, "ms": 0.05, "bound_ms": 0.01},
    {"kind": "softmax", "convolution": False, "ms": 0.2, "bound_ms": 0.15},
]
peer = {"version": "1", "ms": 2 * speedup, "speedup": speedup}
peer["mismatch"] = "2 of 8 values differ" if model.startswith("wrong") else ""
module = {"median_ms": 2.0, "operations": operations, "peer": peer}
with open(get("--json"), "w") as file:
    json.dump({"module": module}, file)
