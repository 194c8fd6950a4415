"""Events over HTTPS into Kafka, NATS, Redis and PostgreSQL, which really run, and really go away."""
import os
import random
import time

import pytest

from harness.load import Load
from harness.servers import KINDS
from harness.waiting import eventually

AWAY = 30 if os.environ.get("WEBHOOKD_TORTURE") else 3  # seconds
PAUSE = AWAY / 600  # seconds between two events of a sender: the mock cluster forgets what is beyond 5 MB and was not read yet
CURRENT = 2  # seconds that the oldest undelivered event of a sink may be old, when nothing is wrong with it


def received(daemon):
    """The ids of all stored events in the order of their receipt."""
    return [line.split('"id":"', 1)[1][:36] for line in daemon.command("events", "export", timeout=120).stdout.splitlines()]


def without_repeats(ids):
    return list(dict.fromkeys(ids))


def await_all(servers, expected, seconds=60):
    """Until every server has every event; then what each one has."""
    wanted = set(expected)
    for name, server in servers.items():
        eventually(lambda: wanted <= set(server.ids()), seconds, f"arrival of everything in {name}")
    return {name: server.ids() for name, server in servers.items()}


def age(daemon, sink):
    return daemon.metrics()[f'flagsmith_webhookd_sink_oldest_undelivered_age_seconds{{sink="{sink}"}}']


def test_ten_thousand_events_are_in_every_server_in_order(daemon, servers):
    daemon.start()
    sent = daemon.command("send", "flag-updated", "--to", daemon.url("/environment-webhook"), "--secret-file", "environment.secret", "--ca", daemon.trust,
                          "--count", 10_000, "--parallel", 8, "--keep-alive", "--rate", 1500, timeout=120)  # the mock cluster forgets what is not read soon
    assert sent.returncode == 0
    expected = received(daemon)
    assert len(expected) == 10_000
    for name, ids in await_all(servers, expected).items():
        assert ids == expected, f"{name} has {len(ids)}, {len(set(ids))} different"


@pytest.mark.parametrize("name", KINDS)
def test_a_server_that_goes_away_costs_nothing_but_time(daemon, servers, name):
    daemon.start()
    others = [sink for sink in (*KINDS, "file") if sink != name]
    with Load(daemon, senders=2, pause=PAUSE) as load:
        eventually(lambda: len(load.acknowledged) > 100, 10, "load")
        servers[name].stop()
        end = time.monotonic() + AWAY
        while time.monotonic() < end:
            ages = {sink: age(daemon, sink) for sink in others}
            assert max(ages.values()) < CURRENT, ages
            time.sleep(0.1)
        backlog = age(daemon, name)
        servers[name].start()
        eventually(lambda: age(daemon, name) < CURRENT, 30, f"{name}'s recovery")
    assert backlog > AWAY / 2, "it was not away: this test could not tell"
    assert not load.refused and not load.unanswered
    expected = received(daemon)
    assert set(expected) == set(load.acknowledged)
    for each, ids in await_all(servers, expected).items():
        # Those that were under way when it went come once more; the rest in order.
        assert without_repeats(ids) == expected, each
        assert each in (name, "kafka") or ids == expected, f"{each} was never away and has repeats"


def test_killing_the_daemon_changes_nothing_but_repeats(daemon, servers):
    chance, acknowledged = random.Random(3), {}
    for name in KINDS:  # one of them is away when it is killed
        daemon.start()
        with Load(daemon, senders=4, pause=0.01) as load:
            eventually(lambda: len(load.acknowledged) > 100, 10, "load")
            servers[name].stop()
            time.sleep(chance.uniform(0.05, 0.5))
            daemon.kill()
        assert not load.refused
        acknowledged |= load.acknowledged
        servers[name].start()
    daemon.start()
    expected = received(daemon)
    assert set(acknowledged) <= set(expected)
    found = await_all(servers, expected)
    assert sorted(found["postgres"]) == sorted(expected), "none twice"
    for name, ids in found.items():
        assert without_repeats(ids) == expected, name


def test_a_probe_signs_in_and_sends_nothing(daemon, servers):
    assert daemon.command("check", "--probe").returncode == 0
    for name, server in servers.items():
        server.stop()
        tried = daemon.command("check", "--probe", check=False)
        assert tried.returncode == 1
        assert f"sink.{name}: cannot be reached" in tried.stderr and tried.stderr.count("cannot be reached") == 1, tried.stderr
        server.start()
        eventually(lambda: daemon.command("check", "--probe", check=False).returncode == 0, 20, f"{name}'s return")
    assert servers["postgres"].query("SELECT count(*) FROM information_schema.tables WHERE table_name = 'flagsmith_events'") == ["0"]
    assert [servers[name].ids() for name in ("kafka", "nats", "redis")] == [[], [], []]
