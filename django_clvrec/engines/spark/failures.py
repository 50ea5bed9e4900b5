"""What went wrong in Spark in a few lines: the cause and the next step, not pages of Java."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import shorten
from traceback import walk_tb

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from django_clvrec.exceptions import SparkFailed

logger = logging.getLogger("django_clvrec")
LONGEST = 400
GONE = "its driver does not answer any more."
"""Where an error has no text of its own: py4j lost the JVM in the middle of a call."""

STEPS = (
    (
        r"No space left|File too large|[Qq]uota exceeded",
        'Make room where CLVREC["WORK_DIR"] and "spark.local.dir" are, or name larger places.',
    ),
    (
        r"OutOfMemory|heap space|exit(?:ed with)? (?:code|status) 137|memory limit"
        r"|Python worker exited unexpectedly",
        'Raise "spark.driver.memory" or "spark.executor.memory" in CLVREC["SPARK"]["config"]; if '
        "guests share one customer's key, leave their many lines out of the source.",
    ),
    (
        r"ModuleNotFoundError|PYTHON_VERSION_MISMATCH|Cannot run program",
        "Executors need django-clvrec and the same minor version of Python: see PYSPARK_PYTHON in "
        "docs/how-to/scale.md.",
    ),
    (
        r"Connection (?:refused|reset)|Answer from Java side is empty|UNAVAILABLE"
        r"|Error while sending or receiving|" + GONE,
        "Its driver has ended, as it does where the machine has too little memory. Look at "
        '"spark.driver.memory" in CLVREC["SPARK"]["config"], and refresh again.',
    ),
    (
        r"FAILED_READ_FILE|PATH_NOT_FOUND|UNABLE_TO_INFER_SCHEMA|FileNotFound|Permission denied"
        r"|not a directory|Mkdirs failed",
        'Look at CLVREC["WORK_DIR"]: driver and executors must reach it under the same path, and '
        "nothing else may change it. Then refresh again: all files are written anew.",
    ),
)
"""What to do next, by what the error says; the first that fits."""
ELSE = 'Look at CLVREC["SPARK"] and at the logs of the cluster, and refresh again.'

HEAD = re.compile(
    r"^An error occurred while calling \S+\s*:?\s*"
    r"|^Job aborted due to stage failure: .*?most recent failure: "
    r"|^Lost task \S+ in stage \S+ \(TID \d+\) \([^)]*\): "
    r"|^An exception was thrown from the Python worker:?\s*"
    r"|^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*"
    r"|^(?:[a-z]\w*\.)+(\w+(?:Exception|Error|Failure)): "
)
STACK = re.compile(r"\n\s*(?:at |\.\.\. \d+ more|Driver stacktrace|JVM stacktrace)")

OBJECT = re.compile(r"\s*(?:\b\w+:\s*)?\b(?:[a-z]\w*\.)+[\w$]+@[0-9a-f]+")
"""How Java prints an object that has no words of its own, and the label before it."""


@contextmanager
def translated() -> Iterator[None]:
    """Errors of Spark as SparkFailed; whatever is not Spark's passes through.

    Their text is asked for at once, for py4j fetches it from a JVM that may be ended next.
    """
    try:
        yield
    except (Py4JError, PySparkException) as error:
        raise SparkFailed(told(error)) from error
    except ConnectionError as error:
        if not _is_of_py4j(error):
            raise
        raise SparkFailed(told(error)) from error


def _is_of_py4j(error: BaseException) -> bool:
    """Whether it comes from talking to a JVM that is gone, and not to a database or a broker."""
    frames = (frame for frame, _ in walk_tb(error.__traceback__))
    return any(frame.f_globals.get("__name__", "").startswith("py4j.") for frame in frames)


def told(error: BaseException) -> str:
    """The cause and the next step."""
    try:
        text = str(error)
    except Exception as gone:  # noqa: BLE001 - whatever py4j raises when the JVM is gone
        text = str(gone)
    logger.debug("Spark failed: %s", text)  # in full; the JVM and its log are gone soon
    first, *causes = text.split("\nCaused by: ")
    lines = [_sentence(first) or GONE, *(_sentence(cause) for cause in causes[-1:])]
    found = "\n".join(line for line in dict.fromkeys(lines) if line)
    known = (step for pattern, step in STEPS if re.search(pattern, f"{text}\n{found}"))
    return f"Spark failed: {found}\n{next(known, ELSE)}"


def _sentence(cause: str) -> str:
    """The first line of an error, without the machinery before it and the stack behind."""
    before = ""
    while cause != before:
        before, cause = cause, HEAD.sub("", cause.strip(), count=1)
    line = OBJECT.sub("", STACK.split(cause)[0].split("\n")[0])
    return shorten(line, LONGEST, placeholder=" …")
