#!/usr/bin/env python3
"""Measures flagsmith-webhookd beside nginx and a Go receiver, in one run, and writes docs/performance.md.

The server has one core, the load generator (wrk) the other. Servers take turns, round by round, so that a machine that
changes speed changes it for all; medians are reported with their spread. What is compared is the CPU time of the whole
server process per request, read from /proc, which is steadier than throughput on a shared machine.
"""
import argparse
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

import delivery
from servers import IDENTITY_PATH, LOAD_CORE, PATH, SECRET, cpu_seconds, daemon, free_port, go, lines_of, metric, nginx, resident_mib, stored, tree

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


# --- what is sent ---

def flag(number, i):
    return {
        "enabled": (number + i) % 2 == 0, "environment": 12, "feature_segment": None, "feature_state_value": f"value-{number}-{i}",
        "feature": {"created_date": "2026-01-14T09:31:22.120461Z", "default_enabled": False,
                    "description": "Shown to customers who pay by invoice", "id": 100 + i, "initial_value": "standard",
                    "name": f"checkout_flow_{i}", "type": "STANDARD"},
        "id": 7000 + i, "identity": 400000 + number,
    }


def changes(count):
    """Messages in the form of the published document, three flags each, about 1.2 kB; every one different."""
    for number in range(count):
        data = [flag(number, i) for i in range(3)]
        yield json.dumps({"data": data, "event_type": "FLAG_UPDATED", "timestamp": f"2026-11-23T14:02:11.{number:06d}Z"}, sort_keys=True)


def identities(count):
    """What the integration sends of an identity for which many flags are evaluated, about 20 kB."""
    for number in range(count):
        flags = [{**flag(number, i), "identity": None} for i in range(54)]
        traits = [{"id": i, "trait_key": f"trait_{i}", "trait_value": f"value {number}"} for i in range(8)]
        yield json.dumps({"flags": flags, "identity": f"user-{number}", "segments": [{"id": 3, "name": "beta_users", "member": True}], "traits": traits})


def write_bodies(file, bodies):
    sizes = []
    with open(file, "w") as out:
        for body in bodies:
            sizes.append(len(body))
            out.write(hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest() + "\t" + body + "\n")
    return statistics.mean(sizes)


# --- closed loop, beside the peers ---

