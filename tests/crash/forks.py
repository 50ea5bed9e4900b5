"""A process that has all imported, and forks one of its own for each thing done to a shop.

`python -m tests.crash.forks`: for each line of JSON that it reads, it writes one that tells how
that process ended. So a refresh has a process without the seconds that importing takes.
"""

import json
import os
import signal
import sys
import time
import traceback

import django
import psutil

from tests.crash.moments import Moment


def main():
    django.setup()
    from tests.crash import acts

    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(run(json.loads(line), acts.ACTS))}\n")
        sys.stdout.flush()


def run(order, acts):
    """How it went: the exit code, what was said, and when the stages were come to."""
    told, tells = os.pipe()
    pid = os.fork()
    if not pid:
        os.setsid()
        os.close(told)
        os.dup2(2, 1)  # what it prints is no answer
        os._exit(act(acts, tells, order))
    os.close(tells)
    moment = Moment(**order["moment"]) if order["moment"] else None
    ended = {"pid": pid, "stages": {}, "said": None, "killed": None} | watch(told, pid, moment)
    _, status = os.waitpid(pid, 0)
    return ended | {"code": os.waitstatus_to_exitcode(status)}


def act(acts, tells, order):
    def tell(**said):
        os.write(tells, f"{json.dumps(said | {'at': time.monotonic()})}\n".encode())

    try:
        tell(said=acts[order["act"]](tell, order["moment"], **order["given"]))
    except Exception as error:  # noqa: BLE001 - told to who sent the order
        if not order["moment"]:
            traceback.print_exc()
        tell(error=f"{type(error).__name__}: {error}")
        return 1
    return 0


def watch(told, pid, moment):
    """Read what the process tells until it ends, and kill a victim in time."""
    ended, stage, since = {"stages": {}}, None, 0.0
    with os.fdopen(told) as lines:
        for line in lines:
            said = json.loads(line)
            at = said.pop("at")
            if stage is not None and said.get("stage") != stage:
                ended["stages"][stage] = ended["stages"].get(stage, 0) + at - since
            stage, since = said.pop("stage", None), at
            ended |= said
            if moment and moment.kind == "time" and stage == moment.stage:
                time.sleep(moment.seconds)
                ended["killed"] = kill(moment.victim, pid, said)
                moment = None
    return ended


def kill(victim, pid, said):
    """SIGKILL; the number of the process, or None where it had ended."""
    try:
        wanted = number_of(victim, pid, said.get("backend"))
        if wanted is not None:
            os.kill(wanted, signal.SIGKILL)
    except (psutil.Error, ProcessLookupError):
        return None
    return wanted


def number_of(victim, pid, backend):
    if victim == "refresh":
        return pid
    if victim == "backend":
        return backend
    if victim == "postmaster":
        return psutil.Process(backend).ppid()
    return spark(victim, pid)


JVMS = {"jvm": "spark.clvrec.folder", "executor": "CoarseGrainedExecutorBackend"}
"""By what their command lines are known."""


def spark(victim, pid):
    family = psutil.Process(pid).children(recursive=True)
    executors = [one.pid for one in family if JVMS["executor"] in line_of(one)]
    if victim == "executor":
        return next(iter(executors), None)
    jvms = [one.pid for one in family if JVMS[victim] in line_of(one)]
    return next((jvm for jvm in jvms if jvm not in executors), None)


def line_of(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


if __name__ == "__main__":
    main()
