"""Checks that records and conv-tune's summary say the same."""
import json
import sys

with open(sys.argv[1]) as f:
    header, *records = [json.loads(line) for line in f]
assert header == {"format": "conv-opt tuning records", "version": 1}, header
with open(sys.argv[2]) as f:
    summary = json.load(f)
problems = {problem["name"]: problem for problem in summary["problems"]}
assert sorted(r["name"] for r in records) == sorted(problems)
for record in records:
    problem = problems[record["name"]]
    assert problem["status"] == "tuned", problem
    for field in ("schedule", "model_schedule", "speedup", "candidates"):
        assert record[field] == problem[field], field
    assert record["schedule"].startswith("<algorithm = ")
    assert 0 < record["peak_fraction"] and 0 < record["ms"]
    # The model's pick, or something that beat it.
    picked = record["schedule"] == record["model_schedule"]
    assert record["speedup"] == 1 if picked else record["speedup"] > 1, record
    timed = [trial for trial in problem["trials"] if trial["ratio"] > 0]
    assert record["candidates"] == 1 + len(timed)
    # No candidate crashed, was refused, or computed something else.
    for trial in problem["trials"]:
        assert trial["verdict"] in ("faster", "slower"), trial
    assert record["machine"]["threads"] == 1
    assert record["problem"]["n"] == 1 and record["problem"]["type"] == "f32"