def load(server, scheme, seconds, connections, file, close, path=PATH):
    """One round of wrk; returns (requests answered 2xx, requests refused, CPU seconds of the server)."""
    before = cpu_seconds(server.process.pid)
    env = dict(os.environ, BENCH_PATH=path, BENCH_BODIES=str(file), BENCH_CLOSE="1" if close else "0")
    out = subprocess.run(["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "wrk" / "post.lua",
                          f"{scheme}://127.0.0.1:{server.port}"], env=env, check=True, capture_output=True, text=True).stdout
    cpu = cpu_seconds(server.process.pid) - before
    total = int(re.search(r"(\d+) requests in", out)[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    refused = int(refused[1]) if refused else 0
    if refused:
        sys.exit(f"{server.name} refused {refused} requests: the comparison would be worthless")
    server.answered += total
    server.cut_off += connections  # wrk ends in the middle: so many answers at most were on their way
    return total, cpu


def compare(servers, rounds, scheme, seconds, connections, file, close):
    for server in servers:
        load(server, scheme, 1, connections, file, close)  # warm-up, not counted
    for _ in range(rounds):
        for server in servers:
            answered, cpu = load(server, scheme, seconds, connections, file, close)
            server.rounds.append((cpu / answered * 1e6, answered / seconds))
            print(f"  {server.name:<52} {cpu / answered * 1e6:7.2f} µs CPU per request, {answered / seconds:9.0f}/s", flush=True)


def table(servers):
    base = statistics.median(cost for cost, _ in servers[0].rounds)
    yield "| server | µs of CPU per request: median (least–most) | times nginx | requests a second |"
    yield "| --- | --- | --- | --- |"
    for server in servers:
        costs = [cost for cost, _ in server.rounds]
        middle = statistics.median(costs)
        yield f"| {server.name} | {middle:.2f} ({min(costs):.2f}–{max(costs):.2f}) | {middle / base:.2f} | {statistics.median(rate for _, rate in server.rounds):,.0f} |"


def account(binary, server):
    """Stops the server. As many events must be in its store and its file as it answered 200, and wrk must have seen all of these
    answers but those it cut off. Returns how many."""
    said = -1
    while said != (said := metric(server, "flagsmith_webhookd_requests_total", status=200)):
        time.sleep(0.2)  # what wrk left behind is still being stored
    server.stop()
    in_store, in_file = stored(binary, server), lines_of(server.home / "events.ndjson")
    if not said == in_store == in_file:
        sys.exit(f"{said} were answered 200, the store holds {in_store} events, the file sink {in_file}")
    if not server.answered <= said <= server.answered + server.cut_off:
        sys.exit(f"{said} were answered 200, but the senders saw {server.answered}, and no more than {server.cut_off} were cut off")
    return said


# --- the daemon alone ---

def identity_throughput(server, folder, seconds):
    """MB of bodies a second of CPU."""
    file = folder / "identities"
    size = write_bodies(file, identities(1000))
    load(server, "http", 1, 16, file, False, IDENTITY_PATH)
    rates = []
    for _ in range(3):
        answered, cpu = load(server, "http", seconds, 16, file, False, IDENTITY_PATH)
        rates.append(answered * size / cpu / 1e6)
    return size, statistics.median(rates)


def latency(server, program, file, rate, seconds):
    """(median, p99) in µs at a fixed rate."""
    out = subprocess.run(["taskset", "-c", LOAD_CORE, program, "-address", f"127.0.0.1:{server.port}", "-path", PATH, "-bodies", file,
                          "-rate", str(rate), "-seconds", str(seconds)], env=dict(os.environ, GOMAXPROCS="1"), check=True, capture_output=True, text=True)
    count, median, p99, _ = map(int, out.stdout.split())
    server.answered += count
    return median, p99


def idle_memory(server, file, connections, tls):
    """KiB of resident memory per connection that has sent one event and waits."""
    signature, body = open(file).readline().rstrip("\n").split("\t")
    trust = ssl._create_unverified_context()
    open_ones = []
    pids = tree(server.process.pid)
    before = sum(map(resident_mib, pids))
    for _ in range(connections):
        one = http.client.HTTPSConnection("127.0.0.1", server.port, context=trust) if tls else http.client.HTTPConnection("127.0.0.1", server.port)
        one.request("POST", PATH, body, {"Content-Type": "application/json", "X-Flagsmith-Signature": signature})
        if one.getresponse().read() is None:
            sys.exit("no answer")
        open_ones.append(one)
        server.answered += 1
    time.sleep(2)  # that they are idle shows only after a while
    after = sum(map(resident_mib, pids))
    for one in open_ones:
        one.close()
    return (after - before) * 1024 / connections


# --- the machine ---

def sync_times(folder):
    times = []
    fd = os.open(folder / "sync", os.O_CREAT | os.O_WRONLY)
    for _ in range(300):
        os.write(fd, b"x" * 4096)
        begin = time.monotonic()
        os.fdatasync(fd)
        times.append((time.monotonic() - begin) * 1e6)
    os.close(fd)
    times.sort()
    return times[150], times[297]


def limits(syncs):
    """What the machine itself can do, for scale."""
    sha = subprocess.run(["openssl", "speed", "-evp", "sha256", "-bytes", "1216", "-seconds", "1"], capture_output=True, text=True).stdout
    sign = subprocess.run(["openssl", "speed", "-seconds", "1", "ecdsap256"], capture_output=True, text=True).stdout
    rate = re.search(r"sha256\s+([\d.]+)k", sha, re.IGNORECASE)
    signs = re.search(r"nistp256\)\s+[\d.]+s\s+[\d.]+s\s+([\d.]+)", sign)  # a second; the times have too few digits
    yield f"- SHA-256 of 1,216 bytes: {1216 / float(rate[1]) * 1e3 if rate else 0:.2f} µs"
    yield f"- P-256 signature: {1e6 / float(signs[1]) if signs else 0:.0f} µs"
    yield f"- append of 4 KiB and fdatasync: median {syncs[0]:.0f} µs, p99 {syncs[1]:.0f} µs"


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{model[1] if model else 'unknown CPU'}, {os.cpu_count()} cores, Linux {os.uname().release}"


def verdict(value, goal, text):
    return f"| {text} | {goal:g} | {value:.3g} | {'met' if value <= goal else 'missed'} |"


def measure(args, folder, servers):
    """Returns the report. The servers are kept in the list that was handed in, for whoever has to stop them."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", folder / "tls.key", "-out", folder / "tls.crt"], check=True, capture_output=True)
    file = folder / "bodies"
    size = write_bodies(file, changes(10_000))
    for name in ("receiver", "latency"):
        source = HERE / "go" / ("main.go" if name == "receiver" else f"{name}/main.go")
        subprocess.run(["go", "build", "-o", folder / name, source], check=True, env=dict(os.environ, GO111MODULE="off"))
    syncs = sync_times(folder)

    print(f"plain, keep-alive, 64 connections, {size:.0f} bytes", flush=True)
    ours = daemon(args.binary, folder, free_port(), tls=False)
    plain = [nginx(folder, free_port(), tls=False), ours, go(folder / "receiver", folder, free_port())]
    servers += plain
    compare(plain, args.rounds, "http", args.seconds, 64, file, close=False)
    later_mib = resident_mib(ours.process.pid)
    saturation = statistics.median(rate for _, rate in ours.rounds)
    median, p99 = latency(ours, folder / "latency", file, saturation / 2, args.seconds)
    identity_size, identity_rate = identity_throughput(ours, folder, args.seconds)
    idle_plain = idle_memory(ours, file, 2000, tls=False)
    events = account(args.binary, ours)

    print("TLS, a new connection each", flush=True)
    ours_tls = daemon(args.binary, folder, free_port(), tls=True)
    secure = [nginx(folder, free_port(), tls=True), ours_tls]
    servers += secure
    compare(secure, args.rounds, "https", args.seconds, 32, file, close=True)
    idle_tls = idle_memory(ours_tls, file, 500, tls=True)
    account(args.binary, ours_tls)

    def times(one, other):
        return statistics.median(cost for cost, _ in one.rounds) / statistics.median(cost for cost, _ in other.rounds)

    return [
        "# Performance", "",
        "Made by `./dev bench`; run it on your own machine. The server has one core, the load generator the other; the servers take turns,",
        f"{args.rounds} rounds of {args.seconds} s each after a warm-up. CPU is that of the whole server process, from /proc.", "",
        f"- machine: {machine()}", f"- date: {datetime.date.today()}", *limits(syncs), "",
        "| what | goal, at most | measured | |", "| --- | --- | --- | --- |",
        verdict(times(ours, plain[0]), 2.0, "CPU of a durable, validated event on the plain port, times nginx's empty 204"),
        verdict(times(ours, plain[2]), 0.45, "the same, times Go with group fsync"),
        verdict(times(ours_tls, secure[0]), 1.15, "CPU of an event on TLS 1.3 with a connection of its own, times nginx"),
        verdict(p99 / 1000, 3 * syncs[1] / 1000 + 2, "ms to the answer at half of saturation, p99 (goal: 3 syncs' p99 + 2 ms)"),
        verdict(idle_plain, 4, "KiB of memory per idle connection, plain"),
        verdict(idle_tls, 80, "KiB of memory per idle connection, TLS"), "",
        f"Identity messages of {identity_size / 1000:.1f} kB: {identity_rate:,.0f} MB of bodies per second of CPU, stored and delivered (goal: at least 120).", "",
        f"## Plain HTTP, keep-alive, 64 connections, 10,000 different signed bodies of {size:.0f} bytes on average", "",
        "nginx answers an empty 204. We verify the signature, decode and check the message, commit it to stable storage, answer 200 and write it to a file sink.",
        "The Go receiver does the same with its standard library, one fsync for all that wait, and no sink.", "",
        *table(plain), "",
        f"{events:,} requests were answered 200 in this part, and as many events were in the store and in the file sink.",
        f"From start to the first connection: {ours.start_seconds * 1000:.0f} ms; resident memory {ours.start_mib:.1f} MiB at start, {later_mib:.1f} MiB after these events.",
        f"At {saturation / 2:,.0f} requests a second, half of saturation, sent on time whether or not others are answered: median {median / 1000:.2f} ms, p99 {p99 / 1000:.2f} ms.", "",
        "## TLS 1.3, P-256, a new connection for each event (as Flagsmith does), no session tickets", "",
        *table(secure), "",
    ]


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", default=ROOT / "build" / "flagsmith-webhookd", type=pathlib.Path)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=int, default=5)
    options.add_argument("--quick", action="store_true", help="3 rounds of 2 s, nothing written")
    options.add_argument("--write", default=ROOT / "docs" / "performance.md", type=pathlib.Path)
    options.add_argument("--folder", default=None, help="where the servers keep their files (default: a new one beside the build)")
    args = options.parse_args()
    if args.quick:
        args.rounds, args.seconds = 3, 2
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.folder or args.binary.parent))
    servers = []
    try:
        report = "\n".join(measure(args, folder, servers))
        print(report)
        if not args.quick:
            before = args.write.read_text() if args.write.exists() else ""
            kept = [*delivery.HEADINGS, "## Where the time goes"]  # by other scripts, and by hand
            args.write.write_text("\n".join([report, *filter(None, (delivery.section(before, heading) for heading in kept))]))
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
