"""The examples of docs/python.md, as they are."""

import os
import re
import subprocess
import sys
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


def test_docstring():
    import doctest

    import convopt

    assert doctest.testmod(convopt).failed == 0
