"""The disk reports errors: nothing of what failed is answered 200, nobody is left in the dark, a restart has everything."""
import time

import pytest

from crash.long import rounds
from crash.test_kill import SMALL_STORE
from harness.daemon import FAULTY_BINARY
from harness.faults import Fault
from harness.waiting import eventually

# Which call of each thread fails. The first few are those of the start; most commits sync once, and write their events and a hint.
NUMBERS = {"fdatasync": [1, 2, 3, 9, 40], "pwrite64": [1, 2, 9, 10, 11, 40], "fsync": [1, 2, 3, 1, 2], "ftruncate": [1, 2, 3, 1, 2]}
MORE = {"fdatasync": [*range(4, 40, 3), *range(41, 460, 11)], "pwrite64": [*range(4, 40, 3), *range(41, 460, 11)], "fsync": [4, 5, 6], "ftruncate": [4, 5, 6]}
REASONS = ("Input/output error", "disk I/O error")  # as the system has it, and SQLite


def fail_once(trial, calls, number):
    """One life of the daemon in which the n-th of these calls fails. What was hit, and the exit status if it ended of that."""
    fault = Fault(trial.daemon.home / f"fault-{len([*trial.daemon.home.glob('fault-*')])}", calls, when=number)
    trial.start(wait=False, prefix=fault.prefix)
    process = trial.daemon.process
    with trial.load():
        end = time.monotonic() + 2
        while process.poll() is None and time.monotonic() < end and not fault.hits():
            time.sleep(0.02)
        end = time.monotonic() + 0.5  # for what comes of it
        while process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
    status = process.poll()
    trial.daemon.kill()
    return fault.hits(), status


def must_end(hit):
    """After an error with these nobody knows what is on the disk."""
    call, file = hit
    return (file.endswith(".log") and call in ("fdatasync", "pwrite64")) or (call == "fsync" and file == "store")


@pytest.mark.parametrize("calls", NUMBERS)
def test_an_error_of_any_call_costs_nothing_that_was_acknowledged(make_trial, calls):
    trial = make_trial(store=SMALL_STORE, may_be_removed=True)
    files = set()
    for round, number in enumerate(NUMBERS[calls] + rounds([], MORE[calls])):
        if round == 3:  # the first ones began with nothing; now there is a store, and events in it
            trial.start()
            with trial.load() as load:
                eventually(lambda: len(load.acknowledged) > 200, 10, "load")
                trial.daemon.kill()
        before = len(trial.daemon.log_text())
        hits, status = fail_once(trial, calls, number)
        files |= {file for _, file in hits}
        said = trial.daemon.log_text()[before:]
        assert status in (None, 1), f"{hits} ended it with {status}: {said}"
        assert status == 1 or not any(must_end(hit) for hit in hits), f"{hits} did not end it: {said}"
        assert status is None or any(reason in said.splitlines()[-1] for reason in REASONS), f"{hits} ended it without a reason: {said}"
    trial.start()
    trial.check(least=10)
    assert any(must_end((calls, file)) for file in files) or calls == "ftruncate", f"only {files} were hit"


def test_a_build_that_answers_before_the_commit_is_caught(make_trial):
    trial = make_trial(binary=FAULTY_BINARY)

    def is_caught():
        is_caught.number += 7
        fail_once(trial, "pwrite64", is_caught.number)
        trial.start()
        found = trial.findings(patience=3)
        trial.daemon.kill()
        return any("are lost" in finding for finding in found)

    is_caught.number = 0
    eventually(is_caught, 60, "a finding about the faulty build")


def acknowledges(load, more, what):
    """Intake goes on."""
    least = len(load.acknowledged) + more
    eventually(lambda: len(load.acknowledged) >= least, 20, what)


def test_a_ledger_that_cannot_be_written_holds_up_nobody(make_trial):
    """How far the sinks have come is in it: at worst they get something twice."""
    trial = make_trial()
    trial.start()
    store = trial.daemon.home / "store"
    fault = Fault(trial.daemon.home / "fault", "pwrite64,fdatasync,ftruncate", files=[store / name for name in ("ledger.db", "ledger.db-wal")])
    with trial.load(senders=2) as load:
        with fault.put_on(trial.daemon.process):
            acknowledges(load, 200, "intake without a ledger")
            eventually(fault.hits, 10, "an error")
            end = time.monotonic() + 3
            while time.monotonic() < end:
                assert trial.daemon.get("/healthz").status_code == 200
                time.sleep(0.1)
        acknowledges(load, 100, "intake afterwards")
    told = trial.daemon.log_text().count("the places of the sinks could not be saved")
    assert told == 1, f"said {told} times: the log is flooded"
    trial.check()
    trial.daemon.kill()
    trial.start()
    trial.check()


def test_an_index_that_cannot_be_written_only_makes_searching_slower(make_trial):
    trial = make_trial()
    trial.start()
    store = trial.daemon.home / "store"
    fault = Fault(trial.daemon.home / "fault", "pwrite64,ftruncate", files=[store / name for name in ("index.db", "index.db-wal")])
    with fault.put_on(trial.daemon.process), trial.load(senders=2) as load:
        acknowledges(load, 200, "intake without an index")
        eventually(lambda: "the search index" in trial.daemon.log_text(), 10, "a warning")
        assert len(trial.daemon.json("events", "list", "--limit", "100000")) >= 200
    trial.check()


@pytest.mark.parametrize("calls, error", [("write", "EIO"), ("write", "ENOSPC"), ("fdatasync", "EIO")])
def test_a_file_sink_that_cannot_write_keeps_its_events_for_later(make_trial, calls, error):
    trial = make_trial(sink={"file": {"sync": True, "retry": {"first": "50ms", "max": "200ms"}}})
    trial.start()
    fault = Fault(trial.daemon.home / "fault", calls, error, files=[trial.daemon.events_file])
    with trial.load(senders=2) as load:
        acknowledges(load, 50, "intake")
        eventually(trial.daemon.events_file.exists, 5)
        with fault.put_on(trial.daemon.process):
            acknowledges(load, 300, "intake beside a broken sink")
            eventually(lambda: trial.daemon.metrics()['flagsmith_webhookd_sink_failures_total{sink="file"}'] > 0, 10, "a failure of the sink")
            assert trial.daemon.get("/healthz").status_code == 200
    assert fault.hits()
    trial.check()
    assert len(trial.daemon.log_text().splitlines()) < 50


def test_a_store_on_a_failed_disk_ends_the_daemon_and_lets_none_start(make_trial):
    """Every write fails from now on: it ends with a reason, and so does each new start."""
    trial = make_trial()
    trial.start()
    with trial.load() as load:
        eventually(lambda: len(load.acknowledged) > 200, 10, "load")
        with Fault(trial.daemon.home / "fault", "pwrite64,fdatasync,fsync").put_on(trial.daemon.process):
            assert trial.daemon.wait(10) == 1
    fault = Fault(trial.daemon.home / "fault-at-start", "pwrite64,fdatasync,fsync")
    trial.start(wait=False, prefix=fault.prefix)
    assert trial.daemon.wait(10) == 1
    assert any(reason in trial.daemon.log_text().splitlines()[-1] for reason in REASONS)
    trial.start()
    trial.check()
