"""Every answer of the listener, as the one who posts sees it."""
import http.client
import socket
import ssl

import pytest

from harness import flagsmith
from harness.canaries import CANARY

PROBLEM = "application/problem+json"


def stored(daemon):
    return daemon.json("store", "info")["events"]


def raw(daemon, request: bytes, timeout=5):
    """What comes back for exactly these bytes, until the connection is closed."""
    context = ssl.create_default_context(cafile=daemon.trust)
    with socket.create_connection(("localhost", daemon.port), timeout) as plain, context.wrap_socket(plain, server_hostname="localhost") as secure:
        secure.sendall(request)
        answer = b""
        while block := secure.recv(65536):
            answer += block
        return answer


@pytest.mark.parametrize("signature", [
    None, "", "0" * 63, "0" * 64, "g" * 64, "sha256=" + "0" * 64,
], ids=["missing", "empty", "short", "wrong", "not hex", "prefixed"])
def test_401_for_any_signature_that_does_not_fit(daemon, signature):
    body = flagsmith.flag_updated(flag="unseen_marker")
    answer = daemon.post(body, secret=None, signature=signature)
    assert answer.status_code == 401
    assert answer.headers["Connection"] == "close" and answer.headers["WWW-Authenticate"]
    assert answer.headers["Content-Type"] == PROBLEM
    assert "unseen_marker" not in answer.text
    assert stored(daemon) == 0 and daemon.json("quarantine", "list") == []


def test_401_is_one_and_the_same_answer(daemon):
    answers = {daemon.post(flagsmith.flag_updated(), secret=None, signature=signature).text for signature in (None, "zz", "0" * 64)}
    assert len(answers) == 1


def test_401_for_another_endpoints_secret(daemon):
    assert daemon.post(flagsmith.flag_updated(), secret=daemon.secrets["organisation"]).status_code == 401


def test_401_is_said_before_the_body_was_sent(daemon):
    answer = raw(daemon, b"POST /environment-webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 401 ")


def test_403_for_an_address_that_may_not_post(make_daemon):
    daemon = make_daemon(listen={"allow": ["192.0.2.0/24"]}).start()
    assert daemon.post(flagsmith.flag_updated()).status_code == 403


@pytest.mark.parametrize("path", ["/", "/environment-webhook/", "/Environment-webhook", "/nothing"])
def test_404_for_a_path_nobody_configured(daemon, path):
    assert daemon.post(flagsmith.flag_updated(), path=path).status_code == 404


def test_a_query_is_no_part_of_the_path(daemon):
    assert daemon.post(flagsmith.flag_updated(), path=f"/environment-webhook?token={CANARY}").status_code == 200


def test_405_names_what_is_allowed(daemon):
    answer = daemon.get("/environment-webhook")
    assert answer.status_code == 405 and "POST" in answer.headers["Allow"]


def test_options_names_what_is_allowed(daemon):
    context = ssl.create_default_context(cafile=daemon.trust)
    connection = http.client.HTTPSConnection("localhost", daemon.port, context=context, timeout=5)
    connection.request("OPTIONS", "/environment-webhook")
    answer = connection.getresponse()
    assert answer.status == 204 and "POST" in answer.headers["Allow"]


def test_408_for_a_header_that_does_not_end(make_daemon):
    daemon = make_daemon(listen={"header_timeout": "500ms"}).start()
    assert raw(daemon, b"POST /environment-webhook HTTP/1.1\r\nHost: local").startswith(b"HTTP/1.1 408 ")


def test_413_for_a_body_beyond_the_limit(make_daemon):
    daemon = make_daemon(endpoint={"environment": {"max_body": "1KiB"}}).start()
    assert daemon.post(b" " * 1025).status_code == 413


def test_415_for_another_content_type(daemon):
    assert daemon.post(flagsmith.flag_updated(), headers={"content-type": "text/plain"}).status_code == 415


