#!/usr/bin/env python3
"""Derives the table of Winograd transformations, and measures their errors.

usage: tools/winograd-table.py [--check] [--measure SEEDS] [--table FILE]

F(m, 3) computes m neighbouring outputs of a window of three taps from m + 2
inputs by m + 2 products (Winograd 1980; Lavin and Gray 2016):

    y = A ((G g) * (B d))

with matrices that follow from m + 1 interpolation points and infinity (Toom and
Cook). The points of F(4, 3) are chosen for their error, as Alam, Anderson,
Barabasz and Gregg (2022) do: with c and 1/c the products of their squares are
1, which costs no more operations than small integers do.

Errors are those of tiles F(m x n, 3 x 3): the root of the mean square over the
outputs, over that of the plain f32 sum, both against f64; weights are normal
(He), inputs rectified normal. Without options the table is printed with the
errors of ten seeds. --check says whether the table's matrices are what is
derived, and whether its errors are near those of one seed.
"""

import argparse
import re
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "lib" / "conv" / "IR" / "WinogradTable.inc"

TAPS = 3
POINTS = {2: ["0", "1", "-1"], 4: ["0", "2/3", "-2/3", "3/2", "-3/2"]}
TILES = [(4, 4), (4, 2), (2, 2)]
CHANNELS = [64, 128, 256, 512]
# One seed with few channels is this near to the mean of many.
CHECK_TOLERANCE = 0.15


def derive(m):
    """Matrices A (m x n), G (n x 3) and B (n x n) of F(m, 3), n = m + 2."""
    points = [Fraction(p) for p in POINTS[m]]
    n = m + TAPS - 1

    def multiply(roots):
        """Coefficients of the product of (x - root), lowest power first."""
        product = [Fraction(1)]
        for root in roots:
            shifted = [Fraction(0)] + product
            product = [s - root * p for s, p in zip(shifted, product + [Fraction(0)])]
        return product + [Fraction(0)] * (n - len(product))

    def scale(i):
        result = Fraction(1)
        for j, point in enumerate(points):
            if j != i:
                result *= points[i] - point
        return result

    def powers(point, count):
        return [point**i for i in range(count)]

    a = [[p**i for p in points] + [Fraction(int(i == m - 1))] for i in range(m)]
    g = [[power / scale(i) for power in powers(p, TAPS)] for i, p in enumerate(points)]
    g.append([Fraction(0)] * (TAPS - 1) + [Fraction(1)])
    b = [multiply(points[:i] + points[i + 1 :]) for i in range(n - 1)]
    b.append(multiply(points))
    return a, g, b


def verify(m):
    """Whether the matrices compute every product of one input and one tap."""
    a, g, b = derive(m)
    n = m + TAPS - 1
    for i in range(m):
        for tap in range(TAPS):
            for x in range(n):
                y = sum(a[i][j] * g[j][tap] * b[j][x] for j in range(n))
                assert y == int(x == i + tap), (m, i, tap, x)


def as_array(matrix, dtype=np.float64):
    return np.array([[float(x) for x in row] for row in matrix], dtype)


def fma(product_a, product_b, addend):
    """f32 sums of products that are not rounded."""
    exact = product_a.astype(np.float64) * product_b.astype(np.float64)
    return (addend.astype(np.float64) + exact).astype(np.float32)


def transform(left, values, right):
    """left values right^T, rounded after each of the two."""
    rows = np.einsum("ij,...jl->...il", left, values).astype(np.float32)
    return np.einsum("...il,ml->...im", rows, right).astype(np.float32)


