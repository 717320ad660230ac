#!/usr/bin/env python3
"""A thousand points of spot_futures together and alone: over the reference capture, both pairs, and over a synthetic day.

    tests/sweeps/thousand.py [--onetape FILE] [--data DIR] [--dir DIR] [--seed N] [--rounds N]

Asserts that the points drawn by the seed decide the same together and alone, that half of all points trade and that the
memory is bounded. Prints, and does not assert, how fast that is: events of all points over the seconds that the sweep
took by its own clock (decoding and merging in it), over the wall seconds and the processor seconds of the whole process
(planning, tables and page in it too), and how much of it was stepped rather than compared and passed over.
"""

import argparse
import json
import os
import pathlib
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
POINTS, DRAWN, TRIPS = 1000, 20, 5
CAPTURE = ROOT / "scenarios/long/pairs.toml", ["min_entry_edge_bps=-3..-1/40", "exit.edge_bps=4.8..7/25"]
DAY = ROOT / "scenarios/long/day.toml", ["min_entry_edge_bps=32..52/250", "exit.edge_bps=-4,0,1,4"]


def run(command):
    """What a command printed, its wall seconds and its processor seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {done.returncode}:\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, wall, cpu


def copied_gb_s():
    """What one core reads and writes of memory in a second, in GB, by copying a quarter of a GiB."""
    source = bytearray(os.urandom(1 << 20)) * 256
    target = bytearray(len(source))
    best = min(timed(target, source) for _ in range(5))
    return 2 * len(source) / best / 1e9


def timed(target, source):
    began = time.monotonic()
    target[:] = source
    return time.monotonic() - began


def sweep(onetape, catalog, case, out, threads):
    scenario, grids = case
    shutil.rmtree(out, ignore_errors=True)
    command = [onetape, "sweep", scenario, "--catalog", catalog, "--threads", str(threads), "--out", out]
    command += [part for grid in grids for part in ("--grid", grid)]
    text, wall, cpu = run([*command, "--top", str(POINTS), "--json"])
    return json.loads(text), wall, cpu


def alone(onetape, catalog, case, point):
    sets = [part for key, value in point["set"].items() for part in ("--set", f"{key}={value}")]
    command = [onetape, "backtest", case[0], "--catalog", catalog, *sets, "--journal", "none", "--json"]
    text, wall, cpu = run(command)
    return json.loads(text), wall, cpu


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    data = os.environ.get("ONETAPE_REFERENCE_DATA", ROOT.parent / "shared/data")
    options.add_argument("--onetape", type=pathlib.Path, default=target / "release/onetape")
    options.add_argument("--data", type=pathlib.Path, default=pathlib.Path(data), help="the reference data")
    options.add_argument("--dir", type=pathlib.Path, help="where everything is kept; a folder that goes away when not given")
    options.add_argument("--seed", type=int, default=20, help="which points are run alone")
    options.add_argument("--rounds", type=int, default=3, help="how often the sweep is timed")
    args = options.parse_args()
    raw = sorted(args.data.glob("binance_spot_usdm_20240808/raw/*/*.gz"))
    if not raw or not args.onetape.exists():
        sys.exit(f"no reference data at {args.data}, or no binary at {args.onetape}: see --help")
    onetape = args.onetape.resolve()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (args.dir or pathlib.Path(scratch)).resolve()
        catalog = folder / "catalog"
        run([onetape, "data", "import", "binance-raw", *raw, "--accept", "non-trade", "--catalog", catalog])
        print("== the reference capture, both pairs")
        check(args, onetape, catalog, CAPTURE, folder)
        catalog = folder / "day"
        run([onetape, "data", "synth", "--duration", "24h", "--catalog", catalog])
        print("\n== a synthetic day")
        check(args, onetape, catalog, DAY, folder)
    print(f"\na core copies {copied_gb_s():.1f} GB of memory in a second")


def check(args, onetape, catalog, case, folder):
    sweeps = {
        threads: [sweep(onetape, catalog, case, folder / f"sweep-{threads}", threads) for _ in range(args.rounds)]
        for threads in (1, 2)
    }
    document = sweeps[1][0][0]
    points = document["best"]
    traders = [point for point in points if point["metrics"]["round_trips"] >= TRIPS]
    trips = statistics.mean(point["metrics"]["round_trips"] for point in points)
    print(f"{len(points)} points; {len(traders)} of them make {TRIPS} round trips or more, {trips:.1f} in the mean")
    assert len(points) == POINTS and document["failed"] == 0, "every point is run"
    assert 2 * len(traders) >= POINTS, "half of them trade"
    tables = {(folder / f"sweep-{threads}" / "results.parquet").read_bytes() for threads in (1, 2)}
    assert len(tables) == 1, "the table is the same for one thread and for two"

    drawn = random.Random(args.seed).sample(points, DRAWN)
    trading = sum(point["metrics"]["round_trips"] >= TRIPS for point in drawn)
    runs = [alone(onetape, catalog, case, point) for point in drawn]
    same = sum(
        (ran["decisions_hash"], ran["run_id"]) == (point["decisions_hash"], point["run_id"])
        for (ran, _, _), point in zip(runs, drawn)
    )
    print(f"seed {args.seed}: {same} of {DRAWN} points, {trading} of them traders, decide the same alone")
    assert same == DRAWN and trading > 0, "what a point decides does not depend on the others"

    alone_cpu = statistics.median(cpu for _, _, cpu in runs)
    alone_wall = statistics.median(wall for _, wall, _ in runs)
    print(f"\n{'threads':>7} {'events':>12} {'stepped':>8} {'sweep s':>8} {'M/s':>5} {'wall s':>7} {'cpu s':>6} {'M/cpu s':>8} {'alone x 1000':>13} {'peak MiB':>9}")
    for threads, ran in sweeps.items():
        costs = [document["cost"] for document, _, _ in ran]
        events, peak = costs[0]["events"], max(cost["peak_rss_mib"] for cost in costs)
        own = statistics.median(cost["wall_s"] for cost in costs)
        wall, cpu = statistics.median(wall for _, wall, _ in ran), statistics.median(cpu for _, _, cpu in ran)
        stepped = 100 * (1 - costs[0]["passed_over"] / events)
        print(
            f"{threads:>7} {events:>12} {stepped:>7.2f}% {own:>8.2f} {events / own / 1e6:>5.0f} {wall:>7.2f} {cpu:>6.2f}"
            f" {events / cpu / 1e6:>8.0f} {alone_wall * POINTS / wall:>12.0f}x {peak:>9.0f}"
        )
        assert peak < 1024, "one process stays under 1 GiB"
    rate = costs[0]["events"] / min(cpu for ran in sweeps.values() for _, _, cpu in ran)
    print(f"one point alone: {alone_wall:.3f} s, {alone_cpu:.3f} s of a processor (medians of {DRAWN})")
    print(f"every event is compared with what wakes the point, 8 bytes each: {8 * rate / 1e9:.1f} GB a second of a processor")


if __name__ == "__main__":
    main()
