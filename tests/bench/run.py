#!/usr/bin/env python3
"""Measures flagsmith-webhookd beside nginx and a Go receiver, in one run, and writes docs/performance.md.

The server has one core, the load generator (wrk) the other. Servers take turns, round by round, so that a machine that
changes speed changes it for all; medians are reported with their spread. What is compared is the CPU time of the whole
server process per request, read from /proc, which is steadier than throughput on a shared machine.
"""
import argparse
import contextlib
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SECRET = "benchmark-signing-secret"
SERVER_CORE, LOAD_CORE = "0", "1"
PATH = "/environment-webhook"


def bodies(count):
    """Messages in the form of the published document, three flags each, about 1.2 kB; every one different."""
    for number in range(count):
        flags = [{
            "enabled": (number + i) % 2 == 0, "environment": 12, "feature_segment": None, "feature_state_value": f"value-{number}-{i}",
            "feature": {"created_date": "2026-01-14T09:31:22.120461Z", "default_enabled": False,
                        "description": "Shown to customers who pay by invoice", "id": 100 + i, "initial_value": "standard",
                        "name": f"checkout_flow_{i}", "type": "STANDARD"},
            "id": 7000 + i, "identity": 400000 + number,
        } for i in range(3)]
        yield json.dumps({"data": flags, "event_type": "FLAG_UPDATED", "timestamp": f"2026-11-23T14:02:11.{number:06d}Z"}, sort_keys=True)


def write_bodies(file, count):
    size = 0
    with open(file, "w") as out:
        for body in bodies(count):
            size += len(body)
            out.write(hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest() + "\t" + body + "\n")
    return size / count


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process, seconds=10):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"{process.args} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.002)
    sys.exit(f"nothing listens on port {port}: {process.args}")


def tree(pid):
    """The process and its children (nginx does its work in one)."""
    pids = [pid]
    with contextlib.suppress(OSError):
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            pids += tree(int(child))
    return pids


def cpu_seconds(pid):
    ticks = 0
    for each in tree(pid):
        fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


class Server:
    def __init__(self, name, command, port, **options):
        self.name, self.port, self.rounds = name, port, []
        self.started = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *map(str, command)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE if options.get("keep_errors") else subprocess.DEVNULL, **options.get("popen", {}))
        wait_for(port, self.process)
        self.start_seconds = time.monotonic() - self.started
        self.start_mib = resident_mib(self.process.pid)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
            return
        self.process.kill()
        self.process.wait()


def load(server, scheme, seconds, connections, file, close):
    """One round of wrk; returns (requests answered 2xx, requests refused, CPU seconds of the server)."""
    before = cpu_seconds(server.process.pid)
    env = dict(os.environ, BENCH_PATH=PATH, BENCH_BODIES=str(file), BENCH_CLOSE="1" if close else "0")
    out = subprocess.run(["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "wrk" / "post.lua",
                          f"{scheme}://127.0.0.1:{server.port}"], env=env, check=True, capture_output=True, text=True).stdout
    cpu = cpu_seconds(server.process.pid) - before
    total = int(re.search(r"(\d+) requests in", out)[1])
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    refused = int(refused[1]) if refused else 0
    return total - refused, refused, cpu


def median_and_spread(values):
    return statistics.median(values), min(values), max(values)


def nginx(folder, port, tls):
    secure = f"ssl_certificate {folder}/tls.crt; ssl_certificate_key {folder}/tls.key; ssl_session_tickets off; ssl_session_cache off;" if tls else ""
    (folder / f"nginx-{port}.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx-{port}.pid; error_log /dev/null crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} {'ssl' if tls else ''} backlog=4096; {secure} location / {{ return 204; }} }}
}}""")
    return Server("nginx, empty 204", ["nginx", "-c", folder / f"nginx-{port}.conf", "-p", folder], port)


def daemon(binary, folder, port, tls):
    home = folder / f"daemon-{port}"
    home.mkdir()
    (home / "secret").write_text(SECRET)
    (home / "secret").chmod(0o600)
    secure = f'{{ certificate = "{folder}/tls.crt", key = "{folder}/tls.key" }}' if tls else "false"
    (home / "config.toml").write_text(f"""
