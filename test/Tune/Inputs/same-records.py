"""Checks that two files of JSON lines have the same records, in any order.

usage: same-records.py A B
"""
import json
import sys


def read(path):
    with open(path) as file:
        return sorted(json.dumps(json.loads(line), sort_keys=True) for line in file)


assert read(sys.argv[1]) == read(sys.argv[2])
