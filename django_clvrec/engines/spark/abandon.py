"""Ends a JVM without a word: for a run that was interrupted in the middle of talking to it."""

import time
from pathlib import Path

import psutil
from pyspark import SparkContext
from pyspark.sql import SparkSession
from pyspark.sql.context import SQLContext

MARK = "spark.clvrec.folder"
"""On the command line of a JVM it tells whose it is, from the first moment on."""
END_SECONDS = 15
"""How long a JVM may take to remove its files before it is killed."""
FORK_SECONDS = 2
"""How long a child may take from its fork until it is another program."""


def abandon(folder: Path) -> None:
    """End the JVM that was started for `folder`, if any, and let pyspark forget it."""
    _hush(is_ending=True)
    context = SparkContext._active_spark_context
    if context is not None:
        context._jsc = None  # not to be asked to stop
        context.stop()
    jvms = _marked(f"{MARK}={folder}")
    ending = [*jvms, *(child for jvm in jvms for child in jvm.children(recursive=True))]
    for jvm in jvms:
        jvm.terminate()  # its shutdown hooks remove its files
    _, alive = psutil.wait_procs(ending, timeout=END_SECONDS)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=END_SECONDS)
    _forget()


def _hush(*, is_ending: bool) -> None:
    """Whether objects of the JVM that Python lets go of are kept from it.

    A dying JVM cuts such a conversation short, and py4j prints a traceback of its own.
    """
    gateway = SparkContext._gateway
    if gateway is not None:
        gateway._gateway_client.is_connected = not is_ending


def _marked(mark: str) -> list[psutil.Process]:
    """Children with `mark` on their command line; one that was just forked has ours for a while."""
    me = psutil.Process()
    ours, deadline = _command_line(me), time.monotonic() + FORK_SECONDS
    while True:
        lines = {child: _command_line(child) for child in me.children()}
        if ours not in lines.values() or time.monotonic() > deadline:
            return [child for child, line in lines.items() if mark in line]
        time.sleep(0.01)


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()  # type: ignore[no-any-return]
    except psutil.Error:
        return []


def _forget() -> None:
    """Close pyspark's side of a session whose JVM is gone."""
    gateway = SparkContext._gateway
    if gateway is not None:
        _hush(is_ending=False)  # or the sockets stay open
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None
    SparkSession._instantiatedSession = SparkSession._activeSession = None
    SQLContext._instantiatedContext = None
