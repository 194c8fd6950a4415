"""The real servers behind the sinks kafka, nats, redis and postgres: each in a folder of its own, on a free port, ended by its process id.

They ask for a password that the search for canaries covers; their folders are outside of where it looks, because they know it."""
import contextlib
import glob
import json
import os
import pathlib
import signal
import subprocess
import tempfile

from harness.canaries import CANARY
from harness.daemon import ROOT, free_port
from harness.nats_client import NatsClient
from harness.waiting import eventually

PASSWORD = f"{CANARY}-server-password"


class Server:
    """`settings` are of the sink that delivers to it, `ids` those of the events it holds, in its order."""
    stop_signal = signal.SIGKILL

    def __init__(self, folder: pathlib.Path):
        self.folder, self.port, self.process = folder, free_port(), None
        folder.mkdir()

    def start(self):
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        eventually(self._is_ready, 20, f"{self.process.args[0]}'s readiness")
        return self

    def _is_ready(self):
        assert self.process.poll() is None, (self.folder / "server.log").read_text()[-2000:]
        with contextlib.suppress(OSError, AssertionError, ValueError, subprocess.CalledProcessError):  # ValueError: Redis says in plain words that it is loading
            return self.answers()
        return False

    def stop(self):
        if self.process:
            self.process.send_signal(self.stop_signal)
            self.process.wait(20)
            self.process = None

    def close(self):
        self.stop()


def secret(home, name, text):
    """A value that the configuration does not show."""
    file = home / f"{name}.secret"
    file.write_text(text)
    file.chmod(0o600)
    return {"file": file.name}


class Redis(Server):
    def command(self):
        return ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--appendonly", "yes", "--save", "", "--requirepass", PASSWORD]

    def answers(self):
        return self._ask("PING") == "PONG"

    def settings(self, home):
        return {"type": "redis", "url": secret(home, "redis", f"redis://:{PASSWORD}@127.0.0.1:{self.port}"), "max_length": 0}

    def ids(self):
        entries = [entry[1] for entry in self._ask("XRANGE", "flagsmith", "-", "+")]
        return [dict(zip(fields[::2], fields[1::2]))["id"] for fields in entries]

    def _ask(self, *words):
        return json.loads(subprocess.run(["redis-cli", "--json", "-p", str(self.port), *words], env=dict(os.environ, REDISCLI_AUTH=PASSWORD),
                                         check=True, capture_output=True, text=True, timeout=60).stdout)


class Nats(Server):
    def command(self):
        (self.folder / "nats.conf").write_text(f'listen: "127.0.0.1:{self.port}"\njetstream {{ store_dir: "{self.folder}" }}\n'
                                               f'authorization {{ user: webhookd, password: "{PASSWORD}" }}\n')
        return ["nats-server", "-c", str(self.folder / "nats.conf")]

    def answers(self):
        with self._client() as client:
            client.make_stream("FLAGSMITH", ["flagsmith.>"])
        return True

    def settings(self, home):
        return {"type": "nats", "servers": [secret(home, "nats", f"nats://webhookd:{PASSWORD}@127.0.0.1:{self.port}")]}

    def ids(self):
        with self._client() as client:
            return [json.loads(body)["id"] for body in client.read("FLAGSMITH")]

    def _client(self, tls=None):
        return NatsClient(self.port, "webhookd", PASSWORD, tls)


class Postgres(Server):
    stop_signal = signal.SIGQUIT  # at once, all of its processes, without tidying up

    def __init__(self, folder):
        super().__init__(folder)
        self.programs = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        # It refuses to run as root, and its data must be its own: they are where any user can get to.
        self.prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
        self._temporary = tempfile.TemporaryDirectory(prefix="webhookd-postgres-")
        self.data = pathlib.Path(self._temporary.name) / "data"
        self.data.parent.chmod(0o777)
        password = self.data.parent / "password"
        password.write_text(PASSWORD + "\n")
        subprocess.run([*self.prefix, self.programs / "initdb", "--auth=scram-sha-256", f"--pwfile={password}", "-U", "webhookd", "-D", self.data],
                       check=True, stdout=subprocess.DEVNULL, cwd="/")

    def command(self):
        return [*self.prefix, str(self.programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-h", "127.0.0.1", "-c", "unix_socket_directories="]

    def answers(self):
        return self.query("SELECT 1") == ["1"]

    def close(self):
        self.stop()
        self._temporary.cleanup()

    def settings(self, home):
        return {"type": "postgres", "url": secret(home, "postgres", f"postgresql://webhookd:{PASSWORD}@127.0.0.1:{self.port}/postgres")}

    def ids(self):
        return self.query("SELECT id FROM flagsmith_events ORDER BY ctid")  # as they were inserted: none is changed or deleted

    def query(self, sql):
        return subprocess.run(["psql", "-XAtq", "-h", "127.0.0.1", "-p", str(self.port), "-U", "webhookd", "-c", sql, "postgres"],
                              env=dict(os.environ, PGPASSWORD=PASSWORD), check=True, capture_output=True, text=True, timeout=60).stdout.split()


class Kafka(Server):
    """librdkafka's mock cluster, which forgets what it holds when it ends: it is only cut off."""

    def start(self, consume=True):
        if self.process:
            self._tell("up")
            return self
        self.process = subprocess.Popen([str(ROOT / "build" / "tests" / "mock_kafka"), *([str(self.folder / "messages")] if consume else [])],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.brokers = self.process.stdout.readline().strip().split(",")
        return self

    def stop(self):
        self._tell("down")

    def close(self):
        if self.process:
            self.process.stdin.close()
            self.process.wait(20)
            self.process.stdout.close()

    def settings(self, home):
        return {"type": "kafka", "brokers": self.brokers}

    def ids(self):
        content = (self.folder / "messages").read_bytes()
        return [json.loads(line)["id"] for line in content[:content.rfind(b"\n") + 1].splitlines()]

    def _tell(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline().strip() == what


KINDS = {"kafka": Kafka, "nats": Nats, "redis": Redis, "postgres": Postgres}
