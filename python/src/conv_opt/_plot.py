"""Plots of measurements: a PNG, or a page that needs no other file."""

from __future__ import annotations

import html
import json
import math
import os
from collections.abc import Iterable
from typing import Any, Union, cast

#: Colours that stay apart for most colour-blind readers, and in print.
_COLOURS = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9",
    "#000000", "#999933", "#882255", "#44aa99", "#aa4499", "#661100",
]  # fmt: skip

Records = Union[Iterable[dict[str, Any]], "os.PathLike[str]", str]


def _load(records: Records) -> list[dict[str, Any]]:
    """Records from a list or conv-bench's JSON; at least one of them was run."""
    if isinstance(records, (str, os.PathLike)):
        with open(records, encoding="utf-8") as file:
            loaded = json.load(file)
        records = loaded["records"] if isinstance(loaded, dict) else loaded
    copies = [dict(record) for record in cast("Iterable[dict[str, Any]]", records)]
    if all(_refusal(record) for record in copies):
        raise ValueError("no record was run: nothing to plot")
    return copies


def _refusal(record: dict[str, Any]) -> str:
    """Why it was not run; empty when it was."""
    if record.get("refused"):
        return str(record["refused"])
    return "" if record.get("median_ms") else str(record.get("error") or "not measured")


def _label(record: dict[str, Any]) -> str:
    form = record.get("form")
    return str(record["algorithm"]) + (f" ({form})" if form == "banded" else "")


