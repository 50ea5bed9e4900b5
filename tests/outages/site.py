"""A shop on gunicorn, and a visitor who asks for everything there is."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from types import MappingProxyType

from tests.project import wait

WORKERS = ("--workers", "1", "--threads", "4", "--log-level", "error")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@dataclass
class Reply:
    status: int
    body: str
    headers: dict
    seconds: float

    @property
    def keys(self):
        return [one["key"] for one in json.loads(self.body)["results"]]

    @property
    def source(self):
        return json.loads(self.body)["source"]


class Site:
    """One process of gunicorn with a few threads."""

    def __init__(self, env, told, log):
        self.port, self.told, self.log = free_port(), told, log
        bind = ("--bind", f"127.0.0.1:{self.port}")
        command = [sys.executable, "-m", "gunicorn", "tests.outages.wsgi", *bind, *WORKERS]
        with log.open("w") as file:
            self._process = subprocess.Popen(command, env=os.environ | env, stderr=file)
        wait(self._is_up, "gunicorn did not start", 60)

    def _is_up(self):
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, name, *, is_known=True):
        """The reply to one request; with `is_known`, the customer's own."""
        headers = {"Cookie": self.told["cookie"]} if is_known else {}
        method, body = "GET", None
        if name in {"interests", "events"}:
            chosen = {"level": "product", "items": ["2"], "n": 4}
            method, body = "POST", json.dumps(self.told["event"] if name == "events" else chosen)
            headers["Content-Type"] = "application/json"
        if name == "interests":  # a session's user needs a token, which is not what is tested
            headers.pop("Cookie", None)
        return self.send(method, self.told["paths"][name], body, headers)

    def send(self, method, path, body=None, headers=MappingProxyType({})):
        started = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return Reply(response.status, text, dict(response.headers), time.monotonic() - started)

    def buy(self, cookie, product):
        """The replies to an order: put into the cart, then bought."""
        token = "t" * 32  # what a browser would have from a form
        headers = {
            "Cookie": f"{cookie}; csrftoken={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        put = self.send("POST", "/shop/cart/add/", f"product={product}&quantity=1", headers)
        return put, self.send("POST", "/shop/checkout/", "", headers)

    def close(self):
        self._process.terminate()
        self._process.wait(30)
