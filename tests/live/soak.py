#!/usr/bin/env python3
"""A live run for a long time at a high rate of messages while much goes wrong: nothing of it may grow.

    tests/live/soak.py [--onetape FILE] [--minutes N] [--rate N] [--every N] [--dir DIR] [--realtime] [--spin] [--json]

The market and the run of `latency.py`. Orders are accepted and their connection dropped, answered with -1007, taken and only
acknowledged, refused, lost; messages of accounts are left out, all connections are cut, addresses are banned. Each ten
seconds memory, descriptors and threads of the run are looked at. The rule: the highest of the last third may be above the
highest of the middle third by 4 MiB and 2% of memory, 4 descriptors (a connection is made before the old one is closed), and
no thread. What is kept of each order is told apart: memory may grow by 1 KiB for every order, too.

At the end the run is replayed with `--verify`, and its journal must have a plausible size: so many bytes for each event. It
exits with 1 where something does not hold. Python 3.11's own library is all that it needs.
"""

import argparse
import json
import os
import sys
import time

from flood import FUTURES, SPOT, Failed, carry_out, options

LOOK_EVERY_S = 10.0
# Of every so many requests about orders one goes wrong; connections are cut and addresses banned every so often.
FAULTS = [
    "drop@every=97", "timeout@every=131", "ack-only@every=61", "lose@every=151", "unavailable@every=173", "busy@every=191",
    "unknown@every=211", "limit@every=307", "miss@every=89", "cut@every=45s", "stale@every=70s@for=1s", "ban@every=110s@for=3s",
]
MEMORY_SLACK, MEMORY_SHARE, BYTES_AN_ORDER = 4 * 2**20, 1.02, 1024
DESCRIPTOR_SLACK = 4
# What an event of the journal may take: frames of quotes, and what is decided on them.
EVENT_BYTES = (40, 160)


def look(pid, began):
    status = dict(
        line.split(":", 1) for line in open(f"/proc/{pid}/status", encoding="ascii").read().splitlines() if ":" in line
    )
    return {
        "at_s": round(time.monotonic() - began, 1),
        "rss": int(status["VmRSS"].split()[0]) * 1024,
        "fds": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": int(status["Threads"]),
    }


def judge(samples, orders):
    """The rule, on the samples after a first third in which everything is made that is kept."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    if not middle:
        raise Failed("too few samples; let it take longer")
    most = {name: (max(it[name] for it in middle), max(it[name] for it in last)) for name in ("rss", "fds", "threads")}
    kept = orders / 2 * BYTES_AN_ORDER
    grew = {
        "rss": most["rss"][1] > most["rss"][0] * MEMORY_SHARE + MEMORY_SLACK + kept,
        "fds": most["fds"][1] > most["fds"][0] + DESCRIPTOR_SLACK,
        "threads": most["threads"][1] > most["threads"][0],
    }
    for name, it in grew.items():
        if it:
            raise Failed(f"{name} grew: at most {most[name][0]} in the middle third, {most[name][1]} in the last")
    return most


def met(flood):
    """How often each fault happened, at both venues together."""
    found = {}
    for venue in (SPOT, FUTURES):
        for it in flood.get(venue, "faults")["faults"]:
            kind = it["fault"].split("@")[0]
            found[kind] = found.get(kind, 0) + it["met"]
    return found


def soak(flood, args):
    seconds = int(args.minutes * 60)
    flood.make_tape(20)
    flood.serve()
    flood.live(seconds + 5)
    # Not before the run is there: a ban would end its start, as it should.
    for venue in (SPOT, FUTURES):
        flood.post(venue, "faults", {"faults": FAULTS})
    flood.play()
    began = time.monotonic()
    samples = []
    while time.monotonic() - began < seconds:
        time.sleep(min(LOOK_EVERY_S, max(began + seconds - time.monotonic(), 0.1)))
        if flood.run.poll() is not None:
            raise Failed(f"the run ended by itself: {(flood.work / 'live.log').read_text()[-800:]}")
        samples.append(look(flood.run.pid, began))
        if not args.json:
            it = samples[-1]
            print(f"{it['at_s']:7.1f} s  {it['rss'] / 2**20:7.1f} MiB  {it['fds']} descriptors  {it['threads']} threads", flush=True)
    status, faults = flood.status(), met(flood)
    ended = flood.end_run()
    flood.call("replay", "run", "--verify")
    size = sum(it.stat().st_size for it in (flood.work / "run" / "journal").glob("*.seg"))
    bytes_an_event = size / max(ended["events"], 1)
    if not EVENT_BYTES[0] <= bytes_an_event <= EVENT_BYTES[1]:
        raise Failed(f"the journal has {bytes_an_event:.1f} bytes an event, not {EVENT_BYTES[0]} to {EVENT_BYTES[1]}")
    rate = status["loop"]["market_events"] * 1e3 / status["runtime_ms"]
    orders = status["loop"]["orders_sent"]
    unmet = [kind for kind in ("drop", "timeout", "ack-only", "cut") if not faults.get(kind)]
    if unmet:
        raise Failed(f"these faults never happened: {', '.join(unmet)}")
    most = judge(samples, orders)
    return {
        "minutes": args.minutes,
        "rate": round(rate),
        "orders": orders,
        "executions": status["stats"]["engine"]["executions"],
        "faults": faults,
        "conflated": status["loop"]["conflated"],
        "rss_mib": [round(it / 2**20, 1) for it in most["rss"]],
        "fds": most["fds"],
        "threads": most["threads"],
        "journal": {
            "bytes": size,
            "events": ended["events"],
            "bytes_an_event": round(bytes_an_event, 1),
            "segments": len(list((flood.work / "run" / "journal").glob("*.seg"))),
        },
        "orders_timing": status["timing"]["orders"],
    }


def go(flood, args):
    found = soak(flood, args)
    print(json.dumps(found, indent=2))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options(parser)
    parser.add_argument("--minutes", default=20.0, type=float)
    args = parser.parse_args()
    return carry_out(args, go)


if __name__ == "__main__":
    sys.exit(main())