def _front(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those that no other beats in both coordinates, from left to right."""
    front: list[tuple[float, float]] = []
    for point in sorted(points):
        if not front or point[1] < front[-1][1]:
            front.append(point)
    return front


def _by_layer(records: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    layers: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        layers.setdefault(record["name"], []).append(record)
    return layers


def plot(records: Records, path: os.PathLike[str] | str) -> None:
    """Draw time against workspace, and fractions of the peak.

    Above: every layer and algorithm by its temporary memory and its time
    relative to the layer's fastest; a line joins, over all layers, the choices
    nothing beats in both. Below: bars of the percentage of the machine's peak; the
    page also marks what was refused, with the reason.

    Parameters
    ----------
    records : list of dict, or path
        From `bench`, or a JSON file of conv-bench.
    path : path
        Ending in .png (needs matplotlib) or .html (self-contained: hovering
        over a mark names it).

    Raises
    ------
    ValueError
        When no record was run, or for another ending.
    ImportError
        For a PNG without matplotlib.
    """
    run = _load(records)
    name = os.fspath(path)
    if name.endswith(".png"):
        _plot_png([r for r in run if not _refusal(r)], name)
    elif name.endswith(".html"):
        _plot_html(run, name)
    else:
        raise ValueError(f"path must end in .png or .html, got {name!r}")


def _relative(records: list[dict[str, Any]]) -> None:
    """Adds the time relative to the layer's fastest."""
    for layer in _by_layer(records).values():
        best = min(r["median_ms"] for r in layer)
        for record in layer:
            record["relative"] = record["median_ms"] / best


def _geometric_means(
    records: list[dict[str, Any]], labels: list[str]
) -> list[tuple[float, float]]:
    """(workspace in KiB, relative time) of each algorithm over all layers."""
    means = []
    for label in labels:
        mine = [r for r in records if _label(r) == label]
        time = math.exp(sum(math.log(r["relative"]) for r in mine) / len(mine))
        means.append((sum(r["workspace_bytes"] for r in mine) / len(mine) / 1024, time))
    return means


def _plot_png(records: list[dict[str, Any]], path: str) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    _relative(records)
    labels = sorted({_label(r) for r in records})
    layers = _by_layer(records)
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(max(9, min(24, 0.08 * len(layers) * len(labels) + 6)), 9)
    )
    width = 0.8 / len(labels)
    for i, label in enumerate(labels):
        mine = [r for r in records if _label(r) == label]
        colour = _COLOURS[i % len(_COLOURS)]
        above.scatter(
            [r["workspace_bytes"] / 1024 for r in mine],
            [r["relative"] for r in mine],
            s=18, alpha=0.6, color=colour, label=label,
        )  # fmt: skip
        at = {name: j for j, name in enumerate(layers)}
        below.bar(
            [at[r["name"]] + (i - (len(labels) - 1) / 2) * width for r in mine],
            [100 * (r.get("peak_fraction") or 0) for r in mine],
            width, color=colour, label=label,
        )  # fmt: skip
    means = _geometric_means(records, labels)
    for i, (x, y) in enumerate(means):
        above.scatter([x], [y], s=90, marker="D", color=_COLOURS[i % len(_COLOURS)],
                      edgecolors="black", zorder=3)  # fmt: skip
    front = _front(means)
    above.plot(*zip(*front), color="black", linewidth=1, zorder=2,
               label="Pareto front of the means")  # fmt: skip
    above.set_xscale("symlog", linthresh=1)
    most = max(r["workspace_bytes"] / 1024 for r in records)
    above.set_xlim(-0.1, max(2 * most, 1))
    above.set_yscale("log")
    above.set_ylim(0.9, max(2, 1.2 * max(r["relative"] for r in records)))
    above.yaxis.set_major_formatter("{x:g}")
    above.yaxis.set_minor_formatter("{x:g}")
    above.set_xlabel("workspace in KiB (diamonds: mean of all layers)")
    above.set_ylabel("time / fastest of the layer")
    above.grid(alpha=0.3)
    above.legend(fontsize="small", ncols=7, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    below.set_xticks(range(len(layers)), list(layers), rotation=60, ha="right", fontsize=7)
    below.set_ylabel("% of the FMA peak")
    below.set_ylim(0, max(105, *(100 * (r.get("peak_fraction") or 0) for r in records)))
    below.grid(axis="y", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


class _Axis:
    """Maps values to pixels, on a logarithmic scale that keeps zero."""

    def __init__(self, values: list[float], start: float, end: float, smallest: float):
        self.smallest = smallest
        positive = [v for v in values if v > 0]
        self.low = math.log(min(positive, default=smallest))
        self.high = math.log(max(positive, default=smallest))
        self.has_zero = any(v <= 0 for v in values)
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        gap = 0.08 if self.has_zero else 0.0
        if value <= 0:
            return self.start
        span = max(self.high - self.low, 1e-9)
        where = gap + (1 - gap) * (math.log(value) - self.low) / span
        return self.start + where * (self.end - self.start)


def _plot_html(everything: list[dict[str, Any]], path: str) -> None:
    records = [r for r in everything if not _refusal(r)]
    _relative(records)
    labels = sorted({_label(r) for r in records})
    colour = {label: _COLOURS[i % len(_COLOURS)] for i, label in enumerate(labels)}
    layers = _by_layer(everything)

    def title(record: dict[str, Any]) -> str:
        text = (
            f"{record['name']}, {_label(record)}: {record['median_ms']:.4g} ms, "
            f"{100 * (record.get('peak_fraction') or 0):.1f} % of peak, "
            f"{record['workspace_bytes'] / 1024:.4g} KiB of workspace"
        )
        return f"<title>{html.escape(text)}</title>"

    def attributes(record: dict[str, Any]) -> str:
        return (
            f'data-layer="{html.escape(record["name"])}" '
            f'data-algorithm="{html.escape(_label(record))}"'
        )

    width, height = 900.0, 420.0
    x = _Axis([r["workspace_bytes"] / 1024 for r in records], 60, width - 20, 1)
    y = _Axis([r["relative"] for r in records], height - 45, 15, 1)
    points = []
    for record in records:
        points.append(
            f'<circle class="mark" {attributes(record)} r="4" '
            f'cx="{x(record["workspace_bytes"] / 1024):.1f}" '
            f'cy="{y(record["relative"]):.1f}" '
            f'fill="{colour[_label(record)]}">{title(record)}</circle>'
        )
    means = _geometric_means(records, labels)
    line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in _front(means))
    points.append(f'<polyline class="front" points="{line}"/>')
    for label, (a, b) in zip(labels, means):
        points.append(
            f'<rect class="mean" x="{x(a) - 5:.1f}" y="{y(b) - 5:.1f}" width="10" '
            f'height="10" fill="{colour[label]}"><title>{html.escape(label)}: mean of all '
            f"layers</title></rect>"
        )
    ticks = []
    top = max(r["workspace_bytes"] / 1024 for r in records)
    for k in [0, *(4**e for e in range(0, 16))]:
        if k == 0 and not x.has_zero or k > top or (k and math.log(k) < x.low):
            continue
        ticks.append(f'<text x="{x(k):.1f}" y="{height - 25}" text-anchor="middle">{k}</text>')
    for t in (1, 1.5, 2, 3, 5, 10, 20, 50, 100):
        if math.log(t) <= y.high + 1e-9:
            ticks.append(
                f'<text x="52" y="{y(t) + 4:.1f}" text-anchor="end">{t}</text>'
                f'<line class="grid" x1="58" x2="{width - 15}" y1="{y(t):.1f}" y2="{y(t):.1f}"/>'
            )

    row, bar = 16.0, 10.0
    bars, at = [], 0.0
    for name, layer in layers.items():
        bars.append(f'<text x="0" y="{at + 12:.1f}">{html.escape(name)}</text>')
        for record in layer:
            why = _refusal(record)
            if why:
                bars.append(
                    f'<text class="mark refused" {attributes(record)} x="220" '
                    f'y="{at + 12:.1f}">\u00d7 {html.escape(_label(record))}'
                    f"<title>{html.escape(why)}</title></text>"
                )
                at += row
                continue
            percent = 100 * (record.get("peak_fraction") or 0)
            bars.append(
                f'<rect class="mark" {attributes(record)} x="220" y="{at + 3:.1f}" '
                f'width="{max(percent, 0.2) * 6:.1f}" height="{bar}" '
                f'fill="{colour[_label(record)]}">{title(record)}</rect>'
                f'<text x="{224 + percent * 6:.1f}" y="{at + 12:.1f}">{percent:.0f}</text>'
            )
            at += row
        at += 6
    legend = " ".join(
        f'<span><i style="background:{colour[label]}"></i>{html.escape(label)}</span>'
        for label in labels
    )
    page = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>conv-opt</title><style>
body {{ font: 14px sans-serif; margin: 24px; max-width: 940px }}
svg text {{ font: 11px sans-serif; fill: #333 }}
svg {{ overflow: visible }}
svg .refused {{ fill: #999 }} .grid {{ stroke: #ddd }} circle {{ opacity: .65 }}
.mean {{ stroke: #000 }} .front {{ fill: none; stroke: #000 }}
i {{ display: inline-block; width: 11px; height: 11px; margin: 0 4px 0 12px }}
</style></head><body>
<h1>Time and workspace</h1>
<p>One dot per layer and algorithm; squares are means over the layers, the line their
Pareto front. Across: workspace in KiB. Up: time relative to the layer's fastest.</p>
<p>{legend}</p>
<svg id="pareto" width="{width:.0f}" height="{height:.0f}">{"".join(ticks)}{"".join(points)}</svg>
<h1>Percentage of the machine's FMA peak</h1>
<svg id="peak" width="{width:.0f}" height="{at:.0f}">{"".join(bars)}</svg>
</body></html>
"""
    with open(path, "w", encoding="utf-8") as file:
        file.write(page)
