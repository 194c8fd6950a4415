"""What leaves the machine: forwarded as it came, or with what is private taken out."""
import base64
import hashlib
import hmac
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from harness import flagsmith
from harness.daemon import BINARY, free_port
from harness.waiting import eventually

PERSON = "canary-person@example.com"


def test_a_relay_is_byte_identical_and_a_second_receiver_takes_it(make_daemon, make_destination, home):
    witness = make_destination()
    second = make_daemon(home / "second", tls=False, sink={"file": {"redact": []}}).start()
    signed = {"type": "http", "format": "raw", "sign": {"scheme": "flagsmith", "secret": {"file": "environment.secret"}}}
    first = make_daemon(home / "first", tls=False, sink={"witness": {**signed, "url": witness.url()},
                                                         "relay": {**signed, "url": second.url("/environment-webhook")}}).start()
    bodies = [flagsmith.sample(name) for name in ("environment-flag-updated", "environment-flag-updated-unicode", "environment-new-version-published")]
    bodies.append(b'{\n "data": {}, "event_type":\t"SOMETHING_NEW" }\n')  # as nobody would write it
    sent = []
    for body in bodies:
        answer = first.post(body)
        assert answer.status_code == 200, answer.text
        sent.append(answer.json()["id"])

    eventually(lambda: len(witness.taken) == len(bodies), 5, "delivery")
    for request, body in zip(witness.taken, bodies):
        assert request.body == body
        assert request.headers["x-flagsmith-signature"] == flagsmith.sign(body, first.secrets["environment"])
        assert request.headers["content-type"] == "application/json"

    events = second.await_delivered(len(bodies))
    with_own_id = slice(0, 3)  # the unknown message gets an id where it arrives
    assert [event["id"] for event in events][with_own_id] == sent[with_own_id]
    for event, body in zip(events, bodies):
        shown = subprocess.run([str(second.binary), "events", "show", "--raw", event["id"], "--config", str(second.config)], capture_output=True, check=True)
        assert shown.stdout == body


def test_standard_webhooks_are_signed_as_the_specification_says(make_daemon, make_destination, home):
    destination, key = make_destination(), os.urandom(24)
    (home / "relay.secret").write_text("whsec_" + base64.b64encode(key).decode() + "\n")
    (home / "relay.secret").chmod(0o600)
    daemon = make_daemon(tls=False, sink={"service": {"type": "http", "url": destination.url(),
                                                      "sign": {"scheme": "standard-webhooks", "secret": {"file": "relay.secret"}}}}).start()
    answer = daemon.post(flagsmith.flag_updated())
    request = eventually(lambda: destination.taken, 5, "delivery")[0]
    number, seconds = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    assert number == answer.json()["id"] and abs(int(seconds) - time.time()) < 60
    mac = hmac.new(key, f"{number}.{seconds}.".encode() + request.body, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()


SINKS_THAT_MUST_NOT_TELL = {
    "lines": {"type": "file", "path": "lines.ndjson"},
    "words": {"type": "file", "path": "words.txt", "format": "text"},
    "pairs": {"type": "file", "path": "pairs.txt", "format": "logfmt"},
    "script": {"type": "exec", "command": [sys.executable, "-c", "import os, sys; open('script.out', 'a').write(sys.stdin.read() + repr(dict(os.environ)) + '\\n')"]},
}


def test_nothing_that_leaves_holds_an_e_mail_address_that_is_redacted(make_daemon, make_destination):
    destination = make_destination()
    http = {"type": "http", "url": destination.url("/{id}?who={actor}"), "headers": {"X-Who": "{actor}", "X-About": "{subject}"}}
    sinks = dict(SINKS_THAT_MUST_NOT_TELL,
                 service=http,
                 binary={**http, "cloudevents_mode": "binary", "url": destination.url("/binary")},
                 template={**http, "url": destination.url("/template"), "body": '{"who": {actor}, "all": {data}}'},
                 slack={"type": "slack", "url": destination.url("/slack")})
    daemon = make_daemon(tls=False, sink={"file": {"redact": ["personal"]}, **{name: {"redact": ["keys", "personal"], **sink} for name, sink in sinks.items()}}).start()
    samples = [("environment-flag-updated", "environment"), ("environment-flag-updated-identity-override", "environment"),
               ("environment-new-version-published", "environment"), ("organisation-audit-log-created", "organisation"), ("identity-integration", "identity")]
    count = 0
    for body, kind in [(flagsmith.flag_updated(actor=PERSON), "environment"), *((flagsmith.sample(name), kind) for name, kind in samples)]:
        for address in addresses_in(body):
            body = body.replace(address, PERSON.encode())
        assert daemon.post(body, kind).status_code == 200
        count += 1
    eventually(lambda: all(sink["backlog"] == 0 for sink in daemon.json("sinks", "list")), 20, "all sinks")

    left = {file: (daemon.home / file).read_bytes() for file in ("events.ndjson", "lines.ndjson", "words.txt", "pairs.txt", "script.out")}
    left["over HTTP"] = destination.everything()
    assert len(left["lines.ndjson"].splitlines()) == count and left["over HTTP"].count(b"POST /template") == count
    for where, content in left.items():
        for trace in (PERSON, PERSON.replace("@", "%40"), "canary-person"):
            assert trace.encode() not in content, (where, content[max(0, content.index(trace.encode()) - 200):][:400])
    assert PERSON in daemon.command("events", "export").stdout  # the store keeps the original


def addresses_in(body):
    return sorted(set(re.findall(rb"[\w.+-]+@[\w-]+\.[\w.]+", body)), key=len, reverse=True)


@pytest.fixture
def dev(home):
    started = []

    def start(*arguments):
        out = home / "terminal"
        with out.open("wb") as terminal:
            process = subprocess.Popen([str(BINARY), "dev", *map(str, arguments)], cwd=home, stdin=subprocess.DEVNULL, stdout=terminal,
                                       stderr=subprocess.STDOUT, env={name: value for name, value in os.environ.items() if not name.startswith("FLAGSMITH")})
        process.terminal = out
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_dev_forwards_every_event_as_flagsmith_would_send_it(dev, home, make_destination):
    destination, port = make_destination(), free_port()
    process = dev("--plain", "--port", port, "--forward", destination.url("/my/handler"))
    eventually(lambda: b"Listening" in process.terminal.read_bytes(), 10, "the banner")
    secret = (home / ".flagsmith-webhookd" / "secret").read_text().strip()
    body = flagsmith.flag_updated()
    answer = flagsmith.post(f"http://127.0.0.1:{port}/environment-webhook", body, secret)
    assert answer.status_code == 200, answer.text
    request = eventually(lambda: destination.taken, 5, "the forwarded event")[0]
    assert (request.method, request.path, request.body) == ("POST", "/my/handler", body)
    assert request.headers["x-flagsmith-signature"] == flagsmith.sign(body, secret)
    eventually(lambda: b"checkout_v2" in process.terminal.read_bytes(), 5, "the line on the terminal")
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0
