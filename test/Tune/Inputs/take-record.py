"""Writes the records of answers to tasks as a file of records.

usage: take-record.py PLAN ANSWERS
"""
import json
import sys

with open(sys.argv[1]) as file:
    planned = {json.loads(line)["task"] for line in file}
print('{"format":"conv-opt tuning records","version":1}')
with open(sys.argv[2]) as file:
    for answer in map(json.loads, file):
        assert answer["task"] in planned, answer
        print(json.dumps(answer["record"]))
