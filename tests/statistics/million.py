#!/usr/bin/env python3
"""A million fills from first event to the last byte of JSON, in rounds.

    tests/statistics/million.py [--rounds N] [--parts N] [--fills N]

Builds the benchmark `million` of `onetape-reports` and runs it, each round a process of its own. Whatever else a machine does only
adds to the time, so the best round says most of the code; all are shown, with their median. Exits 1 when the best is above 2 seconds
or any above 500 MiB.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX, MIB_MAX = 2.0, 500
LINE = re.compile(r"([\d.]+) s to JSON .*peak memory (?:(\d+) MiB|unknown)")


def build():
    told = subprocess.run(
        ["cargo", "bench", "--package", "onetape-reports", "--bench", "million", "--locked", "--no-run", "--message-format=json"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    ).stdout
    for line in told.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "million":
            return message["executable"]
    sys.exit("million.py: cargo names no executable of the benchmark")


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--rounds", type=int, default=5)
    args.add_argument("--parts", type=int, default=3, help="parts that an order is filled in")
    args.add_argument("--fills", type=int, default=1_000_000)
    args = args.parse_args()
    program = build()
    env = dict(os.environ, ONETAPE_PARTS=str(args.parts), ONETAPE_FILLS=str(args.fills))
    env.pop("ONETAPE_JSON", None)
    seconds, peaks = [], []
    for _ in range(max(args.rounds, 1)):
        told = subprocess.run([program], env=env, stdout=subprocess.PIPE, text=True).stdout
        found = LINE.search(told)
        if not found:
            sys.exit(f"million.py: the benchmark said: {told!r}")
        print(told.splitlines()[0], flush=True)
        seconds.append(float(found[1]))
        peaks.append(int(found[2] or 0))
    best, median, peak = min(seconds), statistics.median(seconds), max(peaks)
    print(f"best {best:.2f} s, median {median:.2f} s, peak memory {peak} MiB of {len(seconds)} rounds")
    if best > SECONDS_MAX or peak > MIB_MAX:
        sys.exit(f"million.py: above {SECONDS_MAX:g} s or {MIB_MAX} MiB")


if __name__ == "__main__":
    main()
