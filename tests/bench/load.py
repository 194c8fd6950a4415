"""Closed-loop load: wrk on its own core, as fast as the server answers; servers take turns, round by round."""
import contextlib
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

from machine import LOAD_CORE, cpu_seconds
from servers import PATH, SECRET

HERE = pathlib.Path(__file__).resolve().parent
CONNECTIONS = 64


class Round:
    def __init__(self, answered, seconds, cpu):
        self.cost = cpu / answered * 1e6 if answered else float("inf")  # microseconds of CPU for each answer
        self.rate = answered / seconds
        self.answered, self.cpu = answered, cpu


def wrk(server, seconds, bodies, path=PATH, close=False, start=None, connections=CONNECTIONS):
    """One round. With `start` the file is one body, made another each time; see wrk/unique.lua."""
    environment = dict(os.environ, BENCH_PATH=server.prefix + path, BENCH_BODIES=str(bodies), BENCH_CLOSE="1" if close else "0", BENCH_SECRET=SECRET,
                       BENCH_START=str(start))
    script = HERE / "wrk" / ("post.lua" if start is None else "unique.lua")
    before = cpu_seconds(server.process.pid)
    out = subprocess.run(["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", script,
                          f"{server.scheme}://127.0.0.1:{server.port}"], env=environment, check=True, capture_output=True, text=True).stdout
    cpu = cpu_seconds(server.process.pid) - before
    total = re.search(r"(\d+) requests in ([\d.]+)(m?s)", out)
    trouble = re.search(r"Non-2xx.*|.*PANIC.*", out) or re.search(r"Socket errors: (?:connect [1-9]|.*timeout [1-9]).*", out)
    if trouble or not total:
        sys.exit(f"{server.name}: the comparison would be worthless:\n{out}")
    server.answered += int(total[1])
    server.cut_off += connections  # wrk ends in the middle: so many answers at most were on their way
    return Round(int(total[1]), float(total[2]) * (1 if total[3] == "s" else 1e-3), cpu)


class Spread:
    """Several measurements of the same: their median, and how far they lie apart."""

    def __init__(self, numbers):
        self.middle, self.least, self.most = statistics.median(numbers), min(numbers), max(numbers)

    def width(self):
        """How far apart, as a share of the median."""
        return (self.most - self.least) / self.middle

    def text(self, digits=2):
        return f"{self.middle:,.{digits}f} ({self.least:,.{digits}f}–{self.most:,.{digits}f})"


class Result:
    """What a server did in a comparison, once it is gone."""

    def __init__(self, server, checked):
        self.name, self.checked = server.name, checked
        self.cost = Spread([each.cost for each in server.rounds])
        self.rate = Spread([each.rate for each in server.rounds])
        self.start_seconds, self.start_mib = server.start_seconds, server.start_mib


@contextlib.contextmanager
def running(makers):
    """Servers that are gone at the end, whatever happens."""
    servers = []
    try:
        for make in makers:
            servers.append(make())
        yield servers
    finally:
        for server in servers:
            server.end_process()
            shutil.rmtree(getattr(server, "home", "/nonexistent"), ignore_errors=True)


def compare(makers, rounds, seconds, bodies, path=PATH, close=False, before_end=None):
    """Starts the servers, lets each take the load in turn, ends them; a Result each. `before_end` is called with the servers that still run."""
    with running(makers) as servers:
        for server in servers:
            wrk(server, 1, bodies, path, close)  # warm-up, not counted
        for _ in range(rounds):
            for server in servers:
                server.rounds.append(wrk(server, seconds, bodies, path, close))
                last = server.rounds[-1]
                print(f"  {server.name:<52} {last.cost:8.2f} µs of CPU per request {last.rate:9,.0f}/s", flush=True)
        if before_end:
            before_end(servers)
        return [Result(server, server.finish()) for server in servers]
