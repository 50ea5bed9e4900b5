"""Processes of a cluster, started from pyspark's own scripts on loopback, and ended by number."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pyspark

from django_clvrec.engines.java import find_java_home

HOME = Path(pyspark.__file__).parent
SECONDS = 90


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def running(folder, name, *words):
    """One process with its output in a file; it and its children are gone at the end."""
    env = os.environ | {
        "JAVA_HOME": str(find_java_home(folder)),
        "SPARK_HOME": str(HOME),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_DAEMON_MEMORY": "512m",
    }
    said = folder / f"{name}.log"
    with said.open("w") as stream:
        process = subprocess.Popen(words, env=env, stdout=stream, stderr=stream, cwd=folder)
        try:
            yield process, said
        finally:
            end(process)


def end(process):
    """End a process and its children, by force where they do not go."""
    with suppress(psutil.NoSuchProcess):
        parent = psutil.Process(process.pid)
        for one in (family := [*parent.children(recursive=True), parent]):
            with suppress(psutil.NoSuchProcess):
                one.terminate()
        for one in psutil.wait_procs(family, timeout=20)[1]:
            one.kill()
    process.wait(timeout=20)


def wait_for(said, words, process):
    """Until the log holds `words`."""
    until = time.monotonic() + SECONDS
    while words not in said.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"{said.stem} did not start: {said.read_text()[-2000:]}")
        time.sleep(0.2)


@contextmanager
def standalone(folder):
    """A master and two workers; the address of the master."""
    script, port = str(HOME / "bin" / "spark-class"), free_port()
    address = f"spark://127.0.0.1:{port}"
    place = ("--host", "127.0.0.1", "--webui-port", "0")
    master = "org.apache.spark.deploy.master.Master"
    worker = ("org.apache.spark.deploy.worker.Worker", *place, "--cores", "1", "--memory", "1g")
    with running(folder, "master", script, master, *place, "--port", str(port)) as (process, said):
        wait_for(said, "I have been elected leader", process)
        with (
            running(folder, "worker1", script, *worker, address) as (one, said_one),
            running(folder, "worker2", script, *worker, address) as (two, said_two),
        ):
            wait_for(said_one, "Successfully registered", one)
            wait_for(said_two, "Successfully registered", two)
            yield address


@contextmanager
def connect_server(folder):
    """A Spark Connect server: its address and its process."""
    port = free_port()
    words = (
        str(HOME / "bin" / "spark-submit"),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
        *("--master", "local[2]", "--driver-memory", "1g", "--name", "connect"),
        *("--conf", f"spark.connect.grpc.binding.port={port}"),
        *("--conf", "spark.connect.grpc.binding.address=127.0.0.1"),
        *("--conf", f"spark.driver.extraJavaOptions=-Djava.io.tmpdir={folder}"),
        *("--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2"),
        "spark-internal",
    )
    with running(folder, "connect", *words) as (process, said):
        wait_for(said, "Spark Connect server started at", process)
        yield f"sc://127.0.0.1:{port}", process
