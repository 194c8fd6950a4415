"""A server that is measured, in a process of its own on the server's core; and the daemon as one of them."""
import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

from machine import SERVER_CORE, free_port, resident_kib

SECRET = "benchmark-signing-secret"
PATH, IDENTITY_PATH, ANY_PATH = "/environment-webhook", "/identity-webhook", "/any-webhook"


def wait_for(port, process, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"{process.args} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.002)
    sys.exit(f"nothing listens on port {port}: {process.args}")


class Server:
    """What it is called in the tables, where it listens, and the rounds that were measured with it."""

    def __init__(self, name, command, port, tls=False, **popen):
        self.name, self.port, self.scheme = name, port, "https" if tls else "http"
        self.prefix = ""  # before the path, where a server insists on one
        self.rounds = []
        self.answered = self.cut_off = 0
        started = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **popen)
        wait_for(port, self.process)
        self.start_seconds = time.monotonic() - started
        self.start_mib = resident_kib(self.process.pid) / 1024

    def end_process(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(20)
                return
            self.process.kill()
            self.process.wait()

    def finish(self):
        """Ends it; what it answered must be true. Returns how many answers were checked: a peer's are not."""
        self.end_process()
        return 0


CONFIGURATION = """
[listen]
address = "127.0.0.1:{port}"
tls = {tls}
threads = 1
[endpoint.environment]
path = "{environment}"
kind = "environment"
secrets = [ {{ name = "bench", file = "secret" }} ]
[endpoint.identity]
path = "{identity}"
kind = "identity"
secrets = [ {{ name = "bench", file = "secret" }} ]
[endpoint.any]
path = "{any}"
kind = "any"
secrets = [ {{ name = "bench", file = "secret" }} ]
[store]
directory = "store"
max_size = "100GiB"
evaluations = {{ keep = "30d", max_size = "100GiB" }}
[admin]
address = "127.0.0.1:{admin}"
[log]
level = "warning"
[sink.file]
type = "file"
path = "events.ndjson"
"""


class Daemon(Server):
    """With one intake thread, a store that is synced before each answer, and a file sink. Nothing it does is switched off."""

    def __init__(self, binary, folder, tls=False):
        port, self.admin, self.binary = free_port(), free_port(), binary
        self.home = folder / f"daemon-{port}"
        self.home.mkdir()
        self.config = self.home / "config.toml"
        (self.home / "secret").write_text(SECRET)
        (self.home / "secret").chmod(0o600)
        secure = f'{{ certificate = "{folder}/tls.crt", key = "{folder}/tls.key" }}' if tls else "false"
        self.config.write_text(CONFIGURATION.format(port=port, tls=secure, admin=self.admin, environment=PATH, identity=IDENTITY_PATH, any=ANY_PATH))
        super().__init__("flagsmith-webhookd, durable, validated, file sink", [binary, "serve", "--config", self.config], port, tls)

    def metric(self, name, **labels):
        """The sum over all series with these labels; the daemon must still run."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics", timeout=20) as answer:
            lines = answer.read().decode().splitlines()
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines if re.match(name + r"[ {]", line) and all(label in line for label in wanted))

    def stored(self):
        out = subprocess.run([self.binary, "store", "info", "--format", "json", "--config", self.config], check=True, capture_output=True, text=True)
        return json.loads(out.stdout)["events"]

    def finish(self):
        """As many events must be in its store and its file as it answered 200, and the senders must have seen all of these answers
        but those they cut off."""
        said = -1
        while said != (said := self.metric("flagsmith_webhookd_requests_total", status=200)):
            time.sleep(0.2)  # what the senders left behind is still being stored
        self.end_process()
        if self.process.returncode != 0:
            sys.exit(f"the daemon ended with {self.process.returncode}")
        in_store, in_file = self.stored(), lines_of(self.home / "events.ndjson")
        if not said == in_store == in_file:
            sys.exit(f"{said} were answered 200, the store holds {in_store} events, the file sink {in_file}")
        if not self.answered <= said <= self.answered + self.cut_off:
            sys.exit(f"{said} were answered 200, but the senders saw {self.answered}, and no more than {self.cut_off} were cut off")
        shutil.rmtree(self.home)
        return said


def lines_of(file):
    with open(file, "rb") as content:
        return sum(block.count(b"\n") for block in iter(lambda: content.read(1 << 20), b""))
