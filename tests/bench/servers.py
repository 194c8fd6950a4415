"""The servers that are compared, each in a process of its own on the server's core, and what /proc tells of them."""
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request

SECRET = "benchmark-signing-secret"
SERVER_CORE, LOAD_CORE = "0", "1"
PATH, IDENTITY_PATH = "/environment-webhook", "/identity-webhook"


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
        self.answered = self.cut_off = 0
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


def nginx(folder, port, tls):
    secure = f"ssl_certificate {folder}/tls.crt; ssl_certificate_key {folder}/tls.key; ssl_session_tickets off; ssl_session_cache off; ssl_protocols TLSv1.3;" if tls else ""
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
    home, admin = folder / f"daemon-{port}", free_port()
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
[endpoint.identity]
path = "{IDENTITY_PATH}"
kind = "identity"
secrets = [ {{ name = "bench", file = "secret" }} ]
[store]
directory = "{home}/store"
[admin]
address = "127.0.0.1:{admin}"
[log]
level = "warning"
[sink.file]
type = "file"
path = "{home}/events.ndjson"
""")
    server = Server("flagsmith-webhookd, durable, validated, file sink", [binary, "serve", "--config", home / "config.toml"], port)
    server.home, server.admin = home, admin
    return server


def go(binary, folder, port):
    return Server("Go net/http, group fsync", [binary, "-listen", f"127.0.0.1:{port}", "-file", folder / "go-events.log", "-secret", SECRET], port,
                  popen={"env": dict(os.environ, GOMAXPROCS="1")})


def stored(binary, server):
    out = subprocess.run([binary, "store", "info", "--format", "json", "--config", server.home / "config.toml"], check=True, capture_output=True, text=True)
    return json.loads(out.stdout)["events"]


def metric(server, name, **labels):
    """The sum over all series with these labels; the server must still run."""
    with urllib.request.urlopen(f"http://127.0.0.1:{server.admin}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines if re.match(name + r"[ {]", line) and all(label in line for label in wanted))


def lines_of(file):
    with open(file, "rb") as content:
        return sum(block.count(b"\n") for block in iter(lambda: content.read(1 << 20), b""))
