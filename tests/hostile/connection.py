"""A connection from outside that reads while it sends, and reads answers strictly."""
import select
import socket
import ssl
import struct
import time


class Connection:
    """A connection that reads while it sends, so that an early answer is never lost."""

    def __init__(self, port, tls=False, alpn=(), is_strict=True):
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.socket.setblocking(False)
        self.received, self.closed, self.tls = b"", False, None
        self.is_head = False  # the answers are to HEAD
        self.is_strict = is_strict  # the answers are the daemon's and no proxy's
        if tls:
            self.handshake(alpn)

    def handshake(self, alpn=()):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if alpn:
            context.set_alpn_protocols(list(alpn))
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
        while True:
            try:
                self.tls.do_handshake()
                return self._write(self.outgoing.read())
            except ssl.SSLWantReadError:
                self._write(self.outgoing.read())
                if not self._read_socket(5):
                    self.closed = True
                    return None
            except ssl.SSLError:
                self.closed = True
                return None

    def send(self, data):
        if self.tls and not self.closed:
            for start in range(0, len(data), 1 << 16):
                self.tls.write(data[start:start + (1 << 16)])
                self._write(self.outgoing.read())
                if self.closed:
                    return
        else:
            self._write(data)

    def _write(self, data):
        rest = memoryview(data)
        until = time.monotonic() + 20
        while rest and not self.closed and time.monotonic() < until:
            ready = self._ready(select.POLLIN | select.POLLOUT, 1)
            if ready & ~select.POLLOUT and not self._read_socket(0):
                return
            if ready & select.POLLOUT and not self.closed:
                try:
                    rest = rest[self.socket.send(rest):]
                except BlockingIOError:
                    pass
                except OSError:
                    self._read_rest()
                    return

    def _ready(self, events, seconds):
        """Which of the events there are, by poll: select knows only the first thousand files."""
        poll = select.poll()
        poll.register(self.socket, events)
        return sum(found for _, found in poll.poll(seconds * 1000))

    def _read_socket(self, seconds):
        """False at the end of the connection; raises TimeoutError."""
        if not self._ready(select.POLLIN, seconds):
            raise TimeoutError
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return True
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return False
        if self.tls:
            self.incoming.write(data)
            self._decrypt()
        else:
            self.received += data
        return True

    def _decrypt(self):
        try:
            while data := self.tls.read(1 << 16):
                self.received += data
            self.closed = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            self.closed = True
        except ssl.SSLError:
            pass  # during the handshake

    def _read_rest(self):
        while not self.closed:
            try:
                self._read_socket(1)
            except TimeoutError:
                return

    def answer(self, seconds):
        """The next answer as (status, head, body); None where the connection ends or stays silent instead."""
        until = time.monotonic() + seconds
        while True:
            if parsed := self._parse():
                return parsed
            if self.closed:
                assert not self.received or self._is_alert() or not self.is_strict, f"half an answer: {self.received[:200]!r}"
                return None
            try:
                self._read_socket(max(until - time.monotonic(), 0))
            except TimeoutError:
                return None

    def _is_alert(self):
        """TLS says no in plain sight where no handshake was done."""
        return not self.tls and self.received[:2] == b"\x15\x03" and len(self.received) == 7

    def _parse(self):
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.received[:end].decode("latin-1")
        lines = head.split("\r\n")
        version, status = lines[0].split(" ")[:2]
        fields = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            assert name.lower() not in fields, f"{name} twice"
            fields[name.lower()] = value.strip()
        status, length = int(status), int(fields.get("content-length", 0))
        if self.is_strict:
            assert version == "HTTP/1.1" and "\n" not in head.replace("\r\n", ""), head
            assert status == 100 or "date" in fields, head
            assert status not in (204, 304) or "content-length" not in fields, head
            assert status < 200 or status == 204 or "content-length" in fields, head
        if self.is_head:
            length = 0
        if len(self.received) < end + 4 + length:
            return None
        body = self.received[end + 4:end + 4 + length]
        self.received = self.received[end + 4 + length:]
        return status, fields, body

    def finish_sending(self):
        if not self.closed:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                self.closed = True

    def await_end(self, seconds):
        """Whatever comes before it."""
        until = time.monotonic() + seconds
        while not self.closed:
            self._read_socket(max(until - time.monotonic(), 0))
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.socket.close()
        self.closed = True
