#!/usr/bin/env python3
"""Whether a store with millions of events still starts, answers, takes and forgets at once: fills some, measures, holds the limits.

Commands are timed as a user has them: the whole process, from its start to its end, beside a running daemon.
"""
import argparse
import datetime
import pathlib
import sys
import tempfile

import bodies
import growth
import retention
from filled import Tools

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "store.md"
HEADING = "## With millions of events"
RATE_KEPT, MEMORY_KEPT = 0.9, 0.05


def compare(small, large):
    """What must not change with the number of events."""
    step, *before = large.rates[0]
    # A machine that gives more to those who were idle is slower after a while, whatever the store does. So the beginning is that of
    # two stores: of this one, and of another that was begun when this one was full.
    first, first_cpu = (sum(pair) / 2 for pair in zip(before, large.rate_afterwards[1:]))
    _, last, last_cpu = large.rates[-1]
    rate, grown = first / last, large.memory["VmRSS"] / small.memory["VmRSS"] - 1
    said = [
        f"Appending {large.events:,} events by the journal's own code, each commit synced, without HTTP: the first {step:,} at {step / first:,.0f} a "
        f"second (the mean of this store's and of one begun afterwards: {step / before[0]:,.0f}, {step / large.rate_afterwards[1]:,.0f}), the last at "
        f"{step / last:,.0f}: {rate:.2f} of it (goal: at least {RATE_KEPT}); "
        f"{first_cpu / step * 1e6:.2f} and {last_cpu / step * 1e6:.2f} µs of CPU "
        "for each, making and decoding the messages included.", "",
        f"Resident memory of the daemon after the same work over {small.events:,} and over {large.events:,} events: {small.memory['VmRSS']:.1f} and "
        f"{large.memory['VmRSS']:.1f} MiB, {grown:+.1%} (goal: within {MEMORY_KEPT:.0%})."]
    failures = []
    if rate < RATE_KEPT:
        failures.append(f"the last {step:,} of {large.events:,} events were appended at {rate:.2f} of the rate of the first")
    if abs(grown) > MEMORY_KEPT:
        failures.append(f"memory is {grown:+.1%} with {large.events:,} events instead of {small.events:,}")
    return said, failures


def write_page(text):
    page = PAGE.read_text()
    PAGE.write_text(page[:page.find("\n" + HEADING)].rstrip("\n") + "\n\n" + text if HEADING in page else page.rstrip("\n") + "\n\n" + text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--events", type=int, nargs="*", default=[1_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--removed", type=int, default=5_000_000, help="so many events are removed while others come in; 0 for none")
    parser.add_argument("--removals", type=int, default=3)
    parser.add_argument("--place", type=pathlib.Path, default=pathlib.Path("/var/tmp"), help="a folder on a real disk with 12 GiB free")
    parser.add_argument("--write", action="store_true", help="into docs/store.md")
    options = parser.parse_args()
    tools, parts, passed, failures = Tools(options.build, options.place), [], 0, []

    def note(said, failed):
        nonlocal passed
        print("\n".join(said), "\n", flush=True)
        parts.append("\n".join(said))
        passed += not failed
        failures.extend(failed)

    with tempfile.TemporaryDirectory(prefix="webhookd-scale-", dir=options.place) as folder:
        file = pathlib.Path(folder) / "bodies"
        bodies.write(file, bodies.flag_messages(10_000))
        sizes = []
        for events in options.events:
            sizes.append(growth.measure(tools, events, file, options.rounds))
            note(sizes[-1].said, sizes[-1].failures)
        if len(sizes) > 1:
            note(*compare(sizes[0], sizes[-1]))
        if options.removed:
            note(*retention.measure(tools, options.removed, file, options.removals))
    if options.write:
        write_page(f"{HEADING}\n\nMeasured by `./dev scale --write` on {datetime.date.today()}. Times of commands are those of the whole process, beside a "
                   f"running daemon, {options.rounds} rounds; they and pages are to stay under {growth.PAGE_MS} ms, a start under {growth.READY_MS // 1000} s. "
                   "The stores are filled by a program that makes messages, decodes them and appends them by the same code as the daemon, without HTTP.\n\n"
                   + "\n\n".join(parts) + "\n")
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
