"""Measuring, plotting and the command line."""

import json
import re
import shutil
import subprocess

import pytest

import convopt
from convopt.__main__ import main

PROBLEMS = ['ic8oc32_ih8kh3ph1n"one"', 'ic16oc16_ih14kh1n"two"']


def record(name, algorithm, ms, workspace, fraction):
    return {
        "name": name,
        "algorithm": algorithm,
        "form": "whole",
        "median_ms": ms,
        "workspace_bytes": workspace,
        "peak_fraction": fraction,
        "refused": None,
    }


@pytest.fixture
def records():
    return [
        record("a<1>", "direct", 1.0, 0, 0.9),
        record("a<1>", "im2col", 2.0, 1 << 20, 0.45),
        record("b", "direct", 3.0, 0, 0.6),
        record("b", "im2col", 2.0, 1 << 16, 0.8),
        {**record("c", "mec", 0, 0, 0), "refused": "not here"},
    ]


def test_bench(tmp_path):
    seen = []
    records = convopt.bench(
        PROBLEMS,
        rounds=1,
        check=True,
        json_path=tmp_path / "r.json",
        progress=lambda done, total, what: seen.append((done, total)),
    )
    assert [r["name"] for r in records] == ["one", "two"]
    assert all(r["checked"] and r["median_ms"] > 0 for r in records)
    assert seen == [(1, 2), (2, 2)]
    assert json.loads((tmp_path / "r.json").read_text())["machine"]
    with pytest.raises(RuntimeError, match="nonsense"):
        convopt.bench("nonsense")
    with pytest.raises(ValueError, match="give problems"):
        convopt.bench()


def test_bench_takes_what_the_tool_takes(tmp_path):
    (record,) = convopt.bench(
        PROBLEMS[0], algorithm="im2col", form="banded", max_workspace="64KiB", rounds=1
    )
    assert record["form"] == "banded" and 0 < record["workspace_bytes"] <= 65536
    (record,) = convopt.bench(PROBLEMS[0], element_type="u8s8", rounds=1)
    assert record["type"] == "u8s8"
    (record,) = convopt.bench(PROBLEMS[0], peer="naive", rounds=1, check=True)
    assert record["speedup"] > 0 and record["peer_checked"]
    (search,) = convopt.bench(PROBLEMS[0], search=True, rounds=1)
    assert search["quality"] > 0
    pick = search["candidates"][search["pick"]]["schedule"]
    (record,) = convopt.bench(PROBLEMS[0], schedule=pick, rounds=1)
    assert record["schedule"] == pick


def test_plot_html(records, tmp_path):
    path = tmp_path / "plot.html"
    convopt.plot(records, path)
    page = path.read_text()
    marks = re.findall(r'class="mark" data-layer="([^"]*)" data-algorithm="([^"]*)"', page)
    # A dot and a bar for every layer and algorithm that was run; the refused one is named.
    assert len(marks) == 8 and len(set(marks)) == 4
    assert re.findall(r'class="mark refused" data-layer="c" data-algorithm="mec"', page)
    assert "<title>not here</title>" in page
    assert "a&lt;1&gt;" in page and "<1>" not in page
    # Nothing to load from elsewhere.
    assert not re.search(r'(src|href)="', page) and "http" not in page
    with pytest.raises(ValueError, match="nothing to plot"):
        convopt.plot(records[-1:], path)
    with pytest.raises(ValueError, match=".png or .html"):
        convopt.plot(records, "plot.svg")
    # Without a path it is what a notebook shows.
    shown = convopt.plot(records)
    assert str(shown) == page and "<iframe srcdoc=" in shown._repr_html_()
    (tmp_path / "lines.json").write_text("{}\n{}\n")
    with pytest.raises(ValueError, match="lines.json: neither JSON of conv-bench nor a report"):
        convopt.plot(tmp_path / "lines.json")
    with pytest.raises(ValueError, match="it has no records"):
        convopt.plot({})


