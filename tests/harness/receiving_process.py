"""A destination in a process of its own, which can be stopped and goes on later: `python3 receiving_process.py http|stream FILE`.

Appends each event to FILE, a line each, before it says that it has it. `http` prints its port."""
import http.server
import sys


def serve(file):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            file.write(self.rfile.read(int(self.headers["Content-Length"])) + b"\n")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


def answer(file):
    for line in sys.stdin.buffer:
        file.write(line)
        at = line.index(b'"id":"') + 6
        sys.stdout.buffer.write(line[at:at + 36] + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    with open(sys.argv[2], "ab", buffering=0) as out:
        {"http": serve, "stream": answer}[sys.argv[1]](out)
