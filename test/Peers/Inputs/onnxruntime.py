"""What conv-bench calls of the package of this name, for a model that returns its
input; times FACTOR, and not for the CALLS-th time, if these are in the
environment."""

import os
import sys

__version__ = "0.0-test"


class SessionOptions:
    pass


class InferenceSession:
    def __init__(self, model, options, providers):
        assert providers == ["CPUExecutionProvider"] and options.intra_op_num_threads == 1
        print("noise on the standard output")
        with open(model) as file:
            self.inputs = [self.Input(name) for name in file.read().split()]

    class Input:
        def __init__(self, name):
            self.name = name

    def get_inputs(self):
        return self.inputs

    def run(self, outputs, feed):
        self.calls = getattr(self, "calls", 0) + 1
        if self.calls == int(os.environ.get("CALLS", "0")):
            sys.exit(1)
        return [feed["x"] * float(os.environ.get("FACTOR", "1"))]
