"""A queue on a real broker, with workers and a scheduler as processes of their own."""

import uuid
from contextlib import ExitStack

import psutil
from celery import Celery

from tests.project import SECONDS, wait


class Queue:
    """What a test sends goes through a queue that nobody else uses."""

    def __init__(self, project, url):
        self.project, self.name = project, f"clvrec-{uuid.uuid4().hex}"
        (project.folder / "results").mkdir(exist_ok=True)
        results = f"file://{project.folder / 'results'}"
        self.app = Celery(broker=url, backend=results, set_as_current=False)
        self.env = {
            "DJANGO_SETTINGS_MODULE": "tests.brokers.settings",
            "CELERY_BROKER_URL": url,
            "CLVREC_TEST_QUEUE": self.name,
            "CLVREC_TEST_RESULTS": results,
        }
        self._started = ExitStack()
        self.log = project.folder / f"{self.name}.log"

    def worker(self, *options, **env):
        """As the README starts it; it listens when this returns."""
        name = f"{uuid.uuid4().hex}@test"
        words = ("worker", "-Q", self.name, "--concurrency", "1", "-n", name, "-l", "info")
        started = self._celery(*words, *options, **env)
        wait(lambda: f"{name} ready." in self.said(), "the worker does not start")
        return psutil.Process(started.pid)

    def beat(self):
        return self._celery("beat", "--schedule", str(self.project.folder / self.name))

    def _celery(self, *words, **env):
        # appending: several processes write into one log
        log = self._started.enter_context(self.log.open("a"))
        started = self.project.start(
            "-m", "celery", "-A", "example_shop", *words, stdout=log, stderr=log,
            env=self.project.env | self.env | env,
        )  # fmt: skip
        self._started.callback(_end, started)
        return started

    def said(self):
        return self.log.read_text()

    def send(self, **options):
        return self.app.send_task(
            "clvrec.refresh",
            args=["corner"],
            kwargs={"as_of": "2026-07-01T12:00:00+00:00"},
            queue=self.name,
            **options,
        )

    def close(self):
        """End what was started, and take the queue from the broker."""
        self._started.close()
        with self.app.connection_for_write() as connection:
            connection.default_channel.queue_delete(self.name)
        self.app.close()


def _end(started):
    if started.poll() is None:
        tree = psutil.Process(started.pid).children(recursive=True)
        started.kill()
        psutil.wait_procs(tree, timeout=SECONDS)
    started.wait()
