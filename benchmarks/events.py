"""Events a second over HTTP into PostgreSQL, and what is left of them when a worker is killed.

`python -m benchmarks.events --json PATH --seconds 20 --rate 1000`

Gunicorn with two workers serves the example shop, a process of its own sends batches of twenty
events at a steady rate as signed-in customers: five lists that are shown, three clicks in each.
Every tenth request is sent once more. Then the same again for a short time, with workers killed
by SIGKILL meanwhile; what was not answered is sent again at the end, as a browser does.
"""

import argparse
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks.postgres import database

SETTINGS = "benchmarks.events_settings"
WORKERS, THREADS, CONNECTIONS = 2, 4, 8
CUSTOMERS, LISTS, CLICKS, LENGTH = 200, 5, 3, 10
EVENTS = LISTS * (1 + CLICKS)
"""Of one request."""
RESENT = 10
"""Of so many requests one is sent twice."""
KILLS = 3


def main(arguments: list[str] | None = None) -> None:
    words = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    words.add_argument("--json", type=Path, help="where to write the result")
    words.add_argument("--seconds", type=float, default=20)
    words.add_argument("--rate", type=float, default=1000, help="events a second")
    words.add_argument("--kill-seconds", type=float, default=6)
    options = words.parse_args(arguments)
    with database() as url:
        os.environ |= {
            "CLVREC_TEST_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "DEMO_DEBUG": "0",
        }
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
        found = measure(options.seconds, options.rate, options.kill_seconds)
    text = json.dumps(found, indent=2)
    print(text)  # noqa: T201
    if options.json:
        options.json.write_text(text + "\n")


def measure(seconds: float, rate: float, kill_seconds: float) -> dict[str, Any]:
    import django

    django.setup()
    from django.db import connection

    shop = Shop()
    with gunicorn() as server:
        warm = shop.requests(30)
        Load(server, warm, rate).wait()
        steady = shop.requests(int(seconds * rate / EVENTS))
        answers = Load(server, resent(steady), rate).wait()
        found = throughput(answers, rate) | stored(steady)
        found["kill"] = killed(server, shop.requests(int(kill_seconds * rate / EVENTS)), rate)
    connection.close()
    return found


@dataclass(frozen=True, kw_only=True)
class Request:
    """One POST, and what is to be found of it in the database."""

    cookie: str
    body: str
    lists: tuple[str, ...]
    clicks: tuple[tuple[str, str], ...]


class Shop:
    """Signed-in customers, and lists that were rendered for them."""

    def __init__(self) -> None:
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.auth.models import User
        from django.contrib.sessions.backends.db import SessionStore

        self.customers = []
        for number in range(CUSTOMERS):
            user = User.objects.create(username=f"customer-{number}")
            session = SessionStore()
            session[SESSION_KEY] = str(user.pk)
            session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
            session[HASH_SESSION_KEY] = user.get_session_auth_hash()
            session.save()
            self.customers.append((str(user.pk), f"sessionid={session.session_key}"))
        self.random = random.Random(1)

    def requests(self, number: int) -> list[Request]:
        return [self._request(*self.customers[i % CUSTOMERS]) for i in range(number)]

    def _request(self, key: str, cookie: str) -> Request:
        from django_clvrec.feedback import Subject, read_token, token_for

        subject = Subject(key=key, is_customer=True)
        events, lists, clicks = [], [], []
        for _ in range(LISTS):
            items = self.random.sample(range(10_000), LENGTH)
            token = token_for(answer_of(items), subject=subject)
            list_id = str(read_token(token).list_id)
            events.append({"list": token, "kind": "shown"})
            lists.append(list_id)
            for item in items[:CLICKS]:
                events.append({"list": token, "kind": "clicked", "item": str(item)})
                clicks.append((list_id, str(item)))
        body = json.dumps({"events": events})
        return Request(cookie=cookie, body=body, lists=tuple(lists), clicks=tuple(clicks))


def answer_of(items: Iterable[int]) -> Any:
    from django_clvrec.serving import Answer, AnswerSource, RecommendedItem

    return Answer(
        items=tuple(
            RecommendedItem(key=str(item), rank=rank, score=0.5)
            for rank, item in enumerate(items, 1)
        ),
        source=AnswerSource.STORED,
        level="product",
        intent="discover",
        snapshot_id=1,
    )


