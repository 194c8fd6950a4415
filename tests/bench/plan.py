"""Which comparisons there are, and how long each takes."""
import bodies
from servers import IDENTITY_PATH, PATH

SIZES = {"1.2 kB": (PATH, lambda: bodies.flag_messages(10_000)), "20 kB": (IDENTITY_PATH, lambda: bodies.identity_messages(1000, 54)),
         "350 kB": (IDENTITY_PATH, lambda: bodies.identity_messages(60, 965))}
TRANSPORTS = {"plain, keep-alive": (False, False), "TLS 1.3, keep-alive": (True, False), "TLS 1.3, a new connection each": (True, True)}  # TLS, close
FIRST = ("plain, keep-alive", "1.2 kB")  # the one that all peers take part in
FIRST_ON_TLS = ("TLS 1.3, a new connection each", "1.2 kB")  # as Flagsmith sends


class Plan:
    """How often and how long."""

    def __init__(self, quick):
        self.rounds, self.seconds = (2, 1) if quick else (5, 2)
        self.side_rounds, self.side_seconds = (1, 1) if quick else (3, 2)
        self.latency_rounds, self.latency_seconds = (1, 1) if quick else (3, 4)
        self.kind_rounds, self.kind_seconds = (1, 1) if quick else (3, 1)
        self.idle_rounds, self.idle_connections = (1, 500) if quick else (2, 2000)
        self.micro_repetitions, self.micro_seconds = (1, 0.1) if quick else (5, 0.5)
        self.cells = [(transport, size) for transport in TRANSPORTS for size in SIZES]
        self.kinds = bodies.kinds()
        if quick:
            self.cells = [FIRST, (FIRST[0], "20 kB"), FIRST_ON_TLS]
            self.kinds = [kind for kind in self.kinds if kind[0] in ("flag updated", "version published", "audit log entry", "identity evaluated")]

    def of(self, cell):
        return (self.rounds, self.seconds) if cell in (FIRST, FIRST_ON_TLS) else (self.side_rounds, self.side_seconds)
