"""docs/performance.md and its plots, from what the parts of a run found."""
import datetime
import textwrap

import latency
import machine
import plot
from plan import FIRST, FIRST_ON_TLS


STEADY = 0.2  # of the median, from the least to the most


def _prose(text):
    return textwrap.wrap(" ".join(text.split()), 130, break_long_words=False, break_on_hyphens=False)


def _is_ours(name):
    return name.startswith("flagsmith-webhookd")


def _ours(results):
    return next(each for each in results if _is_ours(each.name))


class Figures:
    """What the goals are about, out of a run."""

    def __init__(self, bench):
        nginx, ours, go, _, _, _, webhook = (each.cost.middle for each in bench.cells[FIRST])
        self.to_nginx, self.to_go, self.to_webhook = ours / nginx, ours / go, ours / webhook
        nginx_tls, ours_tls, _ = (each.cost.middle for each in bench.cells[FIRST_ON_TLS])
        self.to_nginx_on_tls = ours_tls / nginx_tls
        self.stored = bench.sizes["20 kB"] / _ours(bench.cells[FIRST[0], "20 kB"]).cost.middle
        self.decoded = bench.micro["verify_and_decode/identity_20k"]["MB/s"].middle
        name = _ours(bench.cells[FIRST]).name
        self.p99 = bench.latency[name, 0.5]["p99"].middle
        self.p99_goal = 3 * bench.latency_syncs.at(0.99) / 1000 + 2
        self.idle, self.idle_on_tls = bench.idle[False][name].middle, bench.idle[True][name].middle
        self.nginx_idle = next(iter(bench.idle[False].values())).middle


def _goal(text, goal, measured, at_least=False):
    met = measured >= goal if at_least else measured <= goal
    return f"| {text} | {'≥' if at_least else '≤'} {goal:.3g} | {measured:.3g} | {'met' if met else '**missed**'} |"


def _goals(bench):
    it = Figures(bench)
    yield "| figure | goal | measured | |"
    yield "| --- | --- | --- | --- |"
    yield _goal("CPU of a durable, validated event delivered to a file sink, plain keep-alive, 64 connections, 1.2 kB: times nginx's empty 204", 2, it.to_nginx)
    yield _goal("the same, times Go with group fsync", 0.45, it.to_go)
    yield _goal("the same, times `webhook`, which runs `/bin/true`", 1 / 40, it.to_webhook)
    yield _goal("CPU of an event on TLS 1.3 with a connection of its own, P-256, no tickets: times nginx", 1.15, it.to_nginx_on_tls)
    yield _goal("identity messages of 20 kB, MB of bodies per second of one core: stored and delivered", 120, it.stored, at_least=True)
    yield _goal("the same, verified and decoded without the store", 300, it.decoded, at_least=True)
    yield _goal("ms to the answer at half of saturation, p99 (goal: 3 times the p99 of fdatasync, and 2 ms)", it.p99_goal, it.p99)
    yield _goal("KiB of resident memory for each idle connection, plain", 4, it.idle)
    yield _goal("the same on TLS", 80, it.idle_on_tls)
    yield f"| acknowledged events that are not in the store or not in the file sink, of {bench.checked:,} in this run | 0 | 0 | met |"


def _limits(bench):
    echo, syncs = bench.limits["echo"], bench.syncs
    document, identity = (bench.micro[f"simdjson_tree/{name}"]["MB/s"].middle for name in ("document_1k", "identity_20k"))
    yield f"- SHA-256 of 1,216 bytes: {bench.limits['sha256']:.2f} µs; a P-256 signature: {bench.limits['p256']:.0f} µs"
    yield (f"- append of 4 KiB and fdatasync: median {syncs.at(0.5):,.0f} µs, p99 {syncs.at(0.99):,.0f} µs "
           f"({len(syncs.times):,} of them, all through the run)")
    yield f"- simdjson making a tree: {document:,.0f} MB/s of the 1.2 kB message, {identity:,.0f} MB/s of a 20 kB one"
    yield (f"- loopback: 30 lines of C++ that answer whatever comes and understand nothing take {echo.cost.text()} µs of CPU for a request "
           f"of 1.2 kB ({echo.rate.middle:,.0f} a second)")


def _table(results):
    base = results[0].cost.middle
    yield "| server | µs of CPU per request: median (least–most) | times nginx | requests a second |"
    yield "| --- | --- | --- | --- |"
    for each in results:
        yield f"| {each.name} | {each.cost.text()} | {each.cost.middle / base:.2f} | {each.rate.text(0)} |"


