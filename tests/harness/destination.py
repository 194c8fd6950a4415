"""An HTTP server that events are delivered to, and that behaves as badly as a test says."""
import dataclasses
import http.server
import json
import socket
import threading
import time


@dataclasses.dataclass
class Request:
    method: str
    path: str
    headers: dict  # names in lower case
    body: bytes
    at: float  # time.monotonic()

    @property
    def event(self):
        return json.loads(self.body)

    @property
    def flag(self):
        return self.event["flag"]


@dataclasses.dataclass
class Answer:
    status: int = 200
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""
    how: str = "whole"  # or "never", "dribble" (a byte a second), "cut" (closed in the middle), "bare" (HTTP/1.0, ended by closing alone)


class Destination:
    """`behave` is given each request and returns an Answer, or a status; it may be replaced at any time."""

    def __init__(self, behave=lambda request: 200, tls=None):
        self.behave, self.requests, self.taken = behave, [], []  # taken: those that were answered 2xx
        self.connections = 0
        self._lock, self._closing = threading.Lock(), threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                with owner._lock:
                    owner.connections += 1
                super().setup()

            def log_message(self, *_):
                pass

            def __getattr__(self, name):
                if name.startswith("do_"):
                    return lambda: owner._serve(self)
                raise AttributeError(name)

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, block_on_close, request_queue_size = True, False, 64

            def handle_error(self, *_):
                pass  # connections that end in the middle are what many tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port, self.scheme = self._server.server_address[1], "https" if tls else "http"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def url(self, path="/events"):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def events(self):
        """What was taken, in order."""
        return [request.event for request in list(self.taken)]

    def everything(self):
        """All that came, as it stood on the wire, more or less."""
        return b"\n".join(f"{each.method} {each.path} {each.headers}".encode() + b"\n" + each.body for each in list(self.requests))

    def close(self):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        request = Request(handler.command, handler.path, {name.lower(): value for name, value in handler.headers.items()}, body, time.monotonic())
        answer = self.behave(request)
        if isinstance(answer, int):
            answer = Answer(answer)
        with self._lock:
            self.requests.append(request)
            if answer.how in ("whole", "bare") and answer.status // 100 == 2:
                self.taken.append(request)
        if answer.how == "never":
            self._closing.wait()
        lines = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        whole = f"HTTP/1.1 {answer.status} As Told\r\nContent-Length: {len(answer.body)}\r\n{lines}\r\n".encode() + answer.body
        if answer.how == "dribble":
            for byte in whole:
                handler.wfile.write(bytes([byte]))
                if self._closing.wait(1):
                    break
        elif answer.how == "bare":
            handler.wfile.write(f"HTTP/1.0 {answer.status} As Told\r\n\r\n".encode() + answer.body)
            handler.close_connection = True
        elif answer.how == "cut":
            handler.wfile.write(whole[:20])
        else:
            handler.wfile.write(whole)
            return
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)
