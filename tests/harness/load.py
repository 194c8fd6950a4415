"""Senders that never stop, and remember what was acknowledged."""
import hashlib
import http.client
import json
import threading

from harness import flagsmith


class Sender(threading.Thread):
    """Posts different events over one connection after the other until told to stop. `acknowledged`: id → SHA-256 of the body."""

    def __init__(self, daemon, number):
        super().__init__(daemon=True)
        self.target, self.number, self.acknowledged, self.refused, self.stopping = daemon, number, {}, [], threading.Event()

    def run(self):
        secret = self.target.secrets["environment"]
        while not self.stopping.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self.target.port, timeout=5)
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
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                pass  # killed in the middle: not acknowledged
            finally:
                connection.close()


class Load:
    def __init__(self, daemon, senders=8):
        self.senders = [Sender(daemon, number) for number in range(senders)]

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
        return {id: digest for sender in self.senders for id, digest in sender.acknowledged.items()}

    @property
    def refused(self):
        return [refusal for sender in self.senders for refusal in sender.refused]
