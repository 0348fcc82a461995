import subprocess
from importlib.metadata import version

import pytest
from packaging.version import Version

import convopt
from convopt import _convopt
from convopt.__main__ import main
from convopt._tools import find_tool


def test_version():
    parsed = Version(convopt.__version__)
    assert parsed.public == version("mlir-conv-opt") == _convopt.version()
    assert parsed.local.endswith(f".llvm{_convopt.llvm_version()}")
    assert _convopt.revision().lower().replace("-", ".") in convopt.__version__


@pytest.mark.parametrize("tool", ["conv-bench", "conv-compile", "conv-opt", "conv-tune"])
def test_command_and_tools_say_the_same(tool, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    said = subprocess.run([find_tool(tool), "--version"], stdout=subprocess.PIPE, text=True, check=True)
    assert said.stdout == capsys.readouterr().out
    assert said.stdout.startswith("conv-opt ")
