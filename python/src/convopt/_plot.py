"""Plots of measurements and predictions: a PNG, or a page that needs no other file."""

from __future__ import annotations

import html
import json
import math
import os
from collections.abc import Iterable
from typing import Any, Union, cast

#: Colours that stay apart for most colour-blind readers, and in print. One is an
#: algorithm's in all its forms, which differ by mark and hatching.
_COLOURS = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999933",
    "#882255", "#44aa99", "#aa4499", "#661100", "#88ccee", "#117733", "#ddcc77", "#6699cc",
]  # fmt: skip

Records = Union[Iterable[dict[str, Any]], dict[str, Any], "os.PathLike[str]", str]


def _load(records: Records) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Records of a list, of conv-bench's JSON or of a report, and the report's points
    under the roofline; at least one record was run, or can be."""
    points: list[dict[str, Any]] = []
    if isinstance(records, (str, os.PathLike)):
        with open(records, encoding="utf-8") as file:
            try:
                records = json.load(file)
            except json.JSONDecodeError as error:
                raise ValueError(
                    f"{os.fspath(records)}: neither JSON of conv-bench nor a report: {error}"
                ) from None
    if isinstance(records, dict) and "convolutions" in records:
        copies, points = _from_report(records)
    else:
        if isinstance(records, dict) and "records" not in records:
            raise ValueError("neither JSON of conv-bench nor a report: it has no records")
        loaded = records["records"] if isinstance(records, dict) else records
        copies = [dict(record) for record in cast("Iterable[dict[str, Any]]", loaded)]
    if all(_refusal(record) for record in copies):
        raise ValueError("no record was run: nothing to plot")
    return copies, points


def _from_report(report: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A record per candidate and refusal of a --conv-report, and a point under the
    roofline per convolution."""
    records, points = [], []
    taken: dict[str, int] = {}
    for entry in report["convolutions"]:
        # What differs in layout or epilogue has a row of its own.
        name = f"{entry['problem']} {entry['layout'].split(' ')[0]}"
        taken[name] = taken.get(name, 0) + 1
        if taken[name] > 1:
            name += f" #{taken[name]}"
        for candidate in entry["candidates"]:
            cycles, measured = candidate["predicted_cycles"], candidate.get("measured_ms")
            records.append(
                {
                    "name": name,
                    "algorithm": candidate["algorithm"],
                    "form": candidate["form"],
                    "median_ms": measured or candidate["predicted_ms"] or cycles,
                    "time_text": f"{measured:.4g} ms measured"
                    if measured
                    else f"{cycles} cycles predicted",
                    "workspace_bytes": candidate["workspace_bytes"],
                    "peak_fraction": candidate["predicted_peak_fraction"],
                    "refused": None,
                }
            )
        for refusal in entry["refusals"]:
            records.append(
                {"name": name, "algorithm": refusal["algorithm"], "refused": refusal["reason"]}
            )
        if entry.get("roofline"):
            peak = report["machine"]["peak_flops_per_cycle"]
            points.append({"name": name, "peak": peak, **entry["roofline"]})
    return records, points


def _refusal(record: dict[str, Any]) -> str:
    """Why it was not run; empty when it was."""
    if record.get("refused"):
        return str(record["refused"])
    return "" if record.get("median_ms") else str(record.get("error") or "not measured")


def _label(record: dict[str, Any]) -> str:
    form = record.get("form")
    return str(record["algorithm"]) + (f" ({form})" if form == "banded" else "")


def _get_colours(records: list[dict[str, Any]]) -> dict[str, str]:
    """A colour per label: the algorithm's."""
    labels = {_label(r): str(r["algorithm"]) for r in records}
    algorithms = sorted(set(labels.values()))
    return {
        label: _COLOURS[algorithms.index(algorithm) % len(_COLOURS)]
        for label, algorithm in labels.items()
    }


def _is_banded(label: str) -> bool:
    return label.endswith(" (banded)")


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


class Page:
    """Plots as a page of HTML, which notebooks show."""

    def __init__(self, text: str):
        self.text = text

    def _repr_html_(self) -> str:
        # A frame keeps the page's style from the notebook's.
        return (
            f'<iframe srcdoc="{html.escape(self.text)}" width="100%" height="700" '
            'style="border: 0"></iframe>'
        )

    def __str__(self) -> str:
        return self.text


