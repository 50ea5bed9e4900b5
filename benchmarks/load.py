"""Sends prepared requests at a steady rate: `python -m benchmarks.load URL FILE RATE CONNECTIONS`.

FILE holds a JSON list of `{"cookie": …, "body": …}`, where a `path` may be named and, without a
body, a GET is sent. Only servers on this machine are asked, and no more than FILE holds. Requests
are due one after the other at RATE a second, whether or not earlier ones were answered, and their
time counts from when they were due: a server that falls behind cannot hide it. The answers are
printed as a JSON list.
"""

import http.client
import json
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class Sender(threading.Thread):
    """One connection, which takes whatever request is due next."""

    def __init__(self, url: str, work: "Work") -> None:
        super().__init__()
        self.url, self.work = urlsplit(url), work
        self.connection = self.connect()

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.url.netloc, timeout=30)

    def run(self) -> None:
        while (number := self.work.take()) is not None:
            due = self.work.started + number / self.work.rate
            time.sleep(max(0.0, due - time.monotonic()))
            answer = self.send(self.work.requests[number])
            self.work.answers[number] = answer | {"seconds": time.monotonic() - due}
        self.connection.close()

    def send(self, request: dict[str, str]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Cookie": request["cookie"]}
        method, body = ("POST", request["body"]) if "body" in request else ("GET", None)
        try:
            self.connection.request(method, request.get("path", self.url.path), body, headers)
            response = self.connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            # the worker at the other end is gone; nobody knows whether it had stored anything
            self.connection.close()
            self.connection = self.connect()
            return {"status": 0, "body": {}}
        is_json = response.headers.get_content_type() == "application/json"
        return {"status": response.status, "body": json.loads(body) if is_json else {}}


class Work:
    """The requests, and who sends which of them."""

    def __init__(self, requests: list[dict[str, str]], rate: float) -> None:
        self.requests, self.rate = requests, rate
        self.answers: list[dict[str, Any]] = [{} for _ in requests]
        self.started = time.monotonic()
        self._next, self._lock = 0, threading.Lock()

    def take(self) -> int | None:
        with self._lock:
            number, self._next = self._next, self._next + 1
        return number if number < len(self.requests) else None


def main(url: str, file: str, rate: str, connections: str) -> None:
    if urlsplit(url).hostname not in {"127.0.0.1", "localhost"}:
        raise ValueError(f"Only a server on this machine is put under load, not {url}.")
    work = Work(json.loads(Path(file).read_text()), float(rate))
    senders = [Sender(url, work) for _ in range(int(connections))]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    json.dump(work.answers, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
