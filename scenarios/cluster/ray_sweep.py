#!/usr/bin/env python3
"""Runs the shards of a sweep on a Ray cluster, then merges them.

    onetape sweep plan FILE --grid ... --out /shared/sweep
    python ray_sweep.py /shared/sweep/plan.json --shards 200 --threads 4

Of a search, give its folder: each generation is run like that, until nothing is left to ask.

    onetape sweep ask FILE --range ... --search tpe --budget 512 --generation 64 --out /shared/search
    python ray_sweep.py /shared/search

Every node needs the binary and sees the plan's folder and the catalogue, which may lie in a store: s3://bucket/search,
or s3://bucket/sweep/plan.json with --shards. The work and its checkpoints are files: when this script dies, start it
again.
"""

import argparse
import json
import os
import subprocess
import sys

import ray
import ray.exceptions

OVER = 10
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


def is_search(place):
    if place.startswith("s3://"):
        return not place.endswith(".json")
    return os.path.isdir(place)


def suggested(plan):
    with open(plan, encoding="utf-8") as file:
        return json.load(file)["shards"]


def run_plan(args, remote, plan, shards):
    waiting = [remote.remote(args.binary, plan, shard, shards, args.threads) for shard in range(shards)]
    failed = 0
    while waiting:
        done, waiting = ray.wait(waiting)
        try:
            shard, code, text = ray.get(done[0])
        except ray.exceptions.RayError as why:
            shard, code, text = "?", TEMPORARY, str(why)
        if code != 0:
            failed += 1
            print(f"shard {shard} ended with {code}: {text}", file=sys.stderr)
    if failed:
        sys.exit(f"{failed} of {shards} shards failed; start this again once their reasons are gone")


def run_search(args, remote):
    while True:
        asked = subprocess.run([args.binary, "sweep", "ask", args.plan, "--json"], stdout=subprocess.PIPE, text=True)
        if asked.returncode == OVER:
            return json.loads(asked.stdout)["file"]
        if asked.returncode != 0:
            sys.exit(asked.returncode)
        asked = json.loads(asked.stdout)
        run_plan(args, remote, asked["file"], args.shards or asked["shards"])
        told = subprocess.run([args.binary, "sweep", "tell", args.plan])
        if told.returncode != 0:
            sys.exit(told.returncode)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("plan", help="plan.json, or the folder of a search")
    options.add_argument("--shards", type=int, help="how many; each plan's suggestion when not given")
    options.add_argument("--threads", type=int, default=1, help="threads of a shard")
    options.add_argument("--binary", default="onetape")
    options.add_argument("--address", default=None, help="of the cluster; a local one when not given")
    args = options.parse_args()
    ray.init(address=args.address)
    remote = ray.remote(num_cpus=args.threads, max_retries=5, retry_exceptions=[TryAgain])(run_shard)
    plan = args.plan
    if is_search(plan):
        plan = run_search(args, remote)
    else:
        run_plan(args, remote, plan, args.shards or suggested(plan))
    sys.exit(subprocess.run([args.binary, "sweep", "merge", "--plan", plan]).returncode)


if __name__ == "__main__":
    main()
