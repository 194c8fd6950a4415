"""Too few descriptors, too little memory."""
import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import time

from crash.long import rounds
from crash.test_kill import SMALL_STORE
from harness import flagsmith
from harness.daemon import FAULTY_BINARY
from harness.limits import limit
from harness.waiting import eventually


@contextlib.contextmanager
def idle_connections(daemon, count):
    """So many, as far as they can be made at all; those beyond wait in the queue of the listening socket."""
    with contextlib.ExitStack() as all:
        for _ in range(count):
            with contextlib.suppress(OSError):
                all.enter_context(socket.create_connection(("127.0.0.1", daemon.port), 1))
        yield


def test_out_of_descriptors(make_trial):
    """Whoever sends is served, the store goes on to new segments, and all is well when the others have gone."""
    trial = make_trial(store=SMALL_STORE, may_be_removed=True)
    trial.start(prefix=["prlimit", "--nofile=96:96"])
    for _ in range(rounds(1, 10)):
        with trial.load(senders=4, timeout=20) as load:
            eventually(lambda: len(load.acknowledged) > 50, 10, "intake before")
            with idle_connections(trial.daemon, 300):
                closed = {path.name for path in (trial.daemon.home / "store").glob("*.log")}
                least = len(load.acknowledged) + 1000
                eventually(lambda: len(load.acknowledged) >= least, 30, "intake meanwhile")
                assert {path.name for path in (trial.daemon.home / "store").glob("*.log")} - closed, "no new segment was needed"
        assert load.unanswered < 20, "who sends was turned away"  # one may for a moment be the one that was idle longest, and makes room
    trial.check()
    assert len(trial.daemon.log_text().splitlines()) < 30, "the log is flooded"
    assert trial.daemon.stop() == 0


def test_out_of_descriptors_from_one_moment_to_the_next(make_trial):
    """The limit falls below what is open already: not a single file can be opened any more."""
    trial, chance = make_trial(store=SMALL_STORE, may_be_removed=True, listen={"unavailable": {"wait": "300ms", "answer": "disconnect"}}), random.Random(2)
    trial.start()
    with trial.load(senders=4) as load:
        for _ in range(rounds(2, 30)):
            limit(trial.daemon.process, "nofile", 5)
            time.sleep(chance.uniform(0.2, 1))
            limit(trial.daemon.process, "nofile", 1024)
            least = len(load.acknowledged) + 50
            eventually(lambda: len(load.acknowledged) >= least, 10, "intake with descriptors")
    assert trial.daemon.process.poll() is None
    trial.check()
    assert len(trial.daemon.log_text().splitlines()) < 20 + 10 * rounds(2, 30), "the log is flooded"


def address_space(process):
    return int(pathlib.Path(f"/proc/{process.pid}/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def big(number):
    """(kind, body) without end: up to 2.1 MB, which the allocator asks the system for."""
    while True:
        yield "identity", flagsmith.identity_evaluated(padding=number * 300_000)


def test_out_of_memory(make_trial):
    """It serves, or it ends and a restart is clean."""
    trial, chance = make_trial(listen={"unavailable": {"wait": "300ms", "answer": "disconnect"}}), random.Random(6)
    ended = turned_away = 0
    for _ in range(rounds(4, 60)):
        trial.start(prefix=["env", "MALLOC_ARENA_MAX=1"])  # else each thread has 64 MiB reserved for it
        with trial.load(senders=4):
            time.sleep(chance.uniform(0.05, 0.3))
            limit(trial.daemon.process, "as", address_space(trial.daemon.process) + chance.choice([0, 1 << 18, 1 << 20]))
            with trial.load(senders=8, bodies=big, pause=0.2) as load, contextlib.suppress(subprocess.TimeoutExpired):
                trial.daemon.wait(0.7)
        turned_away += load.unanswered
        if trial.daemon.process.poll() is not None:
            ended += 1
            assert trial.daemon.process.returncode in (1, -signal.SIGABRT), trial.daemon.process.returncode
            continue
        limit(trial.daemon.process, "as", "unlimited")
        eventually(lambda: trial.daemon.get("/healthz").status_code == 200, 10, "health with memory")
        assert trial.daemon.stop() == 0
    assert ended or turned_away, "there was memory enough: this proves nothing"
    trial.start()
    trial.check()


def test_a_build_that_answers_before_the_commit_is_caught(make_trial):
    trial = make_trial(binary=FAULTY_BINARY, store=SMALL_STORE, may_be_removed=True, listen={"unavailable": {"wait": "300ms", "answer": "disconnect"}})
    trial.start()
    with trial.load(senders=4) as load:
        limit(trial.daemon.process, "nofile", 5)
        eventually(lambda: "the store cannot take events" in trial.daemon.log_text(), 10, "a need for a descriptor")
        time.sleep(2 * 0.3)  # the time that an event waits for room: then it is given up, and here it was acknowledged
    limit(trial.daemon.process, "nofile", 1024)
    assert load.acknowledged
    assert any("are lost" in finding for finding in trial.findings(patience=5))
