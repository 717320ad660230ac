#!/usr/bin/env python3
"""Runs the shards of a sweep on Dask workers, then merges them.

    onetape sweep plan FILE --grid ... --out /shared/sweep
    python dask_sweep.py /shared/sweep/plan.json --shards 200 --scheduler tcp://host:8786

Every worker needs the binary and sees the plan's folder and the catalogue. A worker that is killed leaves its child
process behind, so shards are told to die with their parent. The work and its checkpoints are files: when this script
dies, start it again.
"""

import argparse
import json
import subprocess
import sys

from dask.distributed import Client, as_completed

TEMPORARY = 75


class TryAgain(Exception):
    """The shard ended with 75: it goes on where it was when it is started again."""


def run_shard(binary, plan, shard, shards, threads):
    command = [binary, "sweep", "run", "--plan", plan, "--shard", f"{shard}/{shards}"]
    command += ["--threads", str(threads)]
    if sys.platform == "linux":
        command.append("--die-with-parent")
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode == TEMPORARY:
        raise TryAgain(done.stderr)
    # Anything else would fail again; the text tells which shard and why.
    return shard, done.returncode, done.stderr


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("plan")
    options.add_argument("--shards", type=int, help="how many; the plan's suggestion when not given")
    options.add_argument("--threads", type=int, default=1, help="threads of a shard")
    options.add_argument("--binary", default="onetape")
    options.add_argument("--scheduler", default=None, help="its address; workers of this machine when not given")
    args = options.parse_args()
    if args.shards is None:
        with open(args.plan, encoding="utf-8") as file:
            args.shards = json.load(file)["shards"]
    failed = 0
    with Client(args.scheduler) as client:
        fixed = (args.binary, args.plan)
        futures = [
            client.submit(run_shard, *fixed, shard, args.shards, args.threads, retries=5, pure=False)
            for shard in range(args.shards)
        ]
        for future in as_completed(futures):
            try:
                shard, code, text = future.result()
            except Exception as why:  # TryAgain after its retries, or a worker that was lost too often
                shard, code, text = "?", TEMPORARY, str(why)
            if code != 0:
                failed += 1
                print(f"shard {shard} ended with {code}: {text}", file=sys.stderr)
    if failed:
        sys.exit(f"{failed} of {args.shards} shards failed; start this again once their reasons are gone")
    sys.exit(subprocess.run([args.binary, "sweep", "merge", "--plan", args.plan]).returncode)


if __name__ == "__main__":
    main()