def test_forms_of_an_algorithm_share_a_colour(records):
    banded = dict(records[0], algorithm="mec_b", form="banded")
    page = str(convopt.plot([*records, banded, dict(banded, form="whole")]))
    colours = dict(re.findall(r'<i style="background:(#\w+)"></i>([^<]*)', page))
    names = [name for _, name in re.findall(r'<i style="background:(#\w+)"></i>([^<]*)', page)]
    assert "mec_b" in names and "mec_b (banded)" in names
    assert len(colours) == len(names) - 1
    assert page.count("<polygon") == 2  # its mark, and the mean


def test_roofs_stay_in_the_picture(report):
    """Every roof rises to the peak from left to right, wherever the points lie."""
    contents = json.loads(report.read_text())
    for entry in contents["convolutions"]:
        entry["roofline"]["flops_per_byte"] = 1e4
    page = str(convopt.plot(contents))
    roofs = re.findall(r'<polyline class="front" points="([^"]*)"><title>[^<]*bytes per cycle', page)
    assert roofs
    for roof in roofs:
        corners = [tuple(map(float, corner.split(","))) for corner in roof.split()]
        assert [x for x, _ in corners] == sorted(x for x, _ in corners)
        assert corners[0][1] > corners[1][1] == corners[2][1]
        assert all(0 <= x <= 900 and 0 <= y <= 360 for x, y in corners)


def test_plot_in_browser(records, tmp_path):
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        pytest.skip("no Chromium")
    path = tmp_path / "plot.html"
    convopt.plot(records, path)
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", path.as_uri()],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.stdout.count('class="mark') == 9


