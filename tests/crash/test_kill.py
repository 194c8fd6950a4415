"""kill -9 under load: whatever was answered 200 is in the store and in the file sink after the restart, byte for byte."""
import hashlib
import json
import os
import random
import time

from harness.daemon import FAULTY_BINARY, Daemon
from harness.load import Load
from harness.waiting import eventually

ROUNDS = 100 if os.environ.get("WEBHOOKD_TORTURE") else 10
DATA = b'"data":'


def digests(lines):
    """{id: SHA-256 of the body} of events written as CloudEvents; a torn last line is none."""
    found = {}
    for line in lines:
        if line.endswith(b"}"):
            found[json.loads(line)["id"]] = hashlib.sha256(line[line.index(DATA) + len(DATA):-1]).hexdigest()
    return found


def stored(daemon):
    return digests(daemon.command("events", "export", timeout=120).stdout.encode().splitlines())


def delivered(daemon):
    return digests(daemon.events_file.read_bytes().split(b"\n")) if daemon.events_file.exists() else {}


def missing(acknowledged, found):
    return {id for id, digest in acknowledged.items() if found.get(id) != digest}


def kill_under_load(daemon, chance):
    """One round; what was acknowledged in it."""
    with Load(daemon) as load:
        time.sleep(chance.uniform(0.05, 0.5))
        daemon.kill()
    assert not load.refused, load.refused[:3]
    return load.acknowledged


def test_nothing_that_was_acknowledged_is_lost(home):
    daemon, chance, acknowledged = Daemon(home), random.Random(8), {}
    for _ in range(ROUNDS):
        daemon.start()
        acknowledged |= kill_under_load(daemon, chance)
    daemon.start()
    assert len(acknowledged) > 10 * ROUNDS, "too little load to prove anything"
    assert not missing(acknowledged, stored(daemon))
    eventually(lambda: not missing(acknowledged, delivered(daemon)), 30, "delivery of everything to the file sink")
    assert daemon.command("store", "verify", timeout=120).returncode == 0
    assert daemon.stop() == 0


def test_a_build_that_answers_before_the_commit_is_caught(home):
    daemon, chance, lost = Daemon(home, binary=FAULTY_BINARY), random.Random(9), set()
    for _ in range(40):
        daemon.start()
        acknowledged = kill_under_load(daemon, chance)
        daemon.start()
        lost = missing(acknowledged, stored(daemon))
        daemon.kill()
        if lost:
            break
    assert lost, "the faulty build lost nothing: this test could not tell"
