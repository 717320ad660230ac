#!/usr/bin/env python3
"""One scenario as a backtest, on paper and live, on one tape.

    tests/live/three.py [--onetape FILE] [--seconds N] [--dir DIR]

Twice: MEXC spot against Gate futures, and Binance spot against Binance futures. A market is made and backtested; then the
local exchange plays it as the scenario's venues, from its beginning, once for a paper run and once for a live one. Each of
the three must trade, replay with `--verify`, and report.

Then the proof: what the paper run and the live run saw of the market was recorded into a catalogue beside them. With the
journal moved away, that catalogue, read through its merge, joined with the account events of the run's folder by time,
and folded again, must give the decisions of the run.

At last the backtest and the live run are put side by side on one time: most round trips must have their partner, and the
parts of the gap of net must sum to it. One JSON document at the end; exit code 1 when something does not hold. Python 3.11's
own library is all that it needs.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from decimal import Decimal

PAIRS = {
    "mexc-gate": ("mexc-spot", "BTCUSDT", "gate-usdt", "BTC_USDT"),
    "binance": ("binance-spot", "BTCUSDT", "binance-usdm", "BTCUSDT"),
}

PARTS = (
    "filled", "prices", "latency", "slippage", "fees", "funding", "missed", "extra", "apart", "outside"
)

SCENARIO = """
name = "three-{name}"
[data]
catalog = "tape"
[[task]]
strategy = "spot_futures"
spot     = {{ instrument = "{spot}:{spot_symbol}", feed = "quote" }}
futures  = {{ instrument = "{futures}:{futures_symbol}", feed = "quote" }}
direction = "long_spot"
notional = "1000"
min_entry_edge_bps = -100.0
allow_negative_edge = true
exit = {{ edge_bps = 100.0, max_age = "2s" }}
[venue.{spot}]
fees     = {{ maker_bps = 10.0, taker_bps = 10.0, asset = "quote" }}
latency  = {{ feed = "1ms", order = "2ms", answer = "2ms" }}
balances = {{ USDT = "100000" }}
[venue.{futures}]
fees     = {{ maker_bps = 2.0, taker_bps = 5.0, asset = "quote" }}
latency  = {{ feed = "1ms", order = "2ms", answer = "2ms" }}
balances = {{ USDT = "100000" }}
[risk]
max_order_notional = "2000"
max_position_notional = "5000"
[sim]
liquidity = "touch"
no_funding = true
"""


class Failed(Exception):
    """What did not hold."""


class Bench:
    """One pair of venues, in a folder."""

    def __init__(self, args, work, name):
        self.onetape, self.work, self.name = args.onetape, work / name, name
        self.seconds = args.seconds
        self.work.mkdir(parents=True, exist_ok=True)
        spot, spot_symbol, futures, futures_symbol = PAIRS[name]
        self.venues = (spot, futures)
        text = SCENARIO.format(
            name=name, spot=spot, spot_symbol=spot_symbol, futures=futures, futures_symbol=futures_symbol
        )
        (self.work / "scenario.toml").write_text(text)
        self.env = os.environ | {
            "ONETAPE_KEYS": str(self.work / "keys.age"),
            "ONETAPE_KEYS_PASSPHRASE": "a passphrase for a test",
        }

    def run(self, *args, **options):
        done = subprocess.run(
            [self.onetape, *args], cwd=self.work, env=self.env, capture_output=True, text=True, check=False, **options
        )
        if done.returncode != 0:
            raise Failed(f"{self.name}: onetape {' '.join(args)}: exit code {done.returncode}: {done.stderr[-800:]}")
        return done.stdout

    def serve(self, *args):
        return Server(self, args)

    def make_tape(self):
        """A served market that is kept is a catalogue of the venues' own instruments."""
        named = [word for venue in self.venues for word in ("--venue", venue)]
        made = ["--synth", "3", "--duration", "2m", "--rate", "0.3", "--keep", "tape", "--paused"]
        with self.serve(*named, *made):
            pass

    def trade(self, mode, *args):
        """One run in real time on the tape from its beginning."""
        with self.serve("--scenario", "scenario.toml", "--paused", "--no-limits") as server:
            local = ",".join(f"{it['venue']}=127.0.0.1:{it['port']}" for it in server.told["venues"])
            if mode == "live":
                account = server.told["accounts"][0]
                for venue in self.venues:
                    self.run("keys", "add", venue, input=f"{account['key']}\n{account['secret']}\n")
            words = [mode, "scenario.toml", "--local", local, "--out", mode, "--duration", f"{self.seconds}s"]
            words += ["--record", f"market-{mode}", *args]
            run = subprocess.Popen(
                [self.onetape, *words], cwd=self.work, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            time.sleep(3.0)
            server.play()
            out, err = run.communicate(timeout=self.seconds + 60)
            if run.returncode != 0:
                raise Failed(f"{self.name}: {mode}: exit code {run.returncode}: {err[-800:]}")
            return out

    def judge(self, mode):
        self.run("replay", mode, "--verify")
        report = json.loads(self.run("report", mode, "--json"))
        status = json.loads(self.run("status", mode, "--json"))
        if not status["total_executions"]:
            raise Failed(f"{self.name}: {mode} did not trade")
        return {
            "executions": status["total_executions"],
            "orders": report["orders"],
            "fills": report["fills"],
            "round_trips": report["closed"]["round_trips"],
            "net": report["pnl"]["net"],
        }


    def prove(self, mode):
        """The run's decisions once more, of its market and its account events alone."""
        record = json.loads((self.work / mode / "run.json").read_text())
        # A live run that holds something when it stops has not come to its end.
        of_run = record["decisions_hash"] or record["decisions_so_far"]
        journal, away = self.work / mode / "journal", self.work / f"journal-{mode}-moved-away"
        journal.rename(away)
        try:
            proved = json.loads(self.run("replay", mode, "--market", f"market-{mode}", "--verify", "--json"))
        finally:
            away.rename(journal)
        if not proved["verified"] or proved["decisions_hash"] != of_run:
            raise Failed(f"{self.name}: {mode}: {proved} is not {of_run}")
        kept = ("decisions_hash", "decisions", "market_rows", "account_events")
        return {name: proved[name] for name in kept} | {"decisions_hash_of_run": of_run}

    def explain(self):
        """The gap between backtest and live run, on one time: most round trips have a partner, and the parts sum to it."""
        beside = json.loads(self.run("report", "backtest", "live", "--align", "--json"))
        gap = beside["assets"][0]["gap"]
        parts = {name: gap[name] for name in PARTS}
        if sum(map(Decimal, parts.values())) != Decimal(gap["net"]):
            raise Failed(f"{self.name}: the parts of the gap of net do not sum to it: {gap}")
        alone = gap["missed_trips"] + gap["extra_trips"]
        if not gap["pairs"] or gap["pairs"] < 2 * alone:
            raise Failed(f"{self.name}: too few round trips have a partner: {gap}")
        counts = {name: gap[name] for name in ("pairs", "missed_trips", "extra_trips", "apart_trips")}
        return {"net": gap["net"], "parts": parts, **counts, "alignment": beside["alignment"]}


class Server:
    """Local exchanges, while it is entered."""

    def __init__(self, bench, args):
        self.log = (bench.work / "serve.log").open("ab")
        self.child = subprocess.Popen(
            [bench.onetape, "venue", "serve", *args, "--json"],
            cwd=bench.work,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        line = self.child.stdout.readline()
        if not line:
            raise Failed(f"{bench.name}: no local exchange; see {bench.work}/serve.log")
        self.told = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait(timeout=20)

    def play(self):
        url = f"http://127.0.0.1:{self.told['venues'][0]['port']}/onetape/tape"
        asked = urllib.request.Request(url, json.dumps({"running": True}).encode(), method="POST")
        with urllib.request.urlopen(asked, timeout=10):
            pass


def go(args, work):
    found = {}
    for name in PAIRS:
        bench = Bench(args, work, name)
        bench.make_tape()
        bench.run("backtest", "scenario.toml", "--out", "backtest")
        bench.trade("paper")
        bench.trade("live", "--full-size", "--confirm", f"trade three-{name} live at full size")
        found[name] = {mode: bench.judge(mode) for mode in ("backtest", "paper", "live")}
        found[name]["proof"] = {mode: bench.prove(mode) for mode in ("paper", "live")}
        found[name]["gap"] = bench.explain()
    return found


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onetape", default=target / "release/onetape", type=pathlib.Path)
    parser.add_argument("--seconds", default=25, type=int, help="of each run in real time")
    parser.add_argument("--dir", type=pathlib.Path, help="kept; else a folder that goes away")
    args = parser.parse_args()
    args.onetape = args.onetape.resolve()
    work = (args.dir or pathlib.Path(tempfile.mkdtemp())).resolve()
    try:
        print(json.dumps(go(args, work), indent=2))
    except Failed as why:
        print(f"FAILED: {why}", file=sys.stderr)
        return 1
    finally:
        if args.dir is None:
            shutil.rmtree(work, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