def resent(requests: list[Request]) -> list[Request]:
    """Each tenth one twice, the second time a little later."""
    again = requests[::RESENT]
    return [*requests[:-RESENT], *again, *requests[-RESENT:]]


@dataclass(frozen=True)
class Server:
    """A gunicorn that was started here."""

    url: str
    process: subprocess.Popen[bytes]

    def kill_a_worker(self) -> None:
        """SIGKILL to the oldest worker; gunicorn starts another one."""
        workers = psutil.Process(self.process.pid).children()
        min(workers, key=lambda worker: worker.create_time()).kill()


@contextmanager
def gunicorn() -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    words = ["--workers", str(WORKERS), "--threads", str(THREADS), "--log-level", "error"]
    command = [sys.executable, "-m", "gunicorn", "example_shop.wsgi", "--bind", address, *words]
    process = subprocess.Popen(command)  # noqa: S603 - our own
    try:
        wait_for(f"http://{address}/clvrec/v1/events/")
        yield Server(f"http://{address}/clvrec/v1/events/", process)
    finally:
        process.terminate()
        process.wait(30)


def wait_for(url: str, seconds: float = 30) -> None:
    """Until something answers, be it that a GET is not allowed."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


class Load:
    """A process that sends requests; it has begun when this is made."""

    def __init__(self, server: Server, requests: list[Request], rate: float) -> None:
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "requests.json"
        file.write_text(json.dumps([{"cookie": r.cookie, "body": r.body} for r in requests]))
        words = [server.url, str(file), str(rate / EVENTS), str(CONNECTIONS)]
        command = [sys.executable, "-m", "benchmarks.load", *words]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - our own

    def wait(self) -> list[dict[str, Any]]:
        """The answers, in the order of the requests."""
        with self._folder:
            said, _ = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError("The load generator failed.")
        answers: list[dict[str, Any]] = json.loads(said)
        return answers


def throughput(answers: list[dict[str, Any]], rate: float) -> dict[str, Any]:
    """Events a second from the first request to the last answer, and how long answers took."""
    waited = [answer["seconds"] for answer in answers]
    ends = [number * EVENTS / rate + taken for number, taken in enumerate(waited)]
    percentiles = statistics.quantiles(waited, n=100)
    ignored: Counter[str] = Counter()
    for answer in answers:
        ignored.update(answer["body"].get("ignored", {}))
    return {
        "asked_per_second": rate,
        "events_per_second": round(len(answers) * EVENTS / max(ends), 1),
        "p50_ms": round(1000 * percentiles[49], 1),
        "p99_ms": round(1000 * percentiles[98], 1),
        "requests": len(answers),
        "statuses": dict(Counter(str(answer["status"]) for answer in answers)),
        "accepted": sum(answer["body"].get("accepted", 0) for answer in answers),
        "ignored": dict(ignored),
    }


def stored(requests: list[Request]) -> dict[str, int]:
    """How many different events were sent, how many rows they have, and what is missing."""
    from django_clvrec.models import Feedback, ShownList

    lists = {one for request in requests for one in request.lists}
    clicks = {one for request in requests for one in request.clicks}
    shown = Counter(map(str, ShownList.objects.filter(pk__in=lists).values_list("pk", flat=True)))
    rows = Feedback.objects.filter(shown_list__in=lists).values_list("shown_list", "item_key")
    clicked = Counter((str(list_id), key) for list_id, key in rows)
    return {
        "different": len(lists) + len(clicks),
        "rows": shown.total() + clicked.total(),
        "lost": len(lists - shown.keys()) + len(clicks - clicked.keys()),
    }


def killed(server: Server, requests: list[Request], rate: float) -> dict[str, Any]:
    """What is found of answered requests while workers are killed, and after all is sent again."""
    load = Load(server, requests, rate)
    pause = len(requests) * EVENTS / rate / (KILLS + 1)
    for _ in range(KILLS):
        time.sleep(pause)
        server.kill_a_worker()
    answers = load.wait()
    pairs = list(zip(requests, answers, strict=True))
    answered = [request for request, answer in pairs if answer["status"] == 200]
    unanswered = [request for request, answer in pairs if answer["status"] != 200]
    found = {"killed": KILLS, "answered": len(answered), "unanswered": len(unanswered)}
    found["lost"] = stored(answered)["lost"]
    if unanswered:
        Load(server, unanswered, rate).wait()
    return found | {f"{name}_after_resending": value for name, value in stored(requests).items()}


if __name__ == "__main__":
    main()
