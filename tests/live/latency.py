#!/usr/bin/env python3
"""How long it takes from a frame of the market to the last byte of the orders that it leads to.

    tests/live/latency.py [--onetape FILE] [--seconds N] [--rate N] [--every N] [--dir DIR] [--realtime] [--spin] [--json]

One process serves Binance spot and Binance futures in their own protocols and sends so many messages a second by WebSocket;
another is a usual live run on them: its journal on disk with the policy `process`, its risk gate with limits. On known
messages two orders leave, which the served venues take, check and fill.

Measured twice. Inside, by the run: from when the frame's bytes were read from the socket until the write of the second
order's last byte returned, with the steps between. Outside, by the serving process: from just before it writes the frame
until it has read the second order, which includes both ways through the system's sockets and its own turn. Each is printed
as percentiles and as a histogram. Beside them, under the same load, what two writes take of a program that does nothing else
(`bare.py`): the part of it that is the machine's. Exit code 1 when nothing was measured, or when inside exceeds outside. Python 3.11's own
library is all that it needs.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import time

from flood import FUTURES, PRICE, SPOT, Failed, carry_out, options

STEPS = {
    "decode": "decode the frame, queue it",
    "queue": "wait for the loop",
    "decide": "fold, decide, risk gate",
    "journal": "write the journal",
    "sign": "sign the first order",
    "write": "write it",
    "sign_others": "note it, sign the second",
    "write_others": "write it",
}


def outside(flood):
    """From before the frame was written until both orders were read, in microseconds, in order."""
    spans, began, came, apart = [], None, {}, False
    bid = re.compile(r'"b":"([0-9.]+)"')
    for line in sorted((flood.work / "stamps").read_text().splitlines(), key=lambda it: int(it.split(" ", 1)[0])):
        at, venue, way, what = line.split(" ", 3)
        if way == "out" and venue == FUTURES:
            found = bid.search(what)
            if found and (float(found[1]) > PRICE * 1.0025) != apart:
                apart, began, came = not apart, int(at), {}
        elif way == "in" and began is not None:
            came.setdefault(venue, int(at))
            if SPOT in came and FUTURES in came:
                spans.append((max(came.values()) - began) / 1e3)
                began = None
    return sorted(spans)


def quantile(ordered, part):
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else None


def spread(ordered):
    if not ordered:
        raise Failed("from outside, no two orders were seen to follow a frame")
    names = {"p50_us": 0.5, "p90_us": 0.9, "p99_us": 0.99, "p999_us": 0.999}
    told = {name: round(quantile(ordered, part), 1) for name, part in names.items()}
    buckets, to = [], 1.024
    while to < ordered[0]:
        to *= 2
    at = 0
    while at < len(ordered):
        count = sum(1 for it in ordered[at:] if it <= to)
        buckets.append({"to_us": round(to, 3), "count": count})
        at, to = at + count, to * 2
    return {"count": len(ordered), "mean_us": round(sum(ordered) / len(ordered), 1), **told, "max_us": ordered[-1], "buckets": buckets}


def bare(flood, every_ms):
    """Two writes of a program that does nothing else, as often and as privileged as the run's."""
    words = [*flood.first, sys.executable, str(pathlib.Path(__file__).with_name("bare.py")), "--every-ms", str(every_ms)]
    return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


def measure(flood, args):
    flood.make_tape(min(args.seconds, 20))
    flood.serve("--stamps", "stamps")
    flood.live(args.seconds + 8)
    flood.play()
    began = time.monotonic()
    time.sleep(2.0)
    before = flood.status()
    time.sleep(max(args.seconds - (time.monotonic() - began), 1.0))
    after = flood.status()
    machine = bare(flood, 1e3 * args.every / 2 / args.rate)
    passed = (after["runtime_ms"] - before["runtime_ms"]) / 1e3
    arrived = after["loop"]["market_events"] - before["loop"]["market_events"]
    flood.end_run()
    flood.server.terminate()
    flood.server.wait(timeout=20)
    flood.call("replay", "run", "--verify")
    timing = after["timing"]
    if not timing["orders"]["count"]:
        raise Failed("no two orders left on a frame")
    found = {
        "rate": round(arrived / passed),
        "seconds": round(passed, 1),
        "unmeasured": timing["unmeasured"],
        "conflated": after["loop"]["conflated"],
        "inside": timing["orders"],
        "dispatch": timing["dispatch"],
        "repairs": timing["repairs"],
        "steps": timing["steps"],
        "arrivals": timing["arrivals"],
        "outside": spread(outside(flood)),
        "bare": machine,
    }
    if found["inside"]["p50_us"] > found["outside"]["p50_us"]:
        raise Failed("what was measured inside takes longer than what was seen outside")
    return found


def line(name, told):
    of = [told[key] for key in ("p50_us", "p90_us", "p99_us", "p999_us", "max_us")]
    return f"| {name} | " + " | ".join(f"{it:,.1f}" for it in of) + f" | {told['count']:,} |"


def lines(found):
    yield f"{found['rate']:,} messages a second for {found['seconds']} s; times in microseconds:"
    yield ""
    yield "| | p50 | p90 | p99 | p99.9 | max | times |"
    yield "|---|---|---|---|---|---|---|"
    yield line("**frame read to last byte of both orders**", found["inside"])
    for key, name in STEPS.items():
        yield line(name, found["steps"][key])
    yield line("last byte of the first order to last byte of the second", found["dispatch"])
    if found["repairs"]["count"]:
        yield line("news of an account, or a timer, to last byte of the orders that it led to", found["repairs"])
    yield line("seen from outside: frame sent to both orders read", found["outside"])
    yield line("every frame read, to its turn in the loop", found["arrivals"])
    yield line("two writes of a program that does nothing else", found["bare"])
    yield ""
    yield "```text"
    most = max(it["count"] for it in found["inside"]["buckets"])
    for it in found["inside"]["buckets"]:
        bar = "#" * -(-it["count"] * 60 // most)
        yield f"up to {it['to_us']:>12,.1f} us {it['count']:>7,} {bar}".rstrip()
    yield "```"


def go(flood, args):
    found = measure(flood, args)
    if args.json:
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(lines(found)))
    for name, most in (("p50_us", args.p50_max), ("p99_us", args.p99_max)):
        if most is not None and found["inside"][name] > most:
            raise Failed(f"{name} is {found['inside'][name]:.1f}, and {most:.1f} is the most that is wanted")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options(parser)
    parser.add_argument("--seconds", default=60, type=int, help="of the measurement")
    parser.add_argument("--p50-max", type=float, metavar="US", help="fail when the median takes longer, in microseconds")
    parser.add_argument("--p99-max", type=float, metavar="US", help="fail when one in a hundred takes longer")
    args = parser.parse_args()
    return carry_out(args, go)


if __name__ == "__main__":
    sys.exit(main())