[listen]
address = "127.0.0.1:{port}"
tls = {secure}
threads = 1
[endpoint.environment]
path = "{PATH}"
kind = "environment"
secrets = [ {{ name = "bench", file = "secret" }} ]
[store]
directory = "{home}/store"
[admin]
address = ""
[log]
level = "warning"
[sink.file]
type = "file"
path = "{home}/events.ndjson"
""")
    server = Server("flagsmith-webhookd, durable, validated, file sink", [binary, "serve", "--config", home / "config.toml"], port)
    server.home = home
    return server


def go(binary, folder, port):
    return Server("Go net/http, group fsync", [binary, "-listen", f"127.0.0.1:{port}", "-file", folder / "go-events.log", "-secret", SECRET], port,
                  popen={"env": dict(os.environ, GOMAXPROCS="1")})


def stored(binary, server):
    out = subprocess.run([binary, "store", "info", "--format", "json", "--config", server.home / "config.toml"], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)["events"]


def lines_of(file):
    with open(file, "rb") as content:
        return sum(block.count(b"\n") for block in iter(lambda: content.read(1 << 20), b""))


def compare(servers, rounds, scheme, seconds, connections, file, close):
    for server in servers:
        load(server, scheme, 1, connections, file, close)  # warm-up, not counted
        server.answered = 0
    for _ in range(rounds):
        for server in servers:
            good, refused, cpu = load(server, scheme, seconds, connections, file, close)
            if refused:
                sys.exit(f"{server.name} refused {refused} requests: the comparison would be worthless")
            server.answered += good
            server.rounds.append((cpu / good * 1e6, good / seconds))
            print(f"  {server.name:<52} {cpu / good * 1e6:7.2f} µs CPU per request, {good / seconds:9.0f}/s", flush=True)


def table(servers):
    base = statistics.median(cost for cost, _ in servers[0].rounds)
    yield "| server | µs of CPU per request: median (least–most) | times nginx | requests a second |"
    yield "| --- | --- | --- | --- |"
    for server in servers:
        middle, least, most = median_and_spread([cost for cost, _ in server.rounds])
        yield f"| {server.name} | {middle:.2f} ({least:.2f}–{most:.2f}) | {middle / base:.2f} | {statistics.median(rate for _, rate in server.rounds):,.0f} |"


def limits(folder):
    """What the machine itself can do, for scale."""
    sha = subprocess.run(["openssl", "speed", "-evp", "sha256", "-bytes", "1216", "-seconds", "1"], capture_output=True, text=True).stdout
    sign = subprocess.run(["openssl", "speed", "-seconds", "1", "ecdsap256"], capture_output=True, text=True).stdout
    times = []
    fd = os.open(folder / "sync", os.O_CREAT | os.O_WRONLY)
    for _ in range(200):
        os.write(fd, b"x" * 4096)
        begin = time.monotonic()
        os.fdatasync(fd)
        times.append(time.monotonic() - begin)
    os.close(fd)
    times.sort()
    rate = re.search(r"sha256\s+([\d.]+)k", sha, re.IGNORECASE)
    signs = re.search(r"nistp256\)\s+[\d.]+s\s+[\d.]+s\s+([\d.]+)", sign)  # a second; the times have too few digits
    yield f"- SHA-256 of 1,216 bytes: {1216 / float(rate[1]) * 1e3 if rate else 0:.2f} µs"
    yield f"- P-256 signature: {1e6 / float(signs[1]) if signs else 0:.0f} µs"
    yield f"- append of 4 KiB and fdatasync: median {times[100] * 1e6:.0f} µs, p99 {times[198] * 1e6:.0f} µs"


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{model[1] if model else 'unknown CPU'}, {os.cpu_count()} cores, Linux {os.uname().release}"


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

    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.folder or args.binary.parent))
    servers = []
    try:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-keyout", folder / "tls.key", "-out", folder / "tls.crt"], check=True, capture_output=True)
        file = folder / "bodies"
        size = write_bodies(file, 10_000)
        peer = folder / "go-receiver"
        subprocess.run(["go", "build", "-o", peer, "main.go"], cwd=HERE / "go", check=True, env=dict(os.environ, GO111MODULE="off"))

        print(f"plain, keep-alive, 64 connections, {size:.0f} bytes", flush=True)
        ours = daemon(args.binary, folder, free_port(), tls=False)
        servers = plain = [nginx(folder, free_port(), tls=False), ours, go(peer, folder, free_port())]
        start_seconds, start_mib = ours.start_seconds, ours.start_mib
        compare(plain, args.rounds, "http", args.seconds, 64, file, close=False)
        later_mib = resident_mib(ours.process.pid)
        for server in plain:
            server.stop()
        in_store, in_file = stored(args.binary, ours), lines_of(ours.home / "events.ndjson")
        if in_store != in_file:
            sys.exit(f"the store holds {in_store} events, the file sink {in_file}")

        print("TLS, a new connection each", flush=True)
        servers = secure = [nginx(folder, free_port(), tls=True), daemon(args.binary, folder, free_port(), tls=True)]
        compare(secure, args.rounds, "https", args.seconds, 32, file, close=True)
        for server in secure:
            server.stop()

        report = [
            "# Performance", "",
            "Made by `./dev bench`; run it on your own machine. The server has one core, the load generator the other; the servers take turns,",
            f"{args.rounds} rounds of {args.seconds} s each after a warm-up. CPU is that of the whole server process, from /proc.", "",
            f"- machine: {machine()}", f"- date: {datetime.date.today()}", *limits(folder), "",
            f"## Plain HTTP, keep-alive, 64 connections, 10,000 different signed bodies of {size:.0f} bytes on average", "",
            "nginx answers an empty 204. We verify the signature, decode and check the message, commit it to stable storage, answer 200 and write it to a file sink.",
            "The Go receiver does the same with its standard library, one fsync for all that wait, and no sink.", "",
            *table(plain), "",
            f"The store and the file sink held {in_store:,} events each. From start to the first connection: {start_seconds * 1000:.0f} ms;",
            f"resident memory {start_mib:.1f} MiB at start, {later_mib:.1f} MiB after these events.", "",
            "## TLS 1.3, P-256, a new connection for each event (as Flagsmith does), no session tickets", "",
            *table(secure), "",
        ]
        print("\n".join(report))
        if not args.quick:
            args.write.write_text("\n".join(report))
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
