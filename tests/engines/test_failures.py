"""What is said when Spark fails: the cause and the next step, in a few lines without Java."""

import errno
import random
import re

import psutil
import pytest

from django_clvrec.engines.registry import build_engine
from django_clvrec.engines.spark import run as spark_run
from django_clvrec.engines.spark.failures import told, translated
from django_clvrec.engines.stages import compute
from django_clvrec.exceptions import NoPurchases, SparkFailed
from tests.engines.contract import UNTRAINED
from tests.logs import line, parameters, two_tastes, write_log

pytestmark = pytest.mark.usefixtures("spark")


@pytest.fixture
def log(tmp_path):
    return write_log(tmp_path / "log", two_tastes())


@pytest.fixture
def failure(tmp_path, log):
    """What a run over the log says in the end."""
    (tmp_path / "out").mkdir()

    def run(at=lambda *_: None, **changes):
        engine = build_engine("spark", {"master": "local[2]"})
        with pytest.raises(SparkFailed) as caught:
            compute(engine, log, tmp_path / "out", parameters(**UNTRAINED | changes), at)
        assert caught.value.__cause__ is not None
        said = str(caught.value)
        assert said.startswith("Spark failed: ")
        assert len(said.splitlines()) <= 3
        assert not re.search(r"\tat |java\.|org\.apache|py4j", said)
        return said

    return run


@pytest.mark.parametrize("seed", range(6))
def test_a_log_that_is_corrupt_is_named(failure, log, seed):
    [file] = log.glob("*.parquet")
    said = bytearray(file.read_bytes())
    said[20:200] = random.Random(seed).randbytes(180)
    file.write_bytes(said)
    found = failure()
    assert str(file) in found
    assert 'Look at CLVREC["WORK_DIR"]' in found


def test_an_object_without_words_of_its_own_is_left_out():
    error = ValueError(
        "Required field 'size' was not found in serialized data! Struct: "
        "org.apache.parquet.format.PageHeader$PageHeaderStandardScheme@5aae75ee"
    )
    first, _ = told(error).splitlines()
    assert first == "Spark failed: Required field 'size' was not found in serialized data!"


def test_a_log_that_was_cut_off_is_named_and_the_logger_has_it_all(failure, log, caplog):
    [file] = log.glob("*.parquet")
    file.write_bytes(file.read_bytes()[:-30])
    with caplog.at_level("DEBUG", logger="django_clvrec"):
        assert str(file) in failure()
    assert "\tat org.apache.spark" in caplog.text


def test_a_log_that_an_executor_cannot_see_is_named(failure, log):
    log.rename(log.with_name("elsewhere"))
    found = failure()
    assert "Path does not exist" in found
    assert str(log) in found
    assert "under the same path" in found


@pytest.fixture
def jvm(spark):
    """The process of Spark; what it may write is given back at the end."""
    process = psutil.Process(spark.sparkContext._gateway.proc.pid)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    yield process
    process.rlimit(psutil.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_with_what_to_do(failure, jvm):
    """As near to one as a test comes: the system lets Spark write no more to files."""
    _, most = jvm.rlimit(psutil.RLIMIT_FSIZE)

    def fill(stage, *_):
        if stage == "scores":
            jvm.rlimit(psutil.RLIMIT_FSIZE, (0, most))

    found = failure(fill)
    assert "File too large" in found
    assert "Make room" in found


def test_a_function_that_fails_in_a_python_worker_is_told_by_its_last_line(failure, monkeypatch):
    def broken(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spark_run, "score_batch", broken)
    assert failure() == (
        "Spark failed: OSError: [Errno 28] No space left on device\n"
        'Make room where CLVREC["WORK_DIR"] and "spark.local.dir" are, or name larger places.'
    )


@pytest.mark.parametrize("error", [NoPurchases(), KeyError("ours"), ConnectionResetError("broker")])
def test_what_is_not_sparks_passes_through(error):
    with pytest.raises(type(error)) as caught, translated():
        raise error
    assert caught.value is error


def test_after_a_failure_the_session_is_as_good_as_before(failure, log, tmp_path):
    log.rename(log.with_name("elsewhere"))
    failure()
    whole = write_log(tmp_path / "whole", [line("a", "1", "tool")])
    (tmp_path / "again").mkdir()
    engine = build_engine("spark", {"master": "local[2]"})
    outputs = compute(engine, whole, tmp_path / "again", parameters(**UNTRAINED), lambda *_: None)
    assert sum(outputs.tier_sizes.values()) == 1
