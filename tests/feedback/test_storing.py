"""Storing is tried again where the database undid it because of another transaction."""

import pytest
from django.db import OperationalError

from django_clvrec.feedback import feedback_recorded, storing
from django_clvrec.models import Feedback, ShownList
from tests.feedback.conftest import clicked, shown

UNDONE = "Deadlock found when trying to get lock; try restarting transaction"


def of_postgres(code):
    """As Django passes on what psycopg raises."""
    cause = Exception(UNDONE)
    cause.sqlstate = code
    error = OperationalError(UNDONE)
    error.__cause__ = cause
    return error


@pytest.fixture
def fails():
    """Raises an error so many times, behind what was written and before it is committed."""
    left, receivers = [], []

    def fails(error, times):
        left.extend([error] * times)

        def fail(**_):
            if left:
                raise left.pop()

        receivers.append(fail)
        feedback_recorded.connect(fail)

    yield fails
    for one in receivers:
        feedback_recorded.disconnect(one)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "error",
    [
        OperationalError(1213, UNDONE),
        OperationalError(1020, UNDONE),
        of_postgres("40P01"),
        of_postgres("40001"),
    ],
    ids=["MySQL", "MariaDB", "PostgreSQL", "serialisation"],
)
def test_what_a_deadlock_undid_is_stored_all_the_same(error, fails, token, goods, send):
    fails(error, storing.TRIES - 1)
    assert send(shown(token), clicked(token, goods[0])).accepted == 2
    assert (ShownList.objects.count(), Feedback.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "times"),
    [(OperationalError(1213, UNDONE), storing.TRIES), (OperationalError("gone away"), 1)],
    ids=["too often", "another error"],
)
def test_what_does_not_pass_is_raised_and_nothing_is_stored(error, times, fails, token, send):
    fails(error, times)
    with pytest.raises(OperationalError):
        send(shown(token))
    assert not ShownList.objects.exists()


@pytest.mark.django_db
def test_within_a_transaction_of_the_caller_it_is_not_tried_again(fails, token, send):
    fails(OperationalError(1213, UNDONE), 1)
    with pytest.raises(OperationalError):
        send(shown(token))
