#!/usr/bin/env python3
"""Kills a live run at random moments and starts it again, against local exchanges that also misbehave.

    tests/live/kills.py [--onetape FILE] [--kills N] [--seed S] [--dir DIR] [--json]

A pair of Binance spot and futures trades as fast as it can; every few orders the exchange takes one and drops the
connection, or answers -1007 or that nobody knows what became of it, or only acknowledges. The run is killed with SIGKILL N
times (60) and started again over its own folder: each time a random while after it is up, and every fifth time up to a second
after its start, wherever it is then, in its recovery as a rule. Every tenth life pauses before its end, and what the run says
that it holds is held against the venues; the tenth of every fifty lives until it made a snapshot, which takes 1,000 events of
one life, so that those after it go on from there. At the end it is told to flatten and stopped. Then:

- no new order came at a venue twice by the same client id: each that came is counted, also those that were lost, refused
  or never answered;
- every order that the venues have is one that the journal decided;
- every trade of the venues' is in the journal once, and no other: price, quantity, side;
- what the journal says is held is what the venues say, and it balances, or a task waits for a person;
- nothing rests;
- a pause that was answered holds in the next life;
- the run replays: every life decided on its events as it did.

Exit code 1 when one of these does not hold. Python 3.11's own library is all that it needs.
"""

import argparse
import hashlib
import hmac
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter
from decimal import Decimal

SCENARIO = """
name = "killed"
[[task]]
strategy = "spot_futures"
spot     = { instrument = "binance-spot:BTCUSDT", feed = "quote" }
futures  = { instrument = "binance-usdm:BTCUSDT", feed = "quote" }
direction = "long_spot"
notional = "1000"
min_entry_edge_bps = -100.0
allow_negative_edge = true
exit = { edge_bps = 100.0, max_age = "200ms" }
[venue.binance-spot]
fees     = { maker_bps = 10.0, taker_bps = 10.0, asset = "quote" }
latency  = { feed = "1ms", order = "2ms", answer = "2ms" }
balances = { USDT = "10000" }
live     = { window = "500ms" }
[venue.binance-usdm]
fees     = { maker_bps = 2.0, taker_bps = 5.0, asset = "quote" }
latency  = { feed = "1ms", order = "2ms", answer = "2ms" }
balances = { USDT = "10000" }
live     = { window = "500ms" }
[risk]
max_order_notional = "2000"
max_position_notional = "5000"
[live]
fence = "1s"
unknown_after = "300ms"
snapshot_every = 1000
query = "100ms"
[sim]
liquidity = "touch"
no_funding = true
"""
FAULTS = ["drop@every=17", "timeout@every=23", "ack-only@every=29", "lose@every=31", "unknown@every=37"]
EARLY, JUDGED, SNAPPED = 5, 10, 50
SPOT, FUTURES = "binance-spot", "binance-usdm"
INSTRUMENTS = {f"{SPOT}:BTCUSDT": SPOT, f"{FUTURES}:BTCUSDT": FUTURES}


class Failed(Exception):
    """What did not hold."""


