"""Senders that never stop, and remember what they sent and what was acknowledged."""
import hashlib
import http.client
import itertools
import json
import ssl
import threading
import time

from harness import flagsmith

PAUSE_AFTER_FAILURE = 0.01  # else a daemon that is down would cost the whole machine


def flags(number):
    """(kind, body) without end: flag changes."""
    while True:
        yield "environment", flagsmith.flag_updated(flag=f"flag_{number}")


def both_families(number):
    """(kind, body) without end: what goes into both families of the store, every third up to 20 kB long."""
    for count in itertools.count(number):
        padding = count * 7919 % 20_000 if count % 3 == 0 else 0
        if count % 2 == 0:
            yield "identity", flagsmith.identity_evaluated(padding=padding)
        else:
            yield "environment", flagsmith.flag_updated(flag=f"flag_{number}", padding=padding)


class Sender(threading.Thread):
    """Posts different events over one connection after the other until told to stop, `pause` seconds between them.

    `sent`: SHA-256 of each body, whatever became of it; `acknowledged`: id → SHA-256 of the body; `refused`: other answers;
    `unanswered`: how often there was none."""

    def __init__(self, daemon, number, pause, bodies, timeout):
        super().__init__(daemon=True)
        self.target, self.bodies, self.pause, self.timeout, self.stopping = daemon, bodies(number), pause, timeout, threading.Event()
        self.sent, self.acknowledged, self.refused, self.unanswered = set(), {}, [], 0
        self.tls = ssl.create_default_context(cafile=str(daemon.authority.certificate)) if daemon.authority else None

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection("localhost", self.target.port, timeout=self.timeout, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.target.port, timeout=self.timeout)

    def run(self):
        while not self.stopping.is_set():
            connection = self.connect()
            try:
                while not self.stopping.is_set():
                    self.post(connection)
                    time.sleep(self.pause)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                self.unanswered += 1  # killed in the middle: not acknowledged
                time.sleep(PAUSE_AFTER_FAILURE)
            finally:
                connection.close()

    def post(self, connection):
        kind, body = next(self.bodies)
        digest = hashlib.sha256(body).hexdigest()
        self.sent.add(digest)  # before it is on its way: what is stored may never have been answered
        connection.request("POST", f"/{kind}-webhook", body, {"Content-Type": "application/json",
                                                              "X-Flagsmith-Signature": flagsmith.sign(body, self.target.secrets[kind])})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status == 200:
            self.acknowledged[json.loads(text)["id"]] = digest
        else:
            self.refused.append((answer.status, text))


class Load:
    def __init__(self, daemon, senders=8, pause=0, bodies=flags, timeout=5):
        self.senders = [Sender(daemon, number, pause, bodies, timeout) for number in range(senders)]

    def __enter__(self):
        for sender in self.senders:
            sender.start()
        return self

    def __exit__(self, *_):
        for sender in self.senders:
            sender.stopping.set()
        for sender in self.senders:
            sender.join()

    @property
    def sent(self):
        return {digest for sender in self.senders for digest in sender.sent.copy()}

    @property
    def acknowledged(self):
        return {id: digest for sender in self.senders for id, digest in sender.acknowledged.copy().items()}

    @property
    def refused(self):
        return [refusal for sender in self.senders for refusal in sender.refused]

    @property
    def unanswered(self):
        return sum(sender.unanswered for sender in self.senders)
