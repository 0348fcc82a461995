"""Checks what conv-bench --search --json promises."""
import json
import sys

# Nominal FLOPs count the taps in the padding, which nobody computes: of a 3 x 3
# window on 10 x 10 pixels with a padding of one, 28 of 30 along each axis are left.
MAX_FRACTION = (30 / 28) ** 2

with open(sys.argv[1]) as f:
    searches = json.load(f)["searches"]
assert len(searches) == 2
for search in searches:
    candidates = search["candidates"]
    pick = candidates[search["pick"]]
    finalists = [c for c in candidates if c["speedup"] > 0]
    assert 1 <= len(finalists) <= 4, len(finalists)
    assert pick in finalists and pick["speedup"] == 1
    assert not search["refused"] and 0 < search["quality"] <= 1
    best = max(finalists, key=lambda c: c["speedup"])
    assert abs(search["quality"] * best["speedup"] - 1) < 1e-9
    texts = [c["schedule"] for c in candidates]
    assert len(set(texts)) == len(texts) > 1, texts
    for c in candidates:
        assert c["algorithm"] == "direct" and not c["refused"], c
        assert 0 < c["predicted_fraction"] <= MAX_FRACTION and c["quick_fraction"] > 0, c
        assert (c["peak_fraction"] > 0) == (c in finalists), c
    # Finalists but the pick are the quickest of the rest.
    rest = [c["quick_fraction"] for c in candidates if c not in finalists]
    assert all(c["quick_fraction"] >= max(rest, default=0) for c in finalists if c is not pick)