class Venue:
    """One local exchange, asked as its clients do."""

    def __init__(self, told, account):
        self.base = f"http://127.0.0.1:{told['port']}"
        self.key, self.secret = account["key"], account["secret"]

    def plain(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self.base + path, data, method=method), timeout=10) as said:
            return json.load(said)

    def signed(self, path, **params):
        params |= {"timestamp": int(time.time() * 1000), "recvWindow": 10_000}
        query = urllib.parse.urlencode(params)
        sign = hmac.new(self.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(f"{self.base}{path}?{query}&signature={sign}")
        request.add_header("X-MBX-APIKEY", self.key)
        with urllib.request.urlopen(request, timeout=10) as said:
            return json.load(said)

    def pages(self, path, id_of):
        """All rows of a list that pages by id."""
        rows, at = {}, 0
        while True:
            named = "orderId" if "Orders" in path else "fromId"
            page = self.signed(path, symbol="BTCUSDT", limit=500, **{named: at})
            new = [row for row in page if row[id_of] not in rows]
            rows |= {row[id_of]: row for row in new}
            if not new:
                return list(rows.values())
            at = max(rows) + 1


class Run:
    """The live run, over all of its lives."""

    def __init__(self, onetape, work):
        self.onetape, self.work = onetape, work
        self.env = os.environ | {
            "ONETAPE_KEYS": str(work / "keys.age"),
            "ONETAPE_KEYS_PASSPHRASE": "a passphrase for a test",
        }
        self.log = (work / "live.log").open("ab")
        self.child = None

    def command(self, *args, **options):
        return subprocess.run(
            [self.onetape, *args], cwd=self.work, env=self.env, capture_output=True, text=True, check=False, **options
        )

    def start(self, local):
        args = ["live", "scenario.toml", "--local", local, "--out", "run", "--full-size", "--confirm", "trade killed live at full size"]
        self.child = subprocess.Popen(
            [self.onetape, *args], cwd=self.work, env=self.env, stdout=self.log, stderr=self.log
        )

    def is_up(self):
        if self.child.poll() is not None:
            raise Failed(f"the run ended by itself with {self.child.returncode}; see live.log")
        # Without a running instance the command tells what the journal says.
        status = self.command("status", "run", "--json", timeout=20)
        return status.returncode == 0 and "health" in json.loads(status.stdout)

    def order(self, word):
        done = self.command(word, "run")
        if done.returncode != 0:
            raise Failed(f"{word}: {done.stderr}")

    def is_paused(self):
        status = json.loads(self.command("status", "run", "--json").stdout)
        return status["state"] == "paused" or all(task["state"] in ("pausing", "paused") for task in status["tasks"])

    def snapshots(self):
        return set((self.work / "run" / "journal").glob("*.snap"))

    def kill(self):
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def end(self):
        self.child.send_signal(signal.SIGTERM)
        if self.child.wait(timeout=60) != 0:
            raise Failed(f"the run ended with {self.child.returncode}; see live.log")


def wait_for(what, seconds, is_so):
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def note_timing(run, counts):
    """Adds how long it took in the life that runs, by what it was and up to how many microseconds."""
    timing = json.loads(run.command("status", "run", "--json").stdout)["timing"]
    for name, counted in counts.items():
        for bucket in timing[name]["buckets"]:
            counted[bucket["to_us"]] += bucket["count"]


def told_timing(counted):
    """How often, and within how many microseconds half of them and 99 of 100 were; buckets are a factor of two apart."""
    told = {"count": counted.total()}
    for name, percent in {"p50_within_us": 50, "p99_within_us": 99}.items():
        seen = 0
        for to in sorted(counted):
            seen += counted[to]
            if 100 * seen >= percent * counted.total():
                told[name] = to
                break
    return told


def held(run):
    """What the run says that its tasks hold, by venue."""
    sums = Counter()
    for task in json.loads(run.command("status", "run", "--json").stdout)["tasks"]:
        for row in task["positions"]:
            sums[INSTRUMENTS[row["instrument"]]] += Decimal(row["qty"])
    return sums[SPOT], sums[FUTURES]


def at_venues(venues, opening):
    """What the venues say that is held, beyond what was there before."""
    base = sum(Decimal(row["free"]) + Decimal(row["locked"]) for row in balance(venues[SPOT]) if row["asset"] == "BTC")
    short = sum(Decimal(row["positionAmt"]) for row in venues[FUTURES].signed("/fapi/v2/positionRisk", symbol="BTCUSDT"))
    return base - opening, short


def judge_now(run, venues, opening):
    """A life that is paused comes to hold what the venues say, when the last answer is in."""
    run.order("pause")
    try:
        wait_for("a paused run holds what the venues say", 30, lambda: held(run) == at_venues(venues, opening))
    except Failed as why:
        raise Failed(f"{why}: it says {held(run)}, they {at_venues(venues, opening)}") from why
    run.order("resume")


def judge_submitted(venues, tag, placed):
    """Every new order came once, and is one that was decided; how many came."""
    total = 0
    for name, venue in venues.items():
        came = venue.plain("GET", "/onetape/submitted")["orders"]
        twice = {client: count for client, count in came.items() if count > 1}
        if twice:
            raise Failed(f"{name} was sent orders twice: {list(twice.items())[:5]}")
        undecided = [client for client in came if client.removesuffix(tag) not in placed]
        if undecided:
            raise Failed(f"{name} was sent orders that the journal never decided: {undecided[:5]}")
        total += len(came)
    if total == 0:
        raise Failed("no order came at any venue: nothing was tested")
    return total


def journal(run):
    """Orders that were decided, and fills, as `journal show` has them."""
    shown = run.command("journal", "show", "run", "--json")
    if shown.returncode != 0:
        raise Failed(f"journal show: {shown.stderr}")
    placed, fills = Counter(), Counter()
    for entry in json.loads(shown.stdout):
        for command in entry.get("commands", []):
            if command.get("do") == "place":
                placed[command["order"]] += 1
        if entry.get("what") == "order" and entry.get("state") == "filled":
            venue = INSTRUMENTS[entry["instrument"]]
            fills[venue, int(entry["trade_id"]), entry["order"], Decimal(entry["price"]), Decimal(entry["qty"])] += 1
    return placed, fills


def judge(run, venues, opening):
    found = {}
    placed, fills = journal(run)
    # At the venue an order has the run's own tag behind its id.
    tag = "-" + (run.work / "run" / "epoch").read_text().split()[1]
    submitted = judge_submitted(venues, tag, placed)
    orders, trades = {}, Counter()
    for name, (of_orders, of_trades) in {
        SPOT: ("/api/v3/allOrders", "/api/v3/myTrades"),
        FUTURES: ("/fapi/v1/allOrders", "/fapi/v1/userTrades"),
    }.items():
        of_venue = venues[name].pages(of_orders, "orderId")
        by_client = Counter(order["clientOrderId"].removesuffix(tag) for order in of_venue)
        twice = [client for client, count in by_client.items() if count > 1]
        if twice:
            raise Failed(f"{name} has orders that were sent twice: {twice[:5]}")
        unknown = [client for client in by_client if client not in placed]
        if unknown:
            raise Failed(f"{name} has orders that the journal never decided: {unknown[:5]}")
        clients = {order["orderId"]: order["clientOrderId"].removesuffix(tag) for order in of_venue}
        orders[name] = len(of_venue)
        for trade in venues[name].pages(of_trades, "id"):
            client = clients[trade["orderId"]]
            trades[name, trade["id"], client, Decimal(trade["price"]), Decimal(trade["qty"])] += 1
        resting = [order for order in of_venue if order["status"] in ("NEW", "PARTIALLY_FILLED")]
        if resting:
            raise Failed(f"{name} has orders at rest: {[order['clientOrderId'] for order in resting]}")
    if max(placed.values()) > 1:
        raise Failed("the journal decided an order twice")
    if trades != fills:
        missing, surplus = trades - fills, fills - trades
        raise Failed(f"fills: {list(missing)[:3]} are missing, {list(surplus)[:3]} are too many")
    spot, short = at_venues(venues, opening)
    found |= {"submitted": submitted, "orders": sum(orders.values()), "decided": len(placed)}
    found |= {"fills": sum(fills.values()), "spot_held": str(spot), "futures_held": str(short)}
    status = json.loads(run.command("status", "run", "--json").stdout)
    found["standing"] = sorted({task["standing"] for task in status["tasks"]})
    if held(run) != (spot, short):
        raise Failed(f"the journal holds {held(run)}, the venues {spot} of spot and {short} of futures")
    if spot + short != 0 and "quarantined" not in found["standing"]:
        raise Failed(f"spot holds {spot} and futures {short}: they do not balance, and nobody is told")
    return found


def balance(spot):
    return spot.signed("/api/v3/account")["balances"]


def go(args, work):
    (work / "scenario.toml").write_text(SCENARIO)
    draw = random.Random(args.seed)
    serve = "venue serve --venue binance-spot --venue binance-usdm --synth 3 --duration 2m --rate 0.3 --loop --no-limits --json"
    server = subprocess.Popen(
        [args.onetape, *serve.split()], cwd=work, stdout=subprocess.PIPE, stderr=(work / "serve.log").open("wb"), text=True
    )
    run = Run(args.onetape, work)
    try:
        told = json.loads(server.stdout.readline())
        account = told["accounts"][0]
        venues = {it["venue"]: Venue(it, account) for it in told["venues"]}
        local = ",".join(f"{it['venue']}=127.0.0.1:{it['port']}" for it in told["venues"])
        for name in venues:
            added = run.command("keys", "add", name, input=f"{account['key']}\n{account['secret']}\n")
            if added.returncode != 0:
                raise Failed(f"keys add: {added.stderr}")
        opening = sum(
            Decimal(row["free"]) + Decimal(row["locked"]) for row in balance(venues[SPOT]) if row["asset"] == "BTC"
        )
        for venue in venues.values():
            venue.plain("POST", "/onetape/faults", {"faults": FAULTS})
        recover, early, judged = [], 0, 0
        timing = {"repairs": Counter(), "dispatch": Counter()}
        for kill in range(args.kills):
            began = time.monotonic()
            run.start(local)
            if kill % EARLY == EARLY - 2:
                # In its recovery, as a rule: nobody waits until it is up.
                time.sleep(draw.uniform(0.0, 1.0))
                early += 1
            else:
                wait_for("the run is up", 60, run.is_up)
                recover.append(time.monotonic() - began)
                time.sleep(draw.uniform(0.0, args.most))
                if kill % SNAPPED == JUDGED - 1:
                    before = run.snapshots()
                    wait_for("a life makes a snapshot", 120, lambda old=before: run.snapshots() - old)
                if kill % JUDGED == JUDGED - 1:
                    judge_now(run, venues, opening)
                    note_timing(run, timing)
                    judged += 1
            run.kill()
            if kill % 10 == 9:
                print(f"{kill + 1} kills", file=sys.stderr)
        for venue in venues.values():
            venue.plain("DELETE", "/onetape/faults")
        run.start(local)
        wait_for("the run is up", 60, run.is_up)
        run.order("pause")
        run.kill()
        run.start(local)
        wait_for("the run is up", 60, run.is_up)
        if not run.is_paused():
            raise Failed("a pause did not hold over a kill")
        run.order("resume")
        time.sleep(2.0)
        run.order("flatten")
        time.sleep(3.0)
        note_timing(run, timing)
        run.end()
        found = judge(run, venues, opening)
        replay = run.command("replay", "run", "--verify")
        if replay.returncode != 0:
            raise Failed(f"replay --verify: exit code {replay.returncode}: {replay.stderr}")
        recover.sort()
        up = {"median_s": round(recover[len(recover) // 2], 2), "most_s": round(recover[-1], 2)}
        requests = {name: venue.plain("GET", "/onetape/status").get("requests") for name, venue in venues.items()}
        counts = {"kills": args.kills, "early": early, "judged": judged, "snapshots": len(run.snapshots()), "seed": args.seed}
        timing = {name: told_timing(counted) for name, counted in timing.items()}
        return {**counts, **found, "up_again": up, "timing": timing, "requests": requests}
    finally:
        if run.child and run.child.poll() is None:
            run.kill()
        server.terminate()
        server.wait(timeout=10)


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onetape", default=target / "release/onetape", type=pathlib.Path)
    parser.add_argument("--kills", default=60, type=int)
    parser.add_argument("--most", default=1.5, type=float, help="seconds of life after a run is up, at most")
    parser.add_argument("--seed", default=1, type=int)
    parser.add_argument("--dir", type=pathlib.Path, help="kept; else a folder that goes away")
    args = parser.parse_args()
    args.onetape = args.onetape.resolve()
    work = args.dir or pathlib.Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    work = work.resolve()
    try:
        print(json.dumps(go(args, work), indent=2))
    except Failed as why:
        tail = (work / "live.log").read_text(errors="replace").splitlines()[-8:] if (work / "live.log").exists() else []
        print(f"FAILED: {why}", *tail, sep="\n", file=sys.stderr)
        return 1
    finally:
        if args.dir is None:
            shutil.rmtree(work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