def test_the_charset_of_old_dashboards_is_taken(daemon):
    headers = {"content-type": "application/json; charset=utf-8", "Authorization": f"Token {CANARY}"}
    assert daemon.post(flagsmith.flag_updated(), headers=headers).status_code == 200


def test_431_for_a_header_beyond_the_limit(daemon):
    assert daemon.post(flagsmith.flag_updated(), headers={"X-Long": "x" * 20000}).status_code == 431


def test_400_for_malformed_http(daemon):
    assert raw(daemon, b"POST /environment-webhook HTTP/1.1\r\nHost : localhost\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_400_for_a_signed_body_that_is_not_json_which_is_kept(daemon):
    answer = daemon.post(b'{"data": Infinity}')
    assert answer.status_code == 400 and answer.headers["Content-Type"] == PROBLEM
    kept, = daemon.json("quarantine", "list")
    assert kept["id"] == answer.json()["id"]


def test_422_says_what_is_wrong_and_keeps_the_message(daemon):
    answer = daemon.post(b'{"data": {"new_state": 1, "changed_by": "x", "timestamp": ""}, "event_type": "FLAG_UPDATED"}')
    assert answer.status_code == 422 and answer.headers["Content-Type"] == PROBLEM
    problem = answer.json()
    assert {"pointer", "rule", "detail"} <= problem["errors"][0].keys()
    assert "/data/new_state" in {error["pointer"] for error in problem["errors"]}
    kept, = daemon.json("quarantine", "list")
    assert kept["id"] == problem["id"]
    assert daemon.delivered() == []


def test_422_for_a_message_of_another_endpoint(daemon):
    assert daemon.post(flagsmith.sample("identity-integration"), "organisation").status_code == 422


def test_on_invalid_accept_delivers_it_marked(make_daemon):
    daemon = make_daemon(endpoint={"environment": {"on_invalid": "accept"}}).start()
    assert daemon.post(b'{"data": {}, "event_type": "FLAG_UPDATED"}').status_code == 200
    event, = daemon.await_delivered(1)
    assert event["invalid"] is True


def test_on_invalid_reject_keeps_nothing(make_daemon):
    daemon = make_daemon(endpoint={"environment": {"on_invalid": "reject"}}).start()
    assert daemon.post(b'{"data": {}, "event_type": "FLAG_UPDATED"}').status_code == 422
    assert daemon.json("quarantine", "list") == [] and stored(daemon) == 0


def test_an_event_type_nobody_knows_yet_passes(daemon):
    assert daemon.post(b'{"data": {"flag": "x"}, "event_type": "FLAG_ARCHIVED"}').status_code == 200
    event, = daemon.await_delivered(1)
    assert event["type"] == "com.flagsmith.unknown" and event["eventtype"] == "FLAG_ARCHIVED"


def test_health_is_200_and_needs_no_signature(daemon):
    assert daemon.get("/healthz").status_code == 200
    assert daemon.command("health").returncode == 0


def test_health_command_fails_without_a_daemon(make_daemon):
    assert make_daemon().command("health", check=False).returncode == 1


def test_a_connection_serves_many_requests(daemon):
    context = ssl.create_default_context(cafile=daemon.trust)
    connection = http.client.HTTPSConnection("localhost", daemon.port, context=context, timeout=5)
    for _ in range(5):
        body = flagsmith.flag_updated()
        connection.request("POST", "/environment-webhook", body, {"Content-Type": "application/json", "X-Flagsmith-Signature":
                                                                  flagsmith.sign(body, daemon.secrets["environment"])})
        assert connection.getresponse().read().endswith(b'"accepted"}')


def test_http_1_0_is_spoken(daemon):
    body = flagsmith.flag_updated()
    answer = raw(daemon, b"POST /environment-webhook HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: %d\r\nX-Flagsmith-Signature: %s\r\n\r\n%s"
                 % (len(body), flagsmith.sign(body, daemon.secrets["environment"]).encode(), body))
    assert b" 200 " in answer.split(b"\r\n")[0] and b'"accepted"' in answer
