"""Requests that break HTTP servers: each gets the right answer or none, stores exactly what it may, and harms nobody else."""
import copy

import pytest

import hostile
from harness import flagsmith

ENDPOINT = {"secrets": [{"name": "hostile", "value": hostile.SECRET}], "max_body": "1MiB"}
TIMES = {name: f"{hostile.TIMEOUT:g}s" for name in ("handshake_timeout", "header_timeout", "body_timeout", "idle_timeout")}


def run_of(port):
    """The cases that make sense on this port."""
    kinds = {"both", port} | ({"tls-raw"} if port == "tls" else set())
    return [pytest.param(port, case, id=f"{port}-{case['id']}") for case in hostile.CASES if case["port"] in kinds]


class Target:
    def __init__(self, daemon, tls):
        self.daemon, self.tls, self.good, self.known = daemon, tls, 0, 0

    def newly_stored(self):
        """How many events came since it was asked last."""
        before, self.known = self.known, self.daemon.json("store", "info")["events"]
        return self.known - before

    def post_something_good(self):
        """As the next sender would, on a connection of its own."""
        self.good += 1
        body = flagsmith.flag_updated(flag=f"good-{self.good}")
        answer = self.daemon.post(body, secret=hostile.SECRET)
        assert answer.status_code == 200, answer.text
        self.known += 1


@pytest.fixture(scope="module")
def targets(workshop, authority):
    from harness.daemon import Daemon
    made = {}
    for name, trust in (("plain", None), ("tls", authority)):
        home = workshop / f"hostile-{name}"
        home.mkdir()
        daemon = Daemon(home, trust, listen=TIMES, endpoint={kind: copy.deepcopy(ENDPOINT) for kind in ("environment", "organisation")},
                        log={"level": "error"})
        made[name] = Target(daemon.start(), trust is not None)
    yield made
    for target in made.values():
        target.daemon.kill()


@pytest.mark.parametrize("port, case", run_of("plain") + run_of("tls"))
def test_hostile(targets, port, case):
    target = targets[port]
    outcome = hostile.play(case, target.daemon.port, target.tls)
    wrong = list(hostile.complaints(case, outcome, target.newly_stored()))
    assert not wrong, f"{case['name']}: {'; '.join(wrong)}"
    target.post_something_good()


def test_what_was_good_is_stored_and_nothing_leaked(targets):
    for target in targets.values():
        assert target.newly_stored() == 0
        assert target.good == len(run_of("tls" if target.tls else "plain"))
        metrics = target.daemon.metrics()
        assert metrics["flagsmith_webhookd_connections"] == 0
