"""Restarts in quick succession under load, as a service manager makes them when everything goes wrong at once."""
import random
import time

from crash.long import rounds
from crash.test_kill import SMALL_STORE
from harness.daemon import FAULTY_BINARY, free_port
from harness.waiting import eventually


def end_politely(trial):
    assert trial.daemon.stop() == 0


def end_at_once(trial):
    trial.daemon.kill()


def end_in_the_middle_of_ending(trial):
    trial.daemon.process.terminate()
    time.sleep(0.005)
    trial.daemon.kill()


def fail_by_configuration(trial):
    trial.daemon.kill()
    good = trial.daemon.config.read_text()
    trial.daemon.config.write_text(good.replace("[listen]", "[listen]\nadress = 7"))
    trial.start(wait=False)
    assert trial.daemon.wait() == 78
    trial.daemon.config.write_text(good)


def fail_by_a_second_one(trial):
    """Two at a time: the second must leave the store alone, whatever port it has."""
    first, port = trial.daemon.process, trial.daemon.port
    trial.daemon.change(listen={"address": f"127.0.0.1:{free_port()}"}, admin={"address": ""})
    trial.start(wait=False)
    second, trial.daemon.process = trial.daemon.process, first
    assert second.wait(10) == 1
    trial.daemon.change(listen={"address": f"127.0.0.1:{port}"}, admin={"address": f"127.0.0.1:{trial.daemon.admin_port}"})
    trial.daemon.kill()


ENDS = [end_politely, end_at_once, end_in_the_middle_of_ending, fail_by_configuration, fail_by_a_second_one]


def storm(trial, chance, count):
    with trial.load(timeout=20) as load:
        for number in range(count):
            trial.start(wait=False)
            if number % 3 == 0:  # else it is ended while it still starts
                least = len(load.acknowledged) + 20
                eventually(lambda: len(load.acknowledged) >= least, 10, "intake after a restart")
            time.sleep(chance.uniform(0, 0.15))
            end = ENDS[number % len(ENDS)] if number % 3 == 0 else chance.choice(ENDS[1:4])
            end(trial)


def test_a_storm_of_restarts(make_trial):
    trial = make_trial(store=SMALL_STORE, may_be_removed=True)
    storm(trial, random.Random(7), rounds(15, 250))
    trial.start()
    trial.check()
    assert trial.daemon.stop() == 0


def test_a_build_that_answers_before_the_commit_is_caught(make_trial):
    trial, chance = make_trial(binary=FAULTY_BINARY), random.Random(3)

    def is_caught():
        storm(trial, chance, 5)
        trial.start()
        found = trial.findings(patience=3)
        trial.daemon.kill()
        return any("are lost" in finding for finding in found)

    eventually(is_caught, 60, "a finding about the faulty build")
