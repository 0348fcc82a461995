"""Checks the fields of conv-bench --peer NAME --json: check-peer.py FILE NAME [settle]."""
import json
import sys

with open(sys.argv[1]) as f:
    report = json.load(f)
peer = report["peer"]
assert peer["version"][0].isdigit(), peer
assert report["records"]
for record in report["records"]:
    assert record["peer"] == sys.argv[2]
    assert record["settle"] == ("settle" in sys.argv[3:])
    assert record["peer_version"] == peer["version"]
    if peer["refused"]:
        assert record["peer_refused"] == peer["refused"]
        assert record["peer_ms"] == record["speedup"] == 0
        continue
    assert record["peer_refused"] is None
    assert record["peer_checked"] is True
    assert record["peer_mode"] and record["peer_implementation"]
    assert record["peer_ms"] > 0 and record["speedup"] > 0
