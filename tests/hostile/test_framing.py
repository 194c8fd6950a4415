"""Thousands of streams that are nearly right, one byte of the framing off: the daemon stores exactly the events that a strict
reader finds in them, byte for byte, and answers 200 for no other; behind a proxy it stores none that the proxy knows nothing of."""
import asyncio
import collections
import hashlib
import hmac
import os
import re

import pytest

import framing
from cases import SECRET
from harness.proxies import HAProxy, HAProxyWithPROXY, Nginx
from reference import Incomplete, Malformed, Reader
from target import Target

TORTURE = "WEBHOOKD_TORTURE" in os.environ
DIRECT, PROXIED = (100_000, 20_000) if TORTURE else (5000, 1000)
AT_ONCE = 32
STATUS = re.compile(rb"HTTP/1\.1 ([0-9]{3}) ")


def is_event(request):
    tags, types = request.values(b"x-flagsmith-signature"), request.values(b"content-type")
    return (request.method == b"POST" and request.target.split(b"?")[0] == b"/organisation-webhook" and types == [b"application/json"]
            and tags == [hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest().encode()])


def meaning(stream):
    """The bodies of the events in it, how many of them must be stored whatever the daemon closes early, and how it ends."""
    events, surely, is_certain = [], 0, True
    try:
        for request in Reader(stream):
            if is_event(request):
                events.append(request.body)
                surely += is_certain
            elif request.target.startswith(b"/nowhere") or request.method != b"POST" or request.values(b"content-type") != [b"application/json"]:
                is_certain = False  # turned down by its head: the daemon may close before it has read the body
            else:
                return events, surely, "refused"
            if not request.stays:
                break
    except (Malformed, Incomplete) as end:
        return events, surely, type(end).__name__
    return events, surely, "well"


async def send(port, stream):
    """Everything that comes back until the daemon closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(stream)
        writer.write_eof()
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def send_all(port, streams):
    """[(name, stream, statuses)]"""
    results, streams = [], iter(streams)

    async def one_after_the_other():
        for name, stream in streams:
            answers = await send(port, stream)
            results.append((name, stream, [int(status) for status in STATUS.findall(answers)]))

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    return results


def test_what_is_stored_is_what_a_strict_reader_reads(start_daemon):
    target = Target(start_daemon())
    results = asyncio.run(send_all(target.port, framing.streams(DIRECT, random_seed=1, twice=0.2)))
    assert len(results) == DIRECT
    stored = collections.Counter(target.bodies())
    assert set(stored.values()) == {1}, "an event was stored twice"

    wrong, ends = [], collections.Counter()
    for name, stream, statuses in results:
        events, surely, end = meaning(stream)
        are_stored = [body in stored for body in events]
        count = sum(are_stored)
        if count < surely or are_stored != sorted(are_stored, reverse=True):
            wrong.append(f"{name}: of {len(events)} events {count} are stored: {statuses} {stream[:1500]!r}")
        if statuses.count(200) != count:
            wrong.append(f"{name}: {count} are stored, and the answers are {statuses}")
        for body in events:
            stored.pop(body, None)
        ends[end, len(events)] += 1
    if stored:
        wrong.append(f"stored, and in no stream: {list(stored)[:3]}")
    assert not wrong, f"{len(wrong)} of {DIRECT}\n" + "\n".join(wrong[:20])
    # Otherwise this has tried nothing.
    assert ends["well", 1] > DIRECT / 50 and ends["Malformed", 0] > DIRECT / 5 and ends["Incomplete", 0] > DIRECT / 200, ends
    target.post_something_good()


def hidden_in(stream):
    begin = stream.find(b"?hidden")
    body = re.search(rb'\{.*?"AUDIT_LOG_CREATED"\}', stream[begin:], re.DOTALL) if begin >= 0 else None
    return body and body[0]


@pytest.mark.parametrize("kind", [Nginx, HAProxy, HAProxyWithPROXY])
def test_no_event_is_stored_that_the_proxy_does_not_know_of(start_daemon, workshop, kind):
    daemon = start_daemon(listen=kind.trust)
    proxy = kind(workshop / f"framing-{kind.__name__}", daemon)
    try:
        proxy.start()
        target = Target(daemon, proxy=proxy)
        sent = list(framing.streams(PROXIED, random_seed=2))
        results = asyncio.run(send_all(proxy.port, sent))
        assert len(results) == PROXIED
        target.post_something_good()
    finally:
        proxy.close()
    bodies = set(everything := target.bodies())
    assert len(everything) == len(bodies) > PROXIED / 20
    known = [target for status, target in proxy.passed_on() if status == "200"]
    assert len(known) == len(bodies)
    hidden = {body for _, stream in sent if (body := hidden_in(stream)) in bodies}
    print(f"\n{kind.__name__}: {len(bodies)} events of {PROXIED} streams are stored, {len(hidden)} of them were hidden in another body and then framed openly")
    assert len(hidden) == known.count("/organisation-webhook?hidden")
