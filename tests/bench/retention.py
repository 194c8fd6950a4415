"""Whether events are taken as quickly while millions of others are removed."""
import statistics
import time

import filled

RATE, WINDOW = 10_000, 4  # events a second, seconds
AGE = 2 * 86400  # how old the events are, in seconds, when they were just made
SPAN = 2  # within so many seconds they all became as old
WAIT = 50  # seconds from the start until all of them are too old; the first look of the daemon, at its start, must not find them so
PATIENCE = 150
TOO_LATE = 100  # ms


class Removal:
    """p99 in ms of each window before it and while it lasted, and how many events went."""

    def __init__(self, before, during, removed):
        self.before, self.during, self.removed = before, during, removed


def watch(store, bodies):
    """Sends without a pause until the old events are gone. A window belongs to the removal when there were fewer events at its end
    than what came in accounts for, or at the end of the one before: the index follows behind the files."""
    before, during, removed = [], [], 0
    had, begin = store.events(), time.monotonic()
    while True:
        late = store.send(bodies, RATE, WINDOW)
        has = store.events()
        gone = had + late.answered - has
        had = has
        removed += gone
        if gone > 0:
            during.append(late.p99)
        elif during:
            during.append(late.p99)
            return Removal(before, during, removed)
        else:
            before.append(late.p99)
        if time.monotonic() - begin > PATIENCE:
            raise RuntimeError("nothing was removed")


def measure(tools, events, bodies, rounds):
    removals = []
    for _ in range(rounds):
        with filled.filled_store(tools) as store:
            begin = time.time()
            store.fill(events, events // 50, AGE, SPAN)
            store.configure(f"{int(AGE + time.time() - begin + WAIT)}s")
            with filled.serving(store):
                removals.append(watch(store, bodies))
        last = removals[-1]
        print(f"  {last.removed:,} events removed: p99 {said_of(last.before)} before, {said_of(last.during)} meanwhile", flush=True)
    before, during = ([p99 for removal in removals for p99 in getattr(removal, when)] for when in ("before", "during"))
    least = min(removal.removed for removal in removals)
    said = [f"{events:,} events that became too old at once were removed while {RATE:,} a second came in ({rounds} rounds, windows of {WINDOW} s): p99 to "
            f"the answer {said_of(before)} before, {said_of(during)} meanwhile, {statistics.median(during) / statistics.median(before):.2f} times (goal: less "
            "than 2)."]
    failures = []
    for what, of in ("median", statistics.median), ("worst", max):
        if of(during) > 2 * of(before):
            failures.append(f"while {events:,} events were removed the {what} p99 of a window was {of(during):.2f} ms, more than twice {of(before):.2f} ms")
    if statistics.median(before) > TOO_LATE:
        failures.append(f"{RATE:,} events a second are more than can be taken here: p99 {statistics.median(before):.0f} ms without any removal, which says nothing")
    if least < events * 0.97:  # the segment of the changes, to which nothing is added, stays
        failures.append(f"only {least:,} of {events:,} events were removed")
    return said, failures


def said_of(windows):
    return f"{statistics.median(windows):.2f} ms in the median window and {max(windows):.2f} ms in the worst"
