"""A server on this machine that gets what is sent to a webhook."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = "s3cret"


class Server:
    """A receiver on this machine: answers as it is told, then with 204, and keeps what it got."""

    def __init__(self):
        self.answers, self.got = [], []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.got.append((self.path, self.headers, body))
                answer = server.answers.pop(0) if server.answers else 204
                if answer == "hang up":
                    self.close_connection = True
                    return
                if answer == "silence":
                    time.sleep(0.5)
                self.send_response(answer if isinstance(answer, int) else 204)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}/hook"
        threading.Thread(target=self.httpd.serve_forever, args=(0.02,), daemon=True).start()

    def messages(self):
        return [json.loads(body) for _, _, body in self.got]

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()
