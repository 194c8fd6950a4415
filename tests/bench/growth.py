"""What a store with millions of events does to starts, commands, pages, intake and memory."""
import json
import signal
import statistics
import time

import filled

# The command, and the milliseconds it may take; nothing where there is no promise.
COMMANDS = [
    ("history checkout_v2", 200),
    ("history checkout_v2 --environment Production", 200),
    ("events list --actor person7@example.com --changed enabled --since 7d", 200),
    ("events list", 200),
    ("events list --limit 1000", 200),
    ("events list --type flag.* --since 20d --until 19d", 200),
    ("events list --flag no_such_flag", 200),
    ("events list --scope segment", 200),
    ("events list --actor person1* --changed value --until 25d", 200),
    ("events list --type identity.evaluated --until 15d", 200),
    ("events tail", 200),
    ("events show {change}", 200),
    ("events show {evaluation}", 200),
    ("dead-letters list", 200),
    ("quarantine list", 200),
    ("sinks list", 200),
    ("store info", None),
]
# Pages of the admin listener; {middle} is a sequence half-way down the list.
PAGES = [
    "/api/v1/events",
    "/api/v1/events?limit=1000",
    "/api/v1/events?after={middle}",
    "/api/v1/events?flag=checkout_v2",
    "/api/v1/events?flag=checkout_v2&environment=Production&after={middle}",
    "/api/v1/events?actor=person7@example.com&after={middle}",
    "/api/v1/events?type=com.flagsmith.flag.updated&after={middle}",
    "/api/v1/events?type=com.flagsmith.identity.evaluated&after={middle}",
    "/api/v1/events?flag=no_such_flag",
    "/api/v1/events?scope=segment",
    "/api/v1/dead-letters",
    "/api/v1/quarantine",
    "/api/v1/sinks",
    "/metrics",
]
PAGE_MS, READY_MS = 200, 2000
INTAKE = 5000  # events a second, while memory is looked at


class Size:
    """A store of one size: what is said of it, what was too slow, and what is compared with that of another size."""

    def __init__(self, events):
        self.events, self.said, self.failures = events, [], []

    def hold(self, what, took, limit):
        if limit and took > limit:
            self.failures.append(f"{self.events:,} events: {what} took {took:.0f} ms, more than {limit}")


def measure(tools, events, bodies, rounds):
    size, changes = Size(events), events // 50
    with filled.filled_store(tools) as store:
        size.rates = store.fill(events, changes)
        with filled.filled_store(tools) as empty:
            rows = empty.fill(size.rates[0][0], size.rates[0][0] // 50)
            size.rate_afterwards = (rows[-1][0], sum(seconds for _, seconds, _ in rows), sum(cpu for _, _, cpu in rows))
        files = sum(file.stat().st_size for file in (store.folder / "store").glob("*.log")) / 2**30
        index = (store.folder / "store" / "index.db").stat().st_size / 2**20
        size.said.append(f"{events:,} events, {changes:,} of them flag changes, the others evaluations: {files:.1f} GiB, index {index:.0f} MiB, filled in "
                         f"{sum(seconds for _, seconds, _ in size.rates):.0f} s.")
        starts, rows = [], []
        with filled.serving(store) as (process, ready):
            starts.append(("after it was closed in good order", ready, filled.memory(process)))
            store.send(bodies, INTAKE, 5)  # the latest events that are kept for the sinks have their full size now
            commands(size, store, rounds, rows)
            size.late = store.send(bodies, INTAKE, 5)
            size.memory = filled.memory(process)
            filled.end(process, signal.SIGKILL)
        with filled.serving(store) as (process, ready):
            starts.append(("after kill -9", ready, filled.memory(process)))
        for file in (store.folder / "store").glob("index.db*"):
            file.unlink()
        with filled.serving(store) as (process, ready):
            starts.append(("without its search index", ready, filled.memory(process)))
            begin = time.monotonic()
            while not store.is_indexed():
                time.sleep(0.1)
            anew = time.monotonic() - begin + ready / 1000
    for what, took, _ in starts:
        size.hold(f"the start {what}", took, READY_MS)
    size.said += [
        f"The index was made anew in {anew:.1f} s, while events were taken.",
        "", "| start | ready after | resident then |", "| --- | --- | --- |",
        *(f"| {what} | {took:.0f} ms | {used['VmRSS']:.0f} MiB |" for what, took, used in starts),
        "", f"After all commands and pages, between twice {size.late.answered:,} events, {INTAKE:,} a second (answered after {size.late.median:.2f} ms, p99 "
        f"{size.late.p99:.2f} ms), the daemon had {size.memory['VmRSS']:.1f} MiB resident, {size.memory['RssAnon']:.1f} MiB of its own, "
        f"{size.memory['VmHWM']:.1f} MiB at most.",
        "", "| command or page | median | slowest | lines or events |", "| --- | --- | --- | --- |",
        *(f"| `{line}` | {statistics.median(took):.0f} ms | {max(took):.0f} ms | {lines} |" for line, took, lines in rows)]
    return size


def commands(size, store, rounds, rows):
    def latest(kind):
        return store.json("events", "list", "--type", kind, "--until", "10d", "--limit", "1")[0]["id"]

    names = {"change": latest("flag.*"), "evaluation": latest("identity.evaluated"), "middle": size.events // 2}
    for line, limit in COMMANDS:
        arguments = line.format(**names).split(" ")
        took = [store.command(*arguments)[1] for _ in range(rounds)]
        rows.append((line, took, len(store.command(*arguments)[0].splitlines())))
        size.hold(line, statistics.median(took), limit)
    for path in PAGES:
        target = path.format(**names)
        took = [store.get(target)[1] for _ in range(rounds)]
        body = store.get(target)[0]
        found = next(map(len, filter(lambda value: isinstance(value, list), json.loads(body).values()))) if body.startswith("{") else len(body.splitlines())
        rows.append((f"GET {path}", took, found))
        size.hold(path, statistics.median(took), PAGE_MS)
