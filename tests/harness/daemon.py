"""The real binary with a configuration of its own, started, watched and ended by its process id."""
import json
import os
import pathlib
import signal
import socket
import subprocess

import requests

from harness import flagsmith
from harness.canaries import CANARY
from harness.waiting import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("WEBHOOKD_BINARY", ROOT / "build" / "flagsmith-webhookd"))
FAULTY_BINARY = ROOT / "build" / "tests" / "flagsmith-webhookd-faulty"
KINDS = ("environment", "organisation", "identity")


_handed_out = set()


def free_port():
    """The kernel may offer the same one again as long as nobody listens on it."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _handed_out:
            _handed_out.add(port)
            return port


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False)


def configuration(settings):
    """TOML of {section: {key: value}}; [endpoint.…] and [sink.…] hold tables by name."""
    out = []
    for section, content in settings.items():
        tables = {f"{section}.{name}": table for name, table in content.items()} if section in ("endpoint", "sink") else {section: content}
        for name, table in tables.items():
            out.append(f"[{name}]")
            out += [f"{key} = {toml(value)}" for key, value in table.items()]
            out.append("")
    return "\n".join(out)


class Daemon:
    """`changes` are merged into the settings below, section by section and table by table."""

    def __init__(self, home: pathlib.Path, authority=None, binary=BINARY, **changes):
        self.home, self.authority, self.binary, self.process = home, authority, binary, None
        self.port, self.admin_port = free_port(), free_port()
        self.config, self.log, self.out = home / "config.toml", home / "daemon.log", home / "daemon.out"
        self.events_file = home / "events.ndjson"
        self.secrets = {kind: f"{CANARY}-{kind}-signing-secret" for kind in KINDS}
        for kind, secret in self.secrets.items():
            (home / f"{kind}.secret").write_text(secret + "\n")
            (home / f"{kind}.secret").chmod(0o600)
        if authority:
            authority.issue(home)
        self.settings = {
            "listen": {"address": f"127.0.0.1:{self.port}", "threads": 1,
                       "tls": {"certificate": "tls.crt", "key": "tls.key"} if authority else False},
            "endpoint": {kind: {"path": f"/{kind}-webhook", "kind": kind, "secrets": [{"name": "canary", "file": f"{kind}.secret"}]} for kind in KINDS},
            "store": {"directory": "store"},
            "admin": {"address": f"127.0.0.1:{self.admin_port}"},
            "log": {"level": "info"},
            "sink": {"file": {"type": "file", "path": "events.ndjson"}},
        }
        self.change(**changes)

    # --- configuration ---

    def change(self, **changes):
        """Merges into the settings and writes the file; what runs does not know yet."""
        for section, content in changes.items():
            target = self.settings.setdefault(section, {})
            for key, value in content.items():
                if section in ("endpoint", "sink") and isinstance(value, dict):
                    target.setdefault(key, {}).update(value)
                elif value is None:
                    target.pop(key, None)
                else:
                    target[key] = value
        self.config.write_text(configuration(self.settings))

    # --- life ---

    def start(self, wait=True, prefix=()):
        with self.log.open("ab") as log, self.out.open("ab") as out:
            self.process = subprocess.Popen([*prefix, str(self.binary), "serve", "--config", str(self.config)], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=log, cwd=self.home)
        if wait:
            eventually(self._is_healthy, 10, "the daemon's health")
        return self

    def _is_healthy(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log_text()[-4000:]}")
        try:
            return self.get("/healthz").status_code == 200
        except requests.ConnectionError:
            return False

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=15):
        return self.process.wait(seconds)

    def stop(self, seconds=15):
        """SIGTERM; the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def reload(self):
        before = self.log_text().count("  reloaded\n")
        self.signal(signal.SIGHUP)
        eventually(lambda: self.log_text().count("  reloaded\n") > before, 5, "the reload")

    # --- from outside ---

    @property
    def scheme(self):
        return "https" if self.authority else "http"

    def url(self, path):
        return f"{self.scheme}://localhost:{self.port}{path}"

    @property
    def trust(self):
        return self.authority.certificate if self.authority else True

    def get(self, path, **options):
        with requests.Session() as session:
            session.trust_env = False
            return session.get(self.url(path), verify=str(self.trust) if self.authority else True, timeout=5, **options)

    def post(self, body, kind="environment", **options):
        """As Flagsmith does; the answer is kept for the search for canaries."""
        if not {"secret", "signature"} & options.keys():
            options["secret"] = self.secrets[kind]
        answer = flagsmith.post(self.url(options.pop("path", f"/{kind}-webhook")), body, verify=self.trust, **options)
        with (self.home / "answers.log").open("a") as log:
            log.write(f"{answer.status_code} {dict(answer.headers)} {answer.text}\n")
        return answer

    def command(self, *arguments, check=True, stdin=None, timeout=30):
        """One of the program's commands with this configuration; what it prints is kept likewise."""
        result = subprocess.run([str(self.binary), *map(str, arguments), "--config", str(self.config)], capture_output=True, text=True,
                                input=stdin, timeout=timeout, cwd=self.home)
        with (self.home / "commands.log").open("a") as log:
            log.write(f"$ {' '.join(map(str, arguments))}\n{result.stdout}{result.stderr}")
        if check:
            assert result.returncode == 0, f"{arguments} ended with {result.returncode}: {result.stderr}"
        return result

    def json(self, *arguments):
        return json.loads(self.command(*arguments, "--format", "json").stdout)

    def metrics(self):
        """{"name{labels}": value}"""
        with requests.Session() as session:
            session.trust_env = False
            text = session.get(f"http://127.0.0.1:{self.admin_port}/metrics", timeout=5).text
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in text.splitlines() if line and line[0] != "#")}

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def delivered(self):
        """The events the file sink holds, in order. A last line without its end is still being written."""
        if not self.events_file.exists():
            return []
        content = self.events_file.read_bytes()
        return [json.loads(line) for line in content[:content.rfind(b"\n") + 1].splitlines()]

    def await_delivered(self, count, seconds=10):
        return eventually(lambda: (events := self.delivered()) and len(events) >= count and events, seconds, f"delivery of {count} events")