def measure(tile, channels, seed, tiles=150, filters=8):
    """rms errors of the tile and of the plain sum for one draw."""
    rng = np.random.default_rng(seed)
    (ar, gr, br), (ac, gc, bc) = (derive(m) for m in tile)
    rows, columns = tile[0] + TAPS - 1, tile[1] + TAPS - 1
    d = np.maximum(rng.standard_normal((tiles, channels, rows, columns)), 0)
    g = rng.standard_normal((filters, channels, TAPS, TAPS))
    d = d.astype(np.float32)
    g = (g * np.sqrt(2 / TAPS**2 / channels)).astype(np.float32)
    exact = np.zeros((tiles, filters, *tile))
    plain = np.zeros((tiles, filters, *tile), np.float32)
    for r in range(TAPS):
        for s in range(TAPS):
            window = d[:, :, r : r + tile[0], s : s + tile[1]]
            exact += np.einsum(
                "tcij,kc->tkij", window.astype(np.float64), g[:, :, r, s].astype(np.float64), optimize=True
            )
            for c in range(channels):
                plain = fma(window[:, c, None], g[None, :, c, r, s, None, None], plain)
    u = np.einsum("ij,kcjl,ml->kcim", as_array(gr), g.astype(np.float64), as_array(gc), optimize=True)
    u = u.astype(np.float32)
    v = transform(as_array(br, np.float32), d, as_array(bc, np.float32))
    products = np.zeros((tiles, filters, rows, columns), np.float32)
    for c in range(channels):
        products = fma(v[:, c, None], u[None, :, c], products)
    y = transform(as_array(ar, np.float32), products, as_array(ac, np.float32))

    def rms(values):
        return float(np.sqrt(np.mean((values - exact) ** 2)))

    return rms(y), rms(plain)


def measure_ratios(tile, channels, seeds):
    ratios = []
    for count in channels:
        for seed in range(seeds):
            winograd, plain = measure(tile, count, seed)
            ratios.append(winograd / plain)
    return ratios


def write_number(value):
    if value.denominator == 1:
        return str(value.numerator)
    return f"{value.numerator}.0 / {value.denominator}"


def write_matrix(matrix):
    return "{" + ", ".join(write_number(x) for row in matrix for x in row) + "}"


def write_transforms():
    lines = []
    for m in sorted(POINTS):
        verify(m)
        a, g, b = derive(m)
        lines += [
            f"// F({m}, 3), points {', '.join(POINTS[m])} and infinity.",
            f"WINOGRAD_TRANSFORM({m},",
            f"  /*output=*/ARRAY({write_matrix(a)[1:-1]}),",
            f"  /*filter=*/ARRAY({write_matrix(g)[1:-1]}),",
            f"  /*input=*/ARRAY({write_matrix(b)[1:-1]}))",
        ]
    return lines


def write_table(seeds):
    lines = [
        "// Derived and measured by tools/winograd-table.py; the test WinogradTable",
        "// compares. Errors are multiples of the plain f32 sum's: the mean and the",
        f"// largest of {seeds} seeds with {', '.join(map(str, CHANNELS))} channels.",
        "",
        *write_transforms(),
        "",
    ]
    for tile in TILES:
        ratios = measure_ratios(tile, CHANNELS, seeds)
        lines.append(
            f"WINOGRAD_TILE({tile[0]}, {tile[1]}, /*error=*/{np.mean(ratios):.2f}, "
            f"/*largest=*/{max(ratios):.2f})"
        )
    return "\n".join(lines) + "\n"


def check(text):
    """Says what of the table is not what is derived or measured."""
    for line in write_transforms():
        if line not in text.splitlines():
            return f"the table lacks the derived line\n{line}"
    for tile in TILES:
        found = re.search(rf"WINOGRAD_TILE\({tile[0]}, {tile[1]}, /\*error=\*/([0-9.]+), ", text)
        if not found:
            return f"the table lacks the tile {tile}"
        ratio = measure_ratios(tile, CHANNELS[:1], seeds=1)[0]
        if abs(ratio / float(found[1]) - 1) > CHECK_TOLERANCE:
            return f"the error of {tile} is {found[1]} in the table, measured {ratio:.2f}"
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--measure", type=int, default=10, metavar="SEEDS")
    parser.add_argument("--table", type=Path, default=TABLE)
    args = parser.parse_args()
    if not args.check:
        print(write_table(args.measure), end="")
        return
    if wrong := check(args.table.read_text()):
        sys.exit(f"{args.table}: {wrong}")


if __name__ == "__main__":
    main()
