"""Start, stop and reload, under load where it matters."""
import signal
import socket
import ssl
import threading
import time

import pytest
import requests

from harness import flagsmith
from harness.canaries import CANARY
from harness.waiting import eventually

WATCH_INTERVAL = 5  # seconds between two looks of the daemon at its files


class Sender(threading.Thread):
    """Posts one event after the other until told to stop; remembers every answer."""

    def __init__(self, daemon):
        super().__init__()
        self.daemon_under_test, self.ids, self.failures, self.stopping = daemon, [], [], threading.Event()

    def run(self):
        while not self.stopping.is_set():
            try:
                answer = self.daemon_under_test.post(flagsmith.flag_updated())
                if answer.status_code == 200:
                    self.ids.append(answer.json()["id"])
                else:
                    self.failures.append(answer.status_code)
            except requests.RequestException as error:
                self.failures.append(error)

    def end(self):
        self.stopping.set()
        self.join()


def half_a_request(daemon):
    """A connection with a request on it whose body is not complete, and the rest of that body."""
    body = flagsmith.flag_updated()
    head = (f"POST /environment-webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"X-Flagsmith-Signature: {flagsmith.sign(body, daemon.secrets['environment'])}\r\n\r\n").encode()
    context = ssl.create_default_context(cafile=daemon.trust)
    connection = context.wrap_socket(socket.create_connection(("localhost", daemon.port), 5), server_hostname="localhost")
    connection.sendall(head + body[:100])
    return connection, body[100:]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_flight_is_finished_before_the_end(daemon, number):
    connection, rest = half_a_request(daemon)
    eventually(lambda: daemon.metrics()["flagsmith_webhookd_connections"] >= 1, 5)
    daemon.signal(number)
    eventually(lambda: not accepts(daemon), 10, "the end of accepting")
    connection.sendall(rest)
    answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200 ") and b"Connection: close" in answer
    assert daemon.wait() == 0
    assert len(daemon.delivered()) == 1


def accepts(daemon):
    try:
        socket.create_connection(("localhost", daemon.port), 3).close()  # longer than a lost SYN takes to be sent again
        return True
    except ConnectionRefusedError:
        return False


def test_idle_connections_do_not_hold_up_the_end(daemon):
    context = ssl.create_default_context(cafile=daemon.trust)
    with context.wrap_socket(socket.create_connection(("localhost", daemon.port), 5), server_hostname="localhost"):
        begin = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - begin < 3


def test_a_second_signal_is_at_once(daemon):
    connection, _ = half_a_request(daemon)
    eventually(lambda: daemon.metrics()["flagsmith_webhookd_connections"] >= 1, 5)
    daemon.signal(signal.SIGTERM)
    eventually(lambda: not accepts(daemon), 5)
    begin = time.monotonic()
    daemon.signal(signal.SIGTERM)
    daemon.wait()
    assert time.monotonic() - begin < 2
    connection.close()


def test_behind_a_balancer_health_fails_while_requests_are_served(make_daemon):
    daemon = make_daemon(listen={"shutdown_delay": "2s"}).start()
    daemon.signal(signal.SIGTERM)
    eventually(lambda: daemon.get("/healthz").status_code == 503, 2, "failing health")
    answer = daemon.post(flagsmith.flag_updated())
    assert answer.status_code == 200 and answer.headers["Connection"] == "close"
    assert daemon.wait() == 0


def test_a_reload_loses_no_request(daemon, home):
    sender = Sender(daemon)
    sender.start()
    for round in range(5):
        daemon.change(endpoint={f"more{round}": {"path": f"/more-{round}", "kind": "environment", "secrets": [{"name": "x", "file": "environment.secret"}]}})
        daemon.reload()
        assert daemon.post(flagsmith.flag_updated(), path=f"/more-{round}").status_code == 200
    sender.end()
    assert sender.failures == [] and len(sender.ids) > 5
    daemon.await_delivered(len(sender.ids) + 5)


def test_a_bad_configuration_changes_nothing(daemon):
    good = daemon.config.read_text()
    daemon.config.write_text(good.replace("/environment-webhook", "environment-webhook"))
    daemon.signal(signal.SIGHUP)
    eventually(lambda: "endpoint.environment.path" in daemon.log_text(), 5, "the report")
    assert daemon.post(flagsmith.flag_updated()).status_code == 200


def test_a_new_secret_is_picked_up_by_itself(daemon, home):
    fresh = f"{CANARY}-fresh-secret"
    replacement = home / "new.secret"
    replacement.write_text(fresh)
    replacement.rename(home / "environment.secret")
    eventually(lambda: daemon.post(flagsmith.flag_updated(), secret=fresh).status_code == 200, 3 * WATCH_INTERVAL, "the new secret")
    assert daemon.post(flagsmith.flag_updated()).status_code == 401


def test_a_new_certificate_is_picked_up_by_itself(daemon, authority, home):
    def served():
        context = ssl.create_default_context(cafile=daemon.trust)
        with context.wrap_socket(socket.create_connection(("localhost", daemon.port), 5), server_hostname="localhost") as connection:
            return dict(pair[0] for pair in connection.getpeercert()["subject"])["commonName"]

    assert served() == "localhost"
    authority.issue(home, common_name="renewed")
    eventually(lambda: served() == "renewed", 3 * WATCH_INTERVAL, "the new certificate")


def test_a_second_daemon_on_the_store_names_the_first(daemon, make_daemon, home):
    second = make_daemon(home / "second", store={"directory": str(home / "store")})
    result = second.command("serve", check=False, timeout=10)
    assert result.returncode == 1
    assert str(daemon.process.pid) in result.stderr


def test_restarts_again_and_again(daemon):
    for count in range(1, 6):
        assert daemon.post(flagsmith.flag_updated()).status_code == 200
        daemon.await_delivered(count)
        assert daemon.stop() == 0
        daemon.start()
    assert len(daemon.delivered()) == 5
