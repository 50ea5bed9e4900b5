"""What `docs/how-to/shop-window.md` says is true."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template

from django_clvrec.checks import check_settings
from django_clvrec.models import Snapshot, TierChange
from django_clvrec.movement import tier_changed
from django_clvrec.policy import Policy
from django_clvrec.published import snapshot_published
from tests.shelf import Shelf, person, product

PAGE = (Path(__file__).parent.parent / "docs/how-to/shop-window.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def python(word):
    """What the first block that holds a word defines."""
    found = {}
    exec(next(block for block in blocks("python") if word in block), found)  # noqa: S102
    return found


def test_the_policy_leaves_out_what_is_not_sold(db):
    policy = python("ShopPolicy")["ShopPolicy"]()
    assert isinstance(policy, Policy)
    from django_clvrec.sources import get_source

    sold, gone = product("Oats"), product("Rye")
    type(gone).objects.filter(pk=gone.pk).update(is_sellable=False)
    shown = policy.sellable(get_source(), "product", [str(sold.pk), str(gone.pk)])
    assert [*shown] == [str(sold.pk)]
    assert policy.category_of(sold) == str(sold.product_type.category_id)


def test_the_checkout_hook_and_the_signal_are_called(
    db, django_capture_on_commit_callbacks, capsys
):
    from types import SimpleNamespace

    Shelf()
    with django_capture_on_commit_callbacks(execute=True):
        python("def finish")["finish"](SimpleNamespace(customer_id=person("ann").pk))
    greet = python("def greet")["greet"]
    try:
        change = TierChange(customer_key="7", from_tier="low", to_tier="mid", cause="order")
        tier_changed.send(sender=TierChange, changes=[change])
    finally:
        tier_changed.disconnect(greet)
    assert capsys.readouterr().out == "7 low mid order\n"


def test_the_rules_are_right(settings):
    settings.CLVREC = settings.CLVREC | python("RULES")["CLVREC"]
    assert [found for found in check_settings() if found.id != "clvrec.W002"] == []


@pytest.mark.django_db
def test_the_tags_render(rf):
    Shelf()
    one = product("Oats")
    for block in blocks("django"):
        Template(block).render(Context({"product": one, "products": [one]}))


@pytest.mark.django_db
def test_interests_are_asked_for_as_shown():
    Shelf()
    assert python("interests=")["answer"].level == "category"


def test_ranks_and_boosts_are_as_told():
    from django_clvrec.core.merchandising import ShopRule, Window

    keys = [str(rank) for rank in range(1, 12)]
    boosted = Window(rules=(ShopRule(action="boost", items=("10",), factor=2.0),))
    assert boosted.arranged(keys, 10, {}).index("10") == 2


def test_a_table_is_filled_when_a_snapshot_goes_live(db):
    said = python("snapshot_published")
    said["every_related"] = lambda level, n, source: [("17", [level, f"{n}", source])]
    snapshot_published.send(sender=Snapshot, snapshot=Shelf("ShopPurchases").snapshot)
    snapshot_published.disconnect(said["fill"])
    assert said["table"] == {"17": ["product", "6", "ShopPurchases"]}
