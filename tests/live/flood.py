"""A market of many messages at two venues, served by another process, and a live run that trades on it.

What `latency.py` and `soak.py` share. Binance spot and USDⓈ-M tell their best prices in turns, so many messages a second in
all. For a while the future stands 50 bps above spot, then not, and so on: the first message of the future after each change
is one on which two orders leave, an entry or an exit.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

SPOT, FUTURES = "binance-spot", "binance-usdm"

SCENARIO = """
name = "flood"
[data]
catalog = "tape"
[[task]]
strategy = "spot_futures"
spot     = { instrument = "binance-spot:BTCUSDT", feed = "quote" }
futures  = { instrument = "binance-usdm:BTCUSDT", feed = "quote" }
direction = "long_spot"
notional = "1000"
min_entry_edge_bps = 40.0
exit = { edge_bps = -10.0 }
[venue.binance-spot]
fees     = { maker_bps = 5.0, taker_bps = 5.0, asset = "quote" }
latency  = { feed = "0ms", order = "0ms", answer = "0ms" }
balances = { USDT = "100000" }
[venue.binance-usdm]
fees     = { maker_bps = 2.0, taker_bps = 5.0, asset = "quote" }
latency  = { feed = "0ms", order = "0ms", answer = "0ms" }
balances = { USDT = "100000" }
[risk]
max_order_notional = "2000"
max_position_notional = "5000"
max_daily_loss = "10000"
[sim]
liquidity = "touch"
no_funding = true
"""

INSTRUMENTS = """
[[instrument]]
name = "binance-spot:BTCUSDT"
kind = "spot"
base = "BTC"
quote = "USDT"
price_decimals = 8
qty_decimals = 8
tick = "0.01"
lot = "0.00001"
min_qty = "0.00001"
min_notional = "5"
[[instrument]]
name = "binance-usdm:BTCUSDT"
kind = "linear"
base = "BTC"
quote = "USDT"
price_decimals = 2
qty_decimals = 3
tick = "0.1"
lot = "0.001"
min_qty = "0.001"
min_notional = "100"
"""

TABLE = """
[[table]]
files = "{file}"
kind = "quote"
instrument = "{venue}:BTCUSDT"
time = {{ column = "time", unit = "ns" }}
columns = {{ bid_px = "bid", bid_qty = "bid_qty", ask_px = "ask", ask_qty = "ask_qty", update_id = "id" }}
[[instrument]]
name = "{venue}:BTCUSDT"
kind = "{kind}"
price_decimals = {price}
qty_decimals = {qty}
"""

HEAD = "time,bid,bid_qty,ask,ask_qty,id\n"
BEGAN_NS = 1_700_000_000_000_000_000
PRICE = 60_000


class Failed(Exception):
    """What did not hold."""


class Flood:
    """Market, venues and run in a folder."""

    def __init__(self, onetape, work, rate, every, realtime, spin):
        self.onetape, self.work, self.rate, self.every = onetape, work, rate, every
        self.first = ["chrt", "-f", "10"] if realtime else []
        self.work.mkdir(parents=True, exist_ok=True)
        waits = '[live]\nidle = "spin"\n' if spin else ""
        (self.work / "scenario.toml").write_text(SCENARIO + waits)
        self.env = os.environ | {
            "ONETAPE_KEYS": str(self.work / "keys.age"),
            "ONETAPE_KEYS_PASSPHRASE": "a passphrase for a test",
        }
        self.server = self.run = None

    def call(self, *words, **options):
        done = subprocess.run(
            [self.onetape, *words], cwd=self.work, env=self.env, capture_output=True, text=True, check=False, **options
        )
        if done.returncode != 0:
            raise Failed(f"onetape {' '.join(words)}: exit code {done.returncode}: {done.stderr[-800:]}")
        return done.stdout

    def make_tape(self, seconds):
        """The same market in every run. Quantities and the last digits of prices change with each message."""
        half = self.every // 2
        with (self.work / "spot.csv").open("w") as spot, (self.work / "futures.csv").open("w") as futures:
            spot.write(HEAD)
            futures.write(HEAD)
            for number in range(seconds * self.rate):
                at = BEGAN_NS + number * 1_000_000_000 // self.rate
                small = number // 2 % 7
                if number % 2 == 0:
                    bid = PRICE * 100 + small
                    spot.write(f"{at},{bid / 100:.2f},{3 + small},{(bid + 1) / 100:.2f},{4 + small},{number + 1}\n")
                else:
                    apart = 3_000 if number // half % 2 else 0
                    bid = PRICE * 10 + apart + small // 2
                    futures.write(f"{at},{bid / 10:.1f},{5 + small},{(bid + 1) / 10:.1f},{6 + small},{number + 1}\n")
        tables = TABLE.format(file="spot.csv", venue=SPOT, kind="spot", price=8, qty=8)
        tables += TABLE.format(file="futures.csv", venue=FUTURES, kind="linear", price=2, qty=3)
        (self.work / "tables.toml").write_text(tables)
        (self.work / "instruments.toml").write_text(INSTRUMENTS)
        shutil.rmtree(self.work / "tape", ignore_errors=True)
        self.call("data", "import", "table", "spot.csv", "futures.csv", "--map", "tables.toml", "--catalog", "tape")
        self.call("data", "import", "instruments", "instruments.toml", "--catalog", "tape")
        for name in ("spot.csv", "futures.csv"):
            (self.work / name).unlink()

    def serve(self, *args):
        """Local exchanges of both venues in a process of their own; their market stands still until `play`."""
        words = ["venue", "serve", "--scenario", "scenario.toml", "--paused", "--loop", "--no-limits", "--json", *args]
        log = (self.work / "serve.log").open("w")
        self.server = subprocess.Popen(
            [*self.first, self.onetape, *words], cwd=self.work, stdout=subprocess.PIPE, stderr=log, text=True
        )
        line = self.server.stdout.readline()
        if not line:
            raise Failed(f"no local exchange; see {self.work}/serve.log")
        self.told = json.loads(line)
        account = self.told["accounts"][0]
        (self.work / "keys.age").unlink(missing_ok=True)
        for venue in (SPOT, FUTURES):
            self.call("keys", "add", venue, input=f"{account['key']}\n{account['secret']}\n")

    def live(self, seconds):
        """A live run in a process of its own."""
        local = ",".join(f"{it['venue']}=127.0.0.1:{it['port']}" for it in self.told["venues"])
        words = ["live", "scenario.toml", "--local", local, "--out", "run", "--duration", f"{seconds}s"]
        words += ["--confirm", "trade flood live", "--json"]
        shutil.rmtree(self.work / "run", ignore_errors=True)
        with (self.work / "live.json").open("w") as out, (self.work / "live.log").open("w") as err:
            words = [*self.first, self.onetape, *words]
            self.run = subprocess.Popen(words, cwd=self.work, env=self.env, stdout=out, stderr=err)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self.run.poll() is not None:
                break
            try:
                return self.status()
            except Failed:
                time.sleep(0.2)
        raise Failed(f"the live run did not begin: {(self.work / 'live.log').read_text()[-800:]}")

    def status(self):
        told = json.loads(self.call("status", "run", "--json"))
        if not told.get("running"):
            raise Failed("the run is not there yet")
        return told

    def post(self, venue, path, body):
        port = next(it["port"] for it in self.told["venues"] if it["venue"] == venue)
        url = f"http://127.0.0.1:{port}/onetape/{path}"
        asked = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    def get(self, venue, path):
        port = next(it["port"] for it in self.told["venues"] if it["venue"] == venue)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/onetape/{path}", timeout=10) as answer:
            return json.load(answer)

    def play(self):
        self.post(SPOT, "tape", {"running": True})

    def end_run(self):
        """Waits for the run's own end."""
        code = self.run.wait(timeout=180)
        if code != 0:
            raise Failed(f"the live run ended with {code}: {(self.work / 'live.log').read_text()[-800:]}")
        return json.loads((self.work / "live.json").read_text())

    def end(self):
        """Ends what runs, however it came to that."""
        for child in (self.run, self.server):
            if child is not None and child.poll() is None:
                child.terminate()
                try:
                    child.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    child.kill()


