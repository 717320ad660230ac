"""Starts the local exchange on a synthetic market and lets every client trade with it, each in a process of its own."""

import argparse
import json
import pathlib
import subprocess
import sys
import time

VENUES = ["binance-spot", "binance-usdm", "mexc-spot", "gate-spot", "gate-usdt"]
# Packages that speak protobuf do not go together in one process.
CLIENTS = ["ccxt", "python_binance", "binance_sdk", "gate_api", "pymexc"]
# For one client.
SECONDS = 120


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--onetape", required=True)
    parser.add_argument("--dir", required=True, type=pathlib.Path)
    parser.add_argument("clients", nargs="*")
    args = parser.parse_args()
    args.dir.mkdir(parents=True, exist_ok=True)
    serve = [args.onetape, "venue", "serve", "--synth", "7", "--duration", "10m", "--rate", "0.2", "--json"]
    serve += [word for venue in VENUES for word in ("--venue", venue)]
    began = time.monotonic()
    with open(args.dir / "exchange.log", "w", encoding="utf-8") as log:
        exchange = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        line = exchange.stdout.readline()
        if not line:
            sys.exit(f"the exchange did not start: {(args.dir / 'exchange.log').read_text()}")
        served = json.loads(line)
        failed = [client for client in args.clients or CLIENTS if not trade(client, served)]
    finally:
        exchange.terminate()
        code = exchange.wait(timeout=20)
    if code != 0:
        failed.append(f"the exchange (exit code {code})")
    print(f"{time.monotonic() - began:.0f} s in all; failed: {', '.join(failed) or 'none'}")
    sys.exit(1 if failed else 0)


def trade(client, served):
    """Lets one client trade; true when all of its checks hold."""
    here = pathlib.Path(__file__).parent
    command = [sys.executable, str(here / f"on_{client}.py"), json.dumps(served)]
    try:
        return subprocess.run(command, timeout=SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        print(f"FAILED {client}: not done in {SECONDS} s", flush=True)
        return False


if __name__ == "__main__":
    main()
