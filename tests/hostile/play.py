"""Plays a case on a new connection, and says what is wrong with what it showed."""
import hashlib
import hmac
import time

from cases import SECRET
from connection import Connection

TIMEOUT = 2.0  # of the receiver, all of them; a request that comes byte by byte must fit in on a busy machine
LATE = TIMEOUT + 3.0

# Where the framing is in doubt the connection must not be used any more.
PROTOCOL_GROUPS = {"request-line", "line-end", "host", "field", "content-length", "transfer-encoding", "chunk", "smuggling"}
PROTOCOL_STATUSES = {400, 408, 413, 414, 417, 431, 501, 505}


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


def play(case, port, tls, is_strict=True):
    """Does what the case says on a new connection. Not strict: to a proxy, which has ways of its own."""
    begin = time.monotonic()
    outcome = Outcome()
    connection = Connection(port, tls and case["port"] != "tls-raw", is_strict=is_strict)
    connection.is_head = case.get("head", False)
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
        elif "finish" in step:
            connection.finish_sending()
        elif "silence_ms" in step:
            answer = connection.answer(step["silence_ms"] / 1000)
            assert not answer or not is_strict, "an answer before its time"
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
    if outcome.answers and not case.get("answer_has", {}).items() <= outcome.answers[-1][1].items():
        yield f"the last answer's fields are {outcome.answers[-1][1]}"
    if stored not in case["stored"]:
        yield f"{stored} events stored"
    if case["group"] in PROTOCOL_GROUPS and set(outcome.statuses) & PROTOCOL_STATUSES:
        if not outcome.closed or outcome.answers[-1][1].get("connection") != "close":
            yield "the connection stays open after a protocol error"