def plot(records: Records, path: os.PathLike[str] | str | None = None) -> Page | None:
    """Draw time against workspace, and fractions of the peak.

    Above: every layer and algorithm by its temporary memory and its time
    relative to the layer's fastest; a line joins, over all layers, the choices
    nothing beats in both. Below: bars of the percentage of the machine's peak, the
    fastest of a layer first; the page also marks what was refused, with the reason.
    Of a report, the times are the predicted ones where there are no measured ones,
    and a third picture shows each convolution under the machine's roofline.

    Parameters
    ----------
    records : list of dict, dict, or path
        From `bench`, or a JSON file of conv-bench or `--conv-report`, or its contents.
    path : path, optional
        Ending in .png (needs matplotlib) or .html (self-contained: hovering
        over a mark names it).

    Returns
    -------
    Page, optional
        Without a path: what the .html file would hold; a notebook shows it.

    Raises
    ------
    ValueError
        When no record was run, for another ending, or a file that is neither.
    ImportError
        For a PNG without matplotlib.
    """
    run, points = _load(records)
    if path is None:
        return Page(_get_html(run, points))
    name = os.fspath(path)
    if name.endswith(".png"):
        _plot_png([r for r in run if not _refusal(r)], points, name)
    elif name.endswith(".html"):
        with open(name, "w", encoding="utf-8") as file:
            file.write(_get_html(run, points))
    else:
        raise ValueError(f"path must end in .png or .html, got {name!r}")
    return None


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


def _get_roofs(points: list[dict[str, Any]]) -> list[float]:
    """Bytes per cycle of the memories the convolutions lie in, fastest first."""
    return sorted({p["bytes_per_cycle"] for p in points}, reverse=True)


def _get_roofline_ends(points: list[dict[str, Any]]) -> tuple[float, float]:
    """Flops per byte between which each roof has its ridge and each point lies."""
    ridges = [points[0]["peak"] / rate for rate in _get_roofs(points)]
    within = ridges + [p["flops_per_byte"] for p in points]
    return min(within) / 2, max(within) * 2


def _plot_png(records: list[dict[str, Any]], points: list[dict[str, Any]], path: str) -> None:
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError(
            "PNG needs matplotlib: pip install 'mlir-conv-opt[plot]', or plot to .html"
        ) from error

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    _relative(records)
    layers = _by_layer(records)
    # A line of text per bar, so that each can be named.
    bars = len(records) + len(layers)
    heights = [4.5, 0.18 * bars + 1] + ([4.5] if points else [])
    figure, axes = plt.subplots(
        len(heights), 1, figsize=(10, sum(heights)), height_ratios=heights
    )
    _draw_workspace(axes[0], records)
    _draw_bars(axes[1], layers, _get_colours(records))
    if points:
        _draw_roofline(axes[2], points)
    figure.tight_layout()
    # Legends stand beside their picture.
    figure.savefig(path, dpi=110, bbox_inches="tight")
    plt.close(figure)


def _draw_workspace(axes: Any, records: list[dict[str, Any]]) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    colours = _get_colours(records)
    for label in sorted(colours):
        mine = [r for r in records if _label(r) == label]
        axes.scatter(
            [r["workspace_bytes"] / 1024 for r in mine],
            [r["relative"] for r in mine],
            s=20, alpha=0.6, color=colours[label], label=label,
            marker="^" if _is_banded(label) else "o",
        )  # fmt: skip
    means = _geometric_means(records, sorted(colours))
    for label, (x, y) in zip(sorted(colours), means):
        axes.scatter([x], [y], s=90, marker="^" if _is_banded(label) else "D",
                     color=colours[label], edgecolors="black", zorder=3)  # fmt: skip
    axes.plot(*zip(*_front(means)), color="black", linewidth=1, zorder=2,
              label="Pareto front\nof the means")  # fmt: skip
    axes.set_xscale("symlog", linthresh=1)
    most = max(r["workspace_bytes"] / 1024 for r in records)
    axes.set_xlim(-0.1, max(2 * most, 1))
    axes.set_yscale("log")
    axes.set_ylim(0.9, max(2, 1.2 * max(r["relative"] for r in records)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("workspace in KiB (outlined: mean of all layers)")
    axes.set_ylabel("time / fastest of the layer")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1.0))


