"""Checks the types of the fields that conv-bench --json promises."""
import json
import sys

with open(sys.argv[1]) as f:
    report = json.load(f)
machine, records = report["machine"], report["records"]
assert machine["n_fma"] > 0 and machine["n_vec"] > 0, machine
assert records
for record in records:
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
