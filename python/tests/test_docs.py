"""The examples of docs/python.md and docs/models.md, as they are."""

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def page(tmp_path, monkeypatch):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    return (ROOT / "docs" / "python.md").read_text()


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def test_python_blocks(page):
    names = {}
    for block in blocks(page, "python"):
        exec(compile(block, "docs/python.md", "exec"), names)  # noqa: S102
    assert Path("layers.html").exists()


def test_commands(page):
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for block in blocks(page, "sh"):
        subprocess.run(["bash", "-euc", block], check=True, env={**os.environ, "PATH": path})
    assert Path("records.html").exists()


def test_models_page(tmp_path, monkeypatch):
    """From a trained model to a running program, block by block."""
    pytest.importorskip("torch_mlir")
    pytest.importorskip("onnx")
    try:
        metadata.files("rapidocr-onnxruntime")
    except metadata.PackageNotFoundError:
        pytest.skip("the model's package is not installed")
    import convopt

    monkeypatch.chdir(tmp_path)
    folders = [Path(sys.executable).parent, Path(convopt._tools.find_tool("conv-compile")).parent]
    path = ":".join([*map(str, folders), os.environ["PATH"]])
    text = (ROOT / "docs" / "models.md").read_text()
    names = {}
    for language, block in re.findall(r"^```(python|sh|c)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if language == "python":
            exec(compile(block, "docs/models.md", "exec"), names)  # noqa: S102
        elif language == "sh":
            subprocess.run(["bash", "-euc", block], check=True, env={**os.environ, "PATH": path})
        else:
            Path(re.match(r"/\* (\S+) \*/", block)[1]).write_text(block)
    assert Path("probabilities.txt").exists()


def test_docstring():
    import doctest

    import convopt

    assert doctest.testmod(convopt).failed == 0
