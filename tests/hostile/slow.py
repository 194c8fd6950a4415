"""Clients that take their time, a thousand at once in one process: each is timed until the daemon cuts it off."""
import asyncio
import os
import resource
import socket
import time

from cases import event, request

PACE = 0.1  # seconds between two bytes

# What a genuine event may take beyond twice its time in peace. Two cores carry the daemon, the attackers and the senders: whoever
# becomes ready may find both taken for some slices of the scheduler (3 ms and more each), which the daemon cannot mend.
NOISE = 0.010


def raise_open_files(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted) if os.geteuid() == 0 else hard))


def wrongly_signed(body, framing=None):
    """The head of a request that is turned down only when its body is there."""
    framing = framing or f"Content-Length: {len(body)}"
    return (f"POST /environment-webhook HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Flagsmith-Signature: {'0' * 64}\r\n"
            f"{framing}\r\n\r\n").encode()


def silent():
    return b"", b""


def slow_head():
    return b"", request(event())


def slow_body():
    return wrongly_signed(event()), event()


def slow_chunks():
    return wrongly_signed(b"", "Transfer-Encoding: chunked"), b"1;a=b\r\nx\r\n" * 200


def slow_between():
    """Between two requests; an idle connection."""
    return b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b""


KINDS = [silent, slow_head, slow_body, slow_chunks, slow_between]


async def client(port, kind, patience):
    """Seconds until it is cut off; None where it is not."""
    at_once, slowly = kind()
    begin = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def dribble():
        writer.write(at_once)
        for byte in slowly:
            writer.write(bytes([byte]))
            await asyncio.sleep(PACE)

    dribbling = asyncio.create_task(dribble())
    try:
        await asyncio.wait_for(reader.read(), patience)
        return time.monotonic() - begin
    except ConnectionError:
        return time.monotonic() - begin
    except asyncio.TimeoutError:
        return None
    finally:
        dribbling.cancel()
        writer.transport.abort()


async def clients(port, count, patience):
    """{kind: [seconds]} of so many of all kinds together."""
    made = []
    for number in range(count):
        made.append((KINDS[number % len(KINDS)], asyncio.create_task(client(port, KINDS[number % len(KINDS)], patience))))
        await asyncio.sleep(0.0005)  # the queue of those who knock is bounded
    times = {kind.__name__: [] for kind in KINDS}
    for kind, task in made:
        times[kind.__name__].append(await task)
    return times


def never_reads(port, requests=400_000):
    """Asks again and again and reads no answer, until the daemon cuts it off; the seconds since the daemon has stopped to
    take more, None where it does not."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.settimeout(20)
        rest = memoryview(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * requests)
        progress = time.monotonic()
        try:
            while rest:
                rest = rest[connection.send(rest[:1 << 14]):]
                progress = time.monotonic()
        except TimeoutError:
            return None
        except ConnectionError:
            return time.monotonic() - progress
    raise AssertionError("everything was taken: it was not enough")
