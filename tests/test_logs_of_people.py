"""Whatever happens to customers, no record of the log names one, nor what they buy or spend."""

import pytest
from django.core.management import call_command
from django.db import transaction

from django_clvrec import pipeline
from django_clvrec.drift import drifted
from django_clvrec.feedback import Subject, record, token_for
from django_clvrec.logs import JsonFormatter
from django_clvrec.models import Snapshot
from django_clvrec.movement import tier_changed
from django_clvrec.privacy import erase
from django_clvrec.serving import customer_bought, recommend, related
from django_clvrec.tasks import refresh as refresh_task
from tests.open_shop import OFTEN, OpenShop
from tests.records import recorded

pytestmark = pytest.mark.django_db
EMAIL, ITEM, PRICE = "ada@example.org", "secret-hobby", "7777.13"


def told(record):
    """All that any formatter could make of a record."""
    return "\n".join([
        record.getMessage(), JsonFormatter().format(record), str(record.exc_text),
        *(f"{name}={value!r}" for name, value in vars(record).items()),
    ])  # fmt: skip


@pytest.fixture
def shop(monkeypatch):
    from tests.corner_shop.clvrec import CornerShop

    monkeypatch.setattr(CornerShop, "items", {"product": "product_id"})
    shop = OpenShop()
    ada = shop.customers[OFTEN]
    ada.name = EMAIL
    ada.save()
    for number in range(8):
        shop.stock.bought(shop.customers[number], ITEM, "p01", days_ago=2, price=PRICE)
    return shop


def markers(shop):
    return [*(str(customer.pk) for customer in shop.customers), EMAIL, ITEM, PRICE]


def fails(**_):
    raise ValueError(f"{EMAIL} bought {ITEM} for {PRICE}")


@pytest.fixture
def clumsy():
    """Receivers of the host whose errors name everything."""
    for signal in (tier_changed, drifted):
        signal.connect(fails)
    yield
    for signal in (tier_changed, drifted):
        signal.disconnect(fails)


def test_a_life_of_a_shop_names_nobody(shop, clumsy, settings, django_capture_on_commit_callbacks):
    # no coverage is twice the one before, so that every refresh after the first alarms
    settings.CLVREC = settings.CLVREC | {"DRIFT": {"overlap": 1, "coverage": 2, "psi": 0}}
    settings.CLVREC |= {"ENGINE": "local", "KEEP_SNAPSHOTS": 2}
    ada = shop.key(OFTEN)
    with recorded() as records:
        shop.refresh()
        shop.buy(OFTEN, ITEM, price=PRICE)
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            for number in range(8):
                customer_bought(shop.key(number), source="corner")
        answer = recommend(ada, "product", source="corner", explain=True)
        related([ITEM], "product", source="corner")
        subject = Subject(key=ada, is_customer=True)
        token = token_for(answer, subject=subject)
        record([{"list": token, "kind": "clicked", "item": answer.items[0].key}], [subject])
        for _ in range(3):
            refresh_task.apply(("corner",)).get()
        erase(ada, "corner")
        call_command("clvrec_prune_feedback")
    assert {
        "refresh.started", "refresh.stage", "refresh.published", "refresh.pruned",
        "refresh.drifted", "receiver.failed", "customer.erased", "feedback.pruned",
    } <= {*records.events()}  # fmt: skip
    for one in records.found:
        assert [marker for marker in markers(shop) if marker in told(one)] == [], one


def test_a_refresh_that_fails_names_nobody_in_the_log_and_keeps_the_text_for_staff(shop):
    def on_progress(stage, done, total):
        if stage == "publish":
            fails()

    with recorded() as records, pytest.raises(ValueError, match=EMAIL):
        pipeline.refresh("corner", "local", shop.stock.as_of, on_progress=on_progress)
    [failed] = records.of("refresh.failed")
    assert failed.reason == "ValueError"
    assert all(EMAIL not in told(one) for one in records.found)
    assert EMAIL in Snapshot.objects.get().error


def test_stages_tell_snapshot_task_seconds_and_rows(shop, settings):
    settings.CLVREC = settings.CLVREC | {"ENGINE": "local"}
    with recorded() as records:
        made = refresh_task.apply(("corner",), task_id="the-task").get()
    about = {(one.snapshot, one.source, one.engine, one.task) for one in records.found if one.event}
    assert about == {(made["snapshot"], "corner", "local", "the-task")}
    stages = {one.stage: one for one in records.of("refresh.stage")}
    assert [*stages] == [name for name in made["stages"] if name in stages]
    assert {*stages} == {*made["stages"]}
    assert stages["extract"].rows == made["lines_read"]
    [published] = records.of("refresh.published")
    assert published.rows == made["customers"]
    assert published.seconds >= sum(one.seconds for one in stages.values()) - 0.1
