"""What a stream of bytes means to the letter of RFC 9112: a small, slow and strict reader of requests, to judge the daemon by.

It takes what the daemon's documentation says it takes: one empty line before a request, no folded lines, at most one of
Content-Length and Transfer-Encoding, which is exactly `chunked`. Trailers, which mean nothing to it, may be folded."""
import re

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
PLAIN = rb"[\x21-\x7e\x80-\xff]"
VALUE = rb"(?:" + PLAIN + rb"(?:[\t \x21-\x7e\x80-\xff]*" + PLAIN + rb")?)?"
TARGET = rb"(?:[-._~:/?@!$&'()*+,;=\[\]0-9A-Za-z]|%[0-9A-Fa-f]{2})+"
REQUEST_LINE = re.compile(rb"(" + TOKEN + rb") (" + TARGET + rb") HTTP/1\.([01])")
FIELD_LINE = re.compile(rb"(" + TOKEN + rb"):[\t ]*(" + VALUE + rb")[\t ]*")
FOLDED = re.compile(rb"[\t ][\t \x21-\x7e\x80-\xff]*")
HOST = re.compile(rb"(?:(?:[-._~0-9A-Za-z]|%[0-9A-Fa-f]{2})+|\[[-._~:0-9A-Za-z]+\])(?::[0-9]*)?")
QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]+)((?:[\t ]*;[\t ]*" + TOKEN + rb"(?:[\t ]*=[\t ]*(?:" + TOKEN + rb"|" + QUOTED + rb"))?)*)")
MOST = 1 << 20


class Malformed(Exception):
    pass


class Incomplete(Exception):
    pass


class Request:
    def __init__(self, method, target, minor, fields, body):
        self.method, self.target, self.minor, self.fields, self.body = method, target, minor, fields, body

    def values(self, name):
        return [value for key, value in self.fields if key == name]

    @property
    def stays(self):
        options = {option.strip(b"\t ").lower() for value in self.values(b"connection") for option in value.split(b",")}
        return b"close" not in options and (self.minor == 1 or b"keep-alive" in options)


class Reader:
    """Iterates over the requests of a stream; ends with Malformed or Incomplete where it does not end with a request."""

    def __init__(self, stream):
        self.stream, self.at = stream, 0

    def __iter__(self):
        while self.at < len(self.stream):
            yield self.request()

    def take(self, size):
        if len(self.stream) - self.at < size:
            raise Incomplete
        taken = self.stream[self.at:self.at + size]
        self.at += size
        return taken

    def line(self):
        end = self.stream.find(b"\n", self.at)
        if end < 0:
            raise Incomplete
        line = self.take(end + 1 - self.at)
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise Malformed("line end")
        return line[:-2]

    def parsed(self, pattern):
        line = self.line()
        match = pattern.fullmatch(line)
        if not match:
            raise Malformed(line[:80])
        return match

    def field_lines(self, may_fold=False):
        fields = []
        while line := self.line():
            if may_fold and fields and FOLDED.fullmatch(line):
                continue
            match = FIELD_LINE.fullmatch(line)
            if not match:
                raise Malformed(line[:80])
            fields.append((match[1].lower(), match[2]))
        return fields

    def request(self):
        if self.stream.startswith(b"\r\n", self.at):
            self.at += 2
        method, target, minor = self.parsed(REQUEST_LINE).groups()
        if not target.startswith(b"/"):
            raise Malformed("not in origin form")
        request = Request(method, target, int(minor), self.field_lines(), b"")
        hosts, lengths, codings = (request.values(name) for name in (b"host", b"content-length", b"transfer-encoding"))
        if len(hosts) > 1 or (not hosts and minor == b"1") or not all(map(HOST.fullmatch, hosts)):
            raise Malformed("Host")
        if codings:
            if lengths or minor == b"0" or [coding.lower() for coding in codings] != [b"chunked"]:
                raise Malformed("Transfer-Encoding")
            request.body = self.chunks()
        elif lengths:
            if len(lengths) > 1 or not re.fullmatch(rb"[0-9]+", lengths[0]) or int(lengths[0]) > MOST:
                raise Malformed("Content-Length")
            request.body = self.take(int(lengths[0]))
        return request

    def chunks(self):
        body = b""
        while True:
            size = int(self.parsed(CHUNK_LINE)[1], 16)
            if size > MOST:
                raise Malformed("a chunk's size")
            if size == 0:
                if any(name in (b"transfer-encoding", b"content-length") for name, _ in self.field_lines(may_fold=True)):
                    raise Malformed("what frames has no place in a trailer")
                return body
            body += self.take(size)
            if self.take(2) != b"\r\n":
                raise Malformed("a chunk's end")
