"""Senders that never stop, and remember what was acknowledged."""
import hashlib
import http.client
import json
import ssl
import threading
import time

from harness import flagsmith


class Sender(threading.Thread):
    """Posts different events over one connection after the other until told to stop, `pause` seconds between them.

    `acknowledged`: id → SHA-256 of the body; `refused`: other answers; `unanswered`: how often there was none."""

    def __init__(self, daemon, number, pause):
        super().__init__(daemon=True)
        self.target, self.number, self.pause, self.stopping = daemon, number, pause, threading.Event()
        self.acknowledged, self.refused, self.unanswered = {}, [], 0
        self.tls = ssl.create_default_context(cafile=str(daemon.authority.certificate)) if daemon.authority else None

    def connect(self):
        if self.tls:
            return http.client.HTTPSConnection("localhost", self.target.port, timeout=5, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.target.port, timeout=5)

    def run(self):
        secret = self.target.secrets["environment"]
        while not self.stopping.is_set():
            connection = self.connect()
            try:
                while not self.stopping.is_set():
                    body = flagsmith.flag_updated(flag=f"flag_{self.number}")
                    connection.request("POST", "/environment-webhook", body, {"Content-Type": "application/json",
                                                                              "X-Flagsmith-Signature": flagsmith.sign(body, secret)})
                    answer = connection.getresponse()
                    text = answer.read()
                    if answer.status == 200:
                        self.acknowledged[json.loads(text)["id"]] = hashlib.sha256(body).hexdigest()
                    else:
                        self.refused.append((answer.status, text))
                    time.sleep(self.pause)
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                self.unanswered += 1  # killed in the middle: not acknowledged
            finally:
                connection.close()


class Load:
    def __init__(self, daemon, senders=8, pause=0):
        self.senders = [Sender(daemon, number, pause) for number in range(senders)]

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
    def acknowledged(self):
        return {id: digest for sender in self.senders for id, digest in sender.acknowledged.copy().items()}

    @property
    def refused(self):
        return [refusal for sender in self.senders for refusal in sender.refused]

    @property
    def unanswered(self):
        return sum(sender.unanswered for sender in self.senders)