def _draw_bars(
    axes: Any, layers: dict[str, list[dict[str, Any]]], colours: dict[str, str]
) -> None:
    """A bar per record, named, the fastest of a layer first."""
    ticks, at = [], 0.0
    for name, layer in layers.items():
        axes.text(0, at, name, fontsize=8, fontweight="bold", va="center")
        at += 1
        for record in _fastest_first(layer):
            label, percent = _label(record), 100 * (record.get("peak_fraction") or 0)
            axes.barh(at, percent, 0.8, color=colours[label],
                      hatch="///" if _is_banded(label) else None, edgecolor="white")  # fmt: skip
            axes.text(percent, at, f" {percent:.0f}", fontsize=7, va="center")
            ticks.append((at, label))
            at += 1
    axes.set_yticks([y for y, _ in ticks], [label for _, label in ticks], fontsize=7)
    axes.set_ylim(at, -1)
    axes.set_xlim(left=0)
    axes.margins(x=0.06)
    axes.set_xlabel("% of the FMA peak")
    axes.grid(axis="x", alpha=0.3)


def _fastest_first(layer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was run by its share of the peak, then what was refused."""
    return sorted(layer, key=lambda r: (bool(_refusal(r)), -(r.get("peak_fraction") or 0)))


def _draw_roofline(axes: Any, points: list[dict[str, Any]]) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    peak = points[0]["peak"]
    left, right = _get_roofline_ends(points)
    for rate in _get_roofs(points):
        axes.plot([left, peak / rate, right], [left * rate, peak, peak],
                  linewidth=1, label=f"{rate:g} bytes\nper cycle")  # fmt: skip
    run = [p for p in points if p["chosen_flops_per_cycle"]]
    axes.scatter([p["flops_per_byte"] for p in run],
                 [p["chosen_flops_per_cycle"] for p in run], s=18, color="black", zorder=3)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(base=2))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("flops per byte that has to be moved")
    axes.set_ylabel("flops per cycle")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1.01, 1.0))


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


def _get_roofline_html(points: list[dict[str, Any]]) -> str:
    """Heading and picture; nothing without points."""
    if not points:
        return ""
    width, height = 900.0, 360.0
    peak = points[0]["peak"]
    roofs = _get_roofs(points)
    left, right = _get_roofline_ends(points)
    reached = [p["chosen_flops_per_cycle"] for p in points if p["chosen_flops_per_cycle"]]
    x = _Axis([left, right], 60, width - 20, 1)
    y = _Axis([left * roofs[-1], peak * 1.2, *reached], height - 45, 15, 1)
    parts = []
    for rate in roofs:
        corners = [(left, left * rate), (peak / rate, peak), (right, peak)]
        line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in corners)
        parts.append(
            f'<polyline class="front" points="{line}">'
            f"<title>{rate:g} bytes per cycle, {peak:g} flops per cycle</title></polyline>"
            f'<text x="{x(left) + 14:.1f}" y="{y(left * rate) - 3:.1f}">{rate:g} bytes per cycle</text>'
        )
    for point in points:
        value = point["chosen_flops_per_cycle"]
        if not value:
            continue
        text = (
            f"{point['name']}: {point['flops_per_byte']:.4g} flops per byte, {value:.4g} of "
            f"{point['attainable_flops_per_cycle']:.4g} attainable flops per cycle"
        )
        parts.append(
            f'<circle class="roof" data-layer="{html.escape(point["name"])}" r="4" '
            f'cx="{x(point["flops_per_byte"]):.1f}" cy="{y(value):.1f}">'
            f"<title>{html.escape(text)}</title></circle>"
        )
    for value in (2.0**exponent for exponent in range(-8, 16)):
        if left <= value <= right:
            parts.append(
                f'<text x="{x(value):.1f}" y="{height - 25}" text-anchor="middle">{value:g}</text>'
            )
        if left * roofs[-1] <= value <= peak:
            # Behind the roofs, of which one may lie on it.
            parts.insert(
                0,
                f'<text x="52" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>'
                f'<line class="grid" x1="58" x2="{width - 15}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>',
            )
    return (
        "<h1>Roofline</h1><p>One dot per convolution. Across: flops per byte that has to be "
        "moved. Up: predicted flops per cycle of what was chosen; the lines are what memory "
        "and the FMA units allow.</p>"
        f'<svg id="roofline" width="{width:.0f}" height="{height:.0f}">{"".join(parts)}</svg>'
    )


def _shorten(text: str) -> str:
    return text if len(text) <= 100 else text[:97] + "..."


def _get_html(everything: list[dict[str, Any]], roofline: list[dict[str, Any]]) -> str:
    records = [r for r in everything if not _refusal(r)]
    _relative(records)
    colour = _get_colours(records)
    labels = sorted(colour)
    layers = _by_layer(everything)

    def title(record: dict[str, Any]) -> str:
        text = (
            f"{record['name']}, {_label(record)}: "
            f"{record.get('time_text') or format(record['median_ms'], '.4g') + ' ms'}, "
            f"{100 * (record.get('peak_fraction') or 0):.1f} % of peak, "
            f"{record['workspace_bytes'] / 1024:.4g} KiB of workspace"
        )
        return f"<title>{html.escape(text)}</title>"

    def attributes(record: dict[str, Any]) -> str:
        return (
            f'data-layer="{html.escape(record["name"])}" '
            f'data-algorithm="{html.escape(_label(record))}"'
        )

    def mark(label: str, at: tuple[float, float], size: float, rest: str, inner: str) -> str:
        """A circle, or a triangle for banded forms."""
        kind = f'fill="{colour[label]}" {rest}>{inner}'
        if not _is_banded(label):
            return f'<circle r="{size}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" {kind}</circle>'
        corners = " ".join(
            f"{at[0] + a * size:.1f},{at[1] + b * size:.1f}"
            for a, b in ((0, -1.3), (-1.2, 0.9), (1.2, 0.9))
        )
        return f'<polygon points="{corners}" {kind}</polygon>'

    width, height = 900.0, 420.0
    x = _Axis([r["workspace_bytes"] / 1024 for r in records], 60, width - 20, 1)
    y = _Axis([r["relative"] for r in records], height - 45, 15, 1)
    points = []
    for record in records:
        points.append(
            mark(
                _label(record),
                (x(record["workspace_bytes"] / 1024), y(record["relative"])),
                4,
                f'class="mark" {attributes(record)}',
                title(record),
            )
        )
    means = _geometric_means(records, labels)
    line = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in _front(means))
    points.append(f'<polyline class="front" points="{line}"/>')
    for label, (a, b) in zip(labels, means):
        name = f"<title>{html.escape(label)}: mean of all layers</title>"
        points.append(mark(label, (x(a), y(b)), 6, 'class="mean"', name))
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

    row, bar, start = 16.0, 10.0, 150
    scale = (width - start - 40) / max(
        100.0, *(100 * (record.get("peak_fraction") or 0) for record in records)
    )
    bars, at = [], 0.0
    for name, layer in layers.items():
        bars.append(f'<text class="layer" x="0" y="{at + 12:.1f}">{html.escape(name)}</text>')
        at += row
        for record in _fastest_first(layer):
            label, why = _label(record), _refusal(record)
            text = html.escape(label)
            if why:
                bars.append(
                    f'<text class="mark refused" {attributes(record)} x="12" '
                    f'y="{at + 12:.1f}">\u00d7 {text}: {html.escape(_shorten(why))}'
                    f"<title>{html.escape(why)}</title></text>"
                )
                at += row
                continue
            percent = 100 * (record.get("peak_fraction") or 0)
            bars.append(
                f'<text x="12" y="{at + 12:.1f}">{text}</text>'
                f'<rect class="mark" {attributes(record)} x="{start}" y="{at + 3:.1f}" '
                f'width="{max(percent, 0.2) * scale:.1f}" height="{bar}" '
                f'fill="{colour[label]}">{title(record)}</rect>'
                f'<text x="{start + 4 + percent * scale:.1f}" y="{at + 12:.1f}">{percent:.0f}</text>'
            )
            at += row
        at += 6
    legend = " ".join(
        f'<span><i style="background:{colour[label]}"></i>{html.escape(label)}</span>'
        for label in labels
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>conv-opt</title><style>
body {{ font: 14px sans-serif; margin: 24px; max-width: 940px }}
svg text {{ font: 11px sans-serif; fill: #333 }}
svg {{ overflow: visible }}
svg .refused {{ fill: #999 }} .grid {{ stroke: #ddd }} circle, polygon {{ opacity: .65 }}
svg .layer {{ font-weight: bold }}
.mean {{ stroke: #000 }} .front {{ fill: none; stroke: #000 }}
span {{ white-space: nowrap }} i {{ display: inline-block; width: 11px; height: 11px; margin: 0 4px 0 12px }}
</style></head><body>
<h1>Time and workspace</h1>
<p>One mark per layer and algorithm, a triangle for banded forms; those with an outline are
means over the layers, the line their Pareto front. Across: workspace in KiB. Up: time relative to the layer's fastest.</p>
<p>{legend}</p>
<svg id="pareto" width="{width:.0f}" height="{height:.0f}">{"".join(ticks)}{"".join(points)}</svg>
<h1>Percentage of the machine's FMA peak</h1>
<svg id="peak" width="{width:.0f}" height="{at:.0f}">{"".join(bars)}</svg>
{_get_roofline_html(roofline)}
</body></html>
"""
