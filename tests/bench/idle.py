"""What a connection costs that has sent one event and waits for the next."""
import http.client
import ssl
import sys
import time

from load import Spread, running, wrk
from machine import resident_kib
from servers import PATH

def open_ones(server, count, signature, body):
    trust = ssl._create_unverified_context()
    connections = []
    for _ in range(count):
        if server.scheme == "https":
            one = http.client.HTTPSConnection("127.0.0.1", server.port, context=trust, timeout=20)
        else:
            one = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        one.request("POST", server.prefix + PATH, body, {"Content-Type": "application/json", "X-Flagsmith-Signature": signature})
        answer = one.getresponse()
        answer.read()
        if answer.status // 100 != 2:
            sys.exit(f"{server.name} answered {answer.status}")
        connections.append(one)
        server.answered += 1
    return connections


def warm_up(server, file):
    """Until it has what it takes once, and what it keeps of the latest events (we, 16 MiB for the sinks); over few connections,
    lest what it allocates for many be there already."""
    for _ in range(6):
        if server.answered > 20_000:
            break
        wrk(server, 1, file, connections=8)


def settled(server):
    """Its resident memory once it has stopped changing: that connections are idle shows only after a while."""
    last, until = None, time.monotonic() + 10
    while time.monotonic() < until:
        now = resident_kib(server.process.pid)
        if now == last:
            break
        last = now
        time.sleep(0.7)
    return now


def measure(makers, file, rounds, count):
    """({server: Spread of KiB per connection}, how many answers were checked); each round has new servers."""
    signature, body = open(file).readline().rstrip("\n").split("\t")
    costs, checked = {}, 0
    for _ in range(rounds):
        for make in makers:
            with running([make]) as (server,):
                warm_up(server, file)
                connections = open_ones(server, count // 4, signature, body)  # what has room in memory that it has already
                before = settled(server)
                connections += open_ones(server, count, signature, body)
                costs.setdefault(server.name, []).append((settled(server) - before) / count)
                for one in connections:
                    one.close()
                checked += server.finish()
            print(f"  {server.name:<52} {server.scheme:<5} {costs[server.name][-1]:6.1f} KiB", flush=True)
    return {name: Spread(all_rounds) for name, all_rounds in costs.items()}, checked
