"""Adds records from four processes to one file while a fifth reads it.

One of the writers is killed and started again. In the end every record is there
once, and exports of both kinds of files are the same.

usage: concurrent-records.py CONV_TUNE RECORDS FOLDER
"""
import json
import subprocess
import sys

TOOL, RECORDS, FOLDER = sys.argv[1:]
WRITERS, EACH = 4, 5


def command(*arguments):
    return [TOOL, "records", *arguments]


with open(RECORDS) as file:
    header, line = file.read().splitlines()[:2]
parts = []
for part in range(WRITERS * EACH):
    record = json.loads(line)
    record["problem"]["c"] = 1000 + part
    path = f"{FOLDER}/part{part}.json"
    with open(path, "w") as file:
        file.write(header + "\n" + json.dumps(record) + "\n")
    parts.append(path)

exports = []
for store in (f"{FOLDER}/four.db", f"{FOLDER}/four.json"):
    # Also its creation is everybody's.
    for step in range(EACH):
        mine = parts[step * WRITERS : (step + 1) * WRITERS]
        writers = [
            subprocess.Popen(command("import", store, path), stdout=subprocess.DEVNULL)
            for path in mine
        ]
        if step == 1:
            writers[0].kill()
        if step:
            shown = subprocess.run(command("show", store), capture_output=True, text=True)
            assert shown.returncode == 0, shown.stderr
        codes = [writer.wait() for writer in writers]
        assert codes[1:] == [0] * (WRITERS - 1), codes
        subprocess.run(command("import", store, mine[0]), check=True, stdout=subprocess.DEVNULL)
    exports.append(subprocess.run(command("export", store), capture_output=True, check=True).stdout)
    assert len(exports[-1].splitlines()) == 1 + WRITERS * EACH, exports[-1]
assert exports[0] == exports[1]
