"""kill -9 under load, at any moment from the start of the process on."""
import random
import time

from crash.long import rounds
from harness.daemon import FAULTY_BINARY
from harness.waiting import eventually

# The smallest segments there are, and room for few of them: files are closed and removed all the time.
SMALL_STORE = {"max_size": "2MiB", "evaluations": {"keep": "1d", "max_size": "1MiB"}}


def segments(daemon):
    return {path.name for path in (daemon.home / "store").glob("*.log")}


def kill_under_load(trial, chance, wait=False):
    """One round; how many events were acknowledged in it."""
    before = len(trial.acknowledged)
    trial.start(wait=wait)
    with trial.load():
        time.sleep(chance.uniform(0.02, 0.8))
        trial.daemon.kill()
    return len(trial.acknowledged) - before


def test_nothing_that_was_acknowledged_is_lost(make_trial):
    trial, chance = make_trial(store=SMALL_STORE, may_be_removed=True), random.Random(8)
    seen, removed, closed, early = set(), set(), 0, 0
    for number in range(rounds(8, 300)):
        early += kill_under_load(trial, chance) == 0
        there = segments(trial.daemon)
        removed |= seen - there
        closed += number > 0 and len(there - seen)
        seen |= there
        if number % 50 == 49:
            trial.start()
            assert trial.findings(patience=60) == []
            trial.daemon.kill()
    trial.start()
    trial.check(least=rounds(200, 10_000))
    assert closed >= rounds(3, 100), "segments were never closed: nothing is proved about that"
    assert removed, "nothing was ever removed: nothing is proved about retention"
    assert early < rounds(8, 300) // 2
    assert trial.daemon.stop() == 0


def test_a_build_that_answers_before_the_commit_is_caught(make_trial):
    trial, chance = make_trial(binary=FAULTY_BINARY), random.Random(9)

    def is_caught():
        kill_under_load(trial, chance, wait=True)
        trial.start()
        found = trial.findings(patience=3)
        trial.daemon.kill()
        return any("are lost" in finding for finding in found)

    eventually(is_caught, 60, "a finding about the faulty build")
