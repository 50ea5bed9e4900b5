"""A RabbitMQ server of the test run's own: loopback only, with its own ports, node and files."""

import os
import shutil
import socket
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil

from tests.project import SECONDS, wait

DEBIAN = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The server itself; the one on the path starts it as another user."""


@contextmanager
def server(folder):
    """Its URL, while it runs."""
    program = DEBIAN if DEBIAN.exists() else shutil.which("rabbitmq-server")
    assert program, (
        "There is no RabbitMQ to test with. Install one (apt-get install rabbitmq-server), or set "
        "CLVREC_TEST_RABBITMQ_URL to the URL of one that runs."
    )
    port, distribution, names = free_ports(3)
    (folder / "plugins").write_text("[].")
    (folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
    env = os.environ | {
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(names),
        "RABBITMQ_NODENAME": "clvrec@localhost",
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "no-environment"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }
    with (folder / "said").open("w") as said, ExitStack() as running:
        # the name server would outlive the node that starts it, so it is started here
        running.enter_context(process("epmd", env, said))
        running.enter_context(process(program, env, said))
        ready = "completed with"
        wait(lambda: ready in (folder / "said").read_text(), "RabbitMQ does not start")
        yield f"amqp://guest:guest@127.0.0.1:{port}//"


@contextmanager
def process(program, env, said):
    """A program that ends with the block, and all that it started."""
    started = subprocess.Popen([str(program)], env=env, stdout=said, stderr=said, cwd=env["HOME"])
    try:
        yield
    finally:
        tree = [psutil.Process(started.pid), *psutil.Process(started.pid).children(recursive=True)]
        started.terminate()
        _, alive = psutil.wait_procs(tree, timeout=SECONDS)
        for one in alive:
            one.kill()
        started.wait()


def free_ports(number):
    with ExitStack() as stack:
        servers = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(number)
        ]
        return [server.getsockname()[1] for server in servers]
