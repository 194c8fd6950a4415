#!/usr/bin/env python3
"""Measures how fast a backlog is delivered, and what six sinks cost intake; writes a section of docs/performance.md.

A store is filled once. For each kind of sink the daemon is then started anew with a sink that begins at the beginning, and
nothing comes in meanwhile.
"""
import argparse
import contextlib
import datetime
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

import bodies
from machine import free_port
from servers import SECRET

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KIND = "segment-override"  # 1.2 kB
HEADING, SERVERS_HEADING = HEADINGS = "## Delivery of a backlog", "## Delivery of a backlog to servers"  # those of this script and of brokers.py

SINKS = {  # name: (what it is, its settings, goal in events a second)
    "file": ("file", {"type": "file", "path": "{folder}/events.ndjson"}, 100_000),
    "http-batches": ("http, NDJSON in batches of 1000, to an nginx that discards",
                     {"type": "http", "url": "http://127.0.0.1:{port}/", "body": "ndjson", "batch": {"max_events": 1000, "max_delay": "10ms"}}, 100_000),
    "http-one": ("http, one by one in order over one connection, to the same", {"type": "http", "url": "http://127.0.0.1:{port}/"}, 10_000),
    "exec-stream": ("exec, a command that reads lines and answers with ids",
                    {"type": "exec", "mode": "stream", "command": ["/usr/bin/python3", "-u", "-c", "import sys\nfor line in sys.stdin: print(line.split('\"id\":\"')[1][:36])"]}, None),
}


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def wait_for(port, process):
    until = time.monotonic() + 10
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.005)
    sys.exit(f"{process.args} does not listen")


