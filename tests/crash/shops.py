"""A shop of its own database and folders; what is done to it is done by processes of their own."""

import json
import os
import random
import signal
import subprocess
import sys
from dataclasses import asdict
from types import SimpleNamespace

import psutil

from tests.crash.moments import Measured
from tests.project import wait

TIMES = tuple(f"2026-07-01T12:00:0{number}+00:00" for number in range(3))
"""Ends of observation. All see the same orders, so clusters stay; see `acts.CHANGES`."""


class Shop:
    """Knows what each end of observation must give, and which kills there were."""

    def __init__(self, folder, database, seed, tally, **env):
        self.folder, self.tally = folder, tally
        self.random = random.Random(seed)
        for name in ("work", "log", "tmp"):
            (folder / name).mkdir()
        self.env = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.crash.settings",
            "CLVREC_TEST_DATABASE_URL": database,
            "CLVREC_TEST_WORK_DIR": str(folder / "work"),
            "CLVREC_TEST_LOG_DIR": str(folder / "log"),
            "CLVREC_TEST_LEVELS": "product",
            "TMPDIR": str(folder / "tmp"),
            **env,
        }
        self.said = (folder / "said").open("a")
        self.forks = self.start(
            "-m", "tests.crash.forks",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, text=True,
        )  # fmt: skip
        self.done("prepare")
        self.clean = {}

    def close(self):
        self.forks.stdin.close()
        self.forks.wait(60)
        self.forks.stdout.close()
        self.said.close()

    def act(self, act, moment=None, **given):
        """What came of it, whatever that was."""
        self.begin(act, moment, **given)
        return self.end()

    def begin(self, act, moment=None, **given):
        order = {"act": act, "moment": moment and asdict(moment), "given": given}
        self.forks.stdin.write(f"{json.dumps(order)}\n")
        self.forks.stdin.flush()

    def end(self):
        return SimpleNamespace(**{"error": "", **json.loads(self.forks.stdout.readline())})

    def done(self, act, **given):
        """What an undisturbed process says."""
        ended = self.act(act, **given)
        assert ended.code == 0, (ended, self.log()[-3000:])
        return ended.said

    def log(self):
        return (self.folder / "said").read_text()

    def newest(self):
        return self.done("newest")

    def start(self, *words, env=None, **kwargs):
        """A process that the caller ends."""
        return subprocess.Popen([sys.executable, *words], env=env or self.env, **kwargs)

    def look(self):
        return SimpleNamespace(**self.done("look"))

    def measure(self, act="refresh", **given):
        """An undisturbed run: what moments there are to be killed in."""
        ended = self.act(act, **given)
        assert ended.code == 0, (ended, self.log()[-3000:])
        return Measured(getattr(ended, "counts", {}), ended.stages)

    def learn(self, times=TIMES):
        """Refresh for each end of observation, and keep what each gives."""
        for as_of in times:
            measured = self.measure(as_of=as_of)
            found = self.look()
            assert found.as_of == as_of
            self.clean[as_of] = (found.digests, found.answers)
        assert len({str(found) for found in self.clean.values()}) == len(times)
        return measured

    def killed(self, act, moment, what="", **given):
        """Whether it was killed before it had finished; nothing else may have happened to it."""
        ended = self.act(act, moment, **given)
        assert ended.code in {0, -signal.SIGKILL}, (moment, ended, self.log()[-3000:])
        wait(lambda: not family(ended.pid), f"processes of {ended.pid} are left", 60)
        if ended.code:
            self.tally.kills[what or moment.kind] += 1
        return bool(ended.code)

    def check(self, before):
        """What is live is whole and answers, and is the one before or, if it is later, the new."""
        found = self.look()
        assert found.live >= before.live
        assert found.state == "ready"
        assert (found.digests, found.answers) == self.clean[found.as_of]
        assert found.torn == []
        self.tally.seen["answers checked"] += len(found.answers)
        return found

    def settle(self, as_of):
        """An undisturbed refresh: its result, and nothing else."""
        pk = self.done("refresh", as_of=as_of)
        found = self.look()
        assert (found.live, found.as_of, found.running) == (pk, as_of, None)
        assert (found.digests, found.answers) == self.clean[as_of]
        assert found.left == []
        assert self.files() == []
        return found

    def files(self):
        """What nobody needs: all but the one log that is kept."""
        kept = [path for path in (self.folder / "log").glob("*/*") if path.name != "kept.json"]
        assert [path for path in kept if path.is_file()] == []
        # Celery leaves an empty folder of its own when it is killed
        mine = [one for one in (self.folder / "tmp").iterdir() if not one.name.startswith("pymp-")]
        return [*kept[1:], *(self.folder / "work").iterdir(), *mine]


def family(group):
    """Processes that are left of one that led a session."""
    found = []
    for one in psutil.process_iter():
        try:
            if os.getsid(one.pid) == group and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one)
        except (psutil.Error, ProcessLookupError):
            continue
    return found
