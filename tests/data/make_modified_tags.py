#!/usr/bin/env python3
"""Prints modified_tags.jsonl: what may be done to a tag of HMAC-SHA256, in the groups of the well-known collections of
vectors: keys of 128, 256 and 520 bits, tags of 256 bits and cut to 128, each with good tags over bodies of eleven sizes
and with eighteen that were modified. A tag that was cut is never good, whatever it is cut from."""
import hashlib
import hmac
import json

SIZES = (0, 1, 3, 8, 15, 16, 31, 55, 64, 117, 256)


def flipped(*bits):
    def change(tag):
        changed = bytearray(tag)
        for bit in bits:
            changed[bit // 8] ^= 1 << bit % 8
        return bytes(changed)

    return change


def modifications(tag_bits):
    for bit in (0, 1, 7, 8, 31, 32, 33, 63, 64, 71, 77, tag_bits - 8, tag_bits - 1):
        yield f"bit {bit} flipped", flipped(bit)
    yield "all bits flipped", flipped(*range(tag_bits))
    yield "all zero", lambda tag: bytes(len(tag))
    yield "all one", lambda tag: b"\xff" * len(tag)
    yield "the highest bit of each byte flipped", flipped(*range(7, tag_bits, 8))
    yield "the lowest bit of each byte flipped", flipped(*range(0, tag_bits, 8))


def bytes_of(label, size):
    """Bytes that look random and are the same in every run."""
    return hashlib.shake_128(label.encode()).digest(size)


def vectors():
    for key_bits in (128, 256, 520):
        key = bytes_of(f"key of {key_bits} bits", key_bits // 8)
        for tag_bits in (256, 128):
            group = f"key of {key_bits} bits, tag of {tag_bits}"

            def tag_of(body):
                return hmac.new(key, body, hashlib.sha256).digest()[: tag_bits // 8]

            for size in SIZES:
                body = bytes_of(f"{group}, body of {size}", size)
                yield f"{group}: body of {size} bytes", key, body, tag_of(body), tag_bits == 256
            body = bytes_of(f"{group}, modified", 16)
            for name, change in modifications(tag_bits):
                yield f"{group}: {name}", key, body, change(tag_of(body)), False


for what, key, body, tag, valid in vectors():
    print(json.dumps({"what": what, "key": key.hex(), "body": body.hex(), "signature": tag.hex(), "valid": valid}))
