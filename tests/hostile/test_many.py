"""Ten thousand connections that say nothing, and a thousand senders whom nobody knows dribbling large bodies: memory stays within
its bounds, and genuine events are answered 200."""
import asyncio
import os
import pathlib
import socket
import time

import pytest

from connection import Connection
from harness.waiting import eventually
from probe import Probe, percentile
from slow import NOISE, raise_open_files, wrongly_signed
from target import Target

TORTURE = "WEBHOOKD_TORTURE" in os.environ
MANY = 10_000
KIB, MIB = 1 << 10, 1 << 20
CONNECTIONS = "flagsmith_webhookd_connections"
MADE_ROOM = 'flagsmith_webhookd_refusals_total{reason="made_room"}'
NO_TIME_LIMIT = {name: "120s" for name in ("handshake_timeout", "header_timeout", "body_timeout", "idle_timeout")}


@pytest.fixture(scope="module", autouse=True)
def open_files():
    raise_open_files(MANY + 2000)


def resident(daemon):
    """Bytes."""
    for line in pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * KIB
    raise AssertionError("no VmRSS")


def await_connections(daemon, count):
    eventually(lambda: daemon.metrics()[CONNECTIONS] == count, 20, f"{count} connections")


def test_ten_thousand_idle_connections(start_daemon):
    daemon = start_daemon(listen=NO_TIME_LIMIT | {"max_connections": MANY})
    target = Target(daemon)
    target.post_something_good()
    await_connections(daemon, 0)
    before = resident(daemon)
    connections = []
    try:
        for number in range(MANY):
            connections.append(socket.create_connection(("127.0.0.1", daemon.port), 10))
            if number % 2:  # half of them have said something before
                connections[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for connection in connections[1::2]:
            assert connection.recv(1 << 12).startswith(b"HTTP/1.1 200 ")
        await_connections(daemon, MANY)
        each = (resident(daemon) - before) / MANY
        print(f"\n{each / KIB:.2f} KiB for each of {MANY} idle connections")
        assert each < 8 * KIB

        # There is no place any more: the one that is idle longest makes room for each event.
        assert daemon.metrics()[MADE_ROOM] == 0
        for _ in range(20):
            target.post_something_good()
        assert 1 <= daemon.metrics()[MADE_ROOM] <= 20
        assert connections[0].recv(1) == b"", "the oldest one is still open"
    finally:
        for connection in connections:
            connection.close()
    await_connections(daemon, 0)
    target.post_something_good()
    assert target.newly_stored() == 0


def test_idle_connections_with_tls(start_daemon):
    daemon = start_daemon(tls=True, listen=NO_TIME_LIMIT)
    target = Target(daemon, tls=True)
    target.post_something_good()
    await_connections(daemon, 0)
    before = resident(daemon)
    connections = [Connection(daemon.port, tls=True) for _ in range(400)]
    await_connections(daemon, len(connections))
    each = (resident(daemon) - before) / len(connections)
    print(f"\n{each / KIB:.1f} KiB for each of {len(connections)} idle connections with TLS")
    assert each < 100 * KIB
    target.post_something_good()
    for connection in connections:
        connection.close()
    await_connections(daemon, 0)


BODY = 4 * MIB  # what a dribbler announces
AT_ONCE = 160 * KIB  # of it; takes 256 KiB
BUDGET = 64 * MIB


async def dribbler(port, stop, cut):
    """Sends the first part of a large body as fast as it can and then a little at a time, again and again."""
    head = wrongly_signed(b"x" * BODY)
    while not stop.is_set():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(head)
            for _ in range(AT_ONCE // (32 * KIB)):
                writer.write(b"x" * (32 * KIB))
                await asyncio.wait_for(writer.drain(), 5)
            while not stop.is_set():
                await asyncio.wait_for(writer.drain(), 5)
                if reader.at_eof():
                    break
                writer.write(b"x" * 1000)
                await asyncio.sleep(0.5)
        except (OSError, asyncio.TimeoutError):
            pass
        finally:
            writer.transport.abort()
        cut.append(1)
        await asyncio.sleep(1)


async def dribble(port, count, seconds, meanwhile):
    stop, cut = asyncio.Event(), []
    tasks = []
    for _ in range(count):
        tasks.append(asyncio.create_task(dribbler(port, stop, cut)))
        await asyncio.sleep(0.001)
    try:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.sleep(0.1)
            meanwhile()
    finally:
        stop.set()
        await asyncio.gather(*tasks)
    return len(cut) - count


@pytest.mark.parametrize("padding", [0, 20_000, 350_000] if TORTURE else [20_000])
def test_a_thousand_unknown_senders_of_large_bodies(start_daemon, padding):
    limits = NO_TIME_LIMIT | {"body_timeout": "10s", "min_rate": "1KiB", "max_inflight": f"{BUDGET // MIB}MiB"}
    daemon = start_daemon(listen=limits, endpoint={"environment": {"max_body": f"{BODY // MIB}MiB"}})
    rate, seconds = (50, 8) if TORTURE else (20, 4)
    if TORTURE:
        Probe(daemon.port, rate, 1, padding).result()  # the first events find everything cold
        peace = percentile(Probe(daemon.port, rate, seconds, padding).result()["times"], 0.99)
    before = resident(daemon)
    highest, probes = [before], []

    def look():
        if not probes:
            probes.append(Probe(daemon.port, rate, seconds, padding))
        highest.append(resident(daemon))

    try:
        cut = asyncio.run(dribble(daemon.port, 1000, seconds + 2, look))
        result = probes[0].result()
    finally:
        for probe in probes:
            probe.kill()
    grown = max(highest) - before
    refused = daemon.metrics()['flagsmith_webhookd_refusals_total{reason="inflight"}']
    print(f"\n{cut} dribblers were cut off ({refused:.0f} for room), memory grew by {grown / MIB:.0f} MiB, {result['answers']}")
    assert refused > 0, "there was room for all of them: this has tried nothing"
    assert result["answers"] == {"200": rate * seconds}
    # A body that grows is there twice while it is copied, and each connection has a little that is not counted.
    assert grown < 2 * BUDGET + 1000 * 32 * KIB
    if TORTURE:
        p99 = percentile(result["times"], 0.99)
        print(f"p99 of genuine events {p99 * 1000:.1f} ms, in peace {peace * 1000:.1f} ms")
        assert p99 <= 2 * peace + NOISE
