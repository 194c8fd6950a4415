"""How long answers take at a rate that is kept whether or not others are answered, as shares of what each server can do at most."""
import subprocess

from load import CONNECTIONS, Spread, running
from machine import LOAD_CORE
from servers import PATH

SHARES = (0.25, 0.5, 0.75)
PERCENTILES = ("median", "p99", "p99.9")


def send(program, server, bodies, rate, seconds, path=PATH):
    """Milliseconds: median, p99, p99.9, the longest, and how late the sender itself was at most."""
    out = subprocess.run(["taskset", "-c", LOAD_CORE, *map(str, (program, server.port, path, bodies, rate, seconds, CONNECTIONS))],
                         check=True, capture_output=True, text=True).stdout
    count, *late = out.split()
    server.answered += int(count)
    return [float(each) / 1000 for each in late]


def measure(makers, saturations, program, bodies, rounds, seconds, syncs):
    """{(server, share): {percentile: Spread}} of the rounds, and how many answers were checked. `syncs` looks at the disk meanwhile."""
    late, checked = {}, 0
    with running(makers) as servers:
        for server in servers:
            send(program, server, bodies, saturations[server.name] / 4, 1)  # warm-up
        for _ in range(rounds):
            for share in SHARES:
                for server in servers:
                    syncs.look()
                    took = send(program, server, bodies, saturations[server.name] * share, seconds)
                    late.setdefault((server.name, share), []).append(took)
                    print(f"  {server.name:<52} at {share:.0%}: " + ", ".join(f"{name} {ms:.2f}" for name, ms in zip(PERCENTILES, took))
                          + f" ms (the sender itself was {took[4]:.2f} ms late at most)", flush=True)
            syncs.look()
        for server in servers:
            checked += server.finish()
    spreads = {key: {name: Spread([round[i] for round in all_rounds]) for i, name in enumerate(PERCENTILES)} for key, all_rounds in late.items()}
    return spreads, checked
