"""As much of the protocol of NATS and of JetStream's API as the tests need."""
import collections
import json
import socket


class NatsClient:
    def __init__(self, port, user, password, tls=None):
        """`tls`: an ssl.SSLContext."""
        self._socket = socket.create_connection(("127.0.0.1", port), 10)
        self._inboxes, self._waiting = 0, collections.defaultdict(collections.deque)
        while not self._socket.recv(1) == b"\n":  # INFO, which comes in plain even where TLS follows: not a byte more may be read
            pass
        if tls:
            self._socket = tls.wrap_socket(self._socket, server_hostname="localhost")
        self._in = self._socket.makefile("rb")
        self._send("CONNECT " + json.dumps({"verbose": False, "pedantic": False, "headers": True, "user": user, "pass": password}))

    def close(self):
        self._in.close()
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def make_stream(self, name, subjects):
        self._ask(f"STREAM.CREATE.{name}", {"name": name, "subjects": subjects, "storage": "file", "retention": "limits", "num_replicas": 1,
                                            "max_msgs": -1, "max_bytes": -1, "max_age": 0, "max_consumers": -1, "discard": "old"})

    def count(self, name):
        return self._ask(f"STREAM.INFO.{name}")["state"]["messages"]

    def read(self, name):
        """The bodies of all messages of a stream, in its order."""
        count, inbox = self.count(name), self._subscribe()
        self._ask(f"CONSUMER.CREATE.{name}", {"stream_name": name, "config": {"deliver_subject": inbox, "deliver_policy": "all", "ack_policy": "none",
                                                                              "replay_policy": "instant"}})
        return [self._message(inbox) for _ in range(count)]

    def _send(self, line, payload=None):
        self._socket.sendall(line.encode() + b"\r\n" + (b"" if payload is None else payload + b"\r\n"))

    def _subscribe(self):
        self._inboxes += 1
        self._send(f"SUB _INBOX.{self._inboxes} {self._inboxes}")
        return f"_INBOX.{self._inboxes}"

    def _ask(self, what, question=None):
        inbox, payload = self._subscribe(), json.dumps(question).encode() if question else b""
        self._send(f"PUB $JS.API.{what} {inbox} {len(payload)}", payload)
        answer = json.loads(self._message(inbox))
        assert "error" not in answer, answer
        return answer

    def _message(self, inbox):
        """The body of the next one to an inbox; those to others wait for their turn."""
        while not self._waiting[inbox]:
            words = self._in.readline().decode().split()
            assert words, "the server closed the connection"
            if words[0] == "PING":
                self._send("PONG")
            elif words[0] == "-ERR":
                raise AssertionError(" ".join(words))
            elif words[0] in ("MSG", "HMSG"):
                header = int(words[-2]) if words[0] == "HMSG" else 0
                self._waiting[f"_INBOX.{words[2]}"].append(self._in.read(int(words[-1]) + 2)[header:-2])
        return self._waiting[inbox].popleft()
