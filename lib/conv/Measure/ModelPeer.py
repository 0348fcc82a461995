"""Runs a model by a package of Python, for conv-bench --peer.

usage: python -c THIS '{"peer": NAME, "model": FILE, "threads": N, "inputs": [{"file":
FILE, "type": "float32", "shape": [1, 3, 224, 224]}, ...], "outputs": FILE}'

Loads the model, calls it once, writes all values of its results to the file as
doubles, and answers by a line of JSON: {"version": TEXT} or {"error": TEXT}. Each
line that follows on the standard input is a number of calls, and is answered by
the seconds that they took.
"""

import json
import os
import sys
import time


class OnnxRuntime:
    package = "onnxruntime"

    def __init__(self, task):
        import onnxruntime

        self.version = onnxruntime.__version__
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = task["threads"]
        options.inter_op_num_threads = 1
        providers = ["CPUExecutionProvider"]
        self.session = onnxruntime.InferenceSession(task["model"], options, providers=providers)

    def bind(self, values):
        names = [given.name for given in self.session.get_inputs()]
        check_count(names, values)
        self.feed = dict(zip(names, values))

    def call(self):
        return self.session.run(None, self.feed)


class OpenVINO:
    package = "openvino"

    def __init__(self, task):
        import openvino

        self.openvino = openvino
        self.version = openvino.__version__.split("-")[0]
        core = openvino.Core()
        model = core.read_model(task["model"])
        shapes = {i: given["shape"] for i, given in enumerate(task["inputs"])}
        check_count(model.inputs, task["inputs"])
        model.reshape(shapes)
        properties = {
            "INFERENCE_NUM_THREADS": task["threads"],
            "NUM_STREAMS": 1,
            # Otherwise CPUs with bf16 would compute in that.
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self.compiled = core.compile_model(model, "CPU", properties)

    def bind(self, values):
        self.request = self.compiled.create_infer_request()
        self.values = values  # Tensors that share memory do not keep it.
        for i, value in enumerate(values):
            self.request.set_input_tensor(i, self.openvino.Tensor(value, shared_memory=True))

    def call(self):
        self.request.infer()
        return [self.request.get_output_tensor(i).data for i in range(len(self.compiled.outputs))]


class Ncnn:
    package = "ncnn"
    winograd = True

    def __init__(self, task):
        import ncnn

        self.ncnn = ncnn
        self.version = ncnn.__version__
        self.net = ncnn.Net()
        options = self.net.opt
        options.num_threads = task["threads"]
        options.use_winograd_convolution = self.winograd
        # Elements stay f32, as ours do.
        for name in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage"):
            setattr(options, f"use_{name}", False)
        path = task["model"]
        if not path.endswith(".param"):
            raise ValueError(f"ncnn reads .param files: pnnx {path} writes one")
        if self.net.load_param(path) or self.net.load_model(path[: -len("param")] + "bin"):
            raise ValueError(f"cannot load {path}")

    def bind(self, values):
        names = self.net.input_names()
        check_count(names, values)
        # Its tensors have no batch.
        if any(value.shape[0] != 1 for value in values):
            raise ValueError("ncnn takes a batch of one")
        self.values = [value[0] for value in values]
        self.feed = [(name, self.ncnn.Mat(value)) for name, value in zip(names, self.values)]

    def call(self):
        extractor = self.net.create_extractor()
        for name, value in self.feed:
            extractor.input(name, value)
        return [extractor.extract(name)[1] for name in self.net.output_names()]


class NcnnWithoutWinograd(Ncnn):
    winograd = False


PEERS = {
    "onnxruntime": OnnxRuntime,
    "openvino": OpenVINO,
    "ncnn": Ncnn,
    "ncnn-no-winograd": NcnnWithoutWinograd,
}


def check_count(wanted, given):
    if len(wanted) != len(given):
        raise ValueError(f"the model takes {len(wanted)} inputs, the module {len(given)}")


def start(task):
    """The peer, called once."""
    kind = PEERS[task["peer"]]
    try:
        import numpy

        peer = kind(task)
    except ImportError as error:
        raise ValueError(
            f"{error}: pip install numpy {kind.package} into an environment whose python3 "
            "comes first in PATH, or name its interpreter by --peer-python"
        ) from error
    values = [
        numpy.fromfile(given["file"], given["type"]).reshape(given["shape"])
        for given in task["inputs"]
    ]
    peer.bind(values)
    results = [numpy.asarray(value, "float64").ravel() for value in peer.call()]
    numpy.concatenate(results).tofile(task["outputs"])
    return peer


def main():
    # What packages print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(text):
        print(text, file=answers, flush=True)

    task = json.loads(sys.argv[1])
    try:
        peer = start(task)
    except Exception as error:
        return answer(json.dumps({"error": str(error)}))
    answer(json.dumps({"version": peer.version}))
    # As conv-bench does: what else the machine does then counts for neither.
    clock = time.process_time if task["threads"] == 1 else time.perf_counter
    for line in sys.stdin:
        begin = clock()
        for _ in range(int(line)):
            peer.call()
        answer(repr(clock() - begin))


main()
