"""Connections that end when nobody expects it: by a reset, closed, or closed in one direction, at each stage of a request.
Only an event that came whole may be stored, one that is waited for is answered, and nothing of the connection stays behind."""
import ssl

import pytest

from cases import event, request
from connection import Connection
from harness.waiting import eventually
from target import Target

TIMES = 5  # each of them
BEFORE, WHOLE, ANSWERED = range(3)


def client_hello():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


def chunked(body):
    head = request(body).split(b"\r\n\r\n")[0].rpartition(b"\r\n")[0]
    return head + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


# How many bytes of the request are sent (None: all), and what the daemon has then.
PARTS = {
    "connected": (0, BEFORE), "in-request-line": (9, BEFORE), "in-a-field": (60, BEFORE), "after-the-head": (-1200, BEFORE),
    "in-the-body": (-600, BEFORE), "one-byte-short": (-1, BEFORE), "whole": (None, WHOLE), "answered": (None, ANSWERED),
}
CHUNKS = {"after-the-chunk": (-5, BEFORE), "in-the-last-chunk": (-2, BEFORE), "whole-chunked": (None, WHOLE)}
HANDSHAKES = {"before-the-hello": 0, "in-the-record-header": 3, "in-the-hello": 100, "after-the-hello": None}
STAGES = [pytest.param("plain", make, *part, id=f"plain-{name}") for parts, make in ((PARTS, request), (CHUNKS, chunked)) for name, part in parts.items()]
STAGES += [pytest.param("tls", request, *part, id=f"tls-{name}") for name, part in PARTS.items()]
STAGES += [pytest.param("hello", lambda _: client_hello(), size, BEFORE, id=f"tls-{name}") for name, size in HANDSHAKES.items()]


@pytest.fixture(scope="module")
def targets(start_daemon):
    plain, tls = Target(start_daemon()), Target(start_daemon(tls=True), tls=True)
    return {"plain": plain, "tls": tls, "hello": tls}


@pytest.mark.parametrize("end", ["reset", "close", "finish_sending"])
@pytest.mark.parametrize("port, make, size, has", STAGES)
def test_end(targets, port, make, size, has, end):
    target = targets[port]
    answers = []
    for _ in range(TIMES):
        connection = Connection(target.port, port == "tls")
        connection.send(make(event())[:size])
        if has == ANSWERED:
            answers.append(connection.answer(5))
        getattr(connection, end)()
        if end == "finish_sending":  # and then it listens
            while has != BEFORE and (answer := connection.answer(5)):
                answers.append(answer)
            connection.await_end(5)
    statuses = [answer[0] for answer in answers]
    if has == ANSWERED or (has == WHOLE and end == "finish_sending"):
        assert statuses == [200] * TIMES
    else:
        assert not statuses
    eventually(lambda: target.daemon.metrics()["flagsmith_webhookd_connections"] == 0, 5, "the end of the connections")
    stored = target.newly_stored()
    if has == BEFORE:
        assert stored == 0
    else:
        # A reset may overtake what was sent before it.
        assert stored == TIMES or (end == "reset" and has == WHOLE and stored <= TIMES)
    target.post_something_good()
