"""The wall clock is set while the daemon runs, hours back and days forward."""
import datetime
import random
import struct

from crash.long import IS_LONG, rounds
from crash.test_kill import SMALL_STORE
from harness.daemon import ROOT
from harness.waiting import eventually

LIBRARY = ROOT / "build" / "tests" / "libclock_offset.so"


class Clock:
    """The daemon's wall clock is off by what is set here; the clock that its timeouts run on is left alone."""

    def __init__(self, home):
        self.file = home / "clock"
        self.file.touch()
        self.set(0)
        self.prefix = ["env", f"LD_PRELOAD={LIBRARY}", f"CLOCK_OFFSET_FILE={self.file}"]

    def set(self, hours):
        with self.file.open("rb+", buffering=0) as file:
            file.write(struct.pack("=q", hours * 3600))


def received_at(event):
    return datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00"))


def off_by(event):
    return (received_at(event) - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 3600


def doubt_a_leap(trial, clock, before):
    """Half a minute, until retention is looked at again: only in the long form. Believed at once, the clock would have it remove everything."""
    clock.set(365 * 24)
    eventually(lambda: "the clock has leapt forward" in trial.daemon.log_text(), 40, "doubt")
    clock.set(before)
    eventually(lambda: "was put back" in trial.daemon.log_text(), 40, "an end of the doubt")
    assert trial.daemon.json("store", "info")["events"] > 0, "all of it was removed"


def test_a_clock_that_jumps(make_trial, home):
    trial, clock, chance = make_trial(store=SMALL_STORE, may_be_removed=True), Clock(home), random.Random(1)
    trial.start(prefix=clock.prefix)
    with trial.load(senders=4) as load:
        for hours in [-5, 30 * 24, -30 * 24, 3, 0, *(chance.randint(-10_000, 10_000) for _ in range(rounds(0, 100)))]:
            clock.set(hours)

            def is_seen():
                [event] = trial.daemon.json("events", "list", "--limit", "1")
                return abs(off_by(event) - hours) < 0.1

            eventually(is_seen, 5, f"an event of a clock that is {hours} h off")
            least = len(load.acknowledged) + 50
            eventually(lambda: len(load.acknowledged) >= least, 5, "intake")
            assert trial.daemon.get("/healthz").status_code == 200
    assert not load.unanswered, "a timeout fired because of the clock"
    trial.check()

    # One thread takes them in: ids that are made on receipt rise as the sequence does, whatever the clock says.
    ids = [event["id"] for event in trial.daemon.json("events", "list", "--type", "identity.*", "--limit", "1000000")]
    assert len(ids) > 10 and ids == sorted(set(ids), reverse=True)
    assert trial.daemon.stop() == 0

    clock.set(-24)  # and behind itself at the next start
    trial.start(prefix=clock.prefix)
    with trial.load(senders=4) as load:
        eventually(lambda: len(load.acknowledged) > 50, 5, "intake")
    if IS_LONG:
        doubt_a_leap(trial, clock, -24)
    trial.check()
