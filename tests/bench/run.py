#!/usr/bin/env python3
"""Measures flagsmith-webhookd beside its peers, in one run, and writes docs/performance.md with its plots.

The server has one core, the load generator the other. Servers take turns, round by round, so that a machine that changes speed
changes it for all; medians are reported with their spread. What is compared is the CPU time of the whole server process per
request, read from /proc, which is steadier than throughput on a shared machine.
"""
import argparse
import pathlib
import resource
import shutil
import sys
import tempfile
import time

import bodies
import delivery
import idle
import kinds
import latency
import load
import machine
import micro
import peers
import report
from plan import FIRST, SIZES, TRANSPORTS, Plan
from servers import Daemon

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Bench:
    """The parts, in the order in which they run; what they found is left in the attributes that report.py reads."""

    def __init__(self, binary, folder, plan):
        self.binary, self.folder, self.plan = binary, folder, plan
        self.programs = binary.parent / "tests"
        self.checked = 0  # answers that were looked for in the store and in the file sink, and found there
        self.sizes, self.cells, self.limits = {}, {}, {}

    def ours(self, tls=False):
        return Daemon(self.binary, self.folder, tls)

    def say(self, what):
        print(f"[{time.monotonic() - self.begin:4.0f} s] {what}", flush=True)

    def file(self, size):
        return self.folder / f"bodies-{size.split()[0]}"

    def run(self):
        self.begin = time.monotonic()
        self.say("making what is needed")
        peers.prepare(self.folder)
        for size, (_, make) in SIZES.items():
            self.sizes[size] = bodies.write(self.file(size), make())
        self.syncs = machine.Syncs(self.folder)
        self.measure_limits()
        for cell in self.plan.cells:
            self.compare(cell)
        self.measure_latency()
        self.say("each kind of event")
        self.kinds, checked = kinds.measure(self.ours, self.plan.kinds, self.folder, self.plan.kind_rounds, self.plan.kind_seconds)
        self.checked += checked
        self.measure_idle()
        self.seconds = time.monotonic() - self.begin

    def measure_limits(self):
        self.say("the machine, and single parts alone")
        echo = load.compare([lambda: peers.echo(self.programs / "echo")], self.plan.side_rounds, self.plan.side_seconds, self.file("1.2 kB"))[0]
        self.limits = {"sha256": machine.sha256_microseconds(1216), "p256": machine.p256_sign_microseconds(), "echo": echo}
        self.syncs.look(1000)
        self.micro = micro.measure(self.programs / "micro_bench", self.folder, self.plan.micro_repetitions, self.plan.micro_seconds)

    def compare(self, cell):
        transport, size = cell
        tls, close = TRANSPORTS[transport]
        rounds, seconds = self.plan.of(cell)
        self.say(f"{transport}, {self.sizes[size]:,.0f} bytes")
        makers = [lambda: peers.nginx(self.folder, tls), lambda: self.ours(tls), lambda: peers.go(self.folder, tls)]
        before_end = None
        if cell == FIRST:
            makers += [lambda: peers.go(self.folder, sync=False), lambda: peers.node(self.folder), lambda: peers.fastapi(self.folder),
                       lambda: peers.webhook(self.folder)]

            def before_end(servers):
                self.later_mib = machine.resident_kib(servers[1].process.pid) / 1024
        results = load.compare(makers, rounds, seconds, self.file(size), SIZES[size][0], close, before_end)
        self.cells[cell] = results
        self.checked += sum(result.checked for result in results)
        self.syncs.look()

    def measure_latency(self):
        self.say("latency at a rate that is kept")
        _, ours, go, *_ = self.cells[FIRST]
        self.latency_syncs = machine.Syncs(self.folder)
        self.latency, checked = latency.measure([self.ours, lambda: peers.go(self.folder)], {each.name: each.rate.middle for each in (ours, go)},
                                                self.programs / "open_loop", self.file("1.2 kB"), self.plan.latency_rounds, self.plan.latency_seconds,
                                                self.latency_syncs)
        self.checked += checked

    def measure_idle(self):
        self.say("memory for each idle connection")
        self.idle = {}
        for tls in (False, True):
            makers = [lambda: peers.nginx(self.folder, tls), lambda: self.ours(tls), lambda: peers.go(self.folder, tls), lambda: peers.node(self.folder, tls)]
            self.idle[tls], checked = idle.measure(makers, self.file("1.2 kB"), self.plan.idle_rounds, self.plan.idle_connections)
            self.checked += checked


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", default=ROOT / "build" / "flagsmith-webhookd", type=pathlib.Path)
    options.add_argument("--quick", action="store_true", help="a glance within two minutes: few and short rounds; nothing is written")
    options.add_argument("--write", default=None, type=pathlib.Path, help="the page (default: docs/performance.md; with --quick none)")
    options.add_argument("--unsteady", action="store_true", help="write the page although rounds differ much, and say on it how much")
    args = options.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.binary.parent))  # on the disk that is measured
    try:
        bench = Bench(args.binary, folder, Plan(args.quick))
        bench.run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    page = "\n".join(report.page(bench))
    unsteady = report.unsteady(bench)
    if unsteady and args.unsteady:
        page = page.replace("\n- date:", "\n- not steady: what was measured again differed by more than a fifth (the tables say how much); compare medians, in one column\n- date:", 1)
    print(page)
    if unsteady and not args.unsteady:
        sys.exit("Something else used the machine; these figures are not to be believed, and nothing is written:\n" + "\n".join(unsteady))
    file = args.write or (None if args.quick else ROOT / "docs" / "performance.md")
    if file:
        before = file.read_text() if file.exists() else ""
        kept = [*delivery.HEADINGS, "## Where the time goes"]  # by other scripts, and by hand
        file.write_text("\n".join([page, *filter(None, (delivery.section(before, heading) for heading in kept))]))
        report.plots(bench, file.with_suffix(""))


if __name__ == "__main__":
    main()
