"""The cases of tests/data: bytes that break, confuse or exhaust HTTP servers (hostile-http.jsonl), and what each rule of
RFC 9112 and 9110 that a receiver must keep asks of it (rfc9112.jsonl, whose `rfc` is the section).

A case is a line: `port` (both, plain, tls, or tls-raw: to the TLS port without a handshake), either `raw` (sent at once;
each character is one byte) or `steps`, and what is right: `expect` (any of), `stored` (how many events may be new
afterwards), `max_responses`. Also `head` (its answers have no bodies) and `answer_has` (fields of the last answer).

    400, 2xx           that answer                    close          closed without an answer, promptly
    2xx+close          then closed                    timeout-close  closed by a timeout, with or without 408
    seq:2xx,400        these answers in this order    wait           nothing for half a second

Where a case with `rfc` holds one of these words, it stands for what belongs to an event that is new each time:

    $BODY  its body, of 1200 bytes      $LENGTH $LESS $MORE  that number; one less; one more
    $FIRST $REST  its two parts         $HEX $UPPERHEX $HEX8 $HEX16  the number in hexadecimal; with so many digits
    $SIGN  the signature                $FIRSTHEX $RESTHEX           those of the parts
    $SIGNED  its Content-Type and X-Flagsmith-Signature     $EMPTY  these for an empty body
    $CHUNKED  the body as one chunk and the last            $NEXT   another event's whole request; $NEXTLENGTH $NEXTHEX"""
import json
import pathlib

from harness import flagsmith

SECRET = "hostile-test-secret"
LENGTH = 1200
DATA = pathlib.Path(__file__).parents[1] / "data"


def load(name):
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


CASES = load("hostile-http.jsonl") + load("rfc9112.jsonl")


def event():
    """The body of an event, new each time and always as long."""
    body = flagsmith.flag_updated(flag="hostile")
    return b"{" + b" " * (LENGTH - len(body)) + body[1:]


def signed(body):
    return f"Content-Type: application/json\r\nX-Flagsmith-Signature: {flagsmith.sign(body, SECRET)}\r\n"


def request(body, target="/environment-webhook"):
    head = f"POST {target} HTTP/1.1\r\nHost: localhost\r\n{signed(body)}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def words(body, other):
    """What the words stand for, the longer ones first."""
    first, rest = body[:LENGTH // 3], body[LENGTH // 3:]
    following = request(other).decode()
    meanings = {
        "$BODY": body.decode(), "$FIRST": first.decode(), "$REST": rest.decode(), "$SIGN": flagsmith.sign(body, SECRET), "$SIGNED": signed(body),
        "$EMPTY": signed(b""), "$LENGTH": str(LENGTH), "$LESS": str(LENGTH - 1), "$MORE": str(LENGTH + 1),
        "$HEX": f"{LENGTH:x}", "$UPPERHEX": f"{LENGTH:X}", "$HEX8": f"{LENGTH:08x}", "$HEX16": f"{LENGTH:016x}",
        "$FIRSTHEX": f"{len(first):x}", "$RESTHEX": f"{len(rest):x}", "$CHUNKED": f"{LENGTH:x}\r\n{body.decode()}\r\n0\r\n\r\n",
        "$NEXT": following, "$NEXTLENGTH": str(len(following)), "$NEXTHEX": f"{len(following):x}",
    }
    return sorted(meanings.items(), key=lambda item: -len(item[0]))


def prepared(case):
    """The case with its words replaced, and what tells an event of it by its body."""
    if "rfc" not in case:
        mark = f'"id": {100_000 + int(case["id"][1:])},'.encode()
        return case, lambda body: mark in body
    bodies = event(), event()
    meanings = words(*bodies)

    def replace(text):
        for word, meaning in meanings:
            text = text.replace(word, meaning)
        return text

    result = dict(case)
    if "raw" in case:
        result["raw"] = replace(case["raw"])
    else:
        result["steps"] = [{key: replace(value) if isinstance(value, str) else value for key, value in step.items()} for step in case["steps"]]
    return result, lambda body: body in bodies
