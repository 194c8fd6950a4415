#!/usr/bin/env python3
"""Measures how fast a backlog is delivered to Kafka, NATS, Redis and PostgreSQL; writes a section of docs/performance.md.

As delivery.py does for the sinks that need no server. Kafka is librdkafka's mock cluster, with nobody who consumes.
"""
import argparse
import datetime
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

import delivery

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.servers import KINDS

SERVERS = {  # name: (what it is, goal in events a second)
    "kafka": ("kafka, a mock cluster of three brokers", 30_000),
    "nats": ("nats, JetStream on disk", 30_000),
    "redis": ("redis, append-only", 30_000),
    "postgres": ("postgres, as it comes: every commit on disk", 10_000),
}


def measure(args, folder, name, title, goal):
    server = KINDS[name](folder / name)
    try:
        server.start(**({"consume": False} if name == "kafka" else {}))
        rounds = []
        for number in range(args.rounds):
            settings = server.settings(folder) | ({"table": f"round_{number}"} if name == "postgres" else {})
            rounds.append(delivery.drain(args.binary, folder, name, settings, args.events, 0))
    finally:
        server.close()
    rate = args.events / statistics.median(seconds for seconds, _, _ in rounds)
    cost = statistics.median(cpu for _, cpu, _ in rounds) / args.events * 1e6
    looks = rounds[-1][2]
    halves = [max((mib for done, mib in looks if is_late == (done > args.events / 2)), default=0) for is_late in (False, True)]
    return f"| {title} | {rate:,.0f} (goal {goal:,}) | {cost:.1f} | {halves[0]:.1f} MiB, {halves[1]:.1f} MiB |"


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", default=delivery.ROOT / "build" / "flagsmith-webhookd", type=pathlib.Path)
    options.add_argument("--events", type=int, default=200_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", nargs="*", choices=SERVERS, help="these alone; nothing is written")
    options.add_argument("--write", default=delivery.ROOT / "docs" / "performance.md", type=pathlib.Path)
    args = options.parse_args()

    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.binary.parent))
    report = [delivery.SERVERS_HEADING, "", f"Made by `./dev bench brokers` on {datetime.date.today()}, in the same way. Daemon and server share {os.cpu_count()} cores.", "",
              "| sink | events a second | µs of CPU per event | the process's own memory, most of the first and of the second half |", "| --- | --- | --- | --- |"]
    try:
        delivery.fill(args.binary, folder, args.events)
        for name in args.only or SERVERS:
            report.append(measure(args, folder, name, *SERVERS[name]))
            print(report[-1], flush=True)
        if not args.only:
            delivery.write_section(args.write, report, delivery.SERVERS_HEADING)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
