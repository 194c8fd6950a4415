"""Makes streams that are nearly right: genuine requests in which bytes of the framing are inserted, replaced or deleted."""
import hashlib
import hmac
import itertools
import json
import random

from cases import SECRET

ALPHABET = [bytes([byte]) for byte in b"\0\t\n\x0b\x0c\r \"',+-./019:;=AFafx_\\\x7f\x80\x85\xa0\xff"] + [
    b"\r\n", b"\r\n\r\n", b"\r\n ", b"\n\n", b"\r\r\n", b", ", b"chunked", b"identity", b"0\r\n\r\n", b"10000000000000000",
    b"\r\nContent-Length: 0", b"\r\nTransfer-Encoding: chunked", b"\r\nX: "]
_numbers = itertools.count(1)


def body():
    """The smallest event there is; different each time, of equal length."""
    number = next(_numbers)
    data = {"author": {"email": "a@example.com", "first_name": "A", "id": 1, "last_name": "B"}, "created_date": "2026-02-23T17:30:57.006318Z",
            "environment": None, "id": 100_000_000 + number, "log": "x", "project": "p", "related_object_id": 6, "related_object_type": "FEATURE"}
    return json.dumps({"data": data, "event_type": "AUDIT_LOG_CREATED"}, separators=(",", ":")).encode()


def head(content, target=b"/organisation-webhook"):
    tag = hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest().encode()
    return (b"POST " + target + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Flagsmith-Signature: " + tag + b"\r\n")


def length_of(content):
    return b"Content-Length: %d" % len(content)


def chunked(content):
    """In framing and text by turns: two chunks with an extension, and a trailer."""
    middle = len(content) // 3
    return [b"\r\nTransfer-Encoding: chunked\r\n\r\n%x;a=\"b\"\r\n" % middle, content[:middle], b"\r\n%X\r\n" % (len(content) - middle), content[middle:],
            b"\r\n0\r\nX-T: u\r\n\r\n"]


def with_length():
    content = body()
    return [head(content)[:-2], b"\r\n" + length_of(content) + b"\r\n\r\n", content]


def with_chunks():
    content = body()
    return [head(content)[:-2], *chunked(content)]


def hidden_by_length():
    """In the body of a request that is only turned down there is another one, and behind it an honest one."""
    inner = body()
    hidden = head(inner, b"/organisation-webhook?hidden") + length_of(inner) + b"\r\n\r\n" + inner
    return [b"POST /nowhere HTTP/1.1\r\nHost: localhost", b"\r\n" + length_of(hidden) + b"\r\n\r\n", hidden, b"", *with_length()]


def hidden_by_chunks():
    inner = body()
    hidden = head(inner, b"/organisation-webhook?hidden") + length_of(inner) + b"\r\n\r\n" + inner
    return [b"POST /nowhere HTTP/1.1\r\nHost: localhost", *chunked(hidden)]


def doubly_framed():
    content = body()
    first, *rest = chunked(content)
    return [head(content)[:-2], b"\r\n" + length_of(content) + first, *rest]


SEEDS = [with_length, with_chunks, hidden_by_length, hidden_by_chunks, doubly_framed]


def mutations(seed):
    """(part, position, operation, bytes): every one there is, of the parts that frame."""
    parts = seed()
    for part in range(1, len(parts), 2):
        for position in range(len(parts[part]) + 1):
            for text in ALPHABET:
                yield part, position, "insert", text
                if position < len(parts[part]):
                    yield part, position, "replace", text
            if position < len(parts[part]):
                yield part, position, "delete", b""


def apply(parts, mutation):
    part, position, operation, text = mutation
    frame = parts[part]
    rest = frame[position:] if operation == "insert" else frame[position + 1:]
    return parts[:part] + [frame[:position] + text + rest] + parts[part + 1:]


def streams(count, random_seed, twice=0.0):
    """So many nearly right streams, the same for the same seed but for the numbers of their events; `twice`: the share of
    those with a second mutation. Of each kind there is one that is not touched."""
    chosen = random.Random(random_seed)
    everything = [list(mutations(seed)) for seed in SEEDS]
    for seed in SEEDS:
        yield seed.__name__, b"".join(seed())
    for _ in range(count - len(SEEDS)):
        index = chosen.randrange(len(SEEDS))
        mutation = chosen.choice(everything[index])
        parts = apply(SEEDS[index](), mutation)
        name = f"{SEEDS[index].__name__} {mutation}"
        if chosen.random() < twice:
            part = chosen.randrange(1, len(parts), 2)
            second = (part, chosen.randrange(len(parts[part]) + 1), "insert", chosen.choice(ALPHABET))
            parts, name = apply(parts, second), f"{name} {second}"
        yield name, b"".join(parts)
