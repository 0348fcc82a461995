"""Writes a file of weights: write-weights.py FILE NAME=TYPE:EXTENTS:VALUES ...

  write-weights.py w.safetensors a=F32:2x2:1,2,3,4 b=I8:3:1,2,3

--cut removes the last byte, --index=TEXT writes TEXT in place of the index.
"""

import json
import struct
import sys

CODES = {"F32": "f", "F64": "d", "I8": "b", "I64": "q"}

arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
index, data = {}, b""
for argument in arguments[1:]:
    name, _, tensor = argument.partition("=")
    dtype, extents, values = tensor.split(":")
    numbers = [float(v) if dtype[0] == "F" else int(v) for v in values.split(",")]
    bytes_ = struct.pack(f"<{len(numbers)}{CODES[dtype]}", *numbers)
    index[name] = {
        "dtype": dtype,
        "shape": [int(e) for e in extents.split("x")],
        "data_offsets": [len(data), len(data) + len(bytes_)],
    }
    data += bytes_
header = json.dumps(index).encode()
for option in sys.argv:
    if option.startswith("--index="):
        header = option.partition("=")[2].encode()
if "--cut" in sys.argv:
    data = data[:-1]
with open(arguments[0], "wb") as file:
    file.write(struct.pack("<Q", len(header)) + header + data)
