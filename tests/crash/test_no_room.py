"""The store's disk is full, limited or read-only, under load: nothing is acknowledged that is not kept, and room coming back is enough."""
import os
import random
import time

import pytest

from crash.long import rounds
from crash.test_kill import SMALL_STORE
from harness import flagsmith
from harness.daemon import FAULTY_BINARY
from harness.disks import Ext4, empty, fill, memory_disk
from harness.limits import limit
from harness.waiting import eventually

IMPATIENT = {"unavailable": {"wait": "300ms", "answer": "disconnect"}}


def health(daemon):
    return daemon.get("/healthz").status_code


def fill_and_empty(trial, disk, load, chance):
    """One cycle: full until it shows, and for a while; then room again until it shows."""
    fill(disk)
    eventually(lambda: health(trial.daemon) == 503, 10, "failing health")
    if chance.random() < 0.5:
        turned_away = load.unanswered
        eventually(lambda: load.unanswered > turned_away, 10, "somebody who waited in vain")
    else:
        time.sleep(chance.uniform(0, 0.3))
    empty(disk)
    eventually(lambda: health(trial.daemon) == 200, 10, "health after room came back")
    least = len(load.acknowledged) + 50
    eventually(lambda: len(load.acknowledged) >= least, 10, "intake after room came back")


def test_a_full_disk_again_and_again(make_trial, home):
    with memory_disk(home / "store", "12m") as disk:
        trial, chance = make_trial(listen=IMPATIENT, store=SMALL_STORE, may_be_removed=True), random.Random(4)
        trial.start()
        with trial.load() as load:
            for _ in range(rounds(3, 50)):
                fill_and_empty(trial, disk, load, chance)
        assert load.unanswered, "nobody was ever turned away: it was not full"
        trial.check()
        assert trial.daemon.stop() == 0
        trial.start()
        trial.check()
        trial.daemon.kill()


def test_kill_9_while_it_is_full(make_trial, home):
    with memory_disk(home / "store", "12m") as disk:
        trial, chance = make_trial(listen=IMPATIENT, store=SMALL_STORE, may_be_removed=True), random.Random(5)
        for _ in range(rounds(2, 50)):
            trial.start()
            with trial.load():
                time.sleep(chance.uniform(0.05, 0.3))
                fill(disk)
                time.sleep(chance.uniform(0, 0.5))
                trial.daemon.kill()
            empty(disk)
        trial.start()
        trial.check()
        trial.daemon.kill()


def test_a_start_on_a_full_disk_serves_as_soon_as_there_is_room(make_trial, home):
    with memory_disk(home / "store", "12m") as disk:
        trial = make_trial(listen=IMPATIENT)
        trial.start()
        with trial.load() as load:
            eventually(lambda: len(load.acknowledged) > 200, 10, "load")
            fill(disk)
            trial.daemon.kill()
        trial.start()
        with trial.load():
            eventually(lambda: health(trial.daemon) == 503, 10, "failing health")
            empty(disk)
            eventually(lambda: health(trial.daemon) == 200, 10, "health after room came back")
        trial.check()
        trial.daemon.kill()


def test_a_build_that_answers_before_the_commit_is_caught(make_trial, home):
    with memory_disk(home / "store", "12m") as disk:
        trial = make_trial(binary=FAULTY_BINARY, listen=IMPATIENT, store=SMALL_STORE, may_be_removed=True)
        trial.start()
        with trial.load(senders=4):
            fill(disk)
            eventually(lambda: health(trial.daemon) == 503, 10, "failing health")
            time.sleep(2 * 0.3)  # the time that an event waits for room: then it is given up, and here it was acknowledged
            empty(disk)
            eventually(lambda: health(trial.daemon) == 200, 10, "health after room came back")
        assert any("are lost" in finding for finding in trial.findings(patience=5))
        trial.daemon.kill()


@pytest.mark.parametrize("size", [0, 100_000, 1_500_000])
def test_a_limit_of_file_sizes_is_a_full_disk_and_no_crash(make_trial, size):
    """SIGXFSZ would end it. Segments are smaller then; what can be no smaller waits for the limit to go."""
    trial = make_trial(listen=IMPATIENT, store=SMALL_STORE, may_be_removed=True, sink={"file": {"retry": {"first": "50ms", "max": "200ms"}}})
    trial.start()
    with trial.load() as load:
        eventually(lambda: len(load.acknowledged) > 100, 10, "load")
        limit(trial.daemon.process, "fsize", size)
        eventually(lambda: load.unanswered > 20 if size == 0 else "could not be" in trial.daemon.log_text() or "File too large" in trial.daemon.log_text(),
                   20, "the limit")
        time.sleep(0.5)
        assert trial.daemon.process.poll() is None
        limit(trial.daemon.process, "fsize", "unlimited")
        least = len(load.acknowledged) + 50
        eventually(lambda: len(load.acknowledged) >= least, 10, "intake without the limit")
    trial.check()
    assert len(trial.daemon.log_text().splitlines()) < 100


def test_a_file_system_that_turns_read_only_ends_it_with_a_reason(make_trial, home):
    with Ext4(home / "store") as disk:
        trial = make_trial(listen=IMPATIENT, store={"directory": "store/events"})
        for _ in range(rounds(1, 10)):
            trial.start()
            with trial.load() as load:
                eventually(lambda: len(load.acknowledged) > 100, 10, "load")
                disk.find_damage()
                assert trial.daemon.wait(10) == 1
            assert "nothing more is acknowledged" in trial.daemon.log_text().splitlines()[-1]  # for EROFS, or for the EIO of a sync
            trial.start(wait=False)
            assert trial.daemon.wait(10) == 1
            assert "Read-only file system" in trial.daemon.log_text().splitlines()[-1]
            disk.unmount()
            disk.mount()
        trial.start()
        trial.check()
        trial.daemon.kill()


def not_a_directory(store):
    store.rename(store.with_name("elsewhere"))
    store.write_text("a file")


def no_permission(store):
    store.chmod(0)


def unreadable_segment(store):
    for segment in store.glob("*.log"):
        segment.unlink()
        segment.mkdir()


def lock_is_a_directory(store):
    (store / "lock").unlink()
    (store / "lock").mkdir()


def newer_format(store):
    (store / "format").write_text("999\n")


def ledger_is_no_database(store):
    (store / "ledger.db").write_bytes(b"nothing that SQLite knows" * 1000)


def as_nobody(trial):
    """Permissions do not concern root: the daemon then runs as somebody they do concern."""
    if os.geteuid() != 0:
        return ()
    for folder in (trial.daemon.home.parent, trial.daemon.home):
        folder.chmod(0o755)
    for file in (trial.daemon.config, *trial.daemon.home.glob("*.secret")):
        file.chmod(0o644)
    return ("setpriv", "--reuid=nobody", "--clear-groups")


@pytest.mark.parametrize("break_it", [not_a_directory, no_permission, unreadable_segment, lock_is_a_directory, newer_format, ledger_is_no_database],
                         ids=lambda break_it: break_it.__name__)
def test_a_store_that_cannot_be_read_is_named_at_the_start(make_trial, break_it):
    trial = make_trial()
    trial.start()
    assert trial.daemon.post(flagsmith.flag_updated()).status_code == 200
    assert trial.daemon.stop() == 0
    store, before = trial.daemon.home / "store", len(trial.daemon.log_text())
    break_it(store)
    trial.start(wait=False, prefix=as_nobody(trial) if break_it is no_permission else ())
    assert trial.daemon.wait(10) in (1, 78)
    said = trial.daemon.log_text()[before:].splitlines()[-1]
    assert str(store) in said or "changes-" in said, said
