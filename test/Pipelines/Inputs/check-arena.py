"""Reads remarks; fails unless a function needs some workspace and none needs more
than the given number of bytes."""

import re
import sys

needs = re.findall(r'Remark="(\w+): (\d+) bytes of workspace"', sys.stdin.read())
bound = int(sys.argv[1])
if not needs:
    sys.exit("no function needs workspace")
for function, number in needs:
    if not 0 < int(number) <= bound:
        sys.exit(f"{function} needs {number} bytes, the bound is {bound}")
