"""One sweep on this machine, through Ray and through Dask, with workers killed: the same bytes.

Called by `run`, which makes the environment.
"""

import argparse
import difflib
import hashlib
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from attempts import Attempts, parent_of
from processes import Wrong, adopt_orphans, exit_code

SCRIPTS = Path(__file__).resolve().parents[2] / "scenarios" / "cluster"
# Seconds that anything may take on a machine that has other things to do.
LIMIT_S = 900
SHARDS = 6
GRID = ["--grid", "min_entry_edge_bps=31..60/30", "--grid", "exit.edge_bps=-4..5/200", "--objective", "net"]


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--onetape", type=Path, required=True)
    options.add_argument("--dir", type=Path, required=True)
    options.add_argument("engines", nargs="+", choices=["ray", "dask"])
    args = options.parse_args()
    try:
        adopt_orphans()
        test(args.onetape.resolve(), args.dir.resolve(), args.engines)
    except Wrong as why:
        sys.exit(f"tests/cluster: {why}")


def test(binary, folder, engines):
    demo = fresh(folder / "demo")
    call(binary, "demo", "--out", demo)
    what = [demo / "scenario.toml", "--catalog", demo / "catalog", *GRID]
    one = fresh(folder / "one")
    began = time.monotonic()
    call(binary, "sweep", *what, "--out", one)
    plan = json.loads((one / "plan.json").read_text(encoding="utf-8"))
    print(f"here: {len(plan['points'])} points in {time.monotonic() - began:.1f} s", flush=True)
    for name in engines:
        began = time.monotonic()
        through(engine(name), binary, what, one, fresh(folder / name))
        print(f"      {time.monotonic() - began:.1f} s with its cluster", flush=True)


def engine(name):
    """Loaded when it is needed: each takes its time."""
    if name == "ray":
        import on_ray

        return on_ray, on_ray.OnRay
    import on_dask

    return on_dask, on_dask.OnDask


def through(engine, binary, what, one, folder):
    """The sweep through one engine, whose workers are killed on the way."""
    about, cluster = engine
    call(binary, "sweep", "plan", *what, "--out", folder)
    plan = folder / "plan.json"
    points = len(json.loads(plan.read_text(encoding="utf-8"))["points"])
    attempts = Attempts(binary, folder, SHARDS, points)
    attempts.write_wrapper()
    killed = []
    with cluster() as running:
        command = [sys.executable, SCRIPTS / about.SCRIPT, plan, "--shards", str(SHARDS)]
        command += ["--binary", attempts.wrapper, about.ADDRESS, running.address]
        with Driver(command, folder / "driver.log") as driver:
            for whom in about.KILLS:
                with attempts.caught(killed, driver, LIMIT_S) as attempt:
                    running.kill(whom, parent_of(attempt))
                running.orphan_must(exit_code(attempt.pid, LIMIT_S))
                killed.append(attempt.shard)
                print(f"{about.SCRIPT}: killed a {whom} that held shard {attempt.shard}/{SHARDS}", flush=True)
            driver.must_succeed()
        count = attempts.must_have_been_repeated(killed)
    must_be_equal(binary, one, folder)
    print(f"{about.SCRIPT}: {count} attempts at {SHARDS} shards, and the same {size(folder)} bytes", flush=True)


class Driver:
    """The script that the user starts."""

    def __init__(self, command, log):
        self.command, self.log = [str(word) for word in command], log

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def must_run(self):
        """Nothing else is right as long as there is a worker to kill."""
        if self.process.poll() is not None:
            raise self.wrong(f"ended with {self.process.returncode} before a worker could be killed")

    def must_succeed(self):
        """Waits for its end."""
        try:
            code = self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            raise self.wrong(f"still runs after {LIMIT_S} s") from None
        if code != 0:
            raise self.wrong(f"ended with {code}")

    def wrong(self, what):
        """The error, with the last that it said."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        # Of a node that died, Ray prints hundreds of lines that say nothing of the sweep.
        said = [line for line in lines if "[state-dump]" not in line][-30:]
        return Wrong(f"{' '.join(self.command)}\n{what}; the end of what it said:\n" + "\n".join(said))


def must_be_equal(binary, one, other):
    """The tables are the same bytes, or what differs."""
    ours, theirs = table(one).read_bytes(), table(other).read_bytes()
    if ours == theirs:
        return
    at = next((at for at, pair in enumerate(zip(ours, theirs)) if pair[0] != pair[1]), min(len(ours), len(theirs)))
    said = [f"{table(one)} and {table(other)} differ from byte {at} on"]
    for name, data in ((one, ours), (other, theirs)):
        said.append(f"  {name}: {len(data)} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")
    said += ["what `onetape sweep merge --json` says of both:", *difference(binary, one, other)]
    raise Wrong("\n".join(said))


def difference(binary, one, other):
    """Lines of the two documents that are not the same; what the points cost never is."""
    documents = []
    for folder in (one, other):
        # Merging writes the table anew, and this one is evidence.
        copy = folder.with_name(f"{folder.name}-again")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(folder, copy)
        document = json.loads(call(binary, "sweep", "merge", "--plan", copy / "plan.json", "--json", "--top", "1000000"))
        document.pop("cost", None)
        documents.append(json.dumps(document, indent=1).replace(str(copy), "").splitlines())
    lines = list(difflib.unified_diff(*documents, str(one), str(other), lineterm="", n=2))
    return lines[:60] or ["the same: the rows of the parts are equal, and the tables of them are not"]


def call(binary, *words):
    """Runs the binary to its end; what it printed."""
    command = [str(word) for word in (binary, *words)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S)
    if done.returncode != 0:
        raise Wrong(f"{' '.join(command)}\nended with {done.returncode}: {done.stderr}")
    return done.stdout


def table(folder):
    """The merged file."""
    return folder / "results.parquet"


def size(folder):
    """Of the merged file."""
    return table(folder).stat().st_size


def fresh(folder):
    """A folder made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    main()
