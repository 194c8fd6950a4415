"""As much of Flagsmith's REST API as `register` and `backfill` talk to. Routes and shapes: api/environments/urls.py, api/webhooks, api/audit."""
import http.server
import json
import threading
import urllib.parse


class FlagsmithApi:
    """Keeps webhooks and audit entries; `requests` is what was asked of it."""

    def __init__(self, token):
        self.token, self.webhooks, self.entries, self.requests = token, {}, [], []
        self.refusal = None  # (status, body) for every write
        self.before_write = lambda body: None
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def handle_any(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                api.requests.append((self.command, self.path, body, self.headers.get("Authorization")))
                status, answer = api.answer(self.command, self.path, body, self.headers.get("Authorization"))
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = handle_any

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/api/v1/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method, path, body, authorization):
        if authorization != self.token:
            return 401, {"detail": "Invalid token."}
        if method != "GET":
            self.before_write(body)
            if self.refusal:
                return self.refusal
        url = urllib.parse.urlsplit(path)
        parts = url.path.removeprefix("/api/v1/").strip("/").split("/")
        if parts[-1] == "audit":
            query = urllib.parse.parse_qs(url.query)
            page, size = int(query["page"][0]), int(query["page_size"][0])
            newest_first = self.entries[::-1]
            rest = newest_first[page * size:]
            return 200, {"count": len(self.entries), "previous": None, "next": "another page" if rest else None,
                         "results": newest_first[(page - 1) * size:page * size]}
        if parts == ["webhooks", "test"]:
            return 200, {"detail": "Webhook test successful", "status": 200}
        mine = self.webhooks.setdefault("/".join(parts[:2]), [])
        if method == "GET":
            return 200, mine
        if method == "POST":
            mine.append({"id": len(mine) + 1, **body})
            return 201, mine[-1]
        mine[int(parts[3]) - 1].update(body)
        return 200, mine[int(parts[3]) - 1]
