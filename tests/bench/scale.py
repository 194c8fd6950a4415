#!/usr/bin/env python3
"""Whether a store with millions of events still starts and answers at once: fills one, measures, and holds the limits.

Commands are timed as a user has them: the whole process, from its start to its end, beside a running daemon.
"""
import argparse
import contextlib
import datetime
import json
import pathlib
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
PAGE = ROOT / "docs" / "store.md"
HEADING = "## With millions of events"

# The command, and the milliseconds it may take; nothing where there is no promise.
COMMANDS = [
    ("history checkout_v2", 200),
    ("history checkout_v2 --environment Production", 200),
    ("events list --actor person7@example.com --changed enabled --since 7d", 200),
    ("events list", 200),
    ("events list --limit 1000", 200),
    ("events list --type flag.* --since 20d --until 19d", 200),
    ("events list --flag no_such_flag", 200),
    ("events list --scope segment", 200),
    ("events list --actor person1* --changed value --until 25d", 200),
    ("events list --type identity.evaluated --until 15d", 200),
    ("events tail", 200),
    ("events show {change}", 200),
    ("events show {evaluation}", 200),
    ("store info", None),
]
READY_MS = 2000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Scale:
    def __init__(self, folder, fill_store, binary):
        self.folder, self.fill_store, self.binary = folder, fill_store, binary
        self.port, self.admin = free_port(), free_port()
        self.config = folder / "config.toml"
        (folder / "secret").write_text("measured-with-this-secret\n")
        (folder / "secret").chmod(0o600)
        self.config.write_text(f"""
[listen]
address = "127.0.0.1:{self.port}"
tls = false
[endpoint.environment]
path = "/environment-webhook"
kind = "any"
secrets = [ {{ file = "secret" }} ]
[store]
directory = "store"
keep = "60d"
max_size = "100GiB"
evaluations = {{ keep = "60d", max_size = "100GiB" }}
[admin]
address = "127.0.0.1:{self.admin}"
[sink.file]
type = "file"
path = "events.ndjson"
""")

    def fill(self, events, changes):
        begin = time.monotonic()
        subprocess.run([self.fill_store, self.folder / "store", str(events), str(changes)], check=True)
        return time.monotonic() - begin

    def command(self, *arguments):
        """What it printed, and how many milliseconds it took."""
        begin = time.monotonic()
        done = subprocess.run([self.binary, *arguments, "--config", self.config], capture_output=True, text=True, check=True)
        return done.stdout, (time.monotonic() - begin) * 1000

    def json(self, *arguments):
        return json.loads(self.command(*arguments, "--format", "json")[0])

    def start(self):
        """The process, and how many milliseconds it took until it was healthy."""
        begin = time.monotonic()
        with (self.folder / "daemon.log").open("a") as log:
            process = subprocess.Popen([self.binary, "serve", "--config", self.config], stdout=log, stderr=log)
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1) as answer:
                if answer.status == 200:
                    return process, (time.monotonic() - begin) * 1000
            if process.poll() is not None or time.monotonic() - begin > 60:
                sys.exit((self.folder / "daemon.log").read_text()[-2000:])
            time.sleep(0.002)

    def is_indexed(self):
        info = self.json("store", "info")
        return info["indexed"] == info["last_sequence"]


