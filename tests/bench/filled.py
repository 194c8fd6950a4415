"""A store with millions of events, and the daemon and the commands over it."""
import contextlib
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

from machine import LOAD_CORE, SERVER_CORE, free_port
from servers import PATH, SECRET


class Tools:
    """The programs, and where stores are made."""

    def __init__(self, build, place):
        build = build.resolve()
        self.binary, self.fill_store, self.open_loop = build / "flagsmith-webhookd", build / "tests" / "fill_store", build / "tests" / "open_loop"
        self.place = place


class Late:
    """Milliseconds to the answers at a fixed rate."""

    def __init__(self, out):
        count, *late = out.split()
        self.answered = int(count)
        self.median, self.p99, self.p999, self.most, self.own = (float(each) / 1000 for each in late)


class FilledStore:
    def __init__(self, folder, tools):
        self.folder, self.tools = folder, tools
        self.port, self.admin = free_port(), free_port()
        self.config = folder / "config.toml"
        (folder / "secret").write_text(SECRET)
        (folder / "secret").chmod(0o600)
        self.configure("60d")

    def configure(self, keep):
        self.config.write_text(f"""
[listen]
address = "127.0.0.1:{self.port}"
tls = false
threads = 1
[endpoint.environment]
path = "{PATH}"
kind = "any"
secrets = [ {{ file = "secret" }} ]
[store]
directory = "store"
keep = "{keep}"
max_size = "100GiB"
evaluations = {{ keep = "{keep}", max_size = "100GiB" }}
[admin]
address = "127.0.0.1:{self.admin}"
[sink.file]
type = "file"
path = "events.ndjson"
""")

    def fill(self, events, changes, age=0, span=30 * 86400):
        """[(events that are there, seconds since the last one, seconds of CPU since then)]"""
        out = subprocess.run([self.tools.fill_store, self.folder / "store", *map(str, (events, changes, age, span))],
                             check=True, capture_output=True, text=True).stdout
        return [(int(number), float(seconds), float(cpu)) for number, seconds, cpu in map(str.split, out.splitlines())]

    def command(self, *arguments):
        """What it printed, and how many milliseconds it took."""
        begin = time.monotonic()
        done = subprocess.run([self.tools.binary, *arguments, "--config", self.config], capture_output=True, text=True, check=True)
        return done.stdout, (time.monotonic() - begin) * 1000

    def json(self, *arguments):
        return json.loads(self.command(*arguments, "--format", "json")[0])

    def get(self, path):
        """What the admin listener answers, and how many milliseconds it took."""
        token = (self.folder / "store" / "admin.token").read_text().strip()
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}{path}", headers={"Authorization": f"Bearer {token}"})
        begin = time.monotonic()
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return body.decode(), (time.monotonic() - begin) * 1000

    def events(self):
        """How many the running daemon says are stored."""
        text, _ = self.get("/metrics")
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in text.splitlines() if line.startswith("flagsmith_webhookd_store_events{"))

    def start(self):
        """The process, and how many milliseconds it took until it was healthy."""
        begin = time.monotonic()
        with (self.folder / "daemon.log").open("a") as log:
            process = subprocess.Popen(["taskset", "-c", SERVER_CORE, self.tools.binary, "serve", "--config", self.config], stdout=log, stderr=log)
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=1) as answer:
                if answer.status == 200:
                    return process, (time.monotonic() - begin) * 1000
            if process.poll() is not None or time.monotonic() - begin > 60:
                sys.exit((self.folder / "daemon.log").read_text()[-2000:])
            time.sleep(0.002)

    def send(self, bodies, rate, seconds):
        """Events at a fixed rate, from the other core."""
        return Late(subprocess.run(["taskset", "-c", LOAD_CORE, *map(str, (self.tools.open_loop, self.port, PATH, bodies, rate, seconds, 64))],
                                   check=True, capture_output=True, text=True).stdout)

    def is_indexed(self):
        info = self.json("store", "info")
        return info["indexed"] == info["last_sequence"]


@contextlib.contextmanager
def filled_store(tools):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="webhookd-scale-", dir=tools.place))
    try:
        yield FilledStore(folder, tools)
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def serving(store):
    """The process, and how many milliseconds it took until it was healthy; ended whatever happens."""
    process, ready = store.start()
    try:
        yield process, ready
    finally:
        end(process)


def end(process, how=signal.SIGTERM):
    process.send_signal(how)
    process.wait(20)


def memory(process):
    """MiB: resident, at most, and what is the process's own; pages of mapped files are not."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return {key: int(line.split()[1]) / 1024 for line in status.splitlines() for key in ("VmRSS", "VmHWM", "RssAnon") if line.startswith(key)}