def _first(bench):
    results, (rounds, seconds) = bench.cells[FIRST], bench.plan.of(FIRST)
    ours = _ours(results)
    yield f"## Plain HTTP, keep-alive, 64 connections, 10,000 different signed bodies of {bench.sizes['1.2 kB']:,.0f} bytes on average"
    yield ""
    yield from _prose(f"""
        nginx answers an empty 204 and looks at nothing. We verify the signature, decode and check the message, commit it to stable storage, answer 200 and
        write it to a file sink. Go, Node and FastAPI verify the signature, decode and check the same message; Go appends it to a file, with one fsync for
        all that wait or with none; Node and FastAPI keep nothing. None of them delivers. `webhook` verifies the signature and answers when `/bin/true` has
        ended, whose CPU counts with its own. {rounds} rounds of {seconds} s each.""")
    yield ""
    yield from _table(results)
    yield ""
    yield "![CPU per event beside the peers](performance/cpu.svg)"
    yield ""
    yield from _prose(f"""
        From start to the first connection: {ours.start_seconds * 1000:.0f} ms; resident memory {ours.start_mib:.1f} MiB at start, {bench.later_mib:.1f} MiB
        after {ours.checked:,} events.""")


def _matrix(bench):
    yield "## Transports and sizes"
    yield ""
    yield from _prose("""
        Node, FastAPI and `webhook` take part in the first table alone. TLS is 1.3 with a P-256 certificate and no session tickets on any side; a new
        connection for each event is how Flagsmith sends. 20 kB and 350 kB are identity messages, which nginx discards. CPU per request in µs,
        median (least–most).""")
    yield ""
    yield "| | nginx | flagsmith-webhookd | times nginx | Go, group fsync | times Go | flagsmith-webhookd: MB of bodies per second of CPU |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for (transport, size), results in bench.cells.items():
        nginx, ours, go = (each.cost for each in results[:3])
        yield (f"| {transport}, {bench.sizes[size]:,.0f} bytes | {nginx.text()} | {ours.text()} | {ours.middle / nginx.middle:.2f} | {go.text()} | "
               f"{ours.middle / go.middle:.2f} | {bench.sizes[size] / ours.middle:,.0f} |")


def _kinds(bench):
    yield "## Each kind of event"
    yield ""
    yield from _prose("""
        From its request on the plain port to the file sink, every event a new one. Those whose id comes from their content are hashed for it and looked up
        among those of the last day; changes are indexed as well.""")
    yield ""
    yield "| kind | bytes | µs of CPU per event: median (least–most) | events a second |"
    yield "| --- | --- | --- | --- |"
    for title, size, cost, rate in bench.kinds:
        yield f"| {title} | {size:,} | {cost.text()} | {rate.middle:,.0f} |"


def _latency(bench):
    servers, syncs = bench.cells[FIRST][1:3], bench.latency_syncs
    yield "## Latency"
    yield ""
    yield from _prose(f"""
        A request is due at its time whether or not others are answered, and its latency counts from then. 1.2 kB, plain, 64 connections; saturation is each
        server's own rate in the first table. {bench.plan.latency_rounds} rounds of {bench.plan.latency_seconds} s; an append of 4 KiB and its fdatasync on
        the same disk, between these rounds: median {syncs.at(0.5) / 1000:.2f} ms, p99 {syncs.at(0.99) / 1000:.2f} ms, p99.9
        {syncs.at(0.999) / 1000:.2f} ms. In ms, median (least–most) of the rounds.""")
    yield ""
    yield "| server | load | requests a second | median | p99 | p99.9 |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for server in servers:
        for share in latency.SHARES:
            late = bench.latency[server.name, share]
            percentiles = " | ".join(late[name].text() for name in latency.PERCENTILES)
            yield f"| {server.name} | {share:.0%} | {server.rate.middle * share:,.0f} | {percentiles} |"
    yield ""
    yield "![Latency by load](performance/latency.svg)"


def _idle(bench):
    figures = Figures(bench)
    yield "## Memory for each idle connection"
    yield ""
    yield from _prose(f"""
        Resident memory of the process with {bench.plan.idle_connections * 5 // 4:,} connections that have sent one event and wait, less that with
        {bench.plan.idle_connections // 4:,}, in KiB for each. The server has had 20,000 events over 8 connections before, so that neither what it needs
        once nor what it keeps of events counts.""")
    yield ""
    yield "| server | plain | TLS 1.3 |"
    yield "| --- | --- | --- |"
    for name, plain in bench.idle[False].items():
        yield f"| {name} | {plain.text()} | {bench.idle[True][name].text()} |"
    yield ""
    yield "![Memory for each idle connection](performance/idle.svg)"
    if figures.idle > figures.nginx_idle:
        yield ""
        yield from _prose("""
            nginx keeps a small record of a plain connection and nothing to read into. To reach that, a connection that waits would have to give back its
            coroutine, which holds where its session is, and its buffer, and be made anew when something comes: an `epoll_ctl` and allocations
            for each event.""")


