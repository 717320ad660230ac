#!/usr/bin/env python3
"""What the system alone takes for two orders: a program that only writes them.

    tests/live/bare.py [--seconds N] [--every-ms N] [--bytes N]

Now and then it writes a message to each of two loopback connections, whose readers are processes of their own and sleep until
something comes, and times both writes together. No run that decides, signs and journals before it writes can be faster on the
same machine; `latency.py` runs it beside its load. Prints percentiles in microseconds as JSON.
"""

import argparse
import json
import os
import socket
import time


def reader(listening):
    taken, _ = listening.accept()
    while taken.recv(4096):
        pass
    os._exit(0)


def connect():
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(1)
    if os.fork() == 0:
        reader(listening)
    writing = socket.create_connection(listening.getsockname())
    writing.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return writing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", default=4.0, type=float)
    parser.add_argument("--every-ms", default=25.0, type=float, help="between two orders and the next two")
    parser.add_argument("--bytes", default=450, type=int, help="of an order, as a frame")
    args = parser.parse_args()
    connections, frame = [connect(), connect()], b"x" * args.bytes
    spans = []
    until = time.monotonic() + args.seconds
    while time.monotonic() < until:
        time.sleep(args.every_ms / 1e3)
        began = time.perf_counter_ns()
        for connection in connections:
            connection.send(frame)
        spans.append((time.perf_counter_ns() - began) / 1e3)
    spans.sort()
    names = {"p50_us": 0.5, "p90_us": 0.9, "p99_us": 0.99, "p999_us": 0.999}
    told = {name: round(spans[min(len(spans) - 1, int(len(spans) * part))], 1) for name, part in names.items()}
    print(json.dumps({"count": len(spans), **told, "max_us": round(spans[-1], 1)}))


if __name__ == "__main__":
    main()
