"""Plays the cases of tests/data/hostile-http.jsonl: bytes that break, confuse or exhaust HTTP servers.

A case is a line: `port` (both, plain, tls, or tls-raw: to the TLS port without a handshake), either `raw` (sent at once;
each character is one byte) or `steps`, and what is right: `expect` (any of), `stored` (how many events may be new
afterwards), `max_responses`.

    400, 2xx           that answer                    close          closed without an answer, promptly
    2xx+close          then closed                    timeout-close  closed by a timeout, with or without 408
    seq:2xx,400        these answers in this order    wait           nothing for half a second
"""
import hashlib
import hmac
import json
import pathlib
import select
import socket
import ssl
import struct
import time

CASES = [json.loads(line) for line in (pathlib.Path(__file__).parents[1] / "data" / "hostile-http.jsonl").read_text().splitlines()]
SECRET = "hostile-test-secret"
TIMEOUT = 2.0  # of the receiver, all of them
LATE = TIMEOUT + 3.0

# Where the framing is in doubt the connection must not be used any more.
PROTOCOL_GROUPS = {"request-line", "host", "field", "content-length", "transfer-encoding", "smuggling"}
PROTOCOL_STATUSES = {400, 408, 413, 417, 431, 501, 505}


class Connection:
    """A connection that reads while it sends, so that an early answer is never lost."""

    def __init__(self, port, tls=False, alpn=()):
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.socket.setblocking(False)
        self.received, self.closed, self.tls = b"", False, None
        if tls:
            self.handshake(alpn)

    def handshake(self, alpn=()):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if alpn:
            context.set_alpn_protocols(list(alpn))
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        while True:
            try:
                self.tls.do_handshake()
                return self._write(self.outgoing.read())
            except ssl.SSLWantReadError:
                self._write(self.outgoing.read())
                if not self._read_socket(5):
                    self.closed = True
                    return None
            except ssl.SSLError:
                self.closed = True
                return None

    def send(self, data):
        if self.tls and not self.closed:
            for start in range(0, len(data), 1 << 16):
                self.tls.write(data[start:start + (1 << 16)])
                self._write(self.outgoing.read())
                if self.closed:
                    return
        else:
            self._write(data)

    def _write(self, data):
        rest = memoryview(data)
        until = time.monotonic() + 20
        while rest and not self.closed and time.monotonic() < until:
            readable, writable, _ = select.select([self.socket], [self.socket], [], 1)
            if readable and not self._read_socket(0):
                return
            if writable:
                try:
                    rest = rest[self.socket.send(rest):]
                except BlockingIOError:
                    pass
                except OSError:
                    self._read_rest()
                    return

    def _read_socket(self, seconds):
        """False at the end of the connection; raises TimeoutError."""
        if not select.select([self.socket], [], [], seconds)[0]:
            raise TimeoutError
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return False
        if self.tls:
            self.incoming.write(data)
            self._decrypt()
        else:
            self.received += data
        return True

    def _decrypt(self):
        try:
            while data := self.tls.read(1 << 16):
                self.received += data
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self.closed = True
        except ssl.SSLError:
            pass  # during the handshake

    def _read_rest(self):
        while not self.closed:
            try:
                self._read_socket(1)
            except TimeoutError:
                return

    def answer(self, seconds):
        """The next answer as (status, head, body); None where the connection ends or stays silent instead."""
        until = time.monotonic() + seconds
        while True:
            if parsed := self._parse():
                return parsed
            if self.closed:
                assert not self.received or self._is_alert(), f"half an answer: {self.received[:200]!r}"
                return None
            try:
                self._read_socket(max(until - time.monotonic(), 0))
            except TimeoutError:
                return None

    def _is_alert(self):
        """TLS says no in plain sight where no handshake was done."""
        return not self.tls and self.received[:2] == b"\x15\x03" and len(self.received) == 7

    def _parse(self):
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.received[:end].decode("latin-1")
        lines = head.split("\r\n")
        version, status = lines[0].split(" ")[:2]
        assert version == "HTTP/1.1" and "\n" not in head.replace("\r\n", ""), head
        fields = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            assert name.lower() not in fields, f"{name} twice"
            fields[name.lower()] = value.strip()
        status, length = int(status), int(fields.get("content-length", 0))
        assert status == 100 or "date" in fields, head
        assert status not in (204, 304) or "content-length" not in fields, head
        assert status < 200 or status == 204 or "content-length" in fields, head
        if len(self.received) < end + 4 + length:
            return None
        body = self.received[end + 4:end + 4 + length]
        self.received = self.received[end + 4 + length:]
        return status, fields, body

    def finish_sending(self):
        if not self.closed:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.closed = True

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.socket.close()
        self.closed = True


