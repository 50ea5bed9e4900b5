"""Oscar's own recommended products: filled in below what people entered, and never against them."""

from io import StringIO

import pytest
from django.core.management import call_command
from oscar.core.loading import get_model

from django_clvrec.contrib.oscar import recommended
from django_clvrec.contrib.oscar.models import FilledRecommendation
from django_clvrec.contrib.oscar.recommended import Filled
from django_clvrec.models import SourceState
from django_clvrec.pipeline import activate
from tests.integration.oscar.shop import TASTES, product

pytestmark = pytest.mark.django_db
ProductRecommendation = get_model("catalogue", "ProductRecommendation")


@pytest.fixture
def mug():
    return product("Mug")


def shown(one):
    """As Oscar's page shows them."""
    return [found.title for found in one.sorted_recommended_products]


def enter(one, name, ranking=0):
    return ProductRecommendation.objects.create(
        primary=one, recommendation=product(name), ranking=ranking
    )


def test_the_publication_filled_what_goes_with_each_product(mug):
    assert {*shown(mug)} <= {*TASTES["coffee"]} - {"Mug"}
    assert len(shown(mug)) >= 2


def test_they_stand_in_the_order_of_the_model(mug):
    from django_clvrec.serving import related

    wanted = [item.object.title for item in related([str(mug.pk)], "product", 6, with_objects=True)]
    assert shown(mug) == wanted


def test_filling_again_writes_nothing(django_assert_max_num_queries):
    before = list(ProductRecommendation.objects.order_by("pk").values_list("pk", "ranking"))
    with django_assert_max_num_queries(20):
        assert recommended.fill() == Filled()
    assert list(ProductRecommendation.objects.order_by("pk").values_list("pk", "ranking")) == before


def test_what_a_person_entered_stays_first_and_as_it_was(mug):
    ProductRecommendation.objects.filter(primary=mug).delete()
    FilledRecommendation.objects.all().delete()
    enter(mug, "Flour", 2)
    enter(mug, "Yeast", 7)
    recommended.fill()
    assert shown(mug)[:2] == ["Yeast", "Flour"]
    assert {*shown(mug)[2:]} < {*TASTES["coffee"]}
    assert len(shown(mug)) == 4  # two places are left below a ranking of 2
    rankings = ProductRecommendation.objects.filter(
        primary=mug, recommendation__title__in=["Flour", "Yeast"]
    )
    assert sorted(rankings.values_list("ranking", flat=True)) == [2, 7]


def test_nothing_is_put_beside_what_a_person_ranked_last(mug):
    ProductRecommendation.objects.filter(primary=mug).delete()
    FilledRecommendation.objects.all().delete()
    enter(mug, "Flour", 0)
    recommended.fill()
    assert shown(mug) == ["Flour"]


def test_what_a_person_takes_out_stays_out(mug):
    gone = shown(mug)[0]
    ProductRecommendation.objects.get(primary=mug, recommendation__title=gone).delete()
    recommended.fill()
    recommended.fill()
    assert gone not in shown(mug)


def test_what_a_person_ranks_anew_is_theirs_from_then_on(mug):
    last = ProductRecommendation.objects.filter(primary=mug).order_by("ranking").first()
    ProductRecommendation.objects.filter(pk=last.pk).update(ranking=50)
    recommended.fill()
    last.refresh_from_db()
    assert last.ranking == 50
    assert shown(mug)[0] == last.recommendation.title


def test_what_is_not_for_sale_any_more_is_taken_out(mug):
    gone = product(shown(mug)[0])
    gone.is_public = False
    gone.save()
    recommended.fill()
    assert gone.title not in shown(mug)
    gone.is_public = True
    gone.save()
    recommended.fill()
    assert gone.title in shown(mug)


def test_a_smaller_number_takes_out_and_none_takes_out_all(mug, settings):
    enter(product("Flour"), "Mug", 30)
    settings.CLVREC_OSCAR = {"recommended_products": 1}
    recommended.fill()
    assert len(shown(mug)) == 1
    settings.CLVREC_OSCAR = {"recommended_products": 0}
    recommended.fill()
    assert shown(mug) == []
    assert FilledRecommendation.objects.count() == 0
    assert shown(product("Flour")) == ["Mug"]


def test_a_product_that_was_deleted_stops_nobody(mug):
    notes = FilledRecommendation.objects.filter(primary_key=str(mug.pk))
    assert notes.exists()
    mug.delete()
    recommended.fill()
    assert not notes.exists()


def test_the_command_says_what_it_did(mug):
    ProductRecommendation.objects.filter(primary=mug).delete()
    FilledRecommendation.objects.filter(primary_key=str(mug.pk)).delete()
    out = StringIO()
    call_command("clvrec_oscar_recommended", stdout=out)
    assert (
        out.getvalue() == f"Recommended products: {len(shown(mug))} added, 0 moved, 0 taken out.\n"
    )


def test_what_is_made_live_by_hand_fills_them_too(mug, django_capture_on_commit_callbacks):
    FilledRecommendation.objects.all().delete()
    ProductRecommendation.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        activate(SourceState.objects.get(source="oscar").live)
    assert shown(mug)