STORE_ROWS = [
    ("the store, evaluations", "store/evaluations"),
    ("append and fdatasync, the same batches", "append_and_sync/evaluations"),
    ("the store, changes (indexed, looked up among those of the last day)", "store/changes"),
    ("append and fdatasync, the same batches", "append_and_sync/changes"),
    ('the store, evaluations, `sync = "normal"`', "store/evaluations_without_sync"),
]


def _store(bench):
    document, identity = (bench.micro[f"verify_and_decode/{name}"]["MB/s"] for name in ("document_1k", "identity_20k"))
    yield "## The store alone"
    yield ""
    yield from _prose("""
        Events of 1.2 kB with their attributes, 64 in flight, each appended again as soon as it is durable; beside it a loop that appends as many bytes in
        the same batches and calls `fdatasync`, in the same directory. CPU is that of the whole process.""")
    yield ""
    yield "| what | µs of CPU per event | events a second | events in a commit |"
    yield "| --- | --- | --- | --- |"
    for title, name in STORE_ROWS:
        each = bench.micro[name]
        yield f"| {title} | {each['cost'].text()} | {each['rate'].text(0)} | {each['batch'].middle:.0f} |"
    yield ""
    yield from _prose(f"""
        Signature, checks, attributes and id, without HTTP and without the store: {identity.text(0)} MB of 20 kB identity messages a second on one core,
        {document.text(0)} MB of 1.2 kB flag messages.""")


def page(bench):
    yield "# Performance"
    yield ""
    yield from _prose(f"""
        Made by `./dev bench`; run it on your own machine. The server has one core, the load generator the other; the servers take turns, round by round,
        after a warm-up. CPU is that of the whole server process and its children, from /proc. Every answer of flagsmith-webhookd in every part was counted
        afterwards: as many events in the store and in the file sink as it said 200. The run took {bench.seconds / 60:.0f} minutes.""")
    yield ""
    yield f"- machine: {machine.describe()}"
    yield f"- date: {datetime.date.today()}"
    yield from _limits(bench)
    yield ""
    yield from _goals(bench)
    yield ""
    yield from _prose("""
        What happens to acknowledged events under crashes and faults, and to hostile requests, is not measured but tested: `./dev test` and, longer,
        `./dev torture` fail where one is lost or one gets through.""")
    yield ""
    for part in (_first, _matrix, _kinds, _latency, _idle, _store):
        yield from part(bench)
        yield ""


def unsteady(bench):
    """Who took so different amounts of CPU for the same, from round to round, that something else must have used the machine."""
    return [f"{each.name}: {each.cost.text()} µs of CPU per request" for cell in (FIRST, FIRST_ON_TLS) for each in bench.cells[cell][:3]
            if each.cost.width() > STEADY]


def plots(bench, folder):
    def costs(cell):
        return [(each.name, each.cost, _is_ours(each.name)) for each in bench.cells[cell]]

    def late(share):
        return [(f"{server.name.split(',')[0]}, {name}", bench.latency[server.name, share][name], _is_ours(server.name))
                for name in latency.PERCENTILES for server in bench.cells[FIRST][1:3]]

    def at(share):
        rates = (f"{server.name.split(',')[0]} {server.rate.middle * share:,.0f} a second" for server in bench.cells[FIRST][1:3])
        return f"{share:.0%} of saturation: " + ", ".join(rates)

    def idle(tls):
        return [(name, spread, _is_ours(name)) for name, spread in bench.idle[tls].items()]

    plot.bars(folder / "cpu.svg", "CPU per event", "µs",
              [("Plain HTTP, keep-alive, 1.2 kB", costs(FIRST)), ("TLS 1.3, a new connection for each event, 1.2 kB", costs(FIRST_ON_TLS))], logarithmic=True)
    plot.bars(folder / "latency.svg", "Time to the answer, at a rate that is kept", "ms",
              [(at(share), late(share)) for share in latency.SHARES], logarithmic=True)
    plot.bars(folder / "idle.svg", "Memory for each idle connection", "KiB", [("Plain HTTP", idle(False)), ("TLS 1.3", idle(True))])