class Outcome:
    """What a connection showed."""

    def __init__(self):
        self.answers, self.closed, self.seconds = [], False, 0.0

    @property
    def statuses(self):
        return [status for status, _, _ in self.answers]

    def __str__(self):
        return f"{self.statuses}{' then closed' if self.closed else ''} after {self.seconds:.2f} s"


def request_bytes(step):
    body = (step.get("body_prefix", "") + step.get("body_repeat", "") * step.get("n", 1) + step.get("body_suffix", "")).encode("latin-1")
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (f"POST {step['path']} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"X-Flagsmith-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def expects_only_time(case):
    return set(case["expect"]) <= {"timeout-close", "wait"}


def play(case, port, tls):
    """Does what the case says on a new connection."""
    begin = time.monotonic()
    outcome = Outcome()
    connection = Connection(port, tls and case["port"] != "tls-raw")
    patience = LATE if "timeout-close" in case["expect"] else 5.0
    expects_close = False
    for step in case.get("steps", [{"send": case.get("raw", "")}]):
        if "send" in step:
            connection.send(step["send"].encode("latin-1"))
        elif "send_bytewise" in step:
            for byte in step["send_bytewise"].encode("latin-1"):
                connection.send(bytes([byte]))
                time.sleep(step["gap_ms"] / 1000)
        elif "send_repeat" in step:
            connection.send(step["send_repeat"].encode("latin-1") * step["n"])
        elif "send_request" in step:
            connection.send(request_bytes(step["send_request"]))
        elif "tls_handshake" in step:
            connection.handshake(step["tls_handshake"].get("alpn", ()))
        elif "rst" in step:
            connection.reset()
        elif step.get("recv") in ("response", "interim"):
            if answer := connection.answer(step.get("timeout_ms", 5000) / 1000):
                outcome.answers.append(answer)
        elif step.get("recv") == "close":
            expects_close, patience = True, LATE
        else:
            raise AssertionError(f"unknown step {step}")
    collect(connection, outcome, patience, case, expects_close)
    outcome.seconds = time.monotonic() - begin
    connection.close()
    return outcome


def collect(connection, outcome, patience, case, expects_close):
    """Reads on until the connection is closed. One that stays open is closed from here, so that only what still comes is
    waited for: every further answer counts."""
    if not outcome.answers and not connection.closed and not expects_close:
        if answer := connection.answer(0.5 if "wait" in case["expect"] else patience):
            outcome.answers.append(answer)
    if not expects_close and outcome.answers and outcome.answers[-1][1].get("connection") != "close" and outcome.statuses != [100]:
        connection.finish_sending()
    while answer := connection.answer(patience):
        outcome.answers.append(answer)
    outcome.closed = connection.closed


def status_fits(token, status):
    return token == "*" or (token == "2xx" and 200 <= status < 300) or token == str(status)


def fits(token, outcome):
    statuses = outcome.statuses
    if token == "close":
        return outcome.closed and not statuses
    if token == "timeout-close":
        return outcome.closed and statuses in ([], [408]) and outcome.seconds >= TIMEOUT * 0.9
    if token == "wait":
        return not statuses
    if token == "2xx+close":
        return len(statuses) == 1 and 200 <= statuses[0] < 300 and outcome.closed
    if token.startswith("seq:"):
        *tokens, last = token[4:].split(",")
        if last == "close":
            return outcome.closed and len(statuses) == len(tokens) and all(map(status_fits, tokens, statuses))
        tokens.append(last)
        return len(statuses) == len(tokens) and all(map(status_fits, tokens, statuses))
    return len(statuses) == 1 and status_fits(token, statuses[0])


def complaints(case, outcome, stored):
    """What is wrong, as sentences; none where all is right."""
    if not any(fits(token, outcome) for token in case["expect"]):
        yield f"expected {' or '.join(case['expect'])}, saw {outcome}"
    if len(outcome.answers) > case["max_responses"] and outcome.statuses[:1] != [100]:
        yield f"{len(outcome.answers)} answers"
    if stored not in case["stored"]:
        yield f"{stored} events stored"
    if case["group"] in PROTOCOL_GROUPS and set(outcome.statuses) & PROTOCOL_STATUSES and not outcome.closed:
        yield "the connection stays open after a protocol error"
