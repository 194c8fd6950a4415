"""nginx and HAProxy in front of a daemon, really running: on free ports, with short time limits, ended by their process id.

They keep their connections to the daemon for the requests of others, which is what makes a smuggled request dangerous,
and write a line `STATUS TARGET` for each request that they know of and the daemon answered."""
import os
import pathlib
import signal
import subprocess

from harness.daemon import free_port
from harness.waiting import eventually


class Proxy:
    trust = {}  # what a daemon behind it needs in [listen]

    def __init__(self, folder: pathlib.Path, daemon, patience=1):
        folder.mkdir()
        self.folder, self.port, self.process = folder, free_port(), None
        self.command = self.configure(daemon.port, patience)

    def start(self):
        with (self.folder / "errors.log").open("wb") as errors, (self.folder / "out.log").open("wb") as out:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, cwd=self.folder)
        eventually(self._listens, 10, f"{self.command[0]}'s readiness")
        return self

    def _listens(self):
        assert self.process.poll() is None, (self.folder / "errors.log").read_text()[-2000:]
        return f"0100007F:{self.port:04X} 00000000:0000 0A" in pathlib.Path("/proc/net/tcp").read_text()

    def close(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)

    def passed_on(self):
        """[(status, target)] of the requests that the daemon answered."""
        lines = (self.folder / self.log).read_text(encoding="latin-1").splitlines()
        return [tuple(line.split(" ", 1)) for line in lines if line[0] != "-"]


class Nginx(Proxy):
    log = "access.log"

    def configure(self, upstream, patience):
        (self.folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {self.folder}/nginx.pid; error_log stderr crit;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 1000; }}
http {{
    log_format known '$upstream_status $request_uri';
    access_log {self.folder}/access.log known;
    client_body_temp_path {self.folder}/body; proxy_temp_path {self.folder}/proxy; fastcgi_temp_path {self.folder}/fastcgi;
    uwsgi_temp_path {self.folder}/uwsgi; scgi_temp_path {self.folder}/scgi;
    client_header_timeout {patience}s; client_body_timeout {patience}s; keepalive_timeout {patience}s; lingering_timeout 1s; lingering_time 1s;
    client_max_body_size 2m;
    upstream daemon {{ server 127.0.0.1:{upstream}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{self.port};
        location / {{
            proxy_pass http://daemon;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_request_buffering off;
            proxy_next_upstream off;
            proxy_ignore_client_abort on;
        }}
    }}
}}
""")
        return ["nginx", "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)]


class HAProxy(Proxy):
    log = "out.log"
    options = ""

    def configure(self, upstream, patience):
        (self.folder / "haproxy.cfg").write_text(f"""
global
    log stdout format raw local0
    nbthread 1
defaults
    mode http
    log global
    log-format "%[var(txn.passed)]%ST %HU"
    timeout connect 5s
    timeout client {patience}s
    timeout server 5s
    timeout http-request {patience}s
    timeout http-keep-alive {patience}s
frontend outside
    bind 127.0.0.1:{self.port}
    default_backend daemon
backend daemon
    http-reuse always
    http-response set-var(txn.passed) int(1)
    server daemon 127.0.0.1:{upstream} {self.options}
""")
        return ["haproxy", "-db", "-f", str(self.folder / "haproxy.cfg")]

    def passed_on(self):
        """Those that HAProxy answered itself begin with a `-` for what the daemon did not say."""
        return [(status[1:], target) for status, target in super().passed_on()]


class HAProxyWithPROXY(HAProxy):
    """Says for whom it speaks by the PROXY protocol, version 2; has an address of its own, so that others need not."""
    options = "send-proxy-v2 source 127.0.0.2"
    trust = {"proxy_protocol": True, "trusted_proxies": ["127.0.0.2/32"]}
