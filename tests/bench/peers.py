"""The others, each as its users would run it, on one core. What each one does and leaves out is its name in the tables."""
import filecmp
import json
import os
import pathlib
import shutil
import subprocess

from machine import free_port
from servers import SECRET, Server

HERE = pathlib.Path(__file__).resolve().parent


def nginx(folder, tls=False):
    port = free_port()
    secure = (f"ssl_certificate {folder}/tls.crt; ssl_certificate_key {folder}/tls.key; ssl_session_tickets off; ssl_session_cache off; "
              "ssl_protocols TLSv1.3;") if tls else ""
    (folder / f"nginx-{port}.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx-{port}.pid; error_log /dev/null crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port} {'ssl' if tls else ''} backlog=4096; {secure} location / {{ return 204; }} }}
}}""")
    return Server("nginx, empty 204", ["nginx", "-c", folder / f"nginx-{port}.conf", "-p", folder], port, tls)


def go(folder, tls=False, sync=True):
    port = free_port()
    secure = ["-certificate", folder / "tls.crt", "-key", folder / "tls.key"] if tls else []
    return Server("Go net/http, validated, group fsync" if sync else "Go net/http, validated, no fsync",
                  [folder / "receiver", "-listen", f"127.0.0.1:{port}", "-file", folder / f"go-{port}.log", "-secret", SECRET,
                   f"-sync={str(sync).lower()}", *secure],
                  port, tls, env=dict(os.environ, GOMAXPROCS="1"))


def node(folder, tls=False):
    port = free_port()
    secure = [folder / "tls.crt", folder / "tls.key"] if tls else []
    return Server("Node, fastify and ajv, nothing kept", ["node", folder.parent / "bench-node" / "server.mjs", port, SECRET, *secure], port, tls,
                  env=dict(os.environ, NODE_ENV="production"))


def fastapi(folder):
    port = free_port()
    return Server("FastAPI and pydantic on uvicorn, nothing kept",
                  ["/usr/bin/python3", "-m", "uvicorn", "receiver:app", "--app-dir", HERE / "python", "--host", "127.0.0.1", "--port", port,
                   "--log-level", "warning", "--no-access-log"], port, env=dict(os.environ, BENCH_SECRET=SECRET))


def webhook(folder):
    """The answer waits for the command, as it must where the answer shall mean something. Its children's CPU counts."""
    port = free_port()
    rule = {"match": {"type": "payload-hmac-sha256", "secret": SECRET, "parameter": {"source": "header", "name": "X-Flagsmith-Signature"}}}
    (folder / "hooks.json").write_text(json.dumps([{"id": "environment-webhook", "execute-command": "/bin/true", "include-command-output-in-response": True,
                                                    "trigger-rule": rule, "trigger-rule-mismatch-http-response-code": 401}]))
    server = Server("webhook 2.8 running /bin/true", ["webhook", "-hooks", folder / "hooks.json", "-ip", "127.0.0.1", "-port", port], port,
                    env=dict(os.environ, GOMAXPROCS="1"))
    server.prefix = "/hooks"
    return server


def echo(program):
    """No HTTP server at all: whatever comes is answered with the same few bytes."""
    port = free_port()
    return Server("loopback echo", [program, port], port)


def prepare(folder):
    """Compiles and installs what the peers need; node's modules stay in the build folder."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", folder / "tls.key", "-out", folder / "tls.crt"], check=True, capture_output=True)
    subprocess.run(["go", "build", "-o", folder / "receiver", *sorted((HERE / "go").glob("*.go"))], check=True, env=dict(os.environ, GO111MODULE="off"))
    home = folder.parent / "bench-node"
    shutil.copytree(HERE / "node", home, dirs_exist_ok=True)
    installed = home / "node_modules" / ".installed-lock.json"  # npm forgets which lock file it installed from
    if not installed.exists() or not filecmp.cmp(home / "package-lock.json", installed, shallow=False):
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=home, check=True, stdout=subprocess.DEVNULL)
        shutil.copy(home / "package-lock.json", installed)
