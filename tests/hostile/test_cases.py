"""Requests that break HTTP servers: each gets the right answer or none, stores exactly what it may, and harms nobody else.

In front of the daemon stand nothing, nginx, or HAProxy without and with the PROXY protocol. Behind a proxy the answers may be
the proxy's own, and it mends what it passes on; what counts there is that no request is hidden from it."""
import collections
from concurrent.futures import ThreadPoolExecutor

import pytest

from cases import CASES, prepared
from harness.proxies import HAProxy, HAProxyWithPROXY, Nginx
from harness.waiting import eventually
from play import complaints, play
from target import Target

PROXIES = {"nginx": Nginx, "haproxy": HAProxy, "haproxy-proxy-v2": HAProxyWithPROXY}
AT_ONCE = 8


def run_of(name):
    """The cases that make sense on this port."""
    kinds = {"both", "tls", "tls-raw"} if name == "tls" else {"both", "plain"}
    return [pytest.param(name, case, id=f"{name}-{case['id']}") for case in CASES if case["port"] in kinds]


@pytest.fixture(scope="module")
def targets(start_daemon, workshop):
    made = {name: Target(start_daemon(tls=name == "tls"), tls=name == "tls") for name in ("plain", "tls")}
    proxies = []
    try:
        for name, kind in PROXIES.items():
            daemon = start_daemon(listen=kind.trust)
            proxies.append(kind(workshop / name, daemon))
            made[name] = Target(daemon, proxy=proxies[-1].start())
        yield made
    finally:
        for proxy in proxies:
            proxy.close()


class Played:
    """A case that was played, what it showed, and how many of its events are stored."""

    def __init__(self, target, case):
        self.case, self.owns = prepared(case)
        self.outcome, self.failure, self.stored = None, None, 0
        try:
            self.outcome = play(self.case, target.port, target.tls, is_strict=not target.proxy)
            target.post_something_good()
        except AssertionError as failure:
            self.failure = failure


@pytest.fixture(scope="module")
def played(targets, request):
    """{name of the target: {id: Played}}: several at once on every target, because many wait for a time limit."""
    chosen = collections.defaultdict(list)
    for item in request.session.items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        if item.module is request.module and "case" in parameters:
            chosen[parameters["name"]].append(parameters["case"])
    with ThreadPoolExecutor(AT_ONCE * len(chosen)) as pool:
        futures = {name: [pool.submit(Played, targets[name], case) for case in cases] for name, cases in chosen.items()}
        results = {name: {result.case["id"]: result for result in (future.result() for future in started)} for name, started in futures.items()}
    for name, cases in results.items():
        # A timed-out sender's last event may still be on its way.
        eventually(lambda target=targets[name]: target.daemon.metrics()["flagsmith_webhookd_connections"] <= (0 if not target.proxy else AT_ONCE),
                   10, "the end of the connections")
        bodies = targets[name].bodies()
        strangers = collections.Counter(bodies) - collections.Counter(targets[name].good)
        for case in cases.values():
            for body in [body for body in strangers if case.owns(body)]:
                case.stored += strangers.pop(body)
        assert not strangers, f"events of no case are stored: {list(strangers)[:3]}"
    return results


@pytest.mark.parametrize("name, case", run_of("plain") + run_of("tls"))
def test_hostile(played, name, case):
    result = played[name][case["id"]]
    assert not result.failure, result.failure
    wrong = list(complaints(case, result.outcome, result.stored))
    assert not wrong, f"{case['name']}: {'; '.join(wrong)}"


@pytest.mark.parametrize("name, case", [run for name in PROXIES for run in run_of(name)])
def test_behind(played, name, case):
    result = played[name][case["id"]]
    assert not result.failure, result.failure
    assert result.stored in case["stored"] or (case["group"] != "smuggling" and result.outcome.statuses.count(200) == result.stored), result.outcome


@pytest.mark.parametrize("name", PROXIES)
def test_no_event_is_stored_that_the_proxy_knows_nothing_of(played, targets, name):
    target = targets[name]
    stored = target.stored()

    def passed_on():
        return [path for status, path in target.proxy.passed_on() if status == "200" and not path.endswith("/healthz")]

    assert stored >= len(target.good) > 0
    eventually(lambda: len(passed_on()) >= stored, 5, "the last line of the log")
    assert len(passed_on()) == stored
