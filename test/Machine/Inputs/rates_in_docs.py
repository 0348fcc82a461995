"""Compares the rates `--conv-print-machine` prints with their table in the manual.

usage: rates_in_docs.py DOCS < OUTPUT
"""

import re
import sys


def main() -> None:
    printed = {}
    for line in sys.stdin:
        match = re.match(r"  (\w+) +(\S+)  (\S.*?) +family default$", line)
        if match:
            printed[match[1]] = (float(match[2]), match[3])
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    section = text[text.index("## Rates") : text.index("### Measuring them")]
    documented = {
        match[1]: (float(match[2]), match[3])
        for match in re.finditer(r"^\| `(\w+)` \| ([\d.]+) \| ([^|]+) \| [^|]+ \| [^|]+ \|$", section, re.M)
    }
    for name in sorted({*printed, *documented}):
        if printed.get(name) != documented.get(name):
            print(f"{name}: printed {printed.get(name)}, documented {documented.get(name)}")
    print(f"{len(printed)} rates")


if __name__ == "__main__":
    main()
