"""Checks the types of the fields that conv-bench --json promises, and that the page
about them names all there are."""
import json
import re
import sys

with open(sys.argv[1]) as f:
    report = json.load(f)
with open(sys.argv[2]) as f:
    page = f.read()
machine, records = report["machine"], report["records"]


def read_names(what):
    """The names in the first column of the page's table of `what`."""
    table = re.search(rf"^\| field of {what} \| \|\n(\|.*\n)*", page, re.MULTILINE)[0]
    cells = [line.split("|")[1] for line in table.splitlines()[2:]]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


assert set(machine) <= read_names("`machine`"), set(machine) - read_names("`machine`")
assert machine["n_fma"] > 0 and machine["n_vec"] > 0, machine
assert records
assert set(report.get("peer", {})) <= read_names("`peer`")
module = report.get("module", {})
assert set(module) <= read_names("`module`"), set(module) - read_names("`module`")
for operation in module.get("operations", []):
    assert set(operation) <= read_names("an operation"), set(operation) - read_names("an operation")
for record in records:
    assert set(record) <= read_names("a record"), set(record) - read_names("a record")
    assert record["form"] in ("whole", "banded"), record["form"]
    assert record["layer_form"] == "image"
    for field in ("name", "net", "algorithm", "form", "layout", "schedule"):
        assert isinstance(record[field], str), field
    for field in ("median_ms", "min_ms", "gflops", "peak_gflops", "peak_fraction"):
        assert isinstance(record[field], float) and record[field] > 0, field
    for field in ("threads", "workspace_bytes", "packed_filter_bytes"):
        assert isinstance(record[field], int) and record[field] >= 0, field
    assert isinstance(record["prepacked"], bool)
    assert record["pack_ms"] >= 0
    assert record["checked"] is True
    assert record["refused"] is None
    assert record["min_ms"] <= record["median_ms"]
    nominal = record["flops"] / record["median_ms"] / 1e6
    assert abs(nominal - record["gflops"]) < 1e-6 * nominal
