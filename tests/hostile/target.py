"""A port that is played against, with the daemon behind it and perhaps a proxy between."""
from cases import event, request
from connection import Connection
from harness.waiting import eventually

STORED = ('flagsmith_webhookd_store_events{family="changes"}', 'flagsmith_webhookd_store_events{family="evaluations"}')


class Target:
    def __init__(self, daemon, tls=False, proxy=None):
        self.daemon, self.tls, self.proxy = daemon, tls, proxy
        self.port = proxy.port if proxy else daemon.port
        self.good, self.known = [], 0

    def stored(self):
        metrics = self.daemon.metrics()
        return int(sum(metrics[name] for name in STORED))

    def newly_stored(self):
        """How many events came since it was asked last, other than good ones."""
        before, self.known = self.known, self.stored() - len(self.good)
        return self.known - before

    def post_something_good(self):
        """As the next sender would, on a connection of its own."""
        body = event()
        connection = Connection(self.port, self.tls, is_strict=not self.proxy)
        connection.send(request(body))
        answer = connection.answer(10)
        connection.close()
        assert answer and answer[0] == 200, answer
        self.good.append(body)

    def bodies(self):
        """Of all events that are stored, as the file sink holds them."""
        count = self.stored()
        assert count == self.daemon.json("store", "info")["events"]
        file = self.daemon.events_file
        eventually(lambda: file.read_bytes().count(b"\n") >= count, 30, f"delivery of {count} events")
        bodies = file.read_bytes().splitlines()
        assert len(bodies) == count
        return bodies