class Daemon:
    """With these sinks, over the store in `folder`."""

    def __init__(self, binary, folder, sinks, core=None, deduplicate="24h", **values):
        self.binary, self.config, self.port, self.admin = binary, folder / "config.toml", free_port(), free_port()
        (folder / "secret").write_text(SECRET)
        (folder / "secret").chmod(0o600)
        text = f"""
[listen]
address = "127.0.0.1:{self.port}"
tls = false
threads = 1
[endpoint.bench]
path = "/bench"
kind = "environment"
deduplicate = "{deduplicate}"
secrets = [ {{ name = "bench", file = "secret" }} ]
[store]
directory = "store"
[admin]
address = "127.0.0.1:{self.admin}"
[log]
level = "error"
"""
        for name, settings in sinks.items():
            text += f"[sink.{name}]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in settings.items())
        for name, value in {"folder": folder, **values}.items():
            text = text.replace("{" + name + "}", str(value))
        self.config.write_text(text)
        self.started = time.monotonic()
        self.process = subprocess.Popen([*(["taskset", "-c", core] if core else []), binary, "serve", "--config", self.config])
        wait_for(self.port, self.process)

    def metric(self, name, sink):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        found = re.search(rf'^flagsmith_webhookd_{name}{{[^}}]*sink="{sink}"[^}}]*}} (\S+)', text, re.MULTILINE)
        return float(found[1]) if found else 0

    def memory(self):
        """MiB that are the process's own; pages of mapped files are not."""
        return int(re.search(r"RssAnon:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1]) / 1024

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            sys.exit("the daemon did not end well")


@contextlib.contextmanager
def nginx(folder):
    """Takes whatever comes and answers 204."""
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null crit;
events {{ worker_connections 64; }}
http {{
  access_log off; keepalive_requests 1000000000; client_max_body_size 64m; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; location / {{ return 204; }} }}
}}""")
    process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)
    wait_for(port, process)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def fill(binary, folder, count):
    daemon = Daemon(binary, folder, {"none": {"type": "file", "path": "none.ndjson", "match": {"flag": ["none"]}}})
    subprocess.run([binary, "send", KIND, "--to", f"http://127.0.0.1:{daemon.port}/bench", "--secret-file", folder / "secret",
                    "--count", str(count), "--keep-alive", "--parallel", "32"], check=True, stdout=subprocess.DEVNULL)
    daemon.stop()


def drain(binary, folder, name, settings, count, port):
    """Seconds, CPU seconds, and the memory at each look."""
    sink = f"{name}-{time.monotonic_ns()}"  # a new one, which has seen nothing
    daemon = Daemon(binary, folder, {sink: {**settings, "from": "beginning"}}, port=port)
    memory, delivered = [], 0
    try:
        while delivered < count:
            if time.monotonic() - daemon.started > 90:
                sys.exit(f"{name}: {delivered:.0f} of {count} after 90 s")
            time.sleep(0.1)
            delivered = daemon.metric("sink_delivered_total", sink)
            memory.append((delivered, daemon.memory()))
        return time.monotonic() - daemon.started, daemon.cpu(), memory
    finally:
        daemon.stop()
        with contextlib.suppress(FileNotFoundError):
            (folder / "events.ndjson").unlink()


def intake_rates(binary, folder, seconds, rounds):
    """Events a second that are taken with one and with six file sinks, in turn; the daemon has one core, the load the other."""
    bodies.write(folder / "bodies", bodies.flag_messages(10_000))
    environment = dict(os.environ, BENCH_PATH="/bench", BENCH_BODIES=str(folder / "bodies"), BENCH_CLOSE="0")
    rates = {1: [], 6: []}
    for _ in range(rounds):
        for number in rates:
            home = folder / f"intake-{number}"
            home.mkdir()
            sinks = {f"file{i}": {"type": "file", "path": f"events-{i}.ndjson"} for i in range(number)}
            daemon = Daemon(binary, home, sinks, core="0", deduplicate="0s")
            try:
                out = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", "-s", HERE / "wrk" / "post.lua", f"http://127.0.0.1:{daemon.port}"],
                                     env=environment, check=True, capture_output=True, text=True).stdout
                if "Non-2xx" in out:
                    sys.exit(f"refused:\n{out}")
                rates[number].append(int(re.search(r"(\d+) requests in", out)[1]) / seconds)
            finally:
                daemon.stop()
                shutil.rmtree(home)
    return {number: statistics.median(each) for number, each in rates.items()}


def section(text, heading=HEADING):
    """The one with this heading in the page, up to the next heading of its level; "" where there is none."""
    found = re.search(rf"^{re.escape(heading)}\n.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return found[0].rstrip() + "\n" if found else ""


def write_section(file, lines, heading=HEADING):
    text, new = file.read_text(), "\n".join(lines).rstrip() + "\n"
    old = section(text, heading)
    file.write_text(text.replace(old, new) if old else text.rstrip() + "\n\n" + new)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--binary", default=ROOT / "build" / "flagsmith-webhookd", type=pathlib.Path)
    options.add_argument("--events", type=int, default=200_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", nargs="*", choices=[*SINKS, "intake"], help="these alone; nothing is written")
    options.add_argument("--write", default=ROOT / "docs" / "performance.md", type=pathlib.Path)
    options.add_argument("--folder", default=None, help="where the store is kept (default: beside the build)")
    args = options.parse_args()
    chosen = args.only or [*SINKS, "intake"]

    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir=args.folder or args.binary.parent))
    report = [HEADING, "", f"Made by `./dev bench delivery` on {datetime.date.today()}: {args.events:,} stored events of 1.2 kB, nothing coming in.",
              f"Daemon and destination share {os.cpu_count()} cores. Medians of {args.rounds} rounds, from the start of the process to the last event delivered.", "",
              "| sink | events a second | µs of CPU per event | the process's own memory, most of the first and of the second half |", "| --- | --- | --- | --- |"]
    try:
        fill(args.binary, folder, args.events)
        with nginx(folder) as port:
            for name in chosen:
                if name == "intake":
                    continue
                title, settings, goal = SINKS[name]
                rounds = [drain(args.binary, folder, name, settings, args.events, port) for _ in range(args.rounds)]
                rate = args.events / statistics.median(seconds for seconds, _, _ in rounds)
                cost = statistics.median(cpu for _, cpu, _ in rounds) / args.events * 1e6
                looks = rounds[-1][2]
                halves = [max((mib for done, mib in looks if is_late == (done > args.events / 2)), default=0) for is_late in (False, True)]
                report.append(f"| {title} | {rate:,.0f}{f' (goal {goal:,})' if goal else ''} | {cost:.1f} | {halves[0]:.1f} MiB, {halves[1]:.1f} MiB |")
                print(report[-1], flush=True)
        if "intake" in chosen:
            rates = intake_rates(args.binary, folder, 2, args.rounds)
            report += ["", f"Intake at full load, keep-alive: {rates[1]:,.0f} events a second with one file sink, {rates[6]:,.0f} with six: {rates[6] / rates[1]:.0%} (goal 70%)."]
            print(report[-1], flush=True)
        if not args.only:
            write_section(args.write, report)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