def options(parser):
    root = pathlib.Path(__file__).resolve().parents[2]
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    parser.add_argument("--onetape", default=target / "release/onetape", type=pathlib.Path)
    parser.add_argument("--rate", default=20_000, type=int, help="messages a second, of both venues together")
    parser.add_argument("--every", default=1_000, type=int, help="messages from an entry to the next")
    parser.add_argument("--dir", type=pathlib.Path, help="kept; else a folder that goes away")
    parser.add_argument(
        "--realtime", action="store_true", help="both processes before all others, by chrt: for a machine with other work"
    )
    parser.add_argument("--spin", action="store_true", help="the run asks its sockets over and over instead of being woken")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def carry_out(args, act):
    """Does it in the folder, and tells what did not hold."""
    args.onetape = args.onetape.resolve()
    # Not below /tmp where that may be memory: the journal is to be on a real disk.
    work = (args.dir or pathlib.Path(tempfile.mkdtemp(prefix="flood-", dir=pathlib.Path.cwd()))).resolve()
    flood = Flood(args.onetape, work, args.rate, args.every, args.realtime, args.spin)
    try:
        return act(flood, args)
    except Failed as why:
        print(f"FAILED: {why}", file=sys.stderr)
        return 1
    finally:
        flood.end()
        if args.dir is None:
            shutil.rmtree(work, ignore_errors=True)
