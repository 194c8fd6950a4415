"""A daemon, all that was ever sent to it, and the judgement on what it made of that."""
import contextlib

from harness.daemon import BINARY, Daemon
from harness.load import Load, both_families
from harness.oracle import Evidence, file_of_events, findings, stored
from harness.waiting import eventually

BACKLOG = "flagsmith_webhookd_sink_backlog_events"


class Trial:
    """`sinks`: name → function returning the events that are in a sink. The file sink is always there."""

    def __init__(self, home, binary=BINARY, sinks=None, may_be_removed=False, **changes):
        self.daemon = Daemon(home, binary=binary, **changes)
        self.daemon.change(sink={"file": {"from": "beginning"}})
        self.sinks = {"file": lambda: file_of_events(self.daemon.events_file), **(sinks or {})}
        self.may_be_removed = may_be_removed
        self.sent, self.acknowledged, self.refused = set(), {}, []

    def start(self, **options):
        self.daemon.start(**options)
        return self.daemon

    @contextlib.contextmanager
    def load(self, bodies=both_families, **options):
        load = Load(self.daemon, bodies=bodies, **options)
        try:
            with load:
                yield load
        finally:
            self.sent |= load.sent
            self.acknowledged |= load.acknowledged
            self.refused += load.refused

    def backlog(self):
        """Events that wait for any sink, as the daemon itself says."""
        return sum(value for name, value in self.daemon.metrics().items() if name.startswith(BACKLOG))

    def evidence(self, patience=30):
        """Of a daemon that runs and has nothing to do any more but deliver."""
        last = self.daemon.json("store", "info")["last_sequence"]
        with contextlib.suppress(AssertionError):  # a sink that never gets everything is for the judge
            eventually(lambda: self.backlog() == 0, patience, "delivery")
        return Evidence(self.sent, self.acknowledged, stored(self.daemon), last, {name: events() for name, events in self.sinks.items()},
                        self.may_be_removed)

    def findings(self, patience=30):
        return findings(self.evidence(patience))

    def check(self, least=100):
        """The judgement, on a daemon that runs; `least`: so many must have been acknowledged for it to mean anything."""
        found = self.findings()
        assert not found, found
        assert self.backlog() == 0, "a backlog where everything was delivered"
        assert len(self.acknowledged) >= least, f"{len(self.acknowledged)} events were acknowledged: too little load to prove anything"
        assert not self.refused, self.refused[:3]
        assert self.daemon.command("store", "verify", timeout=240).returncode == 0
