"""Slow clients of every kind, a thousand at a time, while genuine events keep coming: each event is answered 200, and each slow
client is cut off. The long form prints how long both take, and holds the slowest events to twice what they take in peace."""
import asyncio
import contextlib
import math
import os
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.waiting import eventually
from play import TIMEOUT
from probe import Probe, percentile
from slow import NOISE, clients, never_reads, raise_open_files

TORTURE = "WEBHOOKD_TORTURE" in os.environ
CLIENTS = 1000
RATE = 100 if TORTURE else 40  # genuine events a second
LATENESS = 1.0  # beyond the time limit


@pytest.fixture(scope="module")
def daemon(start_daemon):
    raise_open_files(3 * CLIENTS + 1000)
    return start_daemon(listen={"max_connections": 10 * CLIENTS})


@pytest.fixture(scope="module")
def peace(daemon):
    """The 99th percentile of genuine events without anybody else."""
    if not TORTURE:
        return None
    return percentile(Probe(daemon.port, RATE, 10).result()["times"], 0.99)


@contextlib.contextmanager
def genuine_events(daemon, seconds, peace, what):
    probe = Probe(daemon.port, RATE, seconds)
    try:
        yield
        result = probe.result()
    finally:
        probe.kill()
    assert result["answers"] == {"200": RATE * seconds}
    if TORTURE:
        p99 = percentile(result["times"], 0.99)
        print(f"\n{what}: p99 of genuine events {p99 * 1000:.1f} ms, in peace {peace * 1000:.1f} ms")
        assert p99 <= 2 * peace + NOISE


def test_a_thousand_of_every_kind_are_cut_off(daemon, peace):
    with genuine_events(daemon, 4, peace, "slow clients of our own"):
        times = asyncio.run(clients(daemon.port, CLIENTS, patience=TIMEOUT + 10))
    for kind, seconds in times.items():
        assert None not in seconds, f"{seconds.count(None)} of {kind} are not cut off"
        assert min(seconds) > TIMEOUT * 0.9, f"{kind} is cut off too early"
        if TORTURE:
            print(f"{kind}: cut off after {min(seconds):.2f} to {max(seconds):.2f} s")
            assert max(seconds) <= TIMEOUT + LATENESS, kind


def test_who_never_reads_the_answers_is_cut_off(daemon, peace):
    with genuine_events(daemon, 4, peace, "clients that never read"), ThreadPoolExecutor(8) as pool:
        seconds = list(pool.map(never_reads, [daemon.port] * 8))
    assert None not in seconds
    if TORTURE:
        print(f"never reads: cut off {max(seconds):.2f} s after it was not served any more")
        assert max(seconds) <= TIMEOUT + LATENESS


# slowhttptest's own ways. Its body is of the right type and carries a signature that fits nothing: else it is turned down at once.
SIGNED = f"application/json\r\nX-Flagsmith-Signature: {'0' * 64}"
MODES = {
    "slow-header": ["-H"], "slow-body": ["-B", "-t", "POST", "-f", SIGNED, "-s", "8192"],
    "range": ["-R"], "slow-read": ["-X", "-k", "10", "-w", "1", "-y", "1", "-n", "1", "-z", "1"],
}
# It reads on at its pace what the kernel still holds for it, long after the daemon has closed.
READER = "slow-read"


def slowhttptest(daemon, folder, mode, rate):
    path = "/environment-webhook" if mode == "slow-body" else "/healthz"
    command = ["slowhttptest", *MODES[mode], "-c", str(CLIENTS), "-r", str(rate), "-i", "1", "-l", "12" if mode == READER else "40", "-p", "5",
               "-v", "1", "-g", "-o", str(folder / mode), "-u", f"http://127.0.0.1:{daemon.port}{path}"]
    with (folder / f"{mode}.log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ, TERM="dumb"))


def seconds_of(folder, mode):
    """[(closed, pending, connected, whether its own probe was served)] for each second of the attack."""
    lines = (folder / f"{mode}.csv").read_text().splitlines()[1:]
    return [tuple(map(int, line.split(",")[1:])) for line in lines]


@pytest.mark.parametrize("modes", [[mode] for mode in MODES] if TORTURE else [list(MODES)], ids="+".join)
def test_slowhttptest(daemon, peace, workshop, modes):
    folder = pathlib.Path(workshop / f"slowhttptest-{'-'.join(modes)}")
    folder.mkdir()
    running, accepted = [], daemon.metrics()["flagsmith_webhookd_connections_accepted_total"]
    try:
        with genuine_events(daemon, 8, peace, f"slowhttptest {' '.join(modes)}"):
            running = [slowhttptest(daemon, folder, mode, rate=250) for mode in modes]
            if READER in modes:
                reader = running[modes.index(READER)]
                eventually(lambda: daemon.metrics()["flagsmith_webhookd_connections_accepted_total"] - accepted > CLIENTS * len(modes), 12, "all clients")
                eventually(lambda: daemon.metrics()["flagsmith_webhookd_connections"] < CLIENTS / 20, 12, "the end of nearly all connections")
                assert reader.poll() is None
            statuses = [process.wait(60) for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()
    for mode, status in zip(modes, statuses):
        assert status == 0, mode
        assert mode == READER or "No open connections left" in (folder / f"{mode}.log").read_text(errors="replace"), mode
        seconds = seconds_of(folder, mode)
        assert all(served for *_, served in seconds), f"{mode}: it was not served itself"
        if TORTURE:
            cut = [closed for closed, *_ in seconds]
            begun = [sum(counts[:3]) for counts in seconds]
            print(f"{mode}: {cut[-1]} cut off, at most {max(connected for _, _, connected, _ in seconds)} connected at once, over after {len(seconds) - 1} s")
            late = math.ceil(TIMEOUT + LATENESS) + 1  # it looks once a second
            assert mode == READER or all(now >= then for now, then in zip(cut[late:], begun)), mode
