"""Somebody stops (SIGSTOP) and goes on later: a sink's program, a destination, a reader of the store, the daemon itself."""
import json
import pathlib
import signal
import subprocess
import time

import pytest

from crash.long import rounds
from crash.test_kill import SMALL_STORE
from harness.oracle import file_of_events
from harness.waiting import eventually

PYTHON = "/usr/bin/python3"
PROGRAM = pathlib.Path(__file__).resolve().parents[1] / "harness" / "receiving_process.py"
STOPPED = rounds(1.6, 20)  # seconds, longer than every timeout of the tests


def children(process):
    return [int(child) for tasks in pathlib.Path(f"/proc/{process.pid}/task").glob("*/children") for child in tasks.read_text().split()]


def keeps_up(trial, load, seconds):
    """Everybody else goes on: events are acknowledged, and are in the file sink at once."""
    soon = max(1.5, STOPPED / 4)  # on a busy machine; far from the time that somebody is stopped
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        least = len(load.acknowledged) + 50
        eventually(lambda: len(load.acknowledged) >= least, 5, "intake")
        metrics = trial.daemon.metrics()
        assert metrics['flagsmith_webhookd_sink_oldest_undelivered_age_seconds{sink="file"}'] < soon
    return metrics


@pytest.fixture
def destination(home):
    with subprocess.Popen([PYTHON, PROGRAM, "http", home / "received"], stdout=subprocess.PIPE, text=True) as process:
        yield process, int(process.stdout.readline())
        process.kill()


def test_a_destination_that_stops(make_trial, home, destination):
    process, port = destination
    trial = make_trial(sinks={"http": lambda: file_of_events(home / "received")},
                       sink={"http": {"type": "http", "url": f"http://127.0.0.1:{port}/", "timeout": "1s", "from": "beginning",
                                      "retry": {"first": "50ms", "max": "200ms"}}})
    trial.start()
    with trial.load(senders=2, pause=0.002) as load:
        eventually(lambda: len(load.acknowledged) > 100, 10, "load")
        process.send_signal(signal.SIGSTOP)
        metrics = keeps_up(trial, load, STOPPED)
        assert metrics['flagsmith_webhookd_sink_oldest_undelivered_age_seconds{sink="http"}'] > STOPPED / 2
        process.send_signal(signal.SIGCONT)
    trial.check()
    assert not load.unanswered


def test_a_program_that_stops_is_replaced(make_trial, home):
    trial = make_trial(sinks={"stream": lambda: file_of_events(home / "received")},
                       sink={"stream": {"type": "exec", "mode": "stream", "timeout": "1s", "from": "beginning", "retry": {"first": "50ms", "max": "200ms"},
                                        "command": [PYTHON, PROGRAM, "stream", home / "received"]}})
    trial.start()
    with trial.load(senders=2, pause=0.002) as load:
        eventually(lambda: len(load.acknowledged) > 100 and children(trial.daemon.process), 10, "load")
        for _ in range(rounds(2, 20)):
            [child] = eventually(lambda: children(trial.daemon.process), 5, "a program")
            subprocess.run(["kill", "-STOP", str(child)], check=True)
            keeps_up(trial, load, 0.5)
            eventually(lambda: (now := children(trial.daemon.process)) and child not in now, 10, "another program in its place")
    trial.check()
    assert not load.unanswered


def test_a_reader_of_the_store_that_stops(make_trial):
    """Nothing waits for it, nothing grows because of it, and it misses nothing of what is still there."""
    trial = make_trial()
    trial.start()
    follow = [trial.daemon.binary, "events", "tail", "--follow", "--format", "json", "--config", trial.daemon.config]
    export = [trial.daemon.binary, "events", "export", "--config", trial.daemon.config]
    with trial.load(senders=4) as load:
        eventually(lambda: len(load.acknowledged) > 1200, 20, "more events than a page of an export has")
        with subprocess.Popen(follow, stdout=subprocess.PIPE) as tail, subprocess.Popen(export, stdout=subprocess.PIPE) as exporting:
            try:
                tail.stdout.readline()
                exporting.stdout.readline()  # nobody reads on: it waits in the middle
                tail.send_signal(signal.SIGSTOP)
                keeps_up(trial, load, STOPPED)
                store = trial.daemon.home / "store"
                assert all(path.stat().st_size < 16 << 20 for path in store.glob("*.db-wal"))
                tail.send_signal(signal.SIGCONT)
                last = eventually(lambda: trial.daemon.json("store", "info")["last_sequence"], 5)
                sequences = [0]
                while sequences[-1] < last:
                    sequences.append(json.loads(tail.stdout.readline())["sequence"])
            finally:
                tail.kill()
                exporting.kill()
    assert sequences[2:] == list(range(sequences[2], sequences[2] + len(sequences) - 2))
    trial.check()


def test_a_daemon_that_stops_for_longer_than_every_timeout(make_trial):
    short = dict.fromkeys(("header_timeout", "body_timeout", "idle_timeout", "handshake_timeout"), "1s")
    trial = make_trial(listen={**short, "unavailable": {"wait": "1s", "answer": "disconnect"}}, store=SMALL_STORE, may_be_removed=True)
    trial.start()
    with trial.load(timeout=60) as load:
        for _ in range(rounds(2, 4)):
            least = len(load.acknowledged) + 50
            eventually(lambda: len(load.acknowledged) >= least, 10, "intake")
            trial.daemon.signal(signal.SIGSTOP)
            time.sleep(STOPPED)
            trial.daemon.signal(signal.SIGCONT)
    assert load.unanswered <= len(load.senders) * rounds(2, 4), "connections were given up again and again"
    trial.check()
    assert trial.daemon.stop() == 0