def memory(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return {key: int(line.split()[1]) / 1024 for line in status.splitlines() for key in ("VmRSS", "VmHWM", "RssAnon") if line.startswith(key)}


def end(process, how=signal.SIGTERM):
    process.send_signal(how)
    process.wait(20)


def measure(scale, events, changes, rounds):
    filled = scale.fill(events, changes)
    size = sum(file.stat().st_size for file in (scale.folder / "store").glob("*.log")) / 2**30
    index = (scale.folder / "store" / "index.db").stat().st_size / 2**20
    say = [f"{events:,} events, {changes:,} of them flag changes, the others evaluations: {size:.1f} GiB, index {index:.0f} MiB, "
           f"filled in {filled:.0f} s."]
    failures = []

    def hold(what, took, limit):
        if limit and took > limit:
            failures.append(f"{what} took {took:.0f} ms, more than {limit}")

    starts = []
    process, ready = scale.start()
    starts.append(("after it was closed in good order", ready, memory(process)))
    names = {"change": scale.json("events", "list", "--type", "flag.*", "--until", "10d", "--limit", "1")[0]["id"],
             "evaluation": scale.json("events", "list", "--type", "identity.evaluated", "--until", "10d", "--limit", "1")[0]["id"]}
    rows = []
    for line, limit in COMMANDS:
        arguments = line.format(**names).split(" ")
        took = sorted(scale.command(*arguments)[1] for _ in range(rounds))
        rows.append((line, statistics.median(took), took[-1], len(scale.command(*arguments)[0].splitlines())))
        hold(line, statistics.median(took), limit)
    begin = time.monotonic()
    urllib.request.urlopen(f"http://127.0.0.1:{scale.admin}/metrics", timeout=30).read()
    rows.append(("(a scrape of /metrics)", (time.monotonic() - begin) * 1000, (time.monotonic() - begin) * 1000, ""))
    used = memory(process)

    end(process, signal.SIGKILL)
    process, ready = scale.start()
    starts.append(("after kill -9", ready, memory(process)))
    end(process)
    for file in (scale.folder / "store").glob("index.db*"):
        file.unlink()
    process, ready = scale.start()
    starts.append(("without its search index", ready, memory(process)))
    begin = time.monotonic()
    while not scale.is_indexed():
        time.sleep(0.1)
    say.append(f"The index was made anew in {time.monotonic() - begin + ready / 1000:.1f} s, while events were taken.")
    end(process)
    for what, took, _ in starts:
        hold(f"the start {what}", took, READY_MS)

    table = ["", "| start | ready after | resident then |", "| --- | --- | --- |"]
    table += [f"| {what} | {took:.0f} ms | {used_then['VmRSS']:.0f} MiB |" for what, took, used_then in starts]
    table += ["", f"The daemon had {used['VmHWM']:.0f} MiB at most meanwhile, {used['RssAnon']:.0f} MiB of its own.",
              "", "| command | median | slowest | lines |", "| --- | --- | --- | --- |"]
    table += [f"| `{line}` | {median:.0f} ms | {slowest:.0f} ms | {lines} |" for line, median, slowest, lines in rows]
    return "\n".join(say + table), failures


def write_page(text):
    page = PAGE.read_text()
    PAGE.write_text(page[:page.find("\n" + HEADING)].rstrip("\n") + "\n\n" + text if HEADING in page else page.rstrip("\n") + "\n\n" + text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fill_store", type=pathlib.Path)
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--events", type=int, nargs="*", default=[1_000_000, 5_000_000])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--place", type=pathlib.Path, default=pathlib.Path("/var/tmp"), help="a folder on a real disk with 10 GiB free")
    parser.add_argument("--write", action="store_true", help="into docs/store.md")
    options = parser.parse_args()
    parts, failures = [], []
    for events in options.events:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="webhookd-scale-", dir=options.place))
        try:
            text, failed = measure(Scale(folder, options.fill_store.resolve(), options.binary.resolve()), events, events // 50, options.rounds)
        finally:
            shutil.rmtree(folder)
        print(text, "\n", flush=True)
        parts.append(text)
        failures += failed
    if options.write:
        write_page(f"{HEADING}\n\nMeasured by `./dev scale --write` on {datetime.date.today()}. Times of commands are those of the whole process, beside a "
                   f"running daemon, {options.rounds} rounds; they are to stay under 200 ms, a start under 2 s.\n\n" + "\n\n".join(parts) + "\n")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{len(options.events) - bool(failures)} passed, {int(bool(failures))} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