def test_plot_png(records, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "plot.png"
    (tmp_path / "r.json").write_text(json.dumps({"records": records}))
    convopt.plot(tmp_path / "r.json", path)
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.fixture
def report(tmp_path):
    """What the compiler writes for a model."""
    path = tmp_path / "report.json"
    shape = "memref<1x24x24x16xf32>"
    convopt.compile(
        f"""func.func @f(%x: {shape}, %w: memref<3x3x16x16xf32>, %o: {shape},
                         %y: memref<1x1x24x24x16xf32>, %p: memref<1x1x24x24x16xf32>) {{
          conv.conv dims<nhwc x rsck -> nhwk, low = [1, 1], high = [1, 1]>
            ins(%x, %w : {shape}, memref<3x3x16x16xf32>) outs(%o : {shape})
          conv.conv dims<nChwc x rsck -> nKhwk, low = [1, 1], high = [1, 1]>
            ins(%y, %w : memref<1x1x24x24x16xf32>, memref<3x3x16x16xf32>)
            outs(%p : memref<1x1x24x24x16xf32>)
          return
        }}""",
        report=path,
    )
    return path


def test_plot_report(report, tmp_path):
    path = tmp_path / "plot.html"
    convopt.plot(report, path)
    page = path.read_text()
    entries = json.loads(report.read_text())["convolutions"]
    assert len(entries) == 2
    marks = re.findall(r'class="mark" data-layer="([^"]*)" data-algorithm="([^"]*)"', page)
    # A dot and a bar for every candidate, a cross for every refusal, with its reason.
    assert len(marks) == 2 * sum(len(entry["candidates"]) for entry in entries)
    refusals = sum(len(entry["refusals"]) for entry in entries)
    assert page.count('class="mark refused"') == refusals > 0
    assert "does not read blocked layouts" in page
    assert "cycles predicted" in page and " ms, " not in page
    # Both convolutions lie under the roof.
    roofs = re.findall(r'class="roof" data-layer="([^"]*)"', page)
    assert roofs == ["mb1_ic16oc16_ih24oh24kh3sh1ph1 nhwc", "mb1_ic16oc16_ih24oh24kh3sh1ph1 nChwc"]
    # The contents do as well as the file, and measured times go before predicted ones.
    contents = json.loads(report.read_text())
    contents["convolutions"][0]["candidates"][0]["measured_ms"] = 1.25
    convopt.plot(contents, path)
    assert "1.25 ms measured" in path.read_text()


def test_plot_report_png(report, tmp_path):
    pytest.importorskip("matplotlib")
    path = tmp_path / "plot.png"
    convopt.plot(report, path)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_command_line(conv_text, records, tmp_path, capsys):
    model = tmp_path / "conv.mlir"
    model.write_text(conv_text)
    assert main(["explain", str(model)]) == 0
    assert "direct" in capsys.readouterr().out
    assert main(["explain", str(model), "--report", str(tmp_path / "e.json")]) == 0
    assert json.loads((tmp_path / "e.json").read_text())["convolutions"]
    assert main(["signature", str(model)]) == 0
    assert "main(float32[1, 6, 6, 3], float32[3, 3, 3, 5])" in capsys.readouterr().out
    assert main(["explain", str(tmp_path / "none.mlir")]) == 1
    assert "none.mlir" in capsys.readouterr().err
    (tmp_path / "r.json").write_text(json.dumps({"records": records}))
    assert main(["plot", str(tmp_path / "r.json"), str(tmp_path / "p.html")]) == 0
    assert (tmp_path / "p.html").exists()
    with pytest.raises(SystemExit):
        main(["nonsense"])


def test_command_line_bench(capsys):
    assert main(["bench", *PROBLEMS, "--rounds", "1"]) == 0
    assert "% of peak" in capsys.readouterr().out
    assert main(["bench", PROBLEMS[0], "--rounds", "1", "--peer", "naive"]) == 0
    assert "times as fast as naive" in capsys.readouterr().out
    assert main(["bench", PROBLEMS[0], "--rounds", "1", "--search"]) == 0
    assert "best time / pick's time" in capsys.readouterr().out


def test_tune_takes_what_the_tool_takes(monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr("convopt._bench.run_tool", lambda tool, flags, progress: said.append(flags) or [])
    convopt.tune([], tmp_path / "r.db", net=["mec", "vgg16"], layout="nchw", algorithm="winograd", accuracy=2.5)
    convopt.tune([], tmp_path / "r.db", net="mec", exclude=["im2col", "mec_a"], form="banded")
    (first, second) = (" ".join(flags) for flags in said)
    assert "--net mec,vgg16 --layout nchw --threads 1 --algorithm winograd --accuracy 2.5" in first
    assert "--form banded --exclude im2col,mec_a" in second


def test_tune(conv_text, rng, tmp_path):
    model, records = tmp_path / "conv.mlir", tmp_path / "tuned records.json"
    model.write_text(conv_text)
    steps = []
    tuned = convopt.tune(model, records, budget=15, progress=lambda *step: steps.append(step))
    assert tuned == records and steps[0][:2] == (1, 1)
    header, record = [json.loads(line) for line in records.read_text().splitlines()]
    assert header["format"] == "conv-opt tuning records"
    assert record["problem"]["k"] == 5 and record["candidates"] >= 1

    # The compiler takes it, and computes the same.
    compiled = convopt.compile(model, records=records)
    assert any("measured: " in d.message for d in compiled.diagnostics)
    x = rng.standard_normal((1, 6, 6, 3)).astype("float32")
    w = rng.standard_normal((3, 3, 3, 5)).astype("float32")
    plain = convopt.compile(model)
    assert abs(compiled.main(x, w) - plain.main(x, w)).max() < 1e-5
    assert "measured: " in str(convopt.explain(model, records=records))
    # Not on two threads.
    said = [d.message for d in convopt.compile(model, threads=2, records=records).diagnostics]
    assert any("threads = 1 there, 2 here" in message for message in said)

    # A second run finds all of it.
    before = records.read_text()
    assert main(["tune", str(model), str(records)]) == 0
    assert records.read_text() == before


def test_tune_errors(conv_text, tmp_path):
    model, records = tmp_path / "conv.mlir", tmp_path / "r.json"
    with pytest.raises(RuntimeError, match="cannot read"):
        convopt.tune(model, records)
    model.write_text(conv_text)
    with pytest.warns(UserWarning, match="not measured here"):
        convopt.tune(model, records, cpu="cortex-a57")
    records.write_text("something else\n")
    with pytest.raises(RuntimeError, match="r.json:1: not a file of tuning records"):
        convopt.tune(model, records)
    assert records.read_text() == "something else\n"
    with pytest.raises(convopt.CompileError, match="not a file of tuning records"):
        convopt.compile(model, records=records)


def test_tool_missing(monkeypatch, tmp_path):
    from convopt._tools import find_tool

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="conv-nothing"):
        find_tool("conv-nothing")
